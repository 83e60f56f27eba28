"""The closed words of a statement (its kind, status and cost), and where and how precisely models compute."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of a statement; it chooses the assertion."""

    EQUALITY = "equality"
    UPPER_BOUND = "upper bound"
    LOWER_BOUND = "lower bound"
    RATE = "rate"
    EXPONENT = "exponent"
    WITH_PROBABILITY = "with probability"
    FOR_ALL_TIME = "for all time"


class Status(StrEnum):
    """Whether the statement is proved on paper or is a calibrated law of ours."""

    THEOREM = "theorem"
    CONJECTURE = "conjecture"


class Cost(StrEnum):
    """How much work one instance is; it scales the number of instances and becomes a pytest marker."""

    FAST = "fast"
    MEDIUM = "medium"
    SLOW = "slow"


# Half of what the quick profile judges: a search that met less looked at too little, whatever it asked for.
LEAST_MET = {Cost.FAST: 60, Cost.MEDIUM: 20, Cost.SLOW: 6}
"""How many instances must have met the premise of a claim that states no number of its own."""

DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Compute:
    """Where and in what precision the models run. float64 decides; float32 shows which verdicts survive."""

    device: str = "cpu"
    dtype: str = "float64"
