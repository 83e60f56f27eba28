"""The browser, the page of the sample in it, and evidence of the toy paper that somebody may change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refute.ledger.queries import Known, KnownClaim
from refute.report.audit_json import agreement_record
from refute.report.page import write_page
from refute.statement.sweep import Trial
from refute.sweep.store import open_store
from tests.refute.audit.agreeing import IDLE, LOST, SAME, WRONG, matrix_of
from tests.refute.fuzzing import run, toy_paper
from tests.refute.report.fuzzed_values import BATCH, QUESTION
from tests.refute.report.in_chromium import CHROMIUM
from tests.refute.report.test_headlines import headline
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json


def known(claim: dict[str, Any]) -> KnownClaim:
    """What a ledger may know of a claim."""
    found: dict[str, Any] = dict.fromkeys(("unmet", "refutations", "confirmed", "disputed"), 0)
    found |= dict.fromkeys(("float32_instances", "stale_instances", "stale_statements"), 0)
    found |= {name: claim[name] for name in ("id", "slug", "instances", "trials", "worst_slack")}
    found |= {"statement": "s", "level_spent": 1e-6, "runs": 2, "machines": 1}
    found |= dict.fromkeys(("since", "until"), "2026-01-02T03:04:05+00:00")
    return KnownClaim(**found)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the sample, with headlines, agreement, and evidence of other audits."""
    audit = sample() | {"headlines": [headline()]}
    audit["plots"][0]["numbers"] = {"ratio": 6.7}
    audit["claims"][3]["uses"] = ["K1", "K7"]
    audit["claims"][0]["parts"][0]["label"] = "lambda_min(K)"
    audit["agreement"] = in_json(agreement_record(matrix_of(SAME, LOST, WRONG, IDLE)))
    claims = tuple(known(claim) for claim in audit["claims"])
    evidence = Known(file="l.sqlite", runs=2, machines=1, claims=claims, others=())
    return write_page(read(audit), tmp_path_factory.mktemp("page"), evidence).as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def above_the_paper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The toy paper as working directory; above it a ledger, a store of batches, a sibling's witness."""
    above = tmp_path_factory.mktemp("evidence")
    with toy_paper(above / "paper") as root:
        assert run("run", "N1", "N2", "--ledger", str(above / "whole.sqlite")).code == 0
        assert run("siblings", "N1").code == 0
        shutil.move(root / ".refute" / "witnesses" / "N1~three-halves.json", above / "sibling.json")
        shutil.rmtree(root / ".refute")
        with open_store(above / "store.sqlite", QUESTION) as store:
            store.add(BATCH, (Trial((True, False), 3), Trial((False, False), 5)), 0.5)
        yield root
