"""What `refute certify` prints of a state, and of a sequence of states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from refute.statement.certified import Certainty, Certified, Condition, Proof

SHOWN = 5
"""Blamed parts that are printed; the JSON file has all of them."""


def state_lines(found: Certified, part: str) -> Iterator[str]:
    """The facts, the conditions, who is to blame, and the conclusion. part: what an index counts."""
    width = max((len(line.name) for line in found.facts), default=0)
    for line in found.facts:
        yield f"  {line.name:<{width}}  {line.value}"
    for condition in found.conditions:
        yield f"  {condition_line(condition)}"
    if found.blame:
        yield f"  {found.blame}"
    for blamed in found.blamed[:SHOWN]:
        yield f"    {part} {blamed.index}: {blamed.detail}"
    if len(found.blamed) > SHOWN:
        yield f"    and {len(found.blamed) - SHOWN} more (--json FILE has all)"
    yield found.conclusion


def condition_line(condition: Condition) -> str:
    """A condition in a line: what is certain of it, its value and what that must be."""
    value = _number(condition.value)
    must = f"{value} {condition.relation} {_number(condition.bound)}"
    if condition.value is None or condition.certainty is not Certainty.HOLDS:
        must = f"{value}, must be {condition.relation} {_number(condition.bound)}"
    note = f" ({condition.note})" if condition.note else ""
    return f"{condition.by} {condition.name}: {condition.certainty}: {must}{note}"


def sequence_table(names: Sequence[str], states: Sequence[Certified]) -> Table:
    """One row a state."""
    table = Table(box=None, pad_edge=False)
    for column in ("", "Checkpoint", "Proof", "By", "What is proved, or what is missing"):
        table.add_column(column, overflow="fold")
    for place, (name, found) in enumerate(zip(names, states, strict=True)):
        table.add_row(str(place), name, str(found.proof), found.by or "-", found.conclusion)
    return table


def first_proved(states: Sequence[Certified]) -> int | None:
    """The place of the first state that is proved."""
    return next((place for place, found in enumerate(states) if found.proof is Proof.PROVED), None)


def sequence_sentence(names: Sequence[str], states: Sequence[Certified]) -> str:
    """From which state on it is proved, and whether a later one is not by itself."""
    first = first_proved(states)
    if first is None:
        return f"None of the {len(names)} checkpoints is proved, which refutes nothing."
    said = f"Proved from {names[first]} on: for all later steps from the state that is stored there."
    later = [
        name
        for name, found in zip(names[first:], states[first:], strict=True)
        if found.proof is not Proof.PROVED
    ]
    if later:
        said += (
            f" Not proved from the states stored later in {', '.join(later)}, which takes nothing from it."
        )
    return said


def _number(value: float | None) -> str:
    return "not evaluated" if value is None else f"{value:.6g}"
