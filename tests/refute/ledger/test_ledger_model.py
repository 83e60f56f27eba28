"""A ledger against a naive model: random audits and merges, and what is known is what the audits said.

Two routes. The model folds the audits as they were planned, in plain lists, and the verdicts from their JSON;
the ledger counts in SQL what the recorder wrote. They share no code but the formula of a level.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
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
from refute.audit.request import Request
from refute.basics.errors import LedgerError
from refute.cli.ledger_command import print_known
from refute.ledger import recorder, stored_audits
from refute.ledger.ledger import Row, open_ledger
from refute.ledger.queries import merge, query, verdicts
from refute.report import audit_json
from refute.statement.json_codec import plain
from refute.statement.kinds import Compute
from tests.refute.ledger.ledger_model import (
    Model,
    Remembered,
    expected,
    expected_verdict,
    kept_of,
    latest,
    pieces,
    planned_rows,
    version_of,
)
from tests.refute.ledger.planned_audits import (
    AGAINST,
    APART,
    BOOK,
    CHECK,
    CLAIMS,
    DEVICES,
    DRAW,
    LEVELS,
    MERGED,
    MERGES,
    UNKNOWN,
    Audit,
    Merge,
    audits,
)
from tests.refute.planted import SMALL

EXAMPLES = 50
"""Of random sequences; one takes about a twentieth of a second."""


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
