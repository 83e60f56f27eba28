"""Audits the wrong theorems within the quick profile and prints what refutes them, or how often it does."""

from __future__ import annotations

import argparse
import textwrap
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from refute import Claim, Compute
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.report.audit_json import claim_record
from refute.report.margin import told
from refute.report.page import write_page
from refute.report.records.audit import AuditRecord, BudgetRecord
from tests.wrong_theorems import THEOREMS, Theorem

WIDTH = 118


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every theorem with its witness; with --seeds, a table of verdicts over many master seeds."""
    parser = argparse.ArgumentParser(prog="python -m tests.wrong_theorems", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the master seed (default 0)")
    parser.add_argument("--seeds", type=int, metavar="N", help="count verdicts over the seeds 0, ..., N - 1")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write them as the page of an audit")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if chosen.report is not None:
        print(write_page(audit(chosen.seed), chosen.report))
        return
    if chosen.seeds is not None:
        print("| | wrong | corrected |\n| --- | --- | --- |")
    for theorem in THEOREMS:
        if chosen.seeds is not None:
            cells = (verdicts(claim, chosen.seeds) for claim in (theorem.claim, theorem.corrected))
            print(f"| {theorem.claim.id} | {' | '.join(cells)} |", flush=True)
        else:
            print("\n".join(lines(theorem, chosen.seed)), end="\n\n", flush=True)


def audit(seed: int) -> AuditRecord:
    """The audit of the wrong theorems, as that of a paper that claims them."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    begun = time.monotonic()
    claims = []
    for theorem in THEOREMS:
        title = theorem.text.heading.partition(". ")[2].rstrip(".")
        claim = replace(theorem.claim, title=title, text=theorem.text, chapter="wrong")
        result = audit_claim(claim, PROFILES["quick"], seed, Compute())
        claims.append(claim_record(result, "Wrong theorems", Path("witnesses")))
    tested = [
        (claim.alpha, claim.instances - sum(claim.unmet.values()))
        for claim in claims
        if claim.alpha is not None
    ]
    return AuditRecord(
        title="Five deliberately wrong theorems",
        source="docs/wrong-theorems.md",
        findings={"F1": "What authors write when they are in a hurry."},
        environment={},
        seed=seed,
        profile="quick",
        device="cpu",
        dtype="float64",
        started=started,
        seconds=time.monotonic() - begun,
        budget=BudgetRecord(
            level_per_instance=max(level for level, _ in tested),
            instances=sum(count for _, count in tested),
            bound=sum(level * count for level, count in tested),
        ),
        claims=tuple(claims),
        plots=(),
    )


def verdicts(claim: Claim, seeds: int) -> str:
    """How often each verdict was given."""
    found = Counter(audit_claim(claim, PROFILES["quick"], seed, Compute()).verdict for seed in range(seeds))
    return ", ".join(f"{count} {verdict}" for verdict, count in found.most_common())


def lines(theorem: Theorem, seed: int) -> list[str]:
    """The report on one theorem."""
    result = audit_claim(theorem.claim, PROFILES["quick"], seed, Compute())
    report = [theorem.text.heading, *_wrapped("statement", theorem.text.statement)]
    report += _wrapped(str(result.verdict), told(result.because))
    if result.counterexample is not None:
        report += _wrapped("witness", repr(result.counterexample.instance))
        reasons = ", ".join(why for why, _ in result.counterexample.judgement.why.most_common(3))
        report += _wrapped("failing trials", reasons) if reasons else []
    right = audit_claim(theorem.corrected, PROFILES["quick"], seed, Compute())
    return [
        *report,
        *_wrapped("corrected", f"{theorem.corrected.title}: {right.verdict}. {told(right.because)}"),
    ]


def _wrapped(name: str, text: str) -> list[str]:
    words = " ".join(text.split())
    return textwrap.wrap(f"{name}: {words}", WIDTH, initial_indent="  ", subsequent_indent="    ")


if __name__ == "__main__":
    main()
