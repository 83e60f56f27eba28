"""The guide to a claim of one's own: what it quotes is there, and what it tells happens."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import refute
from refute import Claim, Compute, Instance, Kind, Sibling
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.verdict import Verdict
from tests.json_keys import written
from tests.pages import EXAMPLE, FENCE, ROOT, commands_of

QUOTED = [block for language, block in FENCE.findall(EXAMPLE.read_text("utf-8")) if block.startswith("# ")]


@pytest.mark.parametrize("block", QUOTED, ids=lambda block: block.splitlines()[0])
def test_what_the_guide_quotes_is_in_the_file_that_it_names(block: str) -> None:
    name, _, quoted = block.removeprefix("# ").partition("\n")
    assert quoted.strip()
    assert quoted in (ROOT / name).read_text("utf-8")


def test_the_guide_quotes_what_it_is_about() -> None:
    named = {block.splitlines()[0].rpartition("/")[2] for block in QUOTED}
    assert named >= {"paper.py", "r1_worst_case.py", "functions.py", "s2_mean_of_signs.py.in"}


def test_what_the_guide_does_not_quote_runs() -> None:
    """The first block, on an instance of six numbers: (sum of x)^2 <= n sum of x^2, with its rounding."""
    blocks = [block for language, block in FENCE.findall(EXAMPLE.read_text("utf-8")) if language == "python"]
    loose = next(block for block in blocks if block not in QUOTED)
    imports, _, expression = loose.strip().rpartition("\n\n")
    names: dict[str, Any] = {"at_most": refute.at_most, "x": np.array([0.1, 0.3, -0.7, 2.0, 1e-3, 5.0])}
    names["size"] = np.abs(names["x"]).sum() ** 2 + 6 * (names["x"] @ names["x"])
    exec(imports, names)
    found = eval(expression, names)
    assert found.outcome is refute.Outcome.HOLDS and 0 < found.rounding < 1e-12


NUMBERS = hnp.arrays(np.float64, 3, elements=st.integers(-9, 9).map(lambda k: k / 10))
ALONG = st.builds(lambda x, k: Instance(x=x, y=k / 8 * x), NUMBERS, st.integers(0, 9))


def test_the_escalation_of_the_guide_decides_what_floats_leave_open() -> None:
    """The triangle inequality, attained by vectors that point the same way."""
    blocks = [block for language, block in FENCE.findall(EXAMPLE.read_text("utf-8")) if language == "python"]
    (block,) = [block for block in blocks if "def escalate" in block]
    names: dict[str, Any] = {}
    exec(block, names)
    claim = Claim(
        id="T1",
        kind=Kind.UPPER_BOUND,
        finding="F1",
        instances=st.builds(Instance, x=NUMBERS, y=NUMBERS),
        check=names["check"],
        classes={"one way": lambda instance: bool((instance.x @ instance.y) > 0)},
        strata={"one way": ALONG},
        siblings=(Sibling("less", falls="|x + y|", changes={"factor": 0.9}),),
    )
    alone = audit_claim(claim, PROFILES["quick"], 0, Compute())
    assert alone.verdict is Verdict.UNDECIDED and "the claim has no escalate" in alone.because
    decided = audit_claim(replace(claim, escalate=names["escalate"]), PROFILES["quick"], 0, Compute())
    assert decided.verdict is Verdict.SUPPORTED
    assert any(c.settled is not None for judgement in decided.met for c in judgement.comparisons)
    sibling = audit_claim(claim.as_sibling(claim.siblings[0]), PROFILES["quick"], 0, Compute())
    assert sibling.verdict is Verdict.REFUTED


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the paper that docs/write-a-claim.md is about."""
    root = tmp_path_factory.mktemp("guided") / "paper"
    ignored = shutil.ignore_patterns("__pycache__", ".refute")
    shutil.copytree(ROOT / "examples" / "gradient_descent", root, ignore=ignored)
    return root


def run_in(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands_of_the_guide_do_what_it_says(guided: Path) -> None:
    for program, words in commands_of(EXAMPLE):
        ran = run_in(guided, f"{program}.cli", *shlex.split(words))
        assert ran.returncode == ("replay" in words), ran.stdout + ran.stderr
    claims = written(guided / "audit.json")["claims"]
    assert {claim["id"]: claim["verdict"] for claim in claims} == dict.fromkeys(
        ("D1", "D2", "R1", "R2"), "SUPPORTED"
    )
    assert all(count for claim in claims for count in claim["classes"].values())
    assert run_in(guided / "my-paper", "refute.cli", "list").returncode == 0
    assert "D3" in run_in(guided, "refute.cli", "list").stdout


def test_the_example_of_the_guide_is_collected_by_pytest(guided: Path) -> None:
    ran = run_in(guided, "pytest", "claims", "-k", "worst", "--collect-only", "-q", "-p", "no:cacheprovider")
    assert "3/11 tests collected" in ran.stdout or "3/13 tests collected" in ran.stdout, ran.stdout
