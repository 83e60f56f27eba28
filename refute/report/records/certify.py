"""The records of what `refute certify` writes."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from refute.statement.certified import Certainty, Proof


class ConditionRecord(Struct, frozen=True, kw_only=True):
    """A condition of a proof. by: the claim that it belongs to. value, bound: null where not evaluated."""

    by: str
    name: str
    value: float | None
    relation: str
    bound: float | None
    certainty: Certainty
    note: str


class BlamedRecord(Struct, frozen=True, kw_only=True):
    """A part that a failed condition is due to. index: from 0. cost: in units of the condition."""

    index: int
    cost: float
    detail: str


class LineRecord(Struct, frozen=True, kw_only=True):
    """A line on a state, as it is printed."""

    name: str
    value: str


class StateRecord(Struct, frozen=True, kw_only=True):
    """What is proved of one state. The paper's own numbers stand beside these keys.

    source: the file. by: the claim that proves it, empty where none does.
    """

    source: str
    proof: Proof
    by: str
    facts: tuple[LineRecord, ...]
    conditions: tuple[ConditionRecord, ...]
    blamed: tuple[BlamedRecord, ...]
    blame: str
    conclusion: str


class CertifyRecord(Struct, frozen=True, kw_only=True):
    """What is proved of checkpoints, "refute-certify/1".

    samples: rows or columns of the file. given: the values that were given beside the files. states: in the
    order of the command. proved_from: the first that is proved, from 0; null where none is.
    """

    schema: Literal["refute-certify/1"] = "refute-certify/1"
    title: str
    samples: str
    given: dict[str, str]
    states: tuple[StateRecord, ...]
    proved_from: int | None
    conclusion: str
