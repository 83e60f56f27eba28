"""Who audits, and who dies at it, changes no number: all workers, deaths, Ctrl-C and --resume."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from refute import Compute
from refute.audit.profiles import PROFILES
from refute.audit.request import Request
from refute.cli import main as cli
from refute.cli.crews import FEW, processes_for, processors
from tests.refute.planted import planted
from tests.refute.sweep.test_executors import CLUSTER, MAIN, ROOT, gone

WATCHED = '''

def _watched(judge):
    """The judge of a claim that dies, pauses, or leaves a mark, as the environment says."""

    def judged(instance, compute):
        lives = os.environ.get("TOY_LIVES")
        for life in sorted(Path(lives).iterdir()) if lives else ():
            life.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        if os.environ.get("TOY_PAUSE"):
            time.sleep(float(os.environ["TOY_PAUSE"]))
        return judge(instance, compute)

    return judged


CLAIM = replace(CLAIM, check=_watched(CLAIM.check))
'''
IMPORTS = "import os\nimport signal\nimport time\n"
IMPORTS += "from dataclasses import replace\nfrom pathlib import Path\n\n"
QUIET = {"TOY_LIVES": "", "TOY_PAUSE": ""}


@pytest.fixture
def watched(toy: Path) -> Path:
    """The toy paper, whose first claim does what the environment says."""
    path = toy / "claims" / "numbers" / "n1_square_of_sum.py"
    head, mark, rest = path.read_text("utf-8").partition("from fractions import Fraction\n")
    path.write_text(head + IMPORTS + mark + rest + WATCHED, encoding="utf-8")
    return toy


def start(*arguments: str, **changes: str) -> subprocess.Popen[str]:
    """`refute` in the working directory, as the leader of a group of processes of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **QUIET, **changes},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    try:
        out, err = process.communicate(timeout=180)
    except subprocess.TimeoutExpired:  # it is no other test's to wait for
        process.kill()
        process.communicate()
        raise
    return process.returncode, out, err


def timeless(found: Any) -> Any:
    """What a file says, but for times."""
    if isinstance(found, dict):
        return {key: timeless(value) for key, value in found.items() if key not in ("seconds", "started")}
    return [timeless(one) for one in found] if isinstance(found, list) else found


def numbers(path: str = "found.json") -> str:
    """All that must not depend on who did the work, byte for byte: floats are written exactly."""
    return json.dumps(timeless(json.loads(Path(path).read_text("utf-8"))))


def audited(*options: str, **changes: str) -> tuple[str, str]:
    """The bytes of an audit with siblings and the agreement matrix, times aside, and what it said."""
    arguments = ("run", "--report", "report", "--agreement", "--ledger", "none", "--json", "found.json")
    code, _, err = finish(start(*arguments, *options, **changes))
    assert code == 0, err
    return numbers(), err


@pytest.fixture
def cluster(watched: Path) -> Iterator[str]:
    """The address of a cluster of three workers, of which one dies at work and is replaced."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    lives(watched, 1)
    Path("cluster.py").write_text(CLUSTER, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "cluster.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **QUIET, "TOY_LIVES": str(watched / "lives")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.communicate("\n", timeout=60)


def lives(folder: Path, count: int) -> Path:
    (folder / "lives").mkdir(exist_ok=True)
    for number in range(count):
        (folder / "lives" / str(number)).touch()
    return folder / "lives"


def test_one_process_two_processes_and_a_cluster_write_the_same_bytes(watched: Path, cluster: str) -> None:
    one, _ = audited("--processes", "1")
    two, _ = audited("--processes", "2", TOY_LIVES=str(lives(watched, 1)))
    assert not list((watched / "lives").iterdir()), "a process died at work"
    lives(watched, 1)
    three, _ = audited("--scheduler", cluster)
    assert not list((watched / "lives").iterdir()), "a worker of the cluster died at work"
    assert one == two == three
    assert len(json.loads(one)["claims"]) == 3 and json.loads(one)["agreement"]["rows"]


def test_a_process_that_dies_is_named_and_its_claim_runs_elsewhere(watched: Path) -> None:
    _, err = audited("--processes", "2", TOY_LIVES=str(lives(watched, 2)))
    assert err.count("refute: a process died; N1") == 2 and "runs again" in err


def test_a_claim_at_which_every_process_dies_is_an_error_and_the_others_go_on(watched: Path) -> None:
    folder = str(lives(watched, 50))
    code, _, err = finish(
        start("run", "--processes", "2", "--ledger", "none", "--json", "found.json", TOY_LIVES=folder)
    )
    assert code == 3 and Path("found.json").exists(), err
    found = {claim["id"]: claim for claim in json.loads(Path("found.json").read_text("utf-8"))["claims"]}
    assert {label: claim["verdict"] for label, claim in found.items()} == {
        "N1": "ERROR",
        "N2": "SUPPORTED",
        "N3": "PROVED",
    }
    assert "every process that worked on N1 died; is there enough memory?" in found["N1"]["because"]


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


@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_keeps_what_is_done_and_resume_goes_on(watched: Path, processes: str) -> None:
    whole, _ = audited("--processes", "1", "--ledger", "whole.sqlite")  # at the level of a first audit
    ledger = ("--ledger", "ledger.sqlite", "--json", "found.json", "--report", "report", "--agreement")
    process = start("run", *ledger, "--processes", processes, TOY_PAUSE="0.2")
    deadline = time.monotonic() + 90
    while answers() < 16 and time.monotonic() < deadline:  # the controls, and three pieces of claims
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130 and "--resume goes on from here" in err
    assert gone(process.pid)
    kept = answers()
    assert kept >= 16
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
    while answers() < 14 and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)  # not even Ctrl-C: what was answered is there
    finish(process)
    kept = answers()
    # Every instance that is judged again would kill its process.
    assert kept >= 14
    code, _, err = finish(start(*run, "--resume"))
    assert code == 0, err
    whole = numbers()
    code, _, err = finish(start(*run))
    assert code == 0 and numbers() == whole


def test_without_resume_a_run_begins_anew(watched: Path) -> None:
    run = ("run", "N1", "--ledger", "none", "--processes", "1", "--json", "found.json")
    process = start(*run, TOY_PAUSE="0.2")
    while answers() < 13 and process.poll() is None:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    finish(process)
    assert answers() >= 13
    process = start(*run, TOY_PAUSE="5")
    while answers() >= 13 and process.poll() is None:
        time.sleep(0.02)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)


def test_siblings_say_the_same_whoever_runs_them(watched: Path) -> None:
    found = []
    for processes in ("1", "2"):
        code, _, err = finish(start("siblings", "--processes", processes, "--json", "found.json"))
        assert code == 0, err
        assert "[3/3]" in err and "1 of 1 refuted" in err
        found.append(numbers())
    assert found[0] == found[1]


def test_a_scheduler_that_does_not_answer_is_a_mistake_of_the_user(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    before = set(toy.rglob("*"))
    assert cli.main(["run", "N1", "--scheduler", "nonsense://nowhere", "--json", "found.json"]) == 2
    assert capsys.readouterr().err.startswith("refute: --scheduler nonsense://nowhere: ")
    assert not {path.name for path in set(toy.rglob("*")) - before} & {"found.json", "ledger.sqlite"}


def test_little_work_and_a_gpu_need_one_process() -> None:
    few = [planted(id=f"P{number}") for number in range(FEW)]
    many = [*few, planted(id="Q")]

    def default(claims: Any, profile: str, device: str = "cpu") -> int:
        return processes_for(None, Request(claims, PROFILES[profile], 0, Compute(device)))

    assert default(few, "quick") == 1
    assert default(many, "quick") == default(few, "ci") == processors() >= 1
    assert default(many, "ci", "cuda") == 1
    assert processes_for(3, Request(few, PROFILES["quick"], 0, Compute("cuda"))) == 3
