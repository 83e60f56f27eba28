"""Who audits, and who dies at it, changes no number: all workers and deaths."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refute import Compute
from refute.audit.profiles import PROFILES
from refute.audit.request import Request
from refute.cli import main as cli
from refute.cli.crews import FEW, processes_for, processors
from tests.refute.cli.crews import QUIET, audited, finish, lives, numbers, start
from tests.refute.planted import planted
from tests.refute.sweep.test_executors import CLUSTER, ROOT


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
