"""Whose fault a counterexample is: it is replayed through the claims that the refuted claim uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from refute.audit.judgement import Judgement, confirm, judge
from refute.basics.errors import one_line
from refute.statement.claim import Claim
from refute.statement.comparison import Outcome
from refute.statement.instance import Instance
from refute.statement.kinds import Compute


@dataclass(frozen=True)
class Blame:
    """What the replay found.

    path: labels from the refuted claim down to the false one, or the refuted claim alone if none of those it
    uses is false on what it lends them. instance, judgement: where and how the last of the path fails, None
    without one. held: used claims that hold wherever they could be judged. skipped: the others, with the
    reason why nothing was learnt of them. Both are empty where a false claim was found: the walk ends there.
    """

    path: tuple[str, ...]
    instance: Instance | None = None
    judgement: Judgement | None = None
    held: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def false(self) -> str | None:
        """The label of the deepest false claim, None if no used claim was found false."""
        return self.path[-1] if len(self.path) > 1 else None

    @property
    def sentence(self) -> str:
        """In words: the false claim and how it fails, or which claims are not to blame."""
        if self.judgement is not None:
            way = f" (by way of {', '.join(self.path[1:-1])})" if len(self.path) > 2 else ""
            failing = [f.sentence() for f in self.judgement.comparisons if f.outcome is Outcome.VIOLATED]
            return (
                f"{self.path[0]} falls because {self.path[-1]} is false on this instance{way}: {failing[0]}."
            )
        parts = (
            [f"The claims it rests on hold on this instance: {', '.join(self.held)}."] if self.held else []
        )
        parts += [f"{label} could not be replayed: {reason}." for label, reason in self.skipped.items()]
        return " ".join(parts)


def blame(
    claim: Claim, instance: Instance, claims: Iterable[Claim], compute: Compute, master: int
) -> Blame | None:
    """Replay a counterexample of `claim` through the claims it uses, and through those that they use.

    The walk is depth first and looks at what a claim uses before the claim itself, so that of several false
    claims the deepest on the first path is named. claims: the book, whose uses run in no circle. None if the
    claim uses nothing. What the code of a used claim raises is a reason in `skipped`.
    """
    if not claim.uses:
        return None
    walk = _Walk({other.id: other for other in claims}, compute, master)
    return walk.first_false(claim, instance, (claim.id,)) or walk.innocent(claim)


_UNDECIDED = "it stayed undecided"


@dataclass
class _Walk:
    """A walk over the claims of a book; `notes` tells of every replay its label and why it taught nothing.

    The reason is empty where the claim holds.
    """

    book: Mapping[str, Claim]
    compute: Compute
    master: int
    notes: list[tuple[str, str]] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def first_false(self, claim: Claim, instance: Instance, path: tuple[str, ...]) -> Blame | None:
        """The first false claim below `claim`, those that it uses looked at in their order."""
        for label in claim.uses:
            for lent in self._lent(claim, label, instance) if label in self.book else ():
                if (label, lent.key) in self.seen:
                    continue
                self.seen.add((label, lent.key))
                used = self.book[label]
                below = (*path, label)
                found = self.first_false(used, lent, below) or self._judged(used, lent, below)
                if found is not None:
                    return found
        return None

    def innocent(self, claim: Claim) -> Blame:
        """The blame where nothing below the claim was found false."""
        reasons: dict[str, list[str]] = {}
        for label, reason in self.notes:
            reasons.setdefault(label, []).append(reason)
        held = tuple(label for label, r in reasons.items() if "" in r and _UNDECIDED not in r)
        skipped = {
            label: _UNDECIDED if _UNDECIDED in r else r[0]
            for label, r in reasons.items()
            if label not in held
        }
        return Blame((claim.id,), held=held, skipped=skipped)

    def _lent(self, claim: Claim, label: str, instance: Instance) -> tuple[Instance, ...]:
        if label not in claim.restrict_to:
            return (instance,)
        try:
            lent = tuple(claim.restrict_to[label](instance))
            if strange := [one for one in lent if not isinstance(one, Instance)]:
                raise TypeError(f"it lends {strange[0]!r}, which is no instance")
        except Exception as error:
            self.notes.append((label, f"{claim.id} could not lend to it, {one_line(error)}"))
            return ()
        if not lent:
            self.notes.append((label, f"this instance of {claim.id} holds none of its own"))
        return lent

    def _judged(self, used: Claim, lent: Instance, path: tuple[str, ...]) -> Blame | None:
        """Judge one instance, twice if it fails."""
        try:
            judgement = judge(used, lent, self.compute, self.master)
            fails = judgement.violation > 0
            if fails and confirm(used, lent, self.compute, self.master).violation > 0:
                return Blame(path, lent, judgement)
        except Exception as error:
            self.notes.append((used.id, one_line(error)))
            return None
        undecided = fails or judgement.undecided or any(f.open for f in judgement.comparisons)
        self.notes.append((used.id, judgement.unmet or (_UNDECIDED if undecided else "")))
        return None
