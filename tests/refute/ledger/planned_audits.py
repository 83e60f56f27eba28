"""Audits planned at random: what they look at, what they find, and how they end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from refute.audit.judgement import Judgement
from refute.audit.result import Counterexample, Result
from refute.audit.verdict import Verdict
from refute.evidence.sequential import Call, Decision
from refute.inputs.registry import Book
from refute.statement.claim import Claim
from refute.statement.comparing import at_most
from refute.statement.comparison import Comparison, Outcome, Relation
from refute.statement.instance import Instance
from refute.statement.paper import Paper
from tests.refute.planted import gamble, planted

CHECK = "A1"
DRAW = "A2"
UNKNOWN = "Z9"
CHECKED = ("holds", "tie", "violated", "unmet")
DRAWN = ("certified", "undecided", "refuted", "unmet")
AGAINST = {"violated", "refuted"}
OUTCOMES = {
    "certified": Outcome.HOLDS,
    "undecided": Outcome.TIE,
    "refuted": Outcome.VIOLATED,
}
PAPER = Paper("Invented", "Nobody, 1911", {"F1": "Numbers are small."}, {}, str)


def claims() -> dict[str, Claim]:
    """A claim with a check, one with trials, and one that the paper no longer has."""
    return {
        CHECK: planted(id=CHECK, module="claims.one", slug="one", chapter="all"),
        DRAW: gamble(0.0, id=DRAW, module="claims.two", slug="two", chapter="all"),
        UNKNOWN: planted(id=UNKNOWN, module="claims.gone", slug="gone", chapter="all"),
    }


CLAIMS = claims()
BOOK = Book(PAPER, (CLAIMS[CHECK], CLAIMS[DRAW]), {"all": "All"})


@dataclass(frozen=True)
class Look:
    """A judged instance. size: moves its slack or its number of trials."""

    x: int
    outcome: str
    size: int

    @property
    def trials(self) -> int:
        """Of claims with trials."""
        return 0 if self.outcome not in OUTCOMES else 10 * (1 + self.size)

    @property
    def failures(self) -> int:
        """None, a tenth, or all of them."""
        return {"undecided": self.trials // 10, "refuted": self.trials}.get(self.outcome, 0)

    @property
    def slack(self) -> float | None:
        """By hand, of the numbers in `judgement`."""
        return {
            "unmet": None,
            "holds": (4.0 - self.size / 8) / 4.0,
            "tie": 0.0,
            "violated": (4.0 - (8.0 + self.size)) / (8.0 + self.size),
            "certified": 1.0,
            "undecided": 0.0,
            "refuted": (0.1 - 1.0) / 1.0,
        }[self.outcome]

    def judgement(self) -> Judgement:
        """What the instrument says of such an instance."""
        if self.outcome == "unmet":
            return Judgement(unmet="too small")
        if self.outcome in OUTCOMES:
            share = Comparison("share", Relation.AT_MOST, self.failures / self.trials, 0.1, 0.0)
            decision = Decision(Call(self.outcome), self.trials, self.failures)
            return Judgement((replace(share, settled=OUTCOMES[self.outcome]),), decision=decision)
        measured = {"holds": self.size / 8, "tie": 4.0, "violated": 8.0 + self.size}[self.outcome]
        return Judgement((at_most("x", measured, 4.0, 1.0), at_most("always", 0.0, 1.0)))


@dataclass(frozen=True)
class Said:
    """What an audit finds of one claim. second: the second look at the last of those that contradict it."""

    label: str
    looks: tuple[Look, ...]
    second: Look | None
    verdict: Verdict

    def result(self, level: float) -> Result:
        """As the auditor hands it to the ledger."""
        judged = tuple((Instance(x=look.x), look.judgement()) for look in self.looks)
        example = None
        if self.second is not None:
            first = next(look for look in reversed(self.looks) if look.outcome in AGAINST)
            example = Counterexample(Instance(x=first.x), first.judgement(), self.second.judgement())
        return Result(
            CLAIMS[self.label], self.verdict, "so", judged, counterexample=example, seconds=1.0, level=level
        )


@dataclass(frozen=True)
class Audit:
    """One audit. kept: how many claims it finished. ended: Ctrl-C ends an audit, a kill does not."""

    ledger: int
    statement: int
    seed: int
    device: str
    dtype: str
    started: int
    said: tuple[Said, ...]
    kept: int
    ended: bool


@dataclass(frozen=True)
class Merge:
    """Add one ledger to another, or to itself."""

    target: int
    source: int


@st.composite
def said_of(draw: st.DrawFn, label: str) -> Said:
    """What an audit may find: looks at distinct instances, and a verdict that fits them."""
    known = DRAWN if label == DRAW else CHECKED
    outcomes = st.sampled_from(known)
    if not draw(st.integers(0, 7)):
        return Said(label, (), None, Verdict.ERROR)
    # A refutation is the last word on its statement: most audits must not have one, or nothing else is seen.
    usual = st.sampled_from(
        known if not draw(st.integers(0, 3)) else [one for one in known if one not in AGAINST]
    )
    look = st.builds(Look, st.integers(0, 1), usual, st.integers(0, 8))
    looks = tuple(draw(st.lists(look, min_size=1, max_size=2, unique_by=lambda one: one.x)))
    if not any(one.outcome in AGAINST for one in looks):
        fits = (Verdict.SUPPORTED, Verdict.PROVED, Verdict.UNDECIDED, Verdict.OUT_OF_REACH)
        return Said(label, looks, None, draw(st.sampled_from(fits)))
    second = draw(st.builds(Look, st.just(0), outcomes, st.integers(0, 8)))
    return Said(label, looks, second, Verdict.REFUTED if second.outcome in AGAINST else Verdict.UNDECIDED)


@st.composite
def audits(draw: st.DrawFn) -> Audit:
    """Any audit, whole, cut short, or killed."""
    labels = draw(st.sampled_from(((CHECK,), (DRAW,), (CHECK, DRAW), (DRAW, CHECK), (UNKNOWN, CHECK, DRAW))))
    said = tuple(draw(said_of(label)) for label in labels)
    return Audit(
        ledger=draw(st.sampled_from((0, 0, 1))),
        statement=draw(st.sampled_from((0, 0, 0, 0, 1, 2))),
        seed=draw(st.sampled_from((0, 0, 0, 1, 2**80))),
        device=draw(st.sampled_from(("cpu", "cpu", "cpu", "cuda"))),
        dtype=draw(st.sampled_from(("float64", "float64", "float64", "float32"))),
        started=draw(st.integers(0, 3)),
        said=said,
        kept=draw(st.sampled_from((len(said), len(said), len(said), len(said) - 1))),
        ended=draw(st.sampled_from((True, True, True, False))),
    )


MERGES = st.builds(Merge, st.integers(0, 1), st.integers(0, 1))


def view(ledger: int, started: int, check: str, drawn: str) -> Audit:
    """An audit that looks at one instance of each claim, and confirms what it finds against the first."""
    again = Look(0, check, 1) if check in AGAINST else None
    doubt = Look(0, "certified", 1) if drawn in AGAINST else None
    said = (
        Said(CHECK, (Look(0, check, 1),), again, Verdict.SUPPORTED if again is None else Verdict.REFUTED),
        Said(DRAW, (Look(0, drawn, 1),), doubt, Verdict.SUPPORTED if doubt is None else Verdict.UNDECIDED),
    )
    return Audit(ledger, 0, 0, "cpu", "float64", started, said, len(said), ended=True)


# Two audits that differ on one instance meet rarely by chance: on one machine, and by a merge each way.
APART = [view(0, 0, "violated", "refuted"), view(0, 1, "holds", "certified")]
OTHER = view(1, 0, "holds", "certified")
MERGED = [view(0, 1, "violated", "refuted"), OTHER, Merge(0, 1), Merge(1, 0)]
DEVICES = [APART[0], replace(APART[1], device="cuda")]
# One seed is the second of one ledger and the first of the other: the same trials at two levels.
LEVELS = [replace(OTHER, ledger=0, seed=1), *MERGED]
