"""A naive model of a ledger: the audits as they were planned, in plain lists, folded one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from refute.audit.verdict import Verdict
from refute.evidence.sequential import CONFIRM_LEVEL
from refute.ledger.ledger import spent_by
from tests.refute.ledger.planned_audits import AGAINST, CHECK, DRAW, UNKNOWN, Audit, Look, Said


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


def pieces(model: Model) -> set[tuple[object, ...]]:
    """The distinct pieces of evidence in a ledger: what fixes the outcome of a look."""
    found: set[tuple[object, ...]] = set()
    for one in model.audits.values():
        version = {said.label: version_of(said.label, one.audit.statement) for said in one.audit.said}
        version[UNKNOWN] = 0  # it has no source, whichever the paper
        for _, label, stream, seed, device, dtype, x, *_ in planned_rows(one):
            found.add((label, version[str(label)], stream, seed, device, dtype, x))
    return found
