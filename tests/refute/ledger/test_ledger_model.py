"""A ledger against a naive model: random audits and merges, and what is known is what the audits said.

Two routes. The model folds the audits as they were planned, in plain lists, and the verdicts from their JSON;
the ledger counts in SQL what the recorder wrote. They share no code but the formula of a level.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from refute.audit.all_claims import Record
from refute.audit.judgement import Judgement
from refute.audit.request import Request
from refute.audit.result import Counterexample, Result
from refute.audit.verdict import Verdict
from refute.basics.errors import LedgerError
from refute.cli.ledger_command import print_known
from refute.evidence.sequential import CONFIRM_LEVEL, Call, Decision
from refute.inputs.registry import Book
from refute.ledger import recorder, stored_audits
from refute.ledger.ledger import Row, open_ledger, spent_by
from refute.ledger.queries import merge, query, verdicts
from refute.report import audit_json
from refute.statement.claim import Claim
from refute.statement.comparing import at_most
from refute.statement.comparison import Comparison, Outcome, Relation
from refute.statement.instance import Instance
from refute.statement.json_codec import plain
from refute.statement.kinds import Compute
from refute.statement.paper import Paper
from tests.refute.planted import SMALL, gamble, planted

CHECK = "A1"
DRAW = "A2"
UNKNOWN = "Z9"
EXAMPLES = 50
"""Of random sequences; one takes about a twentieth of a second."""
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


@dataclass
class Remembered:
    """An audit in the model. json: of the claims it finished, as its file would hold it."""

    run: str
    started: str
    machine: int
    audit: Audit
    levels: dict[str, float]
    json: dict[str, Any]


@dataclass
class Model:
    """One ledger: its audits, and which seed spent which number on which statement."""

    audits: dict[str, Remembered] = field(default_factory=dict)
    spending: set[tuple[str, int, int, int]] = field(default_factory=set)

    def begins(self, machine: int, now: datetime) -> datetime:
        """When an audit begins that a machine begins now: after all that it began before."""
        before = [
            datetime.fromisoformat(one.started) for one in self.audits.values() if one.machine == machine
        ]
        return max([now, *(began + timedelta(microseconds=1) for began in before)])

    def reserve(self, audit: Audit) -> dict[str, float]:
        """The levels of an audit, remembered as spent."""
        levels = {}
        for said in audit.said:
            if said.label == DRAW:
                version = version_of(DRAW, audit.statement)
                here = [entry for entry in self.spending if entry[:2] == (DRAW, version)]
                known = [number for *_, seed, number in here if seed == audit.seed]
                number = max(known) if known else 1 + len({seed for *_, seed, _ in here})
                self.spending.add((DRAW, version, audit.seed, number))
                levels[DRAW] = spent_by(number)
        return levels


def version_of(label: str, statement: int) -> int:
    """The two folders of the paper differ in one claim only, the one with trials or the other."""
    return statement if label == CHECK else statement // 2


def exact(remembered: Remembered, label: str, statement: int) -> bool:
    """Whether an audit is about a statement and counts."""
    audit = remembered.audit
    same = version_of(label, audit.statement) == version_of(label, statement)
    return same and audit.dtype == "float64"


def kept_of(remembered: Remembered, label: str) -> Sequence[Said]:
    """What an audit kept of a claim: nothing, or one entry."""
    audit = remembered.audit
    return [said for said in audit.said[: audit.kept] if said.label == label and said.looks]


def latest(found: Sequence[Remembered]) -> list[Remembered]:
    return sorted(found, key=lambda one: (one.started, one.run), reverse=True)


def expected_verdict(model: Model, label: str, statement: int) -> Verdict | None:
    """Folded from the JSON of the audits: once REFUTED always REFUTED, else what the newest one said."""
    about = [one for one in latest([*model.audits.values()]) if exact(one, label, statement)]
    spoke = [
        (one.audit.ended, claim)
        for one in about
        for claim in one.json["claims"]
        if claim["id"] == label and claim["instances"]
    ]
    if any(claim["verdict"] == "REFUTED" for _, claim in spoke):
        return Verdict.REFUTED
    return next((Verdict(claim["verdict"]) for ended, claim in spoke if ended), None)


def expected(model: Model, label: str, statement: int) -> dict[str, Any]:
    """What is known of a claim, counted one by one."""
    groups: dict[bool, dict[tuple[object, ...], list[tuple[float | None, Look]]]] = {True: {}, False: {}}
    confirmed = set()
    stale: set[tuple[object, ...]] = set()
    others: set[int] = set()
    runs = []
    version = version_of(label, statement)
    for one in model.audits.values():
        audit = one.audit
        for said in kept_of(one, label):
            about = version_of(label, audit.statement)
            if about == version and audit.dtype == "float64":
                runs.append(one)
            if about != version:
                others.add(about)
            for look in said.looks:
                key = (look.x, audit.seed, audit.device)
                if about == version:
                    group = groups[audit.dtype == "float64"]
                    group.setdefault(key, []).append((one.levels.get(label), look))
                elif audit.dtype == "float64":
                    stale.add((about, *key))
            second = said.second
            if second is not None and second.outcome in AGAINST and exact(one, label, statement):
                first = [look.x for look in said.looks if look.outcome in AGAINST][-1]
                confirmed.add((first, audit.seed, audit.device))
    seen = groups[True]
    slacks = [look.slack for looks in seen.values() for _, look in looks if look.slack is not None]
    starts = sorted(one.started for one in runs)
    spent = sorted((str(seed), number) for *at, seed, number in model.spending if at == [label, version])
    return {
        "instances": len(seen),
        "unmet": sum(any(look.outcome == "unmet" for _, look in looks) for looks in seen.values()),
        "trials": sum(max(look.trials for _, look in looks) for looks in seen.values()),
        "worst_slack": min(slacks, default=None),
        "refutations": sum(any(look.outcome in AGAINST for _, look in looks) for looks in seen.values()),
        "confirmed": len(confirmed),
        "disputed": sum(differ(looks) for looks in seen.values()),
        "level_spent": sum(spent_by(number) for _, number in spent),
        "runs": len(runs),
        "machines": len({one.machine for one in runs}),
        "since": starts[0] if starts else None,
        "until": starts[-1] if starts else None,
        "float32_instances": len(groups[False]),
        "stale_instances": len(stale),
        "stale_statements": len(others),
    }


def differ(looks: Sequence[tuple[float | None, Look]]) -> bool:
    """Whether two audits said different things of one instance at one level."""
    return any(a == b and one.outcome != other.outcome for a, one in looks for b, other in looks)


def planned_rows(remembered: Remembered) -> Iterator[tuple[object, ...]]:
    """The rows that an audit should have left, from its plan."""
    audit = remembered.audit
    for said in audit.said[: audit.kept]:
        level = remembered.levels.get(said.label)
        looks = [("main", look.x, look, level) for look in said.looks]
        if said.second is not None:
            x = [look.x for look in said.looks if look.outcome in AGAINST][-1]
            looks.append(("confirm", x, said.second, CONFIRM_LEVEL if said.label == DRAW else None))
        for stream, x, look, at in looks:
            how = (remembered.run, said.label, stream, str(audit.seed), audit.device, audit.dtype)
            yield (*how, x, look.outcome, look.trials, look.failures, look.slack, at)


def rows_of(path: Path) -> tuple[Counter[tuple[object, ...]], dict[tuple[object, ...], list[dict[str, Any]]]]:
    """The rows in a ledger as `planned_rows` has them, and all columns of them by run and claim."""
    ledger = open_ledger(path, write=False)
    instances = {name: json.loads(str(text))["x"] for name, _, text in ledger.table("instances")}
    columns = list(Row.__dataclass_fields__)
    rows = [dict(zip(columns, values, strict=True)) for values in ledger.table("evidence")]
    ledger.close()
    how = ("run", "claim", "stream", "seed", "device", "dtype")
    what = ("outcome", "trials", "failures", "slack", "level")
    found = Counter(
        (*(row[name] for name in how), instances[row["instance"]], *(row[name] for name in what))
        for row in rows
    )
    grouped: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault((row["run"], row["claim"]), []).append(row)
    return found, grouped


def told_by_rows(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the rows of one claim in one audit say that its JSON says as well."""
    main = [row for row in rows if row["stream"] == "main"]
    outcomes = Counter(row["outcome"] for row in main)
    again = [row["outcome"] in AGAINST for row in rows if row["stream"] == "confirm"]
    return {
        "instances": len(main),
        "unmet": Counter(row["unmet"] for row in main if row["unmet"] is not None),
        "ties": outcomes["tie"],
        "undecided": outcomes["undecided"],
        "trials": sum(row["trials"] for row in main),
        "worst_slack": min((row["slack"] for row in main if row["slack"] is not None), default=None),
        "contradicted": outcomes["violated"] + outcomes["refuted"] > 0,
        "confirmed": again,
    }


def told_by_json(claim: dict[str, Any]) -> dict[str, Any]:
    """The same, from the JSON of an audit."""
    same = ("instances", "unmet", "ties", "undecided", "trials", "worst_slack")
    witness = claim["witness"]
    return {
        **{name: claim[name] for name in same},
        "contradicted": witness is not None,
        "confirmed": [] if witness is None else [witness["confirmed"]],
    }


@dataclass
class World:
    """Two ledgers in two folders, the paper in three versions, and the model of each ledger."""

    folder: Path
    models: tuple[Model, Model] = field(default_factory=lambda: (Model(), Model()))
    count: int = 0

    def __post_init__(self) -> None:
        for statement in range(3):
            room = self.root(statement) / "claims"
            room.mkdir(parents=True)
            for label, name in ((CHECK, "one"), (DRAW, "two")):
                (room / f"{name}.py").write_text(f"{version_of(label, statement)}\n", encoding="utf-8")

    def root(self, statement: int) -> Path:
        """The paper as it stood."""
        return self.folder / f"paper{statement}"

    def path(self, ledger: int) -> Path:
        """The ledger of a machine."""
        return self.folder / f"machine{ledger}" / "l.sqlite"

    def audit(self, audit: Audit) -> None:
        """Write an audit through the recorder, and remember it."""
        self.count += 1
        run = f"{7919 * self.count % 1000:032x}"  # no order among the names of audits
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=audit.started)
        asked = tuple(CLAIMS[said.label] for said in audit.said)
        request = Request(asked, SMALL, audit.seed, Compute(audit.device, audit.dtype))
        model = self.models[audit.ledger]
        levels = model.reserve(audit)
        with (
            patch.object(recorder, "uuid", SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=run))),
            patch.object(audit_json, "environment", lambda _: {}),
            patch.object(recorder, "datetime", SimpleNamespace(now=lambda _: now)),
            recorder.keeping(self.path(audit.ledger), self.root(audit.statement), request) as kept,
        ):
            assert kept.request.levels == levels
            results = [said.result(kept.request.level_of(CLAIMS[said.label])) for said in audit.said]
            record = Record(results=results[: audit.kept], interrupted=audit.kept < len(results))
            for result in record.results:
                kept.keep(result)
            written = plain(audit_json.audit_record(BOOK, kept.request, record, Path("witnesses")))
            if audit.ended:
                kept.end(written)
            kept.complain()
        held = json.loads(json.dumps(written))
        at = model.begins(audit.ledger, now).isoformat(timespec="microseconds")
        model.audits[run] = Remembered(run, at, audit.ledger, audit, levels, held)

    def merge(self, step: Merge) -> None:
        """Merge, and say what was new."""
        source = self.models[step.source]
        target = self.models[step.target]
        if not source.audits:
            return
        before = pieces(target)
        target.audits |= source.audits
        target.spending |= source.spending
        new = merge(self.path(step.target), [self.path(step.source)])
        assert new == len(pieces(target) - before)

    def compare(self) -> None:
        """Both ledgers with their models, for the paper as it stood at each time."""
        for place, model in enumerate(self.models):
            if model.audits:
                self._rows(place, model)
                self._newest(place, model)
                # Beside the statements that were audited, one that may have stale evidence only.
                for statement in {0} | {one.audit.statement for one in model.audits.values()}:
                    self._known(place, model, statement)

    def _rows(self, place: int, model: Model) -> None:
        found, grouped = rows_of(self.path(place))
        assert found == Counter(row for one in model.audits.values() for row in planned_rows(one))
        for one in model.audits.values():
            for claim in one.json["claims"]:
                assert told_by_rows(grouped.get((one.run, claim["id"]), [])) == told_by_json(claim)

    def _newest(self, place: int, model: Model) -> None:
        ended = [one for one in latest([*model.audits.values()]) if one.audit.ended]
        if ended:
            assert json.loads(stored_audits.newest_audit(self.path(place))) == ended[0].json
        else:
            with pytest.raises(LedgerError, match="holds no audit that ended"):
                stored_audits.newest_audit(self.path(place))

    def _known(self, place: int, model: Model, statement: int) -> None:
        ledger = open_ledger(self.path(place), write=False)
        known = query(ledger, BOOK, self.root(statement))
        said = verdicts(ledger, BOOK, self.root(statement))
        ledger.close()
        whole = {label: expected(model, label, statement) for label in (CHECK, DRAW)}
        for claim in known.claims:
            found = {name: getattr(claim, name) for name in whole[claim.id]}
            assert found == whole[claim.id]
        folded = {label: expected_verdict(model, label, statement) for label in (CHECK, DRAW)}
        assert said == {label: verdict for label, verdict in folded.items() if verdict is not None}
        foreign = any(kept_of(one, UNKNOWN) for one in model.audits.values())
        assert known.others == ((UNKNOWN,) if foreign else ())
        assert known.runs == len(model.audits)
        console = Console(width=200, file=io.StringIO())
        print_known(known, console)
        assert isinstance(console.file, io.StringIO)
        disputed = ", ".join(label for label, facts in whole.items() if facts["disputed"])
        sentence = f"Audits differ in what they saw on the same instance of: {disputed}."
        assert (sentence in console.file.getvalue()) is bool(disputed)


def pieces(model: Model) -> set[tuple[object, ...]]:
    """The distinct pieces of evidence in a ledger: what fixes the outcome of a look."""
    found: set[tuple[object, ...]] = set()
    for one in model.audits.values():
        version = {said.label: version_of(said.label, one.audit.statement) for said in one.audit.said}
        version[UNKNOWN] = 0  # it has no source, whichever the paper
        for _, label, stream, seed, device, dtype, x, *_ in planned_rows(one):
            found.add((label, version[str(label)], stream, seed, device, dtype, x))
    return found


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


@example(DEVICES)
@example(LEVELS)
@example(APART)
@example(MERGED)
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.lists(audits() | audits() | MERGES, min_size=3, max_size=7))
def test_the_ledger_knows_what_its_audits_said(steps: list[Audit | Merge]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        for step in steps:
            if isinstance(step, Merge):
                world.merge(step)
            else:
                world.audit(step)
        world.compare()
