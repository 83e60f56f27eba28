from __future__ import annotations

import math

import numpy as np
import pytest

from claims.initialization.i1_mean_kernel import plane_rule
from claims.initialization.i7_concentration_rate import (
    CLAIM,
    NETWORKS,
    WIDTHS,
    ladder,
    lemmas,
    length_moments,
    mean_square,
    window,
)
from claims.preliminaries.gaussian_cubature import gauss_hermite
from refute import Compute, Instance, Trials, Unmet

X = np.array([[1.0, -0.6, 0.28], [0.0, 0.8, 0.96]])


@pytest.mark.parametrize(("law", "points"), [("rademacher", 2), ("gaussian", 3)])
def test_the_mean_square_is_the_exact_sum_over_one_neuron(law: str, points: int) -> None:
    """E ||Z||^2 - ||E Z||^2 over arcs of equal patterns and a rule that is exact in a to degree 5."""
    d = 2
    (weights, w) = plane_rule(X)
    a, chances = gauss_hermite(points, d)
    D = (w @ X > 0) * 1.0
    Z = np.einsum("ri,ij,rj,sp,sq->rsipjq", D, X.T @ X, D, a, a) / d
    mean = np.einsum("r,s,rsipjq->ipjq", weights, chances, Z)
    second = np.einsum("r,s,rsipjq->", weights, chances, Z**2)
    assert mean_square(X, law) == pytest.approx(second - float((mean**2).sum()), rel=1e-12)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_moments_of_the_length(d: int) -> None:
    lengths = np.square(np.random.default_rng(d).standard_normal((400_000, d))).sum(axis=1)
    fourth, eighth = length_moments("gaussian", d)
    assert float((lengths**2).mean()) == pytest.approx(fourth, rel=0.03)
    assert float((lengths**4).mean()) == pytest.approx(eighth, rel=0.2)
    assert length_moments("rademacher", d) == (d**2, d**4)


def test_the_window_is_that_of_the_tails() -> None:
    found = window(X, "rademacher")
    assert found is not None
    s = NETWORKS * found.below**2 / (2 * math.log(20))
    assert s > 3
    assert (s - 1) / (s - 1 + NETWORKS * found.above**2) == pytest.approx(1 / 20)
    worst = math.log(math.sqrt((1 + found.above) / (1 - found.below)), WIDTHS[-1] / WIDTHS[0])
    assert found.slope == pytest.approx(worst)


def test_a_Gaussian_decoder_in_one_dimension_has_no_window() -> None:
    line = Instance(X=np.eye(1), law="gaussian")
    assert CLAIM.draw is not None
    assert isinstance(CLAIM.draw(line, [np.random.default_rng(0)], Compute()), Unmet)


def test_the_mean_squares_of_a_ladder_are_near_v_over_m() -> None:
    squares, rounding = ladder(X, "rademacher", np.random.default_rng(6), Compute())
    assert squares * np.array(WIDTHS) == pytest.approx(mean_square(X, "rademacher"), rel=0.6)
    assert 0 < rounding < 1e-9


def test_ladders_fall_like_the_root_and_depend_on_their_own_generator() -> None:
    instance = Instance(X=X, law="rademacher")
    assert CLAIM.draw is not None
    many = CLAIM.draw(instance, [np.random.default_rng(i) for i in range(4)], Compute())
    last = CLAIM.draw(instance, [np.random.default_rng(3)], Compute())
    assert isinstance(many, Trials) and isinstance(last, Trials)
    assert many.measured is not None and last.measured is not None
    assert not many.failed.any() and many.measured == pytest.approx(-0.5, abs=0.1)
    assert many.measured[3] == last.measured[0]


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []
