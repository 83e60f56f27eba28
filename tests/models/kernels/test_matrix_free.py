from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from models.kernels import matrix_free
from models.kernels.finite import tangent_kernel
from models.kernels.matrix_free import smallest_eigenvalue, tangent_product
from models.native import gram
from models.native.build import Native
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, integral, networks, tensor, within


def sphere(n: int, d: int) -> Tensor:
    X = np.random.default_rng([n, d]).standard_normal((d, n))
    return tensor(X / np.linalg.norm(X, axis=0))


@given(networks(), st.sampled_from(REGIMES))
def test_a_product_is_that_of_the_matrix(case: tuple[Network, Tensor], regime: Regime) -> None:
    network, X = case
    for b in range(network.batch):
        one = network.select(b)
        d, n = X.shape
        V = torch.linspace(-1, 1, n * d, dtype=X.dtype).view(n, d)
        H = tangent_kernel(one, X, regime)[0]
        # Both sum the same products over neurons, samples and outputs; this is the sum of their sizes.
        grown = Network(one.W.abs(), one.A.abs())
        size = tangent_kernel(grown, X.abs(), regime)[0] @ V.abs().flatten()
        k = 2 * (one.m + 2 * d + 2 * n + 12)
        assert within(tangent_product(one, X, regime)(V).flatten(), H @ V.flatten(), gamma(k) * size)


def test_several_vectors_go_at_once() -> None:
    network, X = gaussian((1, 30, 3, 4), 2)
    V = tensor(np.random.default_rng(0).standard_normal((5, 4, 3)))
    for regime in REGIMES:
        product = tangent_product(network, X, regime)
        together = product(V)
        H = tangent_kernel(network, X, regime)[0]
        bound = 2 * gamma(200) * float(torch.linalg.matrix_norm(H)) * float(V.norm())
        assert within(together, torch.stack([product(v) for v in V]), bound)


@pytest.mark.parametrize("m", [255, 256, 257, 700, 2500])
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("alone", [False, True])
def test_parts_of_the_neurons_add_up(
    m: int, regime: Regime, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On integers every order of summation gives the same result up to the last division; `alone`: torch."""
    monkeypatch.setattr(matrix_free, "CHUNK_ENTRIES", 1)
    if alone:
        monkeypatch.setattr(gram, "native", lambda: Native(None, "none"))
    network, X = integral((1, m, 3, 4), m)
    V = tensor(np.arange(12.0).reshape(4, 3))
    H = tangent_kernel(network, X, regime)[0] * (m * 3)
    assert torch.equal(
        (tangent_product(network, X, regime)(V) * (m * 3)).round(), (H @ V.flatten()).round().view(4, 3)
    )


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m"), [(6, 4, 400), (12, 8, 600), (20, 3, 900)])
def test_the_estimate_is_the_smallest_eigenvalue_from_above(regime: Regime, n: int, d: int, m: int) -> None:
    X = sphere(n, d)
    network = draw_network("rademacher", m, d, [np.random.default_rng(3)])
    truth = float(torch.linalg.eigvalsh(tangent_kernel(network, X, regime)[0])[0])
    found = smallest_eigenvalue(network, X, regime, np.random.default_rng(0))
    assert found.converged
    rounding = gamma(4 * (m + n * d)) * float(
        tangent_kernel(network, X, regime).diagonal(dim1=1, dim2=2).sum()
    )
    assert truth - rounding <= found.value <= truth + found.residual + rounding


def test_the_limit_kernel_saves_most_products() -> None:
    """Against the size of the matrix, which Lanczos without it needs in exact arithmetic."""
    X = sphere(40, 8)
    network = draw_network("rademacher", 20_000, 8, [np.random.default_rng(5)])
    found = smallest_eigenvalue(network, X, "weak", np.random.default_rng(1))
    assert found.converged
    assert found.products < X.numel() / 4


def test_what_cannot_be_done_is_refused() -> None:
    network, X = gaussian((2, 9, 2, 3), 0)
    with pytest.raises(ValueError, match="got a batch of 2"):
        tangent_product(network, X, "weak")
    with pytest.raises(ValueError, match="has 2 rows: form it"):
        smallest_eigenvalue(network.select(0), X[:, :1], "weak", np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"V is torch\.float32 but X is torch\.float64"):
        tangent_product(network.select(0), X, "weak")(torch.ones(3, 2))
    twice = torch.cat([X, X], dim=1)
    with pytest.raises(ValueError, match="singular in float64"):
        smallest_eigenvalue(network.select(0), twice, "weak", np.random.default_rng(0))


def test_an_estimate_that_was_cut_short_says_so() -> None:
    X = sphere(12, 8)
    network = draw_network("rademacher", 300, 8, [np.random.default_rng(3)])
    found = smallest_eigenvalue(network, X, "weak", np.random.default_rng(0), most=1, accuracy=2.0**-40)
    assert not found.converged
