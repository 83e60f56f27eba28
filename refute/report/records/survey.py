"""The record of a survey of thresholds, "refute-widths/1"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from refute.basics.json_numbers import Amount, Count, Share
from refute.statement.plot import Plot

Key: TypeAlias = Mapping[str, int | float | str]
"""A cell: sizes and data by name."""
Ends: TypeAlias = tuple[float | None, float | None]
"""An interval; None is an open end."""


class ThresholdRecord(Struct, frozen=True, kw_only=True):
    """The level from which a share of the trials meets a criterion: in (low, high], high None if open.

    promised: the theory proves that the bound suffices. counts: level, trials and successes.
    """

    criterion: str
    share: Share
    low: Amount
    high: Amount | None
    promised: bool
    trials: Count
    counts: tuple[tuple[Count, Count, Count], ...]


class RowRecord(Struct, frozen=True, kw_only=True):
    """One cell and one arm. bound: an explicit level of the theory, None without one."""

    cell: Key = {}
    label: str
    arm: str
    sizes: Mapping[str, float]
    bound: float | None
    done: bool
    trials: Count
    steps: Count
    seconds: Amount
    thresholds: tuple[ThresholdRecord, ...]


class RatioRecord(Struct, frozen=True, kw_only=True):
    """The threshold of the arm `above` over that of the arm `below`, between low and high."""

    cell: Key = {}
    label: str
    criterion: str
    share: Share
    above: str
    below: str
    low: Amount
    high: Amount | None


class ExponentRecord(Struct, frozen=True, kw_only=True):
    """The exponent of one size by brackets (and the middle of their room) and by logistic curves."""

    size: str
    brackets: Ends | None = None
    middle: float
    shape: Ends | None = None
    estimate: float | None = None


class FitRecord(Struct, frozen=True, kw_only=True):
    """A power law of the thresholds in the sizes of their cells."""

    family: str
    arm: str
    criterion: str
    share: Share
    cells: Count
    log_factor: str | None = None
    exponents: tuple[ExponentRecord, ...]
    rejected: bool
    miss: float
    constant: float
    scatter: Amount | None = None
    widened: Amount | None = None
    agreement: str


class BatchesRecord(Struct, frozen=True, kw_only=True):
    """How many trials a batch has, and how many batches ran, were stored, and came out differently."""

    size: Count
    ran: Count
    stored: Count
    differing: Count


class SurveyRecord(Struct, frozen=True, kw_only=True):
    """A whole survey."""

    schema: Literal["refute-widths/1"] = "refute-widths/1"
    title: str
    source: str
    name: str
    statement: str
    criteria: tuple[str, ...]
    arms: tuple[str, ...]
    grid: str
    alpha: Share
    seed: int
    protocol: int
    hash: str
    commit: str | None
    command: str
    crew: str
    device: str
    dtype: str
    environment: Mapping[str, str]
    started: str
    seconds: Amount
    interrupted: bool
    batches: BatchesRecord
    rows: tuple[RowRecord, ...]
    ratios: tuple[RatioRecord, ...]
    fits: tuple[FitRecord, ...]
    plots: tuple[Plot, ...]
