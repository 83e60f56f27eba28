"""The keys of every JSON file are those that docs/json.md documents."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from refute.audit.all_claims import audit_claims
from refute.audit.profiles import PROFILES
from refute.audit.request import Request
from refute.audit.witness import save_witnesses
from refute.cli import audit_commands as commands
from refute.cli.main import main
from refute.inputs.registry import Book
from refute.report.audit_json import audit_record
from refute.report.slack import slack_rows
from refute.statement.kinds import Compute
from refute.statement.plot import Axis, Mark, Plot, Series
from tests.json_keys import agrees, documented, keys_of, written
from tests.pages import ROOT
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json


def test_the_keys_of_a_run_are_documented(book: Book, tmp_path: Path) -> None:
    claims = book.find(["T1", "P4", "I2"])
    request = Request(claims, PROFILES["quick"], 0, Compute(), with_siblings=True)
    record = audit_claims(request)
    save_witnesses(record.results, 0, request.compute, tmp_path)
    found = keys_of(in_json(audit_record(book, request, record, tmp_path)), "audit", {})
    agrees(found)
    assert {"step", "witness", "finding", "sibling", "instance"} <= found.keys()
    for path in tmp_path.glob("*.json"):
        agrees(keys_of(written(path), "witness file", {}))


def test_the_keys_of_a_plot_are_documented() -> None:
    line = Series("line", (1.0,), (2.0,))
    axis = Axis("steps")
    plot = Plot("p", "title", "caption", axis, axis, (line,), (Mark(1.0, "here"),), ("K1",))
    agrees(keys_of(in_json(plot), "plot", {}))
    assert set(asdict(line)) == documented()["series"]


def test_the_keys_of_siblings_are_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(commands, "WITNESSES", tmp_path / "witnesses")
    assert main(["siblings", "P4", "--json", str(tmp_path / "s.json")]) == 0
    agrees(keys_of(written(tmp_path / "s.json"), "siblings", {}))


def test_the_keys_of_data_are_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    np.save(tmp_path / "rows.npy", np.eye(3)[[0, 1, 2, 0]])
    arguments = ["data", str(tmp_path / "rows.npy"), "--rows", "0,1", "--report", str(tmp_path / "out")]
    assert main([*arguments, "--drop-duplicates"]) == 0
    found = keys_of(written(tmp_path / "out" / "data.json"), "data", {})
    agrees(found, but=("mark",))
    assert found.keys() >= {"plot", "data table", "applied statement"}


def test_the_keys_of_the_list_are_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["list", "--json"]) == 0
    agrees(keys_of(json.loads(capsys.readouterr().out), "entry", {}))


def test_the_keys_of_graph_and_slack_are_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["graph", "K6", "--format", "json", "--ledger", "none"]) == 0
    agrees(keys_of(json.loads(capsys.readouterr().out), "graph", {}))
    agrees(keys_of(in_json(slack_rows(read(sample()))), "bound", {}))
