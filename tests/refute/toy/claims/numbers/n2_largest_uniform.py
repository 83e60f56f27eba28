"""N2. The largest of k uniform numbers is large.

Statement. With probability 0.95 over k independent uniform numbers the largest is at least 20^(-1/k).

Assumptions. k >= 1.

Symbols. k, how many numbers.

Refuted by. A number k for which the largest is smaller too often.

A pass does not show. That no k fails with a probability between 0.05 and 0.2.

Source. P(largest < t) = t^k.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from hypothesis import strategies as st

from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials


def draw(
    share: float, instance: Instance, generators: Sequence[np.random.Generator], compute: Compute
) -> Trials:
    """One trial draws k numbers."""
    least = share ** (1 / instance.k)
    failed = np.array([generator.random(instance.k).max() < least for generator in generators], dtype=bool)
    return Trials(failed, tuple("too small" if fails else "" for fails in failed))


CLAIM = Claim(
    id="N2",
    kind=Kind.WITH_PROBABILITY,
    finding="F2",
    instances=st.builds(Instance, k=st.integers(1, 5)),
    draw=partial(draw, 1 / 20),
    failure_probability=1 / 20,
    constants={"0.95": 1 - 1 / 20, "20": 20},
    cost=Cost.MEDIUM,
    least=3,
    siblings=(
        Sibling(
            name="half",
            statement="With probability 0.95 the largest is at least 2^(-1/k)",
            because="it is smaller in one half of all draws",
            falls="",
            draw=partial(draw, 1 / 2),
        ),
    ),
)
