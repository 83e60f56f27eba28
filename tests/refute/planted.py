"""Claims whose truth is known, planted to see what the instrument says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Trials, at_most
from refute.audit.judgement import Judgement
from refute.audit.profiles import Profile

SMALL = Profile("small", dict.fromkeys(Cost, 40), dict.fromkeys(Cost, 40))
WHOLE = st.builds(Instance, x=st.integers(0, 1000))
CPU = Compute()


def below(limit: float) -> Callable[[Instance, Compute], Comparisons]:
    """x <= limit, without rounding."""
    return lambda instance, _: (at_most("x", instance.x, limit),)


def coin(q: float) -> Callable[[Instance, Sequence[np.random.Generator], Compute], Trials]:
    """Trials that fail with probability q."""
    return lambda instance, generators, _: Trials(np.array([g.random() < q for g in generators]))


def planted(**changes: Any) -> Claim:
    """x <= 1000 on 0, ..., 1000, with whatever is changed about it."""
    fields: dict[str, Any] = {
        "id": "P1",
        "title": "x is at most 1000",
        "kind": Kind.UPPER_BOUND,
        "finding": "F1",
        "instances": WHOLE,
        "check": below(1000),
        "siblings": (Sibling("less", "x <= 500", "1000 is larger", falls="x", check=below(500)),),
        "least": 1,
    }
    return Claim(**{**fields, **changes})


def pairs(judgements: Iterable[Judgement]) -> list[tuple[Instance, Judgement]]:
    """Judgements with instances, as a search returns them."""
    return [(Instance(x=x), judgement) for x, judgement in enumerate(judgements)]


def gamble(q: float, delta: float = 0.1, **changes: Any) -> Claim:
    """A claim whose trials fail with probability q and should with at most delta."""
    fields: dict[str, Any] = {
        "kind": Kind.WITH_PROBABILITY,
        "check": None,
        "draw": coin(q),
        "failure_probability": delta,
        "siblings": (
            Sibling("always", "it fails with probability 1 - delta", "so", falls="", draw=coin(1 - delta)),
        ),
    }
    return planted(**{**fields, **changes})
