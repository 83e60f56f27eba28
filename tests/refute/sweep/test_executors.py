"""Who does the work, and who dies at it, changes no number: a toy sweep, all workers, many deaths."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.refute.conftest import TOY

ROOT = Path(__file__).resolve().parents[3]
MAIN = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from refute.cli.main import main; sys.exit(main())"
)
"""The command, listening to Ctrl-C also where these tests run in the background of a shell that mutes it."""
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.readline()
"""


def start(*arguments: str, **changes: str) -> subprocess.Popen[str]:
    """`refute widths` in the working directory, as the leader of a group of processes of its own."""
    command = [sys.executable, "-c", MAIN, "widths", *arguments]
    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(ROOT), **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def survey(*arguments: str, **changes: str) -> dict[str, Any]:
    """What an undisturbed run writes."""
    code, _, err = finish(start(*arguments, "--json", "survey.json", **changes))
    assert code == 0, err
    return read("survey.json")


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(name).read_text(encoding="utf-8"))
    return found


def numbers(found: dict[str, Any]) -> str:
    """All that must not depend on who did the work, bit for bit: floats are written exactly."""
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in found["rows"]]
    return json.dumps([rows, *(found[key] for key in ("ratios", "fits", "plots", "hash", "command"))])


def stored(path: str = ".refute/widths.sqlite") -> dict[str, tuple[str, float, str]]:
    """The stored batches: outcomes, seconds and the time at which they were finished."""
    if not Path(path).exists():
        return {}
    with closing(sqlite3.connect(path, timeout=60)) as base:
        try:
            return {
                row[0]: row[1:] for row in base.execute("SELECT id, outcomes, seconds, finished FROM batches")
            }
        except sqlite3.OperationalError:  # not begun yet
            return {}


def gone(group: int) -> bool:
    """Whether no process of a group is left, within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@dataclass(frozen=True)
class Whole:
    """What one process that nobody disturbs finds, and its store."""

    numbers: str
    store: str

    @property
    def batches(self) -> int:
        return len(stored(self.store))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    root = tmp_path_factory.mktemp("whole") / "paper"
    shutil.copytree(TOY, root, ignore=shutil.ignore_patterns("__pycache__"))
    with pytest.MonkeyPatch.context() as there:
        there.chdir(root)
        found = survey("--processes", "1")
    assert found["batches"]["ran"] > 100 and found["batches"]["stored"] == 0
    assert all(row["done"] for row in found["rows"])
    return Whole(numbers(found), str(root / ".refute" / "widths.sqlite"))


def test_two_processes_say_what_one_says(whole: Whole, toy: Path) -> None:
    assert numbers(survey("--processes", "2")) == whole.numbers
    for name, row in stored(whole.store).items():
        assert stored()[name][0] == row[0]


@pytest.fixture
def cluster(toy: Path) -> Iterator[str]:
    """The address of a cluster of three workers, two of which die at work and are replaced."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    deaths = toy / "deaths"
    deaths.mkdir()
    for name in ("one", "two"):
        (deaths / name).touch()
    Path("cluster.py").write_text(CLUSTER, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "cluster.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TOY_DEATHS": str(deaths), "TOY_PAUSE": "0.01"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.communicate("\n", timeout=60)
    assert list(deaths.iterdir()) == []


def test_a_cluster_whose_workers_die_says_what_one_process_says(whole: Whole, cluster: str) -> None:
    found = survey("--scheduler", cluster)
    assert numbers(found) == whole.numbers
    assert found["crew"] == f"the cluster at {cluster}"
    assert len(stored()) == whole.batches


def test_processes_that_are_killed_lose_nothing(whole: Whole, toy: Path) -> None:
    (toy / "deaths").mkdir()
    for number in range(2):
        (toy / "deaths" / str(number)).touch()
    assert numbers(survey("--processes", "2", TOY_DEATHS=str(toy / "deaths"))) == whole.numbers
    assert list((toy / "deaths").iterdir()) == []


def test_a_batch_that_kills_whoever_runs_it_ends_the_survey(toy: Path) -> None:
    (toy / "deaths").mkdir()
    for number in range(20):
        (toy / "deaths" / str(number)).touch()
    process = start("--processes", "2", "--json", "s.json", TOY_DEATHS=str(toy / "deaths"))
    code, _, err = finish(process)
    assert code == 3
    assert "3 processes died while they ran coin" in err and "Traceback" not in err
    assert read("s.json")["interrupted"] and gone(process.pid)


@pytest.mark.parametrize(("processes", "kills"), [("1", 4), ("2", 2)])
def test_a_survey_killed_at_random_moments_goes_on(
    whole: Whole, toy: Path, processes: str, kills: int
) -> None:
    moments = np.random.default_rng(int(processes))
    before: dict[str, tuple[str, float, str]] = {}
    for _ in range(kills):
        process = start("--processes", processes, TOY_PAUSE="0.02")
        deadline = time.monotonic() + 60
        while len(stored()) == len(before) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(float(moments.uniform(0, 0.4)))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL and gone(process.pid)
        after = stored()
        assert len(after) > len(before) and {name: after[name] for name in before} == before
        before = after
    assert len(before) < whole.batches
    found = survey("--processes", processes)
    assert numbers(found) == whole.numbers
    assert found["batches"]["ran"] == whole.batches - len(before)
    assert {name: stored()[name] for name in before} == before


@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_shows_what_is_decided_and_goes_on(whole: Whole, toy: Path, processes: str) -> None:
    process = start("--processes", processes, "--json", "cut.json", TOY_PAUSE="0.05")
    while len(stored()) < 12:
        assert process.poll() is None
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    code, out, err = finish(process)
    assert code == 130
    assert "Traceback" not in err + out and "run it again" in " ".join(out.split())
    assert gone(process.pid)
    cut = read("cut.json")
    done = len(stored())
    assert cut["interrupted"] and cut["batches"]["ran"] == done
    found = survey("--processes", processes, "--resume")
    assert numbers(found) == whole.numbers
    assert found["batches"] == {**found["batches"], "ran": whole.batches - done, "differing": 0}


def test_fresh_runs_all_again_and_notices_a_difference(whole: Whole, toy: Path) -> None:
    shutil.copy(whole.store, "known.sqlite")
    found = survey("--processes", "1", "--store", "known.sqlite", "--fresh")
    assert found["batches"] == {"size": 8, "ran": whole.batches, "stored": 0, "differing": 0}
    with closing(sqlite3.connect("known.sqlite")) as base, base:
        (kept,) = base.execute("SELECT outcomes FROM batches LIMIT 1").fetchone()
        base.execute("DROP TRIGGER batches_update")
        turned = json.dumps(
            [[bits.translate(str.maketrans("01", "10")), steps] for bits, steps in json.loads(kept)]
        )
        base.execute("UPDATE batches SET outcomes = ? WHERE outcomes = ?", (turned, kept))
    code, out, _ = finish(start("--processes", "1", "--store", "known.sqlite", "--fresh"))
    assert code == 3 and "CAME OUT DIFFERENTLY" in " ".join(out.split())
