"""The front matter of a paper under audit: what `claims/paper.py` declares and the instrument reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from refute.claim import Compute

if TYPE_CHECKING:
    from refute.data import Table
    from refute.report.plot import Plot


@dataclass(frozen=True)
class DataFact:
    """One line of what a paper says of somebody's data: a name, a value in words, and whether it holds.

    holds: None where the line is not an assumption.
    """

    name: str
    value: str
    holds: bool | None = None


@dataclass(frozen=True)
class DataReport:
    """What the theory says of a data matrix: facts in order, numbers for the JSON file, and a conclusion."""

    facts: tuple[DataFact, ...]
    numbers: Mapping[str, Any]
    conclusion: str


@dataclass(frozen=True)
class Paper:
    """A paper: title, source, findings by label, and its chapters (folders of `claims/`) in reading order.

    resolve_device: turns "auto", "cpu" or "cuda" into a device the models can use; raises ValueError with a
    sentence if it cannot. examine: what the theory says of a table and of the rows chosen from it; None if
    the claims are not about data. plots: the pictures of this paper's report, measured on request with a
    budget given by the profile's name. unchecked: for every finding that no claim serves, the reason.
    set_threads: sets how many threads the models compute with, from then on; None if they cannot tell.
    """

    title: str
    source: str
    findings: Mapping[str, str]
    chapters: tuple[str, ...]
    resolve_device: Callable[[str], str]
    examine: Callable[[Table, Table, Compute, int, Callable[[str], None]], DataReport] | None = None
    default_rows: int = 4
    plots: Callable[[str, int, Compute, Callable[[str], None]], Sequence[Plot]] | None = None
    unchecked: Mapping[str, str] = field(default_factory=dict)
    set_threads: Callable[[int], None] | None = None
