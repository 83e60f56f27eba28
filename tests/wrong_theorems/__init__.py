"""Five deliberately wrong theorems of the kind that authors really write, each with its correction.

    python -m tests.wrong_theorems [--seed N | --seeds N]

audits them within the quick profile and prints the witnesses, or counts the verdicts over N seeds;
docs/wrong-theorems.md tells their stories.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import ModuleType

from refute import Claim
from refute.inputs.registry import read_text
from refute.statement.claim import Text
from tests.wrong_theorems import (
    w1_forgotten_factor,
    w2_swapped_sizes,
    w3_largest_for_smallest,
    w4_few_samples,
    w5_wrong_randomness,
)


@dataclass(frozen=True)
class Theorem:
    """A wrong theorem, the same with its mistake put right, and the text of its module."""

    claim: Claim
    corrected: Claim
    text: Text


def _theorem(module: ModuleType) -> Theorem:
    return Theorem(module.CLAIM, module.CORRECTED, read_text(inspect.getdoc(module) or "", module.__name__))


THEOREMS = tuple(
    _theorem(module)
    for module in (
        w1_forgotten_factor,
        w2_swapped_sizes,
        w3_largest_for_smallest,
        w4_few_samples,
        w5_wrong_randomness,
    )
)
