"""An audit is a function of its seed: it repeats, and leaves the global generators alone."""

from __future__ import annotations

import pickle
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from refute import (
    Comparisons,
    Compute,
    Cost,
    Instance,
    at_most,
)
from refute.audit.one_claim import audit_claim, audit_siblings
from refute.audit.profiles import Profile
from refute.audit.verdict import Verdict
from refute.inputs.registry import discover, load_claim
from tests.refute.audit.auditing import run
from tests.refute.planted import CPU, WHOLE, below, gamble, planted
from tests.refute.sample_audit import result_json

ROOT = Path(__file__).resolve().parents[3]


def test_the_same_seed_gives_the_same_evidence() -> None:
    for claim in (planted(check=below(500)), gamble(0.15)):
        one, two = (replace(run(claim), seconds=0.0) for _ in range(2))
        assert result_json(one) == result_json(two)
        assert [instance for instance, _ in one.judged] == [instance for instance, _ in two.judged]
    assert [i for i, _ in run(planted(), 0).judged] != [i for i, _ in run(planted(), 1).judged]
    first = run(gamble(0.15), 0)
    second = run(gamble(0.15), 1)
    assert result_json(first)["trials"] != result_json(second)["trials"]


def global_states() -> tuple[object, bytes, list[int]]:
    legacy = pickle.dumps(np.random.get_state())  # noqa: NPY002
    return random.getstate(), legacy, torch.get_rng_state().tolist()


TINY = Profile("tiny", dict.fromkeys(Cost, 3), dict.fromkeys(Cost, 3))


def test_the_toy_paper_leaves_the_global_generators_alone(toy: Path) -> None:
    before = global_states()
    for claim in discover(toy).claims:
        assert audit_claim(claim, TINY, 0, CPU).verdict.passes
        assert audit_siblings(claim, TINY, 0, CPU)
    assert global_states() == before


@pytest.mark.parametrize("path", ["kernels/k5_pair_bound.py", "perturbation/p4_gradient_energy.py"])
def test_real_claims_leave_the_global_generators_alone(path: str) -> None:
    before = global_states()
    result = audit_claim(load_claim(ROOT, ROOT / "claims" / path), TINY, 0, CPU)
    assert result.verdict is not Verdict.ERROR, result.because
    assert global_states() == before


def test_what_a_claim_draws_from_the_global_generator_is_noticed() -> None:
    """The test above can fail: a claim that draws from the global generator leaves a trace."""

    def check(instance: Instance, _: Compute) -> Comparisons:
        torch.rand(1)
        return (at_most("x", instance.x, 1000),)

    before = torch.get_rng_state()
    audit_claim(planted(check=check, instances=WHOLE), TINY, 0, CPU)
    assert torch.get_rng_state().tolist() != before.tolist()
    torch.set_rng_state(before)
