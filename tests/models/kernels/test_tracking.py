from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.kernels import tracking
from models.kernels.finite import encoder_gram
from models.kernels.tracking import track, update
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.training.descent import descend
from refute.numerics.rounding import gamma
from tests.models.helpers import gaussian, seeds, tensor


@given(
    st.integers(1, 40),
    st.integers(1, 4),
    st.integers(1, 5),
    seeds,
    st.sampled_from(["rademacher", "gaussian"]),
)
def test_a_tracked_kernel_is_the_one_formed_anew(m: int, d: int, n: int, seed: int, law: str) -> None:
    network = draw_network(law, m, d, [np.random.default_rng(seed)])
    X = gaussian((1, 1, d, n), seed)[1]
    tracked = track(network, X)
    for _ in range(4):
        network = descend(network, X, 2.0, 3, "weak").network
        tracked = update(tracked, network, X)
        trace = float(X.square().sum() * network.A.square().sum()) / (m * d)
        anew = encoder_gram(network, X)[0]
        gap = torch.linalg.matrix_norm(tracked.kernel - anew, 2)
        assert float(gap) <= tracked.error + 2 * gamma(m + d + 8) * trace


@pytest.mark.parametrize("compiled", [True, False])
def test_sums_of_signs_do_not_drift(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole numbers: after any number of updates the kernel is, bit for bit, the one of a fresh start."""
    if not compiled:
        monkeypatch.setattr(tracking, "compiled_moves", lambda *_: None)
    network = draw_network("rademacher", 200, 3, [np.random.default_rng(0)])
    X = tensor(np.random.default_rng(1).standard_normal((3, 4)))
    tracked = track(network, X)
    changes = 0
    for _ in range(30):
        network = descend(network, X, 1.0, 2, "weak").network
        tracked = update(tracked, network, X)
        changes += tracked.changed
    assert changes > 0
    assert torch.equal(tracked.kernel, track(network, X).kernel)


def test_without_a_change_of_pattern_nothing_is_recomputed() -> None:
    network, X = gaussian((1, 12, 2, 3), 0)
    tracked = track(network, X)
    again = update(tracked, Network(network.W * 2, network.A), X)
    assert again.changed == 0
    assert torch.equal(again.kernel, tracked.kernel)


def test_a_batch_and_another_decoder_are_refused() -> None:
    network, X = gaussian((2, 5, 2, 3), 0)
    with pytest.raises(ValueError, match="got a batch of 2"):
        track(network, X)
    tracked = track(network.select(0), X)
    with pytest.raises(ValueError, match="the decoder has changed"):
        update(tracked, network.select(1), X)
