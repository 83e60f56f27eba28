"""Why each assumption is needed: with A1, A2 or A3 dropped, a named claim's own check finds it violated.

The numbers quoted in docs/theory/assumptions.md are those of the witnesses here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.convergence import c1_contraction_certificate as c1
from claims.convergence import c2_weak_linear_rate as c2
from claims.convergence import c3_joint_linear_rate as c3
from claims.convergence.calibrated_law import promise
from claims.initialization import i2_matrix_chernoff as i2
from claims.kernels import k1_encoder_kernel as k1
from claims.kernels import k5_pair_bound as k5
from claims.kernels import k6_separation_bound as k6
from claims.kernels import k8_antipodal_degeneracy as k8
from claims.memorization import m1_span_predictor as m1
from claims.memorization import m3_local_memorization as m3
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import (
    antipodal_pairs,
    data_matrices,
    limit_eigenvalue,
    separated,
    unit_norm,
    unit_norm_rounding,
)
from claims.width import w1_explicit_width as w1
from models.certificate.certified_run import run_until_certified
from models.kernels.finite import tangent_kernel
from models.kernels.limit_predictor import kernel_descent
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute import Claim, Compute, Instance, Outcome, Trials
from refute.audit.judgement import judge
from refute.numerics.rounding import gamma
from refute.numerics.spectrum import smallest_eigenvalue

PAIR = np.array([[1.0, 0.6], [0.0, 0.8]])
CROSS = np.hstack([PAIR, -PAIR])
"""Two antipodal pairs in the plane: A1 and A3, without A2."""
HEXAGON = k8.three_in_a_plane().X
"""Three antipodal pairs in the plane: A1 alone, with distinct samples."""
TWICE = np.eye(2)[:, [0, 0]]
"""One sample, repeated: A1 alone."""
WIDTHS = (16, 256, 4096)
SEVERAL = settings(max_examples=30, deadline=None, database=None, derandomize=True)


def meets_a1(X: np.ndarray) -> bool:
    return unit_norm(X) <= unit_norm_rounding(len(X))


def outcomes(claim: Claim, instance: Instance) -> dict[str, Outcome]:
    """What the audit's own judgement says of each part of the claim on one instance."""
    judgement = judge(claim, instance, Compute(), 0)
    assert judgement.unmet is None
    return {comparison.label: comparison.outcome for comparison in judgement.comparisons}


def unmet(claim: Claim, instance: Instance) -> str | None:
    return judge(claim, instance, Compute(), 0).unmet


@SEVERAL
@given(
    data_matrices(min_n=2, max_n=2, min_separation=2.0**-4),
    st.sampled_from([0.25, 0.5, 2.0, 4.0]),
)
def test_without_a1_the_kernels_and_the_pair_bound_are_wrong(V: np.ndarray, radius: float) -> None:
    X = radius * V
    assert not meets_a1(X) and separated(X) > 0 and limit_eigenvalue(X).lower > 0
    assert outcomes(k1.CLAIM, Instance(X=X))["K(x, x)"] is Outcome.VIOLATED
    found = outcomes(k5.CLAIM, Instance(X=X))
    assert found["n = 2: lambda_0 = 1/2 - |K_12|"] is Outcome.VIOLATED
    assert found["n = 2: gamma_0 = 1/2 - G_12"] is Outcome.VIOLATED
    assert (found[k5.PAIR_K] is Outcome.VIOLATED) == (radius > 1)
    assert set(outcomes(k5.CLAIM, Instance(X=V)).values()) <= {Outcome.HOLDS, Outcome.TIE}


def test_without_a1_the_predictor_is_not_close_to_a_sample_in_its_direction() -> None:
    at = {"y": np.array([0.0, 1.0]), "sample": 0, "regime": "weak"}
    slope = "(c) ||k(X,y) - k(X,x_i)||"
    assert outcomes(m3.CLAIM, Instance(X=PAIR, **at))[slope] is Outcome.HOLDS
    assert outcomes(m3.CLAIM, Instance(X=2 * PAIR, **at))[slope] is Outcome.VIOLATED


def test_without_a2_a_repeated_sample_makes_lambda_0_exactly_zero() -> None:
    X = np.hstack([TWICE, -TWICE])
    assert meets_a1(X) and separated(TWICE) == 0
    found = outcomes(k8.CLAIM, Instance(X=X))
    assert found[k8.POSITIVE_K] is found[k8.POSITIVE_G] is Outcome.VIOLATED
    assert outcomes(k8.CLAIM, Instance(X=CROSS))[k8.POSITIVE_K] is Outcome.HOLDS


def test_instead_of_a2_distinct_samples_do_not_suffice() -> None:
    weaker = k8.CLAIM.as_sibling(next(s for s in k8.CLAIM.siblings if s.name == "distinct-points"))
    gaps = np.linalg.norm(HEXAGON[:, :, None] - HEXAGON[:, None, :], axis=0)
    assert meets_a1(HEXAGON) and separated(HEXAGON) == 0 and gaps[~np.eye(6, dtype=bool)].min() > 0.99
    (found,) = judge(weaker, Instance(X=HEXAGON), Compute(), 0).comparisons
    assert found.outcome is Outcome.VIOLATED
    assert found.bound == pytest.approx(1 / (12 * np.pi) / np.sqrt(np.log(10)), rel=1e-9)


@SEVERAL
@given(antipodal_pairs(max_k=3))
def test_a2_is_not_needed_where_a3_holds(X: np.ndarray) -> None:
    d, n = X.shape
    assert meets_a1(X) and separated(X) == 0
    if n > 2 * d:
        assert limit_eigenvalue(X).middle <= n * unit_norm_rounding(d)
        return
    assert limit_eigenvalue(X).lower > 0
    for regime in REGIMES:
        found = outcomes(m1.CLAIM, Instance(X=X, Y=np.eye(d), regime=regime))
        assert set(found.values()) == {Outcome.HOLDS}


def test_the_rate_is_kept_without_a2_where_a3_holds() -> None:
    assert set(outcomes(i2.CLAIM, Instance(X=CROSS, e=0.5)).values()) == {Outcome.HOLDS}
    for claim in (c2.CLAIM, c3.CLAIM):
        assert set(outcomes(claim, Instance(X=CROSS, excess=1.0, pace=0.5)).values()) == {Outcome.HOLDS}


@SEVERAL
@given(data_matrices(min_n=2, min_separation=2.0**-6))
def test_a3_cannot_fail_alone(X: np.ndarray) -> None:
    judgement = judge(k6.CLAIM, Instance(X=X), Compute(), 0)
    closed = next(comparison for comparison in judgement.comparisons if comparison.label == k6.CLOSED_K)
    assert closed.outcome is Outcome.HOLDS and closed.bound > 0
    assert limit_eigenvalue(X).lower > 0


def certified(
    instance: Instance, generators: Sequence[np.random.Generator], compute: Compute, *, regime: Regime
) -> Trials:
    """A trial of C2 or C3 at a width of our own, without their premise: does a certificate ever appear?"""
    X = tensor(instance.X, compute)
    network = draw_network("rademacher", instance.m, len(instance.X), generators)
    eta = promise(instance.X, regime).step_size
    result = run_until_certified(network, X, eta, regime, max_steps=2000)
    return Trials(failed=result.certified_at < 0)


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("m", WIDTHS[1:])
def test_without_a3_no_run_is_ever_certified(regime: Regime, m: int) -> None:
    claim = replace({"weak": c2.CLAIM, "joint": c3.CLAIM}[regime], draw=partial(certified, regime=regime))
    verdicts = {}
    for name, X in (("hexagon", HEXAGON), ("twice", TWICE), ("cross", CROSS)):
        judgement = judge(claim, Instance(X=X, m=m), Compute(), 0)
        verdicts[name] = (judgement.comparisons[0].outcome, judgement.comparisons[0].measured)
    assert verdicts["hexagon"] == verdicts["twice"] == (Outcome.VIOLATED, 1.0)
    assert verdicts["cross"] == (Outcome.HOLDS, 0.0)


@pytest.mark.parametrize("regime", REGIMES)
def test_without_a3_the_tangent_kernel_is_singular_at_every_width(regime: Regime) -> None:
    for X in (HEXAGON, TWICE):
        n = X.shape[1]
        d = len(X)
        for m in WIDTHS:
            network = draw_network("rademacher", m, d, [np.random.default_rng([5, m])])
            H = array(tangent_kernel(network, tensor(X, Compute()), regime))[0]
            rounding = 8 * n * gamma(d + m + 16) * float(np.trace(H))
            assert abs(smallest_eigenvalue(H).middle) <= rounding


def test_without_a3_premises_say_so() -> None:
    for X in (HEXAGON, TWICE):
        assert limit_eigenvalue(X).lower <= 0 <= limit_eigenvalue(X).upper
        start = {"m": 1024, "law": "rademacher", "start": 0, "kinks": 0, "share": 0.5, "regime": "weak"}
        assert "no certificate" in (unmet(c1.CLAIM, Instance(X=X, **start)) or "")
        assert "A3" in (unmet(i2.CLAIM, Instance(X=X, e=0.5)) or "")
        assert "lambda_0" in (unmet(w1.CLAIM, Instance(X=X, p=0.1)) or "")
        assert "singular" in (unmet(m1.CLAIM, Instance(X=X, Y=np.eye(2), regime="weak")) or "")
        assert "singular" in (unmet(m3.CLAIM, Instance(X=X, y=X[:, 0], sample=0, regime="weak")) or "")
    found = outcomes(k8.CLAIM, Instance(X=HEXAGON))
    assert found["k > d: lambda_0 = 0"] is Outcome.HOLDS


@pytest.mark.parametrize("regime", REGIMES)
def test_memorization_itself_survives_without_a3(regime: Regime) -> None:
    for X in (HEXAGON, TWICE):
        data = tensor(X, Compute())
        reached = kernel_descent(data, data, regime, 0.25, 10)
        assert float(torch.linalg.matrix_norm(reached - data)) <= 2**10 * 64 * gamma(X.size)
