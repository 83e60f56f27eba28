"""What `refute certify` writes: the keys of every such file, and the paper's own numbers between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from refute.report.records.certify import (
    BlamedRecord,
    CertifyRecord,
    ConditionRecord,
    LineRecord,
    StateRecord,
)
from refute.statement.certified import Certified, Condition
from refute.statement.json_codec import plain


def certify_json(
    title: str,
    samples: str,
    given: Mapping[str, str],
    states: Sequence[tuple[str, Certified]],
    proved_from: int | None,
    conclusion: str,
) -> dict[str, object]:
    """The file as a dictionary. states: the source of each, and what is proved of it."""
    record = CertifyRecord(
        title=title,
        samples=samples,
        given=dict(given),
        states=tuple(_state(source, found) for source, found in states),
        proved_from=proved_from,
        conclusion=conclusion,
    )
    written: dict[str, Any] = plain(record)
    written["states"] = [
        {**one, **found.numbers} for one, (_, found) in zip(written["states"], states, strict=True)
    ]
    return written


def _state(source: str, found: Certified) -> StateRecord:
    return StateRecord(
        source=source,
        proof=found.proof,
        by=found.by,
        facts=tuple(LineRecord(name=line.name, value=line.value) for line in found.facts),
        conditions=tuple(map(_condition, found.conditions)),
        blamed=tuple(
            BlamedRecord(index=part.index, cost=part.cost, detail=part.detail) for part in found.blamed
        ),
        blame=found.blame,
        conclusion=found.conclusion,
    )


def _condition(condition: Condition) -> ConditionRecord:
    return ConditionRecord(
        by=condition.by,
        name=condition.name,
        value=_finite(condition.value),
        relation=condition.relation,
        bound=_finite(condition.bound),
        certainty=condition.certainty,
        note=condition.note,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
