import numpy as np
import pytest
import torch

from claims.preliminaries.rounding_of_networks import (
    gradient_magnitudes,
    output_magnitudes,
    signs_are_decided,
)
from models.networks.autoencoder import Network, outputs, residuals
from models.training.descent import gradients
from refute.numerics.rounding import unit_roundoff


@pytest.mark.parametrize("seed", range(3))
def test_magnitudes_dominate_what_they_are_the_magnitudes_of(seed: int) -> None:
    generator = np.random.default_rng(seed)
    X, W, A = (generator.standard_normal(shape) for shape in ((3, 4), (5, 3), (5, 3)))
    network = Network(torch.from_numpy(W[None]), torch.from_numpy(A[None]))
    samples = torch.from_numpy(X)
    dW, dA = gradients(network, samples, "joint")
    sizes = gradient_magnitudes(X, W, A)
    assert dA is not None
    assert (np.abs(outputs(network, samples)[0].numpy()) <= output_magnitudes(X, W, A)).all()
    assert (np.abs(residuals(network, samples)[0].numpy()) <= sizes.residual).all()
    assert (np.abs(dW[0].numpy()) <= sizes.encoder).all()
    assert (np.abs(dA[0].numpy()) <= sizes.decoder).all()


def test_magnitudes_are_attained_when_nothing_cancels() -> None:
    X = np.eye(2)
    W = np.ones((1, 2))
    A = np.ones((1, 2))
    sizes = gradient_magnitudes(X, W, A)
    dW, _ = gradients(
        Network(torch.ones(1, 1, 2).double(), -torch.ones(1, 1, 2).double()), torch.eye(2).double(), "weak"
    )
    assert np.array_equal(np.abs(dW[0].numpy()), sizes.encoder)


def test_a_sign_lost_to_cancellation_is_undecided_and_an_empty_sum_is_not() -> None:
    X = np.array([[0.6], [0.8]])
    assert signs_are_decided(np.array([[1.0, 1.0]]), X, "float64")
    assert signs_are_decided(np.zeros((1, 2)), X, "float64")
    assert not signs_are_decided(np.array([[4.0, -3.0]]), X, "float64")
    assert signs_are_decided(np.array([[0.0, 1.0]]), np.eye(2), "float64")


def test_the_precision_decides_which_signs_are_decided() -> None:
    W = np.array([[1.0, -1.0 + 4096 * unit_roundoff("float64")]])
    assert signs_are_decided(W, np.ones((2, 1)), "float64")
    assert not signs_are_decided(W, np.ones((2, 1)), "float32")
    assert not signs_are_decided(W, np.ones((2, 1)), "float64", size=4096 * np.abs(W))
