"""Audits the wrong theorems within the quick profile and prints what refutes them, or how often it does."""

from __future__ import annotations

import argparse
import textwrap
from collections import Counter
from collections.abc import Sequence

import torch

from refute import Claim, Compute
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from tests.wrong_theorems import THEOREMS, Theorem

WIDTH = 118


def main(arguments: Sequence[str] | None = None) -> None:
    """Print every theorem with its witness; with --seeds, a table of verdicts over many master seeds."""
    parser = argparse.ArgumentParser(prog="python -m tests.wrong_theorems", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the master seed (default 0)")
    parser.add_argument("--seeds", type=int, metavar="N", help="count verdicts over the seeds 0, ..., N - 1")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if chosen.seeds is not None:
        print("| | wrong | corrected |\n| --- | --- | --- |")
    for theorem in THEOREMS:
        if chosen.seeds is not None:
            cells = (verdicts(claim, chosen.seeds) for claim in (theorem.claim, theorem.corrected))
            print(f"| {theorem.claim.id} | {' | '.join(cells)} |", flush=True)
        else:
            print("\n".join(lines(theorem, chosen.seed)), end="\n\n", flush=True)


def verdicts(claim: Claim, seeds: int) -> str:
    """How often each verdict was given."""
    found = Counter(audit_claim(claim, PROFILES["quick"], seed, Compute()).verdict for seed in range(seeds))
    return ", ".join(f"{count} {verdict}" for verdict, count in found.most_common())


def lines(theorem: Theorem, seed: int) -> list[str]:
    """The report on one theorem."""
    result = audit_claim(theorem.claim, PROFILES["quick"], seed, Compute())
    report = [theorem.text.heading, *_wrapped("statement", theorem.text.statement)]
    report += _wrapped(str(result.verdict), result.because)
    if result.counterexample is not None:
        report += _wrapped("witness", repr(result.counterexample.instance))
        reasons = ", ".join(why for why, _ in result.counterexample.judgement.why.most_common(3))
        report += _wrapped("failing trials", reasons) if reasons else []
    right = audit_claim(theorem.corrected, PROFILES["quick"], seed, Compute())
    return [*report, *_wrapped("corrected", f"{theorem.corrected.title}: {right.verdict}. {right.because}")]


def _wrapped(name: str, text: str) -> list[str]:
    words = " ".join(text.split())
    return textwrap.wrap(f"{name}: {words}", WIDTH, initial_indent="  ", subsequent_indent="    ")


if __name__ == "__main__":
    main()
