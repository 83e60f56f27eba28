from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat

from models.certificate.run_in_balls import norm, run_in_balls
from models.networks.autoencoder import preactivations
from models.networks.regime import Regime
from models.training import double_double, plain_double_double
from models.training.descent import descend
from models.training.double_double import depth, descend_precisely, unit_for
from refute.numerics import precision
from tests.models.certificate.test_exact_run import problem

STEPS = 20
UNIT = 2.0**-103
"""What one operation is off by without a compiler."""
shapes = pytest.mark.parametrize(
    "shape", [(1, 1, 1), (3, 2, 2), (33, 4, 3), (64, 1, 5), (17, 7, 4), (65, 5, 9)]
)
regimes = pytest.mark.parametrize("regime", ["weak", "joint"])


def words(shape: tuple[int, int, int], seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    network, X = problem(*shape, seed=seed)
    W, A = (np.stack([part[0].numpy(), np.zeros(part.shape[1:])]) for part in (network.W, network.A))
    return W, A, X.numpy()


def exact(pair: np.ndarray) -> arb_mat:
    return arb_mat(pair[0].tolist()) + arb_mat(pair[1].tolist())


@pytest.fixture(params=["as it is", "plain"], autouse=True)
def steps(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled where there is a compiler, and without one."""
    if request.param == "plain":
        monkeypatch.setattr(double_double, "_functions", lambda: None)


@shapes
@regimes
def test_the_steps_have_thirty_digits(shape: tuple[int, int, int], regime: Regime) -> None:
    W, A, X = words(shape)
    with precision(1024):
        points = run_in_balls(exact(W), exact(A), X, 0.3, regime, STEPS)
        descend_precisely(W, A, X, 0.3, STEPS, regime == "joint")
        for pair, ball in ((W, points[-1].W), (A, points[-1].A)):
            assert float(norm(ball - exact(pair))) < 2.0**-92 * float(norm(ball))
    assert (np.abs(W[1]) <= np.spacing(np.abs(W[0])) / 2).all()  # high is the sum rounded


@shapes
@regimes
def test_the_records_are_those_of_the_float64_loop(shape: tuple[int, int, int], regime: Regime) -> None:
    W, A, X = words(shape)
    network, data = problem(*shape, seed=1)
    run = descend(network, data, 0.3, STEPS, regime, watch=True)
    assert run.closest is not None
    found = descend_precisely(W, A, X, 0.3, STEPS, regime == "joint")
    for ours, theirs in zip(
        (found.residual, found.movement, found.closest),
        (run.residual, run.movement, run.closest),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs[:, 0].numpy(), rtol=1e-10, atol=1e-12)
    assert found.residual.shape == (STEPS + 1,) and found.movement[0] == 0.0
    assert found.closest[0] == pytest.approx(float(preactivations(network.W, data).abs().min()), rel=1e-12)
    if regime == "weak":
        assert (A[0] == network.A[0].numpy()).all() and (A[1] == 0).all()


@regimes
def test_a_run_that_goes_on_retraces_the_uninterrupted_one(regime: Regime) -> None:
    at_once, in_two = words((19, 3, 4)), words((19, 3, 4))
    joint = regime == "joint"
    whole = descend_precisely(*at_once, 0.4, 12, joint)
    first = descend_precisely(*in_two, 0.4, 5, joint)
    rest = descend_precisely(*in_two, 0.4, 7, joint)
    for a, b in zip(at_once, in_two, strict=True):
        assert np.array_equal(a, b)
    assert np.array_equal(whole.residual, np.concatenate([first.residual, rest.residual[1:]]))
    assert np.array_equal(whole.closest, np.concatenate([first.closest, rest.closest[1:]]))


def test_a_movement_below_the_digits_of_float64_is_recorded() -> None:
    W, A, X = words((1, 1, 1))
    W[0], A[0], X[:] = 1.0, 1.0, 1.0 + 2.0**-60
    W[0] = 1.0
    moved = descend_precisely(W, A, np.array([[1.0]]), 0.5, 1, False)
    assert moved.movement[1] == 0.0
    W[1] = 2.0**-60
    assert descend_precisely(W, A, np.array([[1.0]]), 0.5, 1, False).movement[1] == pytest.approx(2.0**-61)


def test_a_nan_shows_in_the_residual() -> None:
    W, A, X = words((9, 2, 2))
    W[0, 3, 0] = np.nan
    assert np.isnan(descend_precisely(W, A, X, 0.3, 1, True).residual).all()


def test_factors_are_the_inverse_root() -> None:
    inverse, rate = double_double._factors(160, 0.1)
    assert abs(inverse**2 * 160 - 1) < Fraction(1, 2**240) and rate == inverse * Fraction(0.1)
    high, low = double_double._two(inverse)
    assert high == float(inverse) and abs(Fraction(high) + Fraction(low) - inverse) < inverse * Fraction(
        1, 2**105
    )


def test_the_unit_and_the_depth_cover_what_is_summed() -> None:
    assert depth(1) >= 1 and depth(1000) >= 1000 // 8 + 1
    assert unit_for(1, 64, 3) == (64 + 24) * 2.0**-106 and unit_for(1, 3, 65) == (65 + 24) * 2.0**-106
    assert unit_for(4096, 3, 3) == (depth(4096) + 24) * 2.0**-106 > UNIT


def test_a_sum_of_many_products_is_off_by_less_than_its_unit() -> None:
    """E of one step, whose sums run over 4096 neurons, 40 dimensions and 40 samples, of terms that cancel."""
    rng = np.random.default_rng(3)
    m, d, n = 4096, 40, 40
    W, A = np.zeros((2, m, d)), np.zeros((2, m, d))
    W[0] = rng.standard_normal((m, d)) * 2.0 ** rng.integers(-20, 20, (m, d))
    A[0] = rng.standard_normal((m, d)) * 2.0 ** rng.integers(-20, 20, (m, d))
    X = rng.standard_normal((d, n)) * 2.0 ** rng.integers(-20, 20, (d, n))
    before = W.copy(), A.copy()
    eta = 2.0**-60
    descend_precisely(W, A, X, eta, 1, True)
    terms = _step_and_size(before, X, eta)
    # Five sums one after the other: each adds its own, relative to what it is made of.
    share = (depth(m) + 2 * d + 2 * n) * unit_for(m, d, n)
    with precision(400):
        for found, (exactly, size) in zip((W, A), terms, strict=True):
            gap = exactly - exact(found)
            for r in range(0, m, 511):
                for j in range(0, d, 13):
                    assert abs(gap[r, j]) <= share * size[r, j]


def _step_and_size(
    before: tuple[np.ndarray, np.ndarray], X: np.ndarray, eta: float
) -> list[tuple[arb_mat, arb_mat]]:
    """W and A after one exact step, each with the same of absolute values throughout."""
    found = []
    with precision(400):
        for size in (False, True):
            W, A, data = (
                arb_mat((np.abs(part) if size else part).tolist()) for part in (before[0][0], before[1][0], X)
            )
            s = (arb(W.nrows() * W.ncols())).sqrt()
            signs = arb_mat((before[0][0] @ X > 0).astype(float).tolist())
            Z = W * data
            Phi = Z if size else _times(signs, Z)
            U = A.transpose() * Phi * (1 / s)
            R = (data + U if size else data - U) * (arb(eta) / s)
            V = A * R if size else _times(signs, A * R)
            found.append((W + V * data.transpose(), A + Phi * R.transpose()))
    return list(zip(*found, strict=True))


def _times(left: arb_mat, right: arb_mat) -> arb_mat:
    pairs = zip(left.entries(), right.entries(), strict=True)
    return arb_mat(left.nrows(), left.ncols(), [a * b for a, b in pairs])


@pytest.mark.parametrize("name", ["W", "A"])
def test_arrays_of_another_form_are_refused(name: str) -> None:
    W, A, X = words((4, 3, 2))
    given = {"W": W, "A": A, name: (W if name == "W" else A)[:, :, ::-1]}
    with pytest.raises(ValueError, match=f"{name} must be contiguous"):
        descend_precisely(given["W"], given["A"], X, 0.3, 1, True)


@pytest.mark.parametrize("name", ["add", "times"])
def test_one_operation_is_off_by_less_than_the_unit(name: str) -> None:
    rng = np.random.default_rng(0)
    x, y = (_pairs(rng, 2000) for _ in range(2))
    y[0][:500], y[1][:500] = -x[0][:500] * (1 + 2.0**-50), x[1][:500] / 2  # sums that cancel
    found = getattr(plain_double_double, name)(x, y)
    for k in range(2000):
        a, b, c = (Fraction(p[0][k]) + Fraction(p[1][k]) for p in (x, y, found))
        true = a + b if name == "add" else a * b
        assert abs(c - true) <= Fraction(UNIT) * abs(true)


def test_a_product_with_a_float_and_a_sum_are_off_by_less_than_the_unit_each() -> None:
    rng = np.random.default_rng(1)
    x = _pairs(rng, 999)
    y = rng.standard_normal(999)
    high, low = plain_double_double.times_float(x, y)
    for k in range(999):
        true = (Fraction(x[0][k]) + Fraction(x[1][k])) * Fraction(y[k])
        assert abs(Fraction(high[k]) + Fraction(low[k]) - true) <= Fraction(UNIT) * abs(true)
    s = plain_double_double.total((x[0][:, None], x[1][:, None]))
    exactly = sum((Fraction(a) + Fraction(b) for a, b in zip(*x, strict=True)), Fraction(0))
    size = sum((abs(Fraction(a)) for a in x[0]), Fraction(0))
    assert abs(Fraction(s[0][0]) + Fraction(s[1][0]) - exactly) <= 11 * Fraction(UNIT) * size


def _pairs(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    high = rng.standard_normal(count) * 2.0 ** rng.integers(-20, 20, count)
    return high, rng.uniform(-0.5, 0.5, count) * np.spacing(np.abs(high))
