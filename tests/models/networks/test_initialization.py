from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from models.networks.autoencoder import outputs
from models.networks.initialization import LAWS, draw_network, draw_tied
from refute.numerics.rounding import gamma
from tests.models.helpers import DEVICES, global_state, tensor, within

LEVEL = 1e-6


def generators(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


@pytest.mark.parametrize("law", LAWS)
def test_encoders_are_standard_normal(law: str) -> None:
    W = draw_network(law, 4000, 3, generators(1, 2)).W
    entries = (W[:, ::2] if law == "symmetric" else W).flatten().numpy()
    assert stats.kstest(entries, "norm").pvalue > LEVEL


def test_gaussian_decoders_are_standard_normal() -> None:
    A = draw_network("gaussian", 4000, 3, generators(3, 4)).A
    assert stats.kstest(A.flatten().numpy(), "norm").pvalue > LEVEL


@pytest.mark.parametrize("law", ["rademacher", "symmetric"])
def test_sign_decoders_are_fair_signs(law: str) -> None:
    A = draw_network(law, 4000, 3, generators(5, 6)).A
    signs = A[:, ::2] if law == "symmetric" else A
    assert torch.equal(A.abs(), torch.ones_like(A))
    assert stats.binomtest(int((signs > 0).sum()), signs.numel()).pvalue > LEVEL


@pytest.mark.parametrize("law", ["rademacher", "gaussian"])
def test_coordinates_and_encoder_and_decoder_are_uncorrelated(law: str) -> None:
    network = draw_network(law, 5000, 2, generators(7))
    columns = np.hstack([network.W[0].numpy(), network.A[0].numpy()])
    for p in range(4):
        for q in range(p):
            assert stats.pearsonr(columns[:, p], columns[:, q]).pvalue > LEVEL


def test_tied_weights_are_the_encoders_of_equal_seeds() -> None:
    W = draw_tied(50, 3, generators(1, 2))
    assert torch.equal(W, draw_network("gaussian", 50, 3, generators(1, 2)).W)


@pytest.mark.parametrize("law", LAWS)
def test_a_network_depends_on_its_own_generator_only(law: str) -> None:
    together = draw_network(law, 6, 3, generators(1, 2, 3))
    alone = draw_network(law, 6, 3, generators(2))
    assert torch.equal(together.W[1], alone.W[0])
    assert torch.equal(together.A[1], alone.A[0])
    assert not torch.equal(together.W[0], together.W[1])


@pytest.mark.parametrize("law", LAWS)
def test_float32_draws_are_rounded_float64_draws(law: str) -> None:
    single = draw_network(law, 6, 3, generators(1), dtype=torch.float32)
    double = draw_network(law, 6, 3, generators(1))
    assert torch.equal(single.W, double.W.float())
    assert torch.equal(single.A, double.A.float())


@pytest.mark.parametrize("m", [2, 4, 6, 10, 34, 128, 1000, 4098])
@pytest.mark.parametrize(("d", "n"), [(1, 1), (2, 5), (3, 2), (10, 10), (17, 9)])
def test_symmetric_networks_start_at_zero(m: int, d: int, n: int) -> None:
    """Exactly where the two neurons of a pair are added first, in any other order up to rounding."""
    network = draw_network("symmetric", m, d, generators(1, 2, 3))
    X = tensor(np.random.default_rng(4).standard_normal((d, n)))
    assert torch.equal(network.W[:, ::2], network.W[:, 1::2])
    assert torch.equal(network.A[:, ::2] + network.A[:, 1::2], torch.zeros(3, m // 2, d, dtype=torch.float64))
    # relu may only shrink |z|, so |A|^T |Z| bounds every term; d roundings make z, m the sum, two the scale.
    magnitude = network.A.abs().mT @ (network.W.abs() @ X.abs()) / network.scale
    assert within(outputs(network, X), torch.zeros_like(magnitude), gamma(m + d + 4) * magnitude)


def test_symmetric_neurons_come_in_adjacent_pairs() -> None:
    network = draw_network("symmetric", 8, 3, generators(1, 2))
    assert torch.equal(network.W[:, ::2], network.W[:, 1::2])
    assert torch.equal(network.A[:, ::2], -network.A[:, 1::2])


@pytest.mark.parametrize("device", DEVICES)
def test_the_draw_does_not_depend_on_the_device(device: str) -> None:
    network = draw_network("gaussian", 6, 3, generators(1), device=device)
    assert network.W.device.type == device
    assert torch.equal(network.W.cpu(), draw_network("gaussian", 6, 3, generators(1)).W)


def test_drawing_leaves_global_generators_alone() -> None:
    before = global_state()
    draw_network("symmetric", 6, 3, generators(1))
    draw_tied(6, 3, generators(1))
    assert global_state() == before


def test_unusable_arguments_are_refused_by_name() -> None:
    shared = np.random.default_rng(0)
    cases: list[tuple[tuple[Any, ...], str]] = [
        (
            ("uniform", 4, 2, generators(1)),
            "law must be one of rademacher, gaussian, symmetric, got 'uniform'",
        ),
        (("symmetric", 5, 2, generators(1)), "m must be even for the symmetric law"),
        (("gaussian", 0, 2, generators(1)), "m must be at least 1, got 0"),
        (("gaussian", 4, 0, generators(1)), "d must be at least 1, got 0"),
        (("gaussian", 4, 2, []), "at least one numpy"),
        (("gaussian", 4, 2, [shared, shared]), "one generator twice"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=message):
            draw_network(*arguments)
    with pytest.raises(ValueError, match=r"dtype must be torch.float32 or torch.float64"):
        draw_tied(4, 2, generators(1), dtype=torch.float16)
