import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.preliminaries.assumptions import data_matrices
from models.certificate.block import BlockTerms, certify_block
from models.certificate.certificate import certify
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network, preactivations, residuals
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from models.training.rounding import rounding_floors

PAIR = torch.eye(2, dtype=torch.float64)
ONE = torch.ones(1, 1, dtype=torch.float64)
SEVERAL = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def networks(m: int, count: int, d: int = 2) -> Network:
    return draw_network("rademacher", m, d, [np.random.default_rng([m, b]) for b in range(count)])


def network(W: list[list[float]], A: list[list[float]]) -> Network:
    """One network; rows are neurons."""
    return Network(*(torch.tensor(M, dtype=torch.float64)[None] for M in (W, A)))


def next_to_a_minimum(X: np.ndarray, m: int, seed: int) -> Network:
    """The first layer is moved until the output is nearly X, so that small networks are certified."""
    start = networks(m, 1, len(X))
    data = torch.from_numpy(X)
    W = start.W.clone()
    D = (preactivations(W, data)[0] > 0).double()
    J = torch.einsum("ri,pi,rq->iqrp", D, data, start.A[0]) / math.sqrt(m * len(X))
    off = 2.0**-12 * torch.from_numpy(np.random.default_rng([seed]).standard_normal(X.shape))
    wanted = (residuals(start, data)[0] + off).T.reshape(-1)
    W += torch.linalg.lstsq(J.reshape(X.size, -1), wanted[:, None], driver="gelsd").solution.reshape(W.shape)
    return Network(W, start.A)


@pytest.mark.parametrize("regime", REGIMES)
def test_it_certifies_starts_that_the_contraction_certificate_does_not(regime: Regime) -> None:
    X = torch.eye(4, dtype=torch.float64)
    m = {"weak": 8192, "joint": 32768}[regime]
    wide = networks(m, 3, 4)
    assert certify_block(wide, X, 0.2, regime).certified.all()
    assert not certify(wide, X, 0.2, regime).certified.all()


@pytest.mark.parametrize("regime", REGIMES)
def test_a_budget_is_enough_or_not(regime: Regime) -> None:
    wide = networks(2**13, 2)
    found = certify_block(wide, PAIR, 0.3, regime)
    assert found.certified.all()
    for b, budget in enumerate(found.budget):
        one = wide.select(b)
        assert certify_block(one, PAIR, 0.3, regime, budget=budget).certified[0]
        assert not certify_block(one, PAIR, 0.3, regime, budget=budget / 1.1).certified[0]
        assert not certify_block(one, PAIR, 0.3, regime, budget=1e6).certified[0]
        wider = certify_block(one, PAIR, 0.3, regime, budget=budget, radius=0.01)
        assert 0 < wider.rate[0] <= found.rate[b] or not wider.certified[0]
        assert not certify_block(one, PAIR, 0.3, regime, budget=budget, radius=3.0).certified[0]


def test_the_weak_certificate_agrees_with_one_that_is_computed_plainly() -> None:
    """Every formula again, by dense kernels, without roundings: the rate and the budget that is needed."""
    X = torch.from_numpy(np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0])
    X = X + 0.2 * torch.roll(X, 1, 1)
    X = X / X.norm(dim=0)
    start = networks(2**14, 1, 3)
    eta = 0.2
    found = certify_block(start, X, eta, "weak")
    assert found.certified[0]
    C = float(found.budget[0])
    s = math.sqrt(start.A[0].numel())
    z = (start.W[0] @ X).numpy()
    a = start.A[0].numpy()
    G = (X.T @ X).numpy()
    R = np.linalg.norm(G, axis=1) * C / s * np.linalg.norm(a, axis=1)[:, None]
    H = [
        np.einsum("ij,ri,rj,rp,rq->ipjq", G, D, D, a, a, optimize=True) / s**2
        for D in ((z > R) * 1.0, (z > -R) * 1.0)
    ]
    half = (H[1] - H[0]) / 2
    delta = np.linalg.norm(np.linalg.norm(half.transpose(0, 2, 1, 3), 2, axis=(2, 3)), 2)
    middle = ((H[0] + H[1]) / 2).reshape(9, 9)
    f = np.linalg.eigvalsh(middle)[0]
    theta = eta * np.linalg.eigvalsh(middle)[-1]
    E = residuals(start, X)[0].numpy().T.ravel()
    weighing = (2 - theta) * middle - (1 - theta) * f * np.eye(9)
    needed = math.sqrt(f * E @ np.linalg.solve(weighing, E)) / (f - delta)
    assert needed <= C < 1.1 * needed
    assert 1 - (1 - eta * (f - delta)) ** 2 == pytest.approx(eta * found.rate[0], rel=1e-7)  # eps is 4e-11
    moved = np.linalg.norm(X.numpy(), 2) * C / s * np.linalg.norm(a, axis=1)
    np.testing.assert_allclose(found.radius[0], moved, rtol=1e-7)


@pytest.mark.parametrize("regime", REGIMES)
@SEVERAL
@given(
    X=data_matrices(max_n=4, max_d=4, min_separation=2.0**-4),
    m=st.sampled_from([64, 256, 1024]),
    seed=st.integers(0, 2**16),
    share=st.sampled_from([0.1, 0.5, 0.999]),
    fitted=st.booleans(),
)
def test_runs_keep_within_what_is_certified(
    regime: Regime, X: np.ndarray, m: int, seed: int, share: float, fitted: bool
) -> None:
    data = torch.from_numpy(X)
    start = next_to_a_minimum(X, m, seed) if fitted else networks(m, 1, len(X))
    largest = float(torch.linalg.eigvalsh(tangent_kernel(start, data, regime))[0, -1])
    if not largest > 0:
        return
    eta = share / largest
    found = certify_block(start, data, eta, regime)
    if not found.certified[0]:
        return
    run = descend(start, data, eta, 300, regime)
    k = np.arange(301)
    floors = 2 * rounding_floors(start, data, eta, k, regime)[0]
    e = run.residual[:, 0].numpy()
    assert (e <= e[0] * (1 - eta * found.rate[0]) ** (k / 2) + floors).all()
    assert eta * e.sum() <= found.budget[0] * (1 + 1e-9) + eta * floors.sum()
    moved = (run.network.W - start.W).norm(dim=2)[0].numpy()
    assert (moved <= found.radius[0] + eta * floors.sum() + 1e-12).all()


def test_fitted_starts_are_certified_at_widths_that_a_run_can_be_followed_at() -> None:
    """So the test above does compare something."""
    for regime in REGIMES:
        start = next_to_a_minimum(np.eye(3), 256, 0)
        assert certify_block(start, torch.eye(3, dtype=torch.float64), 0.5, regime).certified[0]


def test_without_the_half_a_neuron_that_dies_is_certified() -> None:
    """One neuron on its kink, pushed to the inactive side: its kernel is halved, and then nothing."""
    start = network([[1e-3]], [[-1.0]])
    assert not certify_block(start, ONE, 0.5, "weak").certified[0]
    assert certify_block(start, ONE, 0.5, "weak", terms=BlockTerms(half=False)).certified[0]
    assert descend(start, ONE, 0.5, 20, "weak").residual[-1, 0] >= 1


def test_without_the_drift_a_shrinking_kernel_is_certified() -> None:
    """w = a = 2.5 shrinks to w a = 1, and a^2 + w^2 with it: the rate that is certified is not kept."""
    start = network([[2.5]], [[2.5]])
    eta = 0.02
    assert not certify_block(start, ONE, eta, "joint").certified[0]
    found = certify_block(start, ONE, eta, "joint", terms=BlockTerms(drift=False))
    if found.certified[0]:
        e = descend(start, ONE, eta, 100, "joint").residual[:, 0].numpy()
        assert (e > e[0] * (1 - eta * found.rate[0]) ** (np.arange(101) / 2)).any()
    else:
        pytest.fail("the variant must certify")


@pytest.mark.parametrize("regime", REGIMES)
def test_steps_beyond_one_over_the_norm_of_the_kernel_are_not_certified(regime: Regime) -> None:
    wide = networks(2**14, 1)
    top = float(torch.linalg.eigvalsh(tangent_kernel(wide, PAIR, regime))[0, -1])
    assert certify_block(wide, PAIR, 0.9 / top, regime).certified[0]
    assert not certify_block(wide, PAIR, 1.1 / top, regime).certified[0]


def test_weights_that_are_not_finite_are_not_certified() -> None:
    start = networks(64, 2)
    start.W[0, 0, 0] = math.nan
    found = certify_block(start, PAIR, 0.1, "joint")
    assert not found.certified.any() and (found.radius == 0).all() and (found.budget == 0).all()


@pytest.mark.parametrize(
    ("step_size", "given", "message"),
    [
        (0.0, {}, "step_size must be positive"),
        (math.inf, {}, "step_size must be positive"),
        (0.1, {"budget": -1.0}, "must be finite and not negative"),
        (0.1, {"budget": math.inf}, "must be finite and not negative"),
        (0.1, {"radius": math.nan}, "must be finite and not negative"),
    ],
)
def test_bad_arguments_are_named(step_size: float, given: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        certify_block(
            networks(4, 1),
            PAIR,
            step_size,
            "weak",
            budget=given.get("budget", 0.0),
            radius=given.get("radius", 0.0),
        )
