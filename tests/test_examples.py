"""The papers in examples/: they stand, their siblings fall, and what their documents say of them is so.

Each claim and each sibling of theirs is a test of its own as well (the folder is among the testpaths).
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.inputs.paper_modules import paper_at_work

ROOT = Path(__file__).resolve().parents[1]
PAPERS = sorted(path.parents[1] for path in (ROOT / "examples").glob("*/claims/paper.py"))
STARTER = ROOT / "refute" / "cli" / "starter" / "paper"
"""What `refute new` writes."""
LONGEST = 60
"""Seconds that a command on an example may take by its own clock."""


def refute(paper: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "refute.cli", *arguments],
        cwd=paper,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def audit(paper: Path, folder: Path, *arguments: str) -> dict[str, Any]:
    """The claims of an audit by label."""
    ran = refute(paper, "run", "--ledger", "none", "--json", str(folder / "audit.json"), *arguments)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads((folder / "audit.json").read_text("utf-8"))
    assert found["seconds"] < LONGEST
    return {claim["id"]: claim for claim in found["claims"]}


def values(instance: dict[str, Any], name: str) -> np.ndarray:
    return np.array(instance[name]["values"]).reshape(instance[name]["shape"])


def test_there_are_two() -> None:
    assert [paper.name for paper in PAPERS] == ["gradient_descent", "two_layer_relu"]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_claim_stands(paper: Path, tmp_path: Path) -> None:
    claims = audit(paper, tmp_path)
    assert claims and {claim["verdict"] for claim in claims.values()} <= {"SUPPORTED", "PROVED"}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_every_claim_has_a_proof_in_the_documents(paper: Path) -> None:
    headings = [
        line for line in (paper / "docs.md").read_text("utf-8").splitlines() if line.startswith("## ")
    ]
    for claim in (paper / "claims").glob("*/[a-z]*[0-9]_*.py"):
        label = claim.name.partition("_")[0].upper()
        assert any(line.startswith(f"## {label}. ") for line in headings), label


@pytest.mark.parametrize("paper", [*PAPERS, STARTER], ids=lambda paper: paper.name)
def test_a_claim_is_at_most_40_lines_beside_its_docstring(paper: Path) -> None:
    """Blank lines and comments do not count; docstrings of functions do."""
    claims = [path for path in (paper / "claims").glob("*/*.py*") if re.match(r"[a-z]+[0-9]+_", path.name)]
    assert len(claims) > 1
    for claim in claims:
        text = claim.read_text("utf-8")
        end = ast.parse(text).body[0].end_lineno
        lines = [line.strip() for line in text.splitlines()[end:]]
        assert len([line for line in lines if line and not line.startswith("#")]) <= 40, claim.name


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_it_is_typed(paper: Path, tmp_path: Path) -> None:
    """With refute on the path of mypy and nothing else: every paper calls its folders claims and models."""
    pytest.importorskip("mypy")
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "refute").symlink_to(ROOT / "refute")
    options = ("--strict", "--namespace-packages", "--explicit-package-bases", "--ignore-missing-imports")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--cache-dir", str(tmp_path / "cache"), "claims", "models"],
        cwd=paper,
        env={**os.environ, "PYTHONPATH": "", "MYPYPATH": str(tmp_path / "path")},
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in checked.stdout.splitlines() if line.startswith(("claims", "models"))]
    assert checked.returncode == 0 or (checked.returncode == 1 and not own), checked.stdout + checked.stderr


@pytest.mark.parametrize("profile", ["quick", "ci"])
def test_the_search_finds_the_extremal_function_of_gradient_descent(tmp_path: Path, profile: str) -> None:
    """Quadratic up to |x| = R / (2N + 1) and linear beyond: slack 0, found among sums of any pieces."""
    claim = audit(ROOT / "examples" / "gradient_descent", tmp_path, "R1", "--profile", profile)["R1"]
    assert claim["worst_slack"] == 0
    (part,) = claim["parts"]
    worst = part["instance"]
    first, *others = values(worst, "slopes")[0]
    knee = values(worst, "lengths")[0, 0]
    a = values(worst, "A")[0]
    x = values(worst, "x")
    assert len(values(worst, "slopes")) == 1 and first > 0 and not any(others)
    assert abs(a @ x) == (2 * worst["N"] + 1) * knee * (a @ a) and (a @ x) ** 2 == (a @ a) * (x @ x)


def euler(
    X: np.ndarray, W: np.ndarray, a: np.ndarray, y: np.ndarray, horizon: float, steps: int
) -> np.ndarray:
    """The neurons at the horizon by so many small steps."""
    for _ in range(steps):
        residual = y - a @ np.maximum(W @ X.T, 0) / np.sqrt(len(W))
        W = W + horizon / steps * (a[:, None] * (W @ X.T > 0) * residual) @ X / np.sqrt(len(W))
    return W


def test_the_flow_of_the_second_paper_is_that_of_small_steps_across_kinks() -> None:
    """On drawn networks; the flow gives those up of which a neuron slides along a kink."""
    compared = 0
    with paper_at_work(ROOT / "examples" / "two_layer_relu"):
        flow = importlib.import_module("models.flow")
        for start in range(24):
            generator = np.random.default_rng(start)
            X = generator.standard_normal((3, 4))
            W = generator.standard_normal((8, 4))
            a = generator.choice([-1.0, 1.0], 8)
            rho = generator.standard_normal(3)
            begun = flow.Flow(X, a, W, rho)
            before = begun.active.copy()
            try:
                *_, last = begun.follow(2.0)
            except flow.Undecided as reason:
                last = reason
            if isinstance(last, Exception) or (last.active == before).all():
                continue
            compared += 1
            y = rho + a @ np.maximum(W @ X.T, 0) / np.sqrt(8)
            assert last.time == pytest.approx(2.0)
            assert last.error < 1e-4 and last.moved_error < 1e-4
            moved = euler(X, W, a, y, 2.0, 20_000) - W
            assert np.linalg.norm(last.W - W - moved) < 1e-3 * np.linalg.norm(moved)
            u = a @ np.maximum(last.W @ X.T, 0) / np.sqrt(8)
            known = last.error + begun.size * np.sqrt(8) * last.moved_error
            assert np.linalg.norm(y - u - last.rho) <= known
    assert compared >= 4
