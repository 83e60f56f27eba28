"""What an audit shows of its progress, on stderr: how far the whole is, and each claim that is at work."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column

from refute.audit.pieces import Answer, Piece
from refute.audit.request import Request
from refute.basics.remaining import Part, in_words, remaining
from refute.basics.streams import tell
from refute.cli.printing import terminal
from refute.report.margin import margin, nearest_of, rank
from refute.statement.comparison import ComparisonRecord

_ROOMY = 100
"""Columns from which on a bar is drawn beside the words."""


def progress_on_stderr() -> Progress:
    """Bars that vanish when they are done, and nothing at all where stderr is no terminal.

    Words are wrapped and numbers are never cut; where there is no room for both, there is no bar.
    """
    console = terminal(stderr=True)
    columns: list[ProgressColumn] = [
        SpinnerColumn(table_column=_uncut()),
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold")),
        *([BarColumn(bar_width=24, table_column=_uncut())] if console.width >= _ROOMY else []),
        MofNCompleteColumn(table_column=_uncut()),
        TimeElapsedColumn(table_column=_uncut()),
    ]
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _uncut() -> Column:
    return Column(no_wrap=True)


def describe(progress: Progress, bar: TaskID, prefix: str = "") -> Callable[[str], None]:
    """A function that writes what is at work next to a bar."""
    return lambda what: progress.update(bar, description=f"{prefix}{what}")


@dataclass
class Tally:
    """What is known of a claim at work. expected: its weight. answered: pieces that are done."""

    expected: float
    spent: float = 0.0
    answered: int = 0
    instances: int = 0
    done: bool = False
    fresh: bool = False
    bar: TaskID | None = None

    @property
    def part(self) -> Part:
        """For the estimate of what remains."""
        return Part(self.expected, self.spent, self.done)


@dataclass
class Shown:
    """The progress of an audit of claims: a bar for the whole and one for each claim at work.

    names: what the claims are called, by label. outcomes: what came of those that are done. worst: whose part
    came nearest to failing so far, and that part. what: what is done with the claims, where it is not what
    the command is called for. Where stderr is no terminal, each claim is
    a line when it is done.
    """

    progress: Progress
    names: Mapping[str, str]
    tallies: dict[str, Tally]
    whole: TaskID
    what: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    worst: tuple[str, ComparisonRecord] | None = None
    busy: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def begun(self, label: str) -> None:
        """The first piece of a claim, or of something else, is begun."""
        if label in self.tallies:
            tally = self.tallies[label]
            tally.bar = self.progress.add_task(self.names[label], total=None)
        self._update()

    def tick(self, label: str) -> None:
        """This process judged an instance of a claim or sibling."""
        tally = self.tallies.get(label.partition("~")[0])
        if tally is not None and tally.bar is not None:
            tally.instances += 1
            said = f"{self.names[label.partition('~')[0]]}: {tally.instances} instances"
            self.progress.update(tally.bar, description=said)

    def answered(self, piece: Piece, answer: Answer, remembered: bool) -> None:
        """A piece is done, now or in the audit that is resumed."""
        self.busy += 0.0 if remembered else answer.seconds
        tally = self.tallies.get(piece.label.partition("~")[0])
        if tally is not None:
            tally.spent += answer.seconds
            tally.answered += 1
            tally.fresh |= not remembered
            if tally.bar is not None:
                self.progress.update(tally.bar, completed=tally.answered)
        self._update()

    def ended(self, label: str) -> None:
        """A claim, or something else, is done."""
        tally = self.tallies.get(label)
        if tally is None:
            return
        tally.done = True
        if tally.bar is not None:
            self.progress.remove_task(tally.bar)
            tally.bar = None
        self._update()
        if self.progress.disable:
            place = f"{self.what} [{self._finished}/{len(self.tallies)}] {self.names[label]}".lstrip()
            said = [self.outcomes.get(label, "done"), f"{tally.spent:.1f} s", self.rest]
            tell(f"{place}: {', '.join(filter(None, said))}")

    def outcome(self, label: str, verdict: str, parts: Sequence[ComparisonRecord]) -> None:
        """What came of a claim that is done, and how near the worst of its parts came to failing."""
        self.outcomes[label] = verdict if not parts else f"{verdict}, nearest {nearest_of(parts)}"
        if parts:
            worst = min(parts, key=rank)
            if self.worst is None or rank(worst) < rank(self.worst[1]):
                self.worst = label, worst

    def said(self, sentence: str) -> None:
        """Something that the user should know, such as the death of a worker."""
        self.progress.console.print(f"refute: {sentence}", markup=False, highlight=False, soft_wrap=True)

    @property
    def rest(self) -> str:
        """How long the rest should take, in words; empty where nothing is left."""
        if self._finished == len(self.tallies):
            return ""
        elapsed = time.monotonic() - self.started
        return in_words(remaining([tally.part for tally in self.tallies.values()], self.busy, elapsed))

    @property
    def _finished(self) -> int:
        return sum(tally.done for tally in self.tallies.values())

    def _update(self) -> None:
        near = f"nearest so far {self.worst[0]}, {margin(self.worst[1])}" if self.worst else ""
        said = "; ".join(filter(None, [", ".join(filter(None, [self.what, self.rest])), near]))
        self.progress.update(self.whole, completed=self._finished, description=said)


def shown_on(
    progress: Progress, names: Mapping[str, str], weights: Mapping[str, float], what: str = ""
) -> Shown:
    """The progress of an audit that has not begun. names, weights: of its claims, by label."""
    bar = progress.add_task(what or "starting", total=len(names))
    return Shown(progress, names, {label: Tally(weights[label]) for label in names}, bar, what)


def shown_for(progress: Progress, request: Request) -> Shown:
    """The progress of an audit of these claims."""
    names = {claim.id: f"{claim.id} {claim.slug}" for claim in request.claims}
    return shown_on(progress, names, {claim.id: request.weight_of(claim) for claim in request.claims})
