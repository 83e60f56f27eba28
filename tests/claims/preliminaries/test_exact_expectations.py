"""The nodes have the Gaussian moments, networks every pair of them, and small means are Gauss-Hermite's."""

import numpy as np
import pytest
import torch

from claims.preliminaries.exact_expectations import in_pairs, in_turn, networks_in_pairs, nodes
from claims.preliminaries.gaussian_cubature import gauss_hermite
from models.networks.autoencoder import tied_outputs


@pytest.mark.parametrize("d", [*range(1, 34), 64])
@pytest.mark.parametrize("least", [1, 24, 64])
def test_the_nodes_have_the_moments_of_the_gaussian_law(d: int, least: int) -> None:
    w = nodes(d, least)
    q = len(w)
    assert q >= least
    assert sorted(map(tuple, w)) == sorted(map(tuple, -w + 0.0))
    assert np.allclose(w.T @ w / q, np.eye(d))
    assert np.allclose((w * np.square(w).sum(axis=1, keepdims=True)).T @ w / q, (d + 2) * np.eye(d))


def test_so_many_nodes_there_are_not() -> None:
    with pytest.raises(ValueError, match="no 5000 nodes or more in 1 dimensions"):
        nodes(1, 5000)


@pytest.mark.parametrize(("d", "m"), [(1, 5), (2, 13), (3, 7)])
def test_any_two_neurons_take_every_pair_of_nodes_once(d: int, m: int) -> None:
    W = in_pairs(d, m)
    one = nodes(d, m)
    assert W.shape == (networks_in_pairs(d, m), m, d)
    every = sorted((*v, *w) for v in one for w in one)
    for r in range(m):
        for s in range(r):
            assert sorted(map(tuple, np.hstack([W[:, r], W[:, s]]))) == every


def test_each_neuron_takes_every_node_once() -> None:
    one = nodes(3)
    for neuron in in_turn(3, 40).swapaxes(0, 1):
        assert sorted(map(tuple, neuron)) == sorted(map(tuple, one))


@pytest.mark.parametrize(("d", "m"), [(1, 8), (2, 3), (3, 2), (4, 1)])
def test_small_networks_have_the_means_of_the_gauss_hermite_rule(d: int, m: int) -> None:
    """Which is exact to degree 5, and knows nothing of the form of the integrand."""
    x = torch.from_numpy(np.random.default_rng(d).standard_normal((d, 3)))
    grid, weights = gauss_hermite(3, m * d)
    all_of_it = tied_outputs(torch.from_numpy(grid.reshape(-1, m, d)), x, 2.0).numpy()
    pairs = tied_outputs(torch.from_numpy(in_pairs(d, m)), x, 2.0).numpy()
    turns = tied_outputs(torch.from_numpy(in_turn(d, m)), x, 2.0).numpy()
    mean = np.tensordot(weights, all_of_it, axes=1)
    assert np.allclose(pairs.mean(axis=0), mean)
    assert np.allclose(turns.mean(axis=0), mean)
    assert np.allclose(np.square(pairs).sum(axis=1).mean(axis=0), weights @ np.square(all_of_it).sum(axis=1))
