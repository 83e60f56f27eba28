from __future__ import annotations

import numpy as np
import pytest
import torch
from flint import arb, arb_mat

from models.certificate.run_in_balls import UndecidedSign, norm, row_norms, run_in_balls
from models.networks.regime import Regime
from models.training.descent import descend
from refute.numerics import precision
from tests.models.certificate.test_exact_run import problem


@pytest.mark.parametrize("regime", ["weak", "joint"])
def test_it_takes_the_steps_of_the_training_loop(regime: Regime) -> None:
    network, X = problem(12, 3, 4)
    start = [arb_mat(part[0].tolist()) for part in (network.W, network.A)]
    points = run_in_balls(start[0], start[1], X.numpy(), 0.5, regime, 9)
    assert len(points) == 10
    run = descend(network, X, 0.5, 9, regime)
    end = points[-1]
    for ball, stored in ((end.W, run.network.W), (end.A, run.network.A)):
        found = np.array([[float(z) for z in row] for row in ball.tolist()])
        np.testing.assert_allclose(found, stored[0].numpy(), rtol=0, atol=1e-13)
        assert all(float(z.rad()) < 1e-60 for z in ball.entries())
    e = [float(norm(point.E)) for point in points]
    np.testing.assert_allclose(e, run.residual[:, 0].numpy(), rtol=1e-13)


def test_it_is_exact_where_numbers_are_rational() -> None:
    """One neuron of one sample, s = 1: w + eta (1 - a w) a, and a + eta (1 - a w) w."""
    half, one = (arb_mat([[arb(value)]]) for value in (0.5, 1.0))
    first, second, third = run_in_balls(half, one, np.ones((1, 1)), 0.5, "joint", 2)
    assert float(first.E[0, 0]) == 0.5
    assert float(second.W[0, 0]) == 0.75 and float(second.A[0, 0]) == 1.125
    E = 1 - 0.75 * 1.125
    assert float(second.E[0, 0]) == E
    assert float(third.W[0, 0]) == 0.75 + 0.5 * E * 1.125 and float(third.A[0, 0]) == 1.125 + 0.5 * E * 0.75
    weak = run_in_balls(half, one, np.ones((1, 1)), 0.5, "weak", 1)[1]
    assert float(weak.W[0, 0]) == 0.75 and float(weak.A[0, 0]) == 1.0


def test_at_a_kink_the_derivative_is_zero() -> None:
    zero, one = (arb_mat([[arb(value)]]) for value in (0.0, 1.0))
    points = run_in_balls(zero, one, np.ones((1, 1)), 0.5, "joint", 1)
    assert points[1].W[0, 0] == 0 and points[1].A[0, 0] == 1


def test_a_sign_that_no_precision_tells_is_said() -> None:
    about_zero = arb_mat([[arb(0, 1e-3)]])
    with pytest.raises(UndecidedSign):
        run_in_balls(about_zero, arb_mat([[arb(1)]]), np.ones((1, 1)), 0.5, "weak", 1)


def test_norms() -> None:
    matrix = arb_mat([[arb(3), arb(4)], [arb(0), arb(12)]])
    with precision(128):
        assert norm(matrix).overlaps(arb(13)) and [float(part) for part in row_norms(matrix)] == [5.0, 12.0]
    assert float(norm(arb_mat(2, 2))) == 0.0


def test_the_precision_in_force_is_left_alone() -> None:
    network, X = problem(3, 2, 2)
    start = [arb_mat(part[0].tolist()) for part in (network.W, network.A)]
    with precision(77):
        run_in_balls(start[0], start[1], X.numpy(), 0.5, "weak", 2)
        third = arb(1) / 3
    assert 2.0**-81 < float(third.rad()) < 2.0**-74
    assert torch.isfinite(X).all()
