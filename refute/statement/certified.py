"""What a paper proves of a stored state: what it reads, and what it says of it; `refute certify` asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np


class Proof(StrEnum):
    """Whether the paper's statement is proved of a state. What is not proved is not refuted."""

    PROVED = "proved"
    NOT_PROVED = "not proved"


class Certainty(StrEnum):
    """What is known of a condition: that it holds, that it fails, or neither, as it is only not shown."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class ArrayField:
    """An array of a state. axes: names of its sizes, which are the same wherever the name is, ("m", "d").

    meaning: what it holds, in words. samples: whether its rows are samples, so that `--samples columns` turns
    it before its shape is looked at.
    """

    name: str
    axes: tuple[str, str]
    meaning: str
    samples: bool = False


@dataclass(frozen=True)
class ValueField:
    """A value of a state: in the file, or given by `--set NAME=VALUE`.

    words: what it may be; where there are none it is a number.
    """

    name: str
    meaning: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class State:
    """A state as it is stored: arrays (float64, read-only), numbers and words by name. source: the file."""

    source: str
    arrays: Mapping[str, np.ndarray]
    numbers: Mapping[str, float]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Condition:
    """A condition of a proof: value relation bound, and what is certain of it.

    by: which proof it belongs to, a label of a claim. value: on the side that proves; None where an earlier
    condition leaves nothing to evaluate. relation: "<", "<=" or ">". note: one more fact for the reader.
    """

    by: str
    name: str
    value: float | None
    relation: str
    bound: float | None
    certainty: Certainty
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One line of what is told of a state: a name, and a value in words."""

    name: str
    value: str


@dataclass(frozen=True)
class Blamed:
    """A part of a state that a failed condition is due to. index: from 0. cost: in units of the condition.

    detail: what it does, in words.
    """

    index: int
    cost: float
    detail: str


@dataclass(frozen=True)
class Certified:
    """What the paper proves of a state. by: the label of the claim that proves it, empty where none does.

    conditions: of every proof that was tried. blamed: the parts that failed, worst first; blame: in a
    sentence. numbers: the paper's own, for the JSON file: finite numbers, None, texts and lists of these.
    """

    proof: Proof
    by: str
    facts: tuple[Line, ...]
    conditions: tuple[Condition, ...]
    blamed: tuple[Blamed, ...]
    blame: str
    conclusion: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


def no_complaint(state: State) -> str:
    """The complaint of a paper that takes any numbers."""
    return ""


def any_sequence(state: State, first: State) -> str:
    """The complaint of a paper to which any states of the same form are a sequence."""
    return ""


@dataclass(frozen=True)
class Certifier:
    """What a paper declares for `refute certify`.

    part: what an index of `Blamed` counts, in a word. certify: what is proved of a state, with a function to
    say what is at work. complaint: why a state cannot be judged, in words, or empty. unlike: why a state
    belongs to no sequence with the first one, or empty.
    """

    arrays: Sequence[ArrayField]
    values: Sequence[ValueField]
    part: str
    certify: Callable[[State, Callable[[str], None]], Certified]
    complaint: Callable[[State], str] = no_complaint
    unlike: Callable[[State, State], str] = any_sequence
