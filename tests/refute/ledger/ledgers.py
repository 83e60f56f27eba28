"""Ledgers in tests: rows made by hand, all that is in one, and what the command shows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refute.cli import main as cli
from refute.ledger.append_only_file import TABLES
from refute.ledger.ledger import Row, open_ledger
from refute.ledger.recorder import address

ROOT = Path(__file__).resolve().parents[3]
FILE = ".refute/ledger.sqlite"


def refute(*arguments: object) -> int:
    return cli.main([str(argument) for argument in arguments])


def row(number: int, **changes: Any) -> Row:
    fields: dict[str, Any] = {
        "id": "",
        "run": "r",
        "claim": "N1",
        "statement": "s",
        "protocol": 1,
        "instance": f"{number:032x}",
        "seed": "0",
        "stream": "main",
        "device": "cpu",
        "dtype": "float64",
        "level": None,
        "outcome": "holds",
        "trials": 0,
        "failures": 0,
        "slack": 0.5,
        "unmet": None,
    }
    blank = Row(**{**fields, **changes})
    return replace(blank, id=address(blank))


def values(of: Row) -> tuple[object, ...]:
    return tuple(vars(of).values())


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    opened = open_ledger(path, write=False)
    try:
        return {name: opened.table(name) for name in TABLES}
    finally:
        opened.close()


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    capsys.readouterr()
    assert refute("ledger", *arguments, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    return {**found, **{claim["id"]: claim for claim in found["claims"]}}


def in_folder(toy: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, cwd=toy, env=environment, stderr=subprocess.PIPE, text=True)
