"""The front matter of a paper under audit: what `claims/paper.py` declares and the instrument reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from refute.statement.certified import Certifier
from refute.statement.fields import all_of, typed
from refute.statement.headline import Headline
from refute.statement.kinds import Compute
from refute.statement.plot import Plot
from refute.statement.sweep import Sweep
from refute.statement.table import Table


@dataclass(frozen=True)
class DataFact:
    """One line of what a paper says of somebody's data: a name, a value in words, and whether it holds.

    holds: None where the line is not an assumption.
    """

    name: str
    value: str
    holds: bool | None = None


@dataclass(frozen=True)
class DataTable:
    """A table on the page about somebody's data: a title, names of columns, rows of texts, a note below it.

    Raises ValueError where a row has another number of cells than there are columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        for at, row in enumerate(self.rows):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.title!r}: row {at} has {len(row)} cells for {len(self.columns)} columns"
                )


@dataclass(frozen=True)
class DataPage:
    """What the page about somebody's data shows beside the facts.

    tables and plots: in reading order. claims: the labels of the claims that the facts apply, whose
    statements the page quotes.
    """

    tables: tuple[DataTable, ...] = ()
    plots: tuple[Plot, ...] = ()
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataReport:
    """What the theory says of a data matrix: facts in order, numbers for the JSON file, and a conclusion.

    page: makes what a page shows beside them, called only where one is asked for, with a function that it
    tells what is at work; None for facts alone.
    """

    facts: tuple[DataFact, ...]
    numbers: Mapping[str, Any]
    conclusion: str
    page: Callable[[Callable[[str], None]], DataPage] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Entry:
    """A statement in the table of contents, by its label.

    line: what it says, where no claim says it. reason: why no claim checks it. finding: the finding it would
    serve. All three are empty where a claim does.
    """

    id: str
    line: str = ""
    reason: str = ""
    finding: str = ""


def on_the_cpu(name: str) -> str:
    """The device of a paper that chooses none. Raises ValueError where another than the CPU is asked for."""
    if name not in ("auto", "cpu"):
        raise ValueError(f"this paper computes on the CPU only; its PAPER names no resolve_device for {name}")
    return "cpu"


@dataclass(frozen=True)
class Paper:
    """A paper: title, source, findings by label, and its contents.

    contents: for every chapter (a folder of `claims/`) its statements, all in reading order; nothing is left
    out silently. resolve_device: turns "auto", "cpu" or "cuda" into a device the models can use; raises
    ValueError with a sentence if it cannot; by default everything runs on the CPU. examine: what the theory
    says of a table and of the rows chosen from it; None if the claims are not about data. refuses: what it
    refuses of data, a sentence each, with the function that finds the rows (k,) of the values (N, d) of which
    that is so; `refute data` names the first one and computes nothing. least_rows: fewer it does not look at.
    default_rows: how many are chosen where nobody says which. datasets: tables
    that `refute data --dataset NAME` reads in place of a file, by name; loading one may raise InputError.
    plots: the pictures of this paper's report, measured on request from so many draws and a seed.
    set_threads: sets how many threads the models compute with, from then on; None if they cannot tell.
    describe: what else a reader of a run should know of how it computed, by name, asked for once at the end;
    None if there is nothing. sweep: the question about thresholds that `refute widths` answers; None if there
    is none. headlines: a sentence a finding, which the page of an audit begins with. certifier: what is read
    of a stored state and proved of it by `refute certify`; None if nothing is. Raises TypeError where title,
    source, findings or contents are of another type.
    """

    title: str
    source: str
    findings: Mapping[str, str]
    contents: Mapping[str, Sequence[Entry]]
    resolve_device: Callable[[str], str] = on_the_cpu
    examine: Callable[[Table, Table, Compute, int, Callable[[str], None]], DataReport] | None = None
    refuses: Mapping[str, Callable[[np.ndarray], Sequence[int] | np.ndarray]] = field(default_factory=dict)
    least_rows: int = 1
    default_rows: int = 4
    datasets: Mapping[str, Callable[[], Table]] = field(default_factory=dict)
    plots: Callable[[int, int, Compute, Callable[[str], None]], Sequence[Plot]] | None = None
    set_threads: Callable[[int], None] | None = None
    describe: Callable[[], Mapping[str, str]] | None = None
    sweep: Sweep | None = None
    headlines: Sequence[Headline] = ()
    certifier: Certifier | None = None

    def __post_init__(self) -> None:
        typed("PAPER", self, {"title": str, "source": str, "findings": Mapping, "contents": Mapping})
        for chapter, entries in self.contents.items():
            if not isinstance(entries, tuple | list):
                raise TypeError(
                    f"PAPER: the entries of chapter {chapter!r} are no tuple; of one: (Entry('S1'),)"
                )
            all_of("PAPER", f"chapter {chapter!r}", entries, Entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All statements in reading order."""
        return tuple(entry for entries in self.contents.values() for entry in entries)

    @property
    def chapters(self) -> tuple[str, ...]:
        """The chapters of which some statement is checked, in reading order."""
        return tuple(c for c, entries in self.contents.items() if not all(e.reason for e in entries))
