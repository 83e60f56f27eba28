"""Writes an audit into a ledger: a level for each claim at first, each claim as it ends, then the whole."""

from __future__ import annotations

import json
import platform
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from refute.audit.judgement import Judgement
from refute.audit.request import Request
from refute.audit.result import Result
from refute.basics.errors import LedgerError
from refute.basics.version import __version__
from refute.evidence.seeds import CONFIRM, MAIN, PROTOCOL
from refute.evidence.sequential import CONFIRM_LEVEL
from refute.inputs.source_hash import statement_hash
from refute.ledger.last_audit import after_the_last
from refute.ledger.ledger import Ledger, Row, Run, machine_id, open_ledger
from refute.statement.claim import Claim
from refute.statement.comparison import Outcome
from refute.statement.instance import Instance

UNMET = "unmet"
"""The outcome of an instance that did not meet the premise; the others are calls and outcomes."""


@dataclass
class Keeper:
    """Keeps one audit in a ledger, or nowhere. request: the audit, with the level of each claim.

    A ledger that fails in the middle of an audit ends the keeping and not the audit; `complain` says it.
    notes: what the user should know of the ledger before the audit, each in a sentence.
    """

    request: Request
    ledger: Ledger | None = None
    run: Run | None = None
    statements: Mapping[str, str] = field(default_factory=dict)
    failure: LedgerError | None = None
    notes: tuple[str, ...] = ()

    def keep(self, result: Result, *, remembered: bool = False) -> None:
        """Append the evidence on a claim in one transaction.

        remembered: nothing of it was judged in this run. What the ledger holds already of an interrupted run
        is then left to that run: it is no second look.
        """
        if self.run is None:
            return
        rows = list(_rows(result, self.statements[result.claim.id], self.run))
        if remembered and rows and self._holds(rows[-1][0].id):
            return
        self._add(
            {
                "instances": [
                    (row.instance, instance.key, json.dumps(instance.to_json())) for row, instance in rows
                ],
                "evidence": [astuple(row) for row, _ in rows],
            }
        )

    def end(self, audit: Mapping[str, Any]) -> None:
        """Append the whole audit as a JSON file holds it, from which its report can be written again."""
        if self.run is None:
            return
        stored = zlib.compress(json.dumps(audit, allow_nan=False).encode())
        self._add({"endings": [(self.run.run, audit["seconds"], audit["interrupted"], stored)]})

    def complain(self) -> None:
        """Raise what went wrong with the ledger, once everything else is done."""
        if self.failure is not None:
            raise self.failure

    def _holds(self, evidence: str) -> bool:
        with suppress(LedgerError):
            query = "SELECT count(*) FROM evidence WHERE id = ?"
            return self.ledger is not None and self.ledger.rows(query, evidence) != [(0,)]
        return False

    def _add(self, rows: dict[str, list[tuple[object, ...]]]) -> None:
        if self.failure is None and self.ledger is not None:
            try:
                self.ledger.add(rows)
            except LedgerError as error:
                self.failure = error


@contextmanager
def keeping(path: Path | None, root: Path, request: Request) -> Iterator[Keeper]:
    """Open the ledger, reserve the levels and note that an audit has begun; None keeps nothing.

    root: the folder of the paper. Raises LedgerError.
    """
    if path is None:
        yield Keeper(request)
        return
    statements = {claim.id: statement_hash(root, claim.module) for claim in request.claims}
    ledger = open_ledger(path)
    try:
        machine = machine_id(path)
        drawn = [(claim.id, statements[claim.id]) for claim in request.claims if claim.draw is not None]
        levels = ledger.reserve(drawn, request.seed)
        started, notes = after_the_last(ledger, machine, datetime.now(UTC))
        run = Run(
            run=uuid.uuid4().hex,
            started=started.isoformat(timespec="microseconds"),
            profile=request.profile.name,
            seed=str(request.seed),
            device=request.compute.device,
            dtype=request.compute.dtype,
            machine=machine,
            platform=platform.platform(),
            version=__version__,
        )
        ledger.add({"runs": [astuple(run)]})
        yield Keeper(replace(request, levels=levels), ledger, run, statements, notes=notes)
    finally:
        ledger.close()


def instance_hash(instance: Instance) -> str:
    """32 hexadecimal digits of a hash of the canonical bytes."""
    return blake2b(instance.canonical(), digest_size=16, person=b"refute-instance").hexdigest()


def address(row: Row) -> str:
    """The id of evidence: a hash of all that fixes its outcome, and of nothing else."""
    digest = blake2b(digest_size=16, person=b"refute-evidence")
    fixed = (row.claim, row.statement, str(row.protocol), row.instance)
    for part in (*fixed, row.seed, row.stream, row.device, row.dtype):
        digest.update(len(part.encode()).to_bytes(8, "little") + part.encode())
    return digest.hexdigest()


def _rows(result: Result, statement: str, run: Run) -> Iterator[tuple[Row, Instance]]:
    level = result.level if result.claim.draw is not None else None
    for instance, judgement in result.judged:
        yield _row(result.claim, statement, run, (instance, judgement), MAIN, level), instance
    example = result.counterexample
    if example is not None:
        looked = (example.instance, example.second)
        again = CONFIRM_LEVEL if result.claim.draw is not None else None
        yield _row(result.claim, statement, run, looked, CONFIRM, again), example.instance


def _row(
    claim: Claim,
    statement: str,
    run: Run,
    judged: tuple[Instance, Judgement],
    stream: str,
    level: float | None,
) -> Row:
    instance, judgement = judged
    decision = judgement.decision
    fields: dict[str, Any] = {
        "run": run.run,
        "claim": claim.id,
        "statement": statement,
        "protocol": PROTOCOL,
        "instance": instance_hash(instance),
        "seed": run.seed,
        "stream": stream,
        "device": run.device,
        "dtype": run.dtype,
        "level": level,
        "outcome": _outcome(judgement),
        "trials": decision.trials if decision else 0,
        "failures": decision.failures if decision else 0,
        "slack": min((comparison.slack for comparison in judgement.comparisons), default=None),
        "unmet": judgement.unmet,
    }
    return Row(id=address(Row(id="", **fields)), **fields)


def _outcome(judgement: Judgement) -> str:
    """What the instance said: the call of its trials, or the worst outcome of its comparisons."""
    if judgement.unmet is not None:
        return UNMET
    if judgement.decision is not None:
        return str(judgement.decision.call)
    if judgement.violation > 0:
        return str(Outcome.VIOLATED)
    return str(Outcome.TIE if any(comparison.open for comparison in judgement.comparisons) else Outcome.HOLDS)
