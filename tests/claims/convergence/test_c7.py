import numpy as np
import pytest
import torch

from claims.convergence.c7_step_size_threshold import Which, check, minimum, neighbour, slowest, top
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.fixed_data import sphere
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import residuals
from refute import Compute, Instance, Outcome, Unmet
from refute.numerics.rounding import gamma


def instance(**changed: object) -> Instance:
    fields = {"X": sphere(3, 4, 0), "m": 12, "start": 5, "scale": 1.0, "share": 1.5, "steps": 4}
    return Instance(**{**fields, **changed})


@pytest.mark.parametrize("start", range(4))
def test_a_minimum_reconstructs_the_data(start: int) -> None:
    network = minimum(instance(start=start), Compute())
    assert network is not None
    assert float(residuals(network, tensor(sphere(3, 4, 0), Compute())).abs().max()) <= gamma(2**12)


def test_too_few_neurons_for_the_samples_leave_no_minimum() -> None:
    assert isinstance(check(instance(m=2), Compute()), Unmet)


@pytest.mark.parametrize("along", [top, slowest])
def test_the_residual_next_to_it_is_an_eigenvector(along: Which) -> None:
    near = neighbour(instance(), Compute(), along=along)
    assert not isinstance(near, Unmet)
    e = array(residuals(near.network, near.X).mT)[0].ravel()
    H = array(tangent_kernel(near.network, near.X, "weak"))[0]
    assert np.linalg.norm(H @ e - near.eigenvalue * e) <= 1e-9 * near.largest * np.linalg.norm(e)
    assert (near.eigenvalue == near.largest) is (along is top)


@pytest.mark.parametrize("share", [1.0, 1.25, 1.5])
def test_a_loop_written_out_leaves_the_minimum_as_the_check_says(share: float) -> None:
    near = neighbour(instance(share=share), Compute())
    found = check(instance(share=share), Compute())
    assert not isinstance(near, Unmet)
    assert not isinstance(found, Unmet)
    grown, power = found
    assert power.outcome is Outcome.HOLDS
    assert grown.outcome is (Outcome.TIE if share == 1.0 else Outcome.HOLDS)
    W = near.network.W[0].clone()
    A = near.network.A[0]
    X = near.X
    eta = 2 * share / near.largest
    s = near.network.scale
    for _ in range(4):
        W.requires_grad_()
        loss = (X - A.T @ torch.relu(W @ X) / s).square().sum() / 2
        W = (W - eta * torch.autograd.grad(loss, W)[0]).detach()
    last = float((X - A.T @ torch.relu(W @ X) / s).norm())
    assert abs(last - grown.measured) <= 1e-9 * last
    assert abs(last - (2 * share - 1) ** 4 * grown.bound) <= 1e-6 * last


def test_between_one_and_two_the_residual_shrinks() -> None:
    found = check(instance(share=1.5), Compute(), threshold=1.0)
    assert not isinstance(found, Unmet)
    assert found[0].outcome is Outcome.VIOLATED
    assert found[1].outcome is Outcome.HOLDS
