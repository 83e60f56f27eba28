"""Ctrl-C and --resume: what is done is kept, goes on from there, and changes no number."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from refute.audit.controls import CONTROLS
from tests.refute.cli.crews import audited, finish, numbers, start
from tests.refute.sweep.test_executors import gone


def answers(folder: str = ".refute/unfinished") -> int:
    """How many answers wait to be gone on with."""
    count = 0
    for path in Path(folder).glob("*.sqlite"):
        with closing(sqlite3.connect(path, timeout=60)) as base:
            try:
                count += int(base.execute("SELECT count(*) FROM answers").fetchone()[0])
            except sqlite3.OperationalError:  # not begun yet
                continue
    return count


@pytest.mark.parametrize(("processes", "pieces"), [("1", 3), ("2", 3), ("1", 5 - len(CONTROLS))])
def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(watched: Path, processes: str, pieces: int) -> None:
    """After all controls and so many pieces of claims, or among the controls, which do not pause."""
    least = len(CONTROLS) + pieces
    whole, _ = audited("--processes", "1", "--ledger", "whole.sqlite")  # at the level of a first audit
    ledger = ("--ledger", "ledger.sqlite", "--json", "found.json", "--report", "report", "--agreement")
    process = start("run", *ledger, "--processes", processes, TOY_PAUSE="0.05")
    deadline = time.monotonic() + 90
    while answers() < least and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130 and "--resume goes on from here" in err
    assert gone(process.pid)
    kept = answers()
    assert kept >= least
    interrupted = json.loads(Path("found.json").read_text("utf-8"))
    assert interrupted["interrupted"] is True and len(interrupted["claims"]) < 3
    code, _, err = finish(start("run", *ledger, "--processes", "1", "--resume", TOY_PAUSE="0.0"))
    assert code == 0, err
    assert numbers() == whole
    assert answers() == 0, "nothing is unfinished"
    with closing(sqlite3.connect("ledger.sqlite")) as base:
        twice = base.execute("SELECT count(*) FROM evidence GROUP BY id HAVING count(*) > 1").fetchall()
    assert not twice, "what the interrupted run had kept is no second look"


def test_what_was_resumed_is_not_judged_again(watched: Path) -> None:
    run = ("run", "--ledger", "none", "--processes", "1", "--json", "found.json")
    process = start(*run, TOY_PAUSE="0.05")
    while answers() < len(CONTROLS) + 1 and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)  # not even Ctrl-C: what was answered is there
    finish(process)
    kept = answers()
    # Every instance that is judged again would kill its process.
    assert kept > len(CONTROLS)
    code, _, err = finish(start(*run, "--resume"))
    assert code == 0, err
    whole = numbers()
    code, _, err = finish(start(*run))
    assert code == 0 and numbers() == whole


def test_without_resume_a_run_begins_anew(watched: Path) -> None:
    run = ("run", "N1", "--ledger", "none", "--processes", "1", "--json", "found.json")
    process = start(*run, TOY_PAUSE="0.2")
    while answers() < len(CONTROLS) and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    finish(process)
    assert answers() >= len(CONTROLS)
    process = start(*run, TOY_PAUSE="5")
    while answers() >= len(CONTROLS) and process.poll() is None:
        time.sleep(0.02)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
