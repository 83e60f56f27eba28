"""Ladders of tied networks: what a trial depends on, and the recursion where training is exactly that."""

import math

import numpy as np
import pytest
import torch

from claims.tied import t5_frozen, t8_rescaling, width_ladders
from claims.tied.width_ladders import POOL, Rung, outside, pooled, reasons, step_size
from models.training.descent import tied_descend, tied_gradient
from refute import Compute, Instance

X = np.array([[1.0, 0.6], [0.0, 0.8]])


def test_a_ladder_depends_on_its_own_generator_alone() -> None:
    instance = Instance(X=X, share=1.0)
    both = t5_frozen.draw(instance, [np.random.default_rng(s) for s in (1, 2)], Compute())
    alone = t5_frozen.draw(instance, [np.random.default_rng(2)], Compute())
    assert both.measured is not None and alone.measured is not None
    assert both.measured[1] == pytest.approx(alone.measured[0], rel=1e-12)


def test_a_pool_is_the_root_mean_square_of_its_own_networks() -> None:
    squares = torch.arange(2 * POOL).double()
    expected = [math.sqrt(sum(range(POOL)) / POOL), math.sqrt(sum(range(POOL, 2 * POOL)) / POOL)]
    assert pooled(squares).tolist() == pytest.approx(expected)


def test_reasons_name_what_failed() -> None:
    parts = {"one": np.array([True, False, True]), "two": np.array([False, False, True])}
    assert reasons(parts) == ("one", "", "one, two")
    assert outside(np.array([-0.1, -0.5, -0.81]), -0.5).tolist() == [True, False, True]


@pytest.mark.parametrize("c", [0.5, 1.0, 2.0, 4.0])
def test_the_step_is_below_the_inverse_of_the_curvature_at_the_start(c: float) -> None:
    """||J||^2 m of a wide network, by power iteration on the gradient as a function of the residual."""
    W = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 4000, 2)))
    data = torch.from_numpy(X)
    leaf = W.clone().requires_grad_()
    U = leaf.mT @ torch.relu(leaf @ data) * (c / 4000)
    J = torch.stack([torch.autograd.grad(u, leaf, retain_graph=True)[0].flatten() for u in U.flatten()])
    assert float(torch.linalg.matrix_norm(J, 2)) ** 2 * 4000 * step_size(X, c) < 1
    E = data - U.detach()
    assert torch.allclose(tied_gradient(W, data, c).flatten(), -(E.flatten() @ J))


def test_the_measures_of_t5_are_those_of_plain_loops() -> None:
    eta = step_size(X, 2.0)
    rung = next(iter(width_ladders.climb(X, 2.0, eta, [np.random.default_rng(5)], Compute())))
    start = rung.start.numpy()
    end = rung.run.W.numpy()
    moved = [np.linalg.norm(b - a) / np.linalg.norm(a) for a, b in zip(start, end, strict=True)]
    squares = [
        np.sum((2 / rung.m * W.T @ np.maximum(W @ y, 0) - y) ** 2)
        for W in end
        for y in (*np.eye(2), *-np.eye(2))
    ]
    assert t5_frozen.movement(rung)[0] == pytest.approx(math.sqrt(np.mean(np.square(moved))))
    assert t5_frozen.error_off_data(rung, 2.0)[0] == pytest.approx(math.sqrt(np.mean(squares)))
    assert 0 < t5_frozen.share_of_bound(rung, eta)[0] < 1


@pytest.mark.parametrize("c", [0.5, 1.0, 3.0])
def test_the_recursion_is_training_where_that_is_a_rescaling_exactly(c: float) -> None:
    """W = [V, -V] with V V^T = (m/2) I, of which the mean-field law N(0, I) is the limit."""
    Y = np.array([[0.8, -0.6], [0.6, 0.8]])
    data = np.hstack([Y, -Y])
    m = 4
    eta = step_size(data, c)
    W = torch.from_numpy(math.sqrt(m / 2) * np.vstack([np.eye(2), -np.eye(2)])[None])
    run = tied_descend(W, torch.from_numpy(data), c, eta * m, width_ladders.STEPS)
    a = t8_rescaling.scales(c, 2 * eta * c)
    assert torch.allclose(run.W, a * W, rtol=1e-12)
    rung = Rung(W.repeat(POOL, 1, 1), type(run)(run.W.repeat(POOL, 1, 1), run.residual, run.movement), run.W)
    assert t8_rescaling.remainder(rung, a)[0] < 1e-12 < t8_rescaling.remainder(rung, 1.0)[0]


def test_the_recursion_ends_where_the_network_reconstructs() -> None:
    assert t8_rescaling.scales(0.5, 0.3, steps=500) == pytest.approx(2.0)
    assert t8_rescaling.scales(2.0, 0.3) == 1.0


def test_fresh_points_are_unit_vectors() -> None:
    for d in (2, 3, 4):
        assert np.linalg.norm(t8_rescaling.fresh_points(d), axis=0) == pytest.approx(np.ones(2 * d))
