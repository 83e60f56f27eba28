"""SIGKILL at random moments: nothing finished is lost, nothing counted twice, and the next run goes on.

2 moments for each of three commands at profile quick, 71 (213 in all) at profile deep.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from tests.refute.cli.commands import refute, start

MOMENTS = max(2, settings().max_examples // 14)
SQLITE = {"run": Path(".refute/ledger.sqlite"), "widths": Path(".refute/widths.sqlite")}
COMMANDS = {
    "run": ("run", "--json", "out.json"),
    "siblings": ("siblings", "--json", "out.json"),
    "widths": ("widths", "--processes", "1", "--json", "out.json"),
}


def rows(file: Path) -> dict[str, set[tuple[object, ...]]]:
    """All rows of an append-only file, by table, read by nothing of ours; the file is sound."""
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: set(base.execute(f"SELECT * FROM {name}")) for name in names}


def sound(file: Path) -> Any:
    """What a JSON file says, which is there whole or not at all."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def answer(found: Any) -> Any:
    """What a command found out, without times, and without what depends on how often it ran."""
    if "rows" in found:
        return [{**row, "seconds": None} for row in found["rows"]], found["ratios"]
    pairs = [(one["id"], one.get("verdict")) for one in found["claims"]]
    return pairs, [[(s["name"], s["verdict"]) for s in one["siblings"]] for one in found["claims"]]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_moment_loses_nothing_that_was_finished(
    toy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    process = start(toy, *COMMANDS[name])
    process.communicate(timeout=300)
    assert process.returncode == 0
    longest = time.monotonic() - begun
    undisturbed = answer(sound(toy / "out.json"))
    for leftover in ("out.json", *map(str, SQLITE.values())):
        for ending in ("", "-wal", "-shm"):
            (toy / f"{leftover}{ending}").unlink(missing_ok=True)
    before: dict[str, set[tuple[object, ...]]] = {}
    for moment in np.random.default_rng(len(name)).uniform(0, longest, MOMENTS):
        process = start(toy, *COMMANDS[name])
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        after = rows(toy / SQLITE[name]) if name in SQLITE else {}
        assert all(found <= after[table] for table, found in before.items())
        before = after
        sound(toy / "out.json")
        for witness in (toy / ".refute/witnesses").glob("*.json"):
            sound(witness)
    capsys.readouterr()
    assert refute(*COMMANDS[name]) == 0
    assert answer(sound(toy / "out.json")) == undisturbed
    if name == "run":
        # On a machine that is busy with other things no kill may have come after the start of an audit.
        begun_at = {run: str(started) for run, started, *_ in before.get("runs", set())}
        last = max(begun_at, key=lambda run: (begun_at[run], run), default=None)
        stopped = last is not None and last not in {run for run, *_ in before["endings"]}
        assert ("has not ended" in capsys.readouterr().err) is stopped
        assert refute("ledger", "--json") == 0
        known = json.loads(capsys.readouterr().out)["claims"]
        judged = sound(toy / "out.json")["claims"]
        assert [one["instances"] for one in known] == [one["instances"] for one in judged]
