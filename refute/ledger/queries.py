"""What a ledger knows of a paper, and the union of ledgers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, TypeVar

from msgspec import Struct

from refute.audit.verdict import Verdict
from refute.basics.errors import LedgerError
from refute.basics.json_numbers import Amount, Count
from refute.evidence.seeds import CONFIRM, MAIN
from refute.inputs.registry import Book
from refute.inputs.source_hash import statement_hash
from refute.ledger.append_only_file import TABLES
from refute.ledger.ledger import Ledger, Row, Run, audit_number, open_ledger, spent_by
from refute.ledger.recorder import address, instance_hash
from refute.ledger.stored_audits import stored, stored_verdicts
from refute.statement.instance import Instance
from refute.statement.json_codec import converted, plain, read

# Every piece of evidence once, whoever saw it: where two runs differ, the worse one counts. float64 decides.
# Two audits may judge the same trials at two levels; only at one level do they have to agree.
_DISTINCT = """
    SELECT id, statement, stream, dtype, min(slack) AS slack, max(trials) AS trials,
           max(refuted) AS refuted, max(unmet) AS unmet, max(outcomes > 1) AS disputed
    FROM (SELECT id, statement, stream, dtype, min(slack) AS slack, max(trials) AS trials,
                 max(outcome IN ('refuted', 'violated')) AS refuted, max(outcome = 'unmet') AS unmet,
                 count(DISTINCT outcome) AS outcomes
          FROM evidence WHERE claim = ? GROUP BY id, level)
    GROUP BY id
"""
_SUMS = f"""
    SELECT statement = ?, stream, dtype = 'float64',
           count(*), sum(trials), min(slack), sum(refuted), sum(unmet), sum(disputed)
    FROM ({_DISTINCT}) GROUP BY 1, 2, 3
"""
_RUNS = """
    SELECT min(started), max(started), count(DISTINCT run), count(DISTINCT machine || platform)
    FROM runs WHERE run IN (SELECT run FROM evidence WHERE claim = ? AND statement = ? AND dtype = 'float64')
"""
_NEWEST = """
    SELECT run FROM runs JOIN endings USING (run) WHERE run IN
    (SELECT run FROM evidence WHERE claim = ? AND statement = ? AND dtype = 'float64')
    ORDER BY started DESC, run DESC
"""
T = TypeVar("T")
_SPENT = "SELECT number FROM spending WHERE claim = ? AND statement = ?"


class KnownClaim(Struct, frozen=True, kw_only=True):
    """What a ledger knows of one claim; all but the last two of its statement as it stands now."""

    id: str
    slug: str
    statement: str
    instances: Count
    unmet: Count
    trials: Count
    worst_slack: float | None
    refutations: Count
    confirmed: Count
    disputed: Count
    level_spent: Amount
    runs: Count
    machines: Count
    since: str | None
    until: str | None
    float32_instances: Count
    stale_instances: Count
    stale_statements: Count


class Known(Struct, frozen=True, kw_only=True):
    """What a ledger knows of a paper, "refute-ledger/1".

    runs, machines: of all audits in it. others: labels that this paper does not have.
    """

    schema: Literal["refute-ledger/1"] = "refute-ledger/1"
    file: str
    runs: Count
    machines: Count
    claims: tuple[KnownClaim, ...]
    others: tuple[str, ...]


def query(ledger: Ledger, book: Book, root: Path) -> Known:
    """What the ledger knows of the paper in `root`, all of it at one moment. Raises LedgerError."""
    with ledger.snapshot():
        known = _query(ledger, book, root)
    try:  # SQLite gives back whatever was stored, text in place of a number for one
        return read(json.dumps(plain(known), allow_nan=False).encode(), Known)
    except (TypeError, ValueError) as error:
        raise LedgerError(f"{ledger.path}: the ledger is damaged: {error}") from None


def _query(ledger: Ledger, book: Book, root: Path) -> Known:
    ((runs, machines),) = ledger.rows("SELECT count(*), count(DISTINCT machine || platform) FROM runs")
    labels = {str(label) for (label,) in ledger.rows("SELECT DISTINCT claim FROM evidence")}
    return Known(
        file=str(ledger.path),
        runs=_integer(runs),
        machines=_integer(machines),
        claims=tuple(
            _claim(ledger, claim.id, claim.slug, statement_hash(root, claim.module)) for claim in book.claims
        ),
        others=tuple(sorted(labels - {claim.id for claim in book.claims})),
    )


def verdicts(ledger: Ledger, book: Book, root: Path) -> dict[str, Verdict]:
    """The verdicts on the claims of which there is current evidence, by label.

    REFUTED where a second look confirmed that an instance contradicts the statement as it stands now; else
    what the newest audit said that judged this statement in float64 and ended.
    """
    found: dict[str, Verdict] = {}
    audits: dict[str, Mapping[str, Verdict]] = {}
    for claim in book.claims:
        statement = statement_hash(root, claim.module)
        state = _claim(ledger, claim.id, claim.slug, statement)
        if state.confirmed:
            found[claim.id] = Verdict.REFUTED
            continue
        for (run,) in ledger.rows(_NEWEST, claim.id, statement):
            if str(run) not in audits:
                audits[str(run)] = stored_verdicts(ledger, str(run))
            if claim.id in audits[str(run)]:
                found[claim.id] = audits[str(run)][claim.id]
                break
    return found


def merge(path: Path, others: Sequence[Path]) -> int:
    """Add to a ledger what others hold, in one transaction, and say how many judged instances were new.

    A ledger that an audit is writing gives what it holds at one moment. Raises LedgerError, and then has
    added nothing: a file that is no ledger, evidence whose id is not the hash of what it says, or anything
    else that would make the merged ledger unreadable.
    """
    found: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
    for other in others:
        source = open_ledger(other, write=False)
        try:
            with source.snapshot():
                rows = {name: source.table(name) for name in TABLES}
                for run, *_ in rows["endings"]:
                    stored(source, str(run))
        finally:
            source.close()
        _genuine(other, rows)
        for name, values in rows.items():
            found[name] += values
    target = open_ledger(path)
    try:
        (before,) = target.rows("SELECT count(DISTINCT id) FROM evidence")
        target.add(found)
        (after,) = target.rows("SELECT count(DISTINCT id) FROM evidence")
        return _integer(after[0]) - _integer(before[0])
    finally:
        target.close()


def _genuine(path: Path, rows: Mapping[str, Sequence[tuple[object, ...]]]) -> None:
    """Check every content address and every number of an audit. Raises LedgerError."""
    try:
        for name, key, text in rows["instances"]:
            instance = read(str(text).encode(), Instance)
            if (instance_hash(instance), instance.key) != (name, key):
                raise LedgerError(f"{path}: instance {name} is not what its hash says; nothing was merged")
        there = {name for name, *_ in rows["instances"]}
        for values in rows["evidence"]:
            row = Row(*values)  # type: ignore[arg-type]
            if row.instance not in there or address(row) != row.id:
                raise LedgerError(f"{path}: evidence {row.id} is not what its hash says; nothing was merged")
            _typed(Row, values)
        for claim, _, _, number in rows["spending"]:
            if type(number) is not int or number < 1:
                raise LedgerError(f"{path}: audit {number!r} of {claim} has no level; nothing was merged")
        for values in rows["runs"]:
            _typed(Run, values)
    except (AttributeError, TypeError, ValueError) as error:
        raise LedgerError(f"{path} is damaged: {error}; nothing was merged") from None


def _typed(form: type[T], values: Sequence[object]) -> T:
    """A row as a record. Raises ValueError where a value is of another type, or not finite."""
    record = dict(zip((field.name for field in fields(form)), values, strict=True))  # type: ignore[arg-type]
    for name, value in record.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is {value}")
    return converted(record, form)


def _claim(ledger: Ledger, label: str, slug: str, statement: str) -> KnownClaim:
    sums = {
        (bool(now), stream, bool(exact)): rest
        for now, stream, exact, *rest in ledger.rows(_SUMS, statement, label)
    }
    none: list[Any] = [0, 0, None, 0, 0, 0]
    instances, trials, slack, refuted, unmet, disputed = sums.get((True, MAIN, True), none)
    since, until, runs, machines = ledger.rows(_RUNS, label, statement)[0]
    numbers = [
        audit_number(number, label, ledger.path) for (number,) in ledger.rows(_SPENT, label, statement)
    ]
    (stale,) = ledger.rows(
        "SELECT count(DISTINCT statement) FROM evidence WHERE claim = ? AND statement <> ?", label, statement
    )
    return KnownClaim(
        id=label,
        slug=slug,
        statement=statement,
        instances=instances,
        unmet=unmet,
        trials=trials,
        worst_slack=slack,
        refutations=refuted,
        confirmed=sums.get((True, CONFIRM, True), none)[3],
        disputed=disputed,
        level_spent=sum(spent_by(number) for number in numbers),
        runs=_integer(runs),
        machines=_integer(machines),
        since=_text(since),
        until=_text(until),
        float32_instances=sums.get((True, MAIN, False), none)[0],
        stale_instances=sums.get((False, MAIN, True), none)[0],
        stale_statements=_integer(stale[0]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _integer(value: object) -> int:
    """What SQLite says where it counts."""
    return int(str(value))
