"""The numbers of the certificate against 40 digits: on the safe side of what they bound, and close to it."""

from __future__ import annotations

from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
import torch
from mpmath import mp

from models.certificate.certificate import path_length
from models.certificate.contraction import contraction
from models.certificate.points import Points, ball_kernels, points_of
from models.networks.autoencoder import Network
from models.networks.regime import REGIMES, Regime
from refute.numerics.rounding import gamma

DIGITS = 40
LOOSE = 16
SHAPES = [(1, 1, 3), (2, 1, 4), (1, 2, 3), (2, 2, 4), (4, 1, 2), (1, 4, 2), (1, 1, 16)]
"""(n, d, m)"""


@dataclass(frozen=True)
class Exact:
    """The quantities of the certificate at one budget; speed for a step of 1 is Lt^2."""

    radius: list[mp.mpf]
    unstable: np.ndarray
    H: mp.matrix
    P: mp.matrix
    R: mp.matrix
    Q: mp.matrix
    Lam: mp.mpf
    drift: mp.mpf

    def nu(self, eta: float) -> tuple[mp.mpf, mp.mpf]:
        """nu and c for a step size."""
        speed = mp.mpf(eta) * (self.Lam + self.drift) ** 2
        c = 2 - speed
        least = min(mp.eigsy(c * self.H - self.Q / c, eigvals_only=True))
        return least - (2 + speed) * (2 * self.drift * self.Lam + self.drift**2), c


def matrix(values: torch.Tensor | np.ndarray) -> mp.matrix:
    return mp.matrix(np.asarray(values).tolist())


def spectral(M: mp.matrix) -> mp.mpf:
    return mp.sqrt(max(mp.eigsy(M.T * M if M.rows >= M.cols else M * M.T, eigvals_only=True)))


def exact(network: Network, X: torch.Tensor, regime: Regime, C: float, crowd: float = 1.0) -> Exact:
    W = matrix(network.W[0])
    A = matrix(network.A[0])
    x = matrix(X)
    m = W.rows
    d = W.cols
    n = x.cols
    s = mp.sqrt(m * d)
    X_norm = spectral(x)
    Z = W * x
    q = X_norm * C / s
    a, w = ([mp.norm(M[r, :]) for r in range(m)] for M in (A, W))
    radius = [q * v for v in a]
    drift = mp.mpf(0)
    Phi = Z.apply(lambda z: max(z, mp.mpf(0)))
    if regime == "joint":
        radius = [q * (u + q * v) / (1 - q**2) for u, v in zip(a, w, strict=True)]
        rho_A = C / s * (spectral(Phi) + q * X_norm * spectral(A)) / (1 - q**2)
        drift = X_norm / s * mp.hypot(rho_A, q * (spectral(A) + rho_A))
    longest = max(mp.norm(x[:, i]) for i in range(n))
    unstable = np.array([[abs(Z[r, i]) <= radius[r] * longest for i in range(n)] for r in range(m)])
    H, P, R, Q = (mp.matrix(n * d) for _ in range(4))
    for r in range(m):
        kappa = min(int(unstable[r].sum()) * longest**2, crowd * X_norm**2)
        for i, j, p, k in np.ndindex(n, n, d, d):
            both = Z[r, i] > 0 and Z[r, j] > 0 and not unstable[r, i] and not unstable[r, j]
            term = A[r, p] * A[r, k] / s**2
            entry = term * mp.fdot((x[h, i], x[h, j]) for h in range(d))
            if both:
                (P if unstable[r].any() else H)[i * d + p, j * d + k] += entry
            if unstable[r].any() and all(Z[r, h] > 0 or unstable[r, h] for h in (i, j)):
                R[i * d + p, j * d + k] += entry
            if unstable[r, i] and i == j:
                Q[i * d + p, j * d + k] += kappa * term
            if regime == "joint" and p == k:
                H[i * d + p, j * d + k] += Phi[r, i] * Phi[r, j] / s**2
    return Exact(radius, unstable, H, P, R, Q, largest(H, P, Q), drift)


def largest(H: mp.matrix, P: mp.matrix, Q: mp.matrix) -> mp.mpf:
    """Lam, with the t that balances the traces of its last two terms."""
    traces = [max(sum(M[i, i] for i in range(M.rows)), mp.mpf(np.finfo(np.float64).tiny)) for M in (Q, P)]
    t = min(max(mp.sqrt(traces[0] / traces[1]), mp.mpf(2) ** -10), mp.mpf(2) ** 10)
    return mp.sqrt(max(*mp.eigsy(H + (1 + t) * P + (1 + 1 / t) * Q, eigvals_only=True), mp.mpf(0)))


def problem(n: int, d: int, m: int, seed: int, kinks: int = 0) -> tuple[Network, torch.Tensor]:
    """Weights of many sizes; one neuron at least is active, and `kinks` are nearly orthogonal to a sample."""
    rng = np.random.default_rng([n, d, m, seed])
    X = rng.standard_normal((d, n))
    X /= np.linalg.norm(X, axis=0)
    W = rng.standard_normal((m, d))
    A = rng.standard_normal((m, d))
    W[-1] *= np.sign(W[-1] @ X[:, 0])
    for r in range(kinks):
        W[r] -= (W[r] @ X[:, r % n]) * X[:, r % n] * (1 - 2.0**-10)
    W *= 2.0 ** rng.integers(-3, 4)
    A *= 2.0 ** rng.integers(-3, 4)
    return Network(torch.from_numpy(W)[None], torch.from_numpy(A)[None]), torch.from_numpy(X)


def size(point: Points) -> float:
    """What the errors of all kernels of a point are relative to."""
    parts = [point.A, point.W][: 1 + (point.regime == "joint")]
    squares = sum(float(np.square(part).sum()) for part in parts)
    return float(np.square(point.data.X).sum()) * squares / point.scale**2


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
@pytest.mark.parametrize("kinks", [0, 1, 2])
def test_the_rate_is_a_close_bound_from_below(n: int, d: int, m: int, kinks: int, regime: Regime) -> None:
    """Above what a budget, a step and kernels that are off by LOOSE eps would give, and never above nu.

    Steps with c near 2, 1 and 1/4, and no, some and all entries unstable: each term has its turn to dominate.
    """
    network, X = problem(n, d, m, 0, kinks)
    point = points_of(network, X, regime)
    off = LOOSE * gamma(4 * (m + n + d + 16))
    for q in (0.0, 2.0**-30, 2.0**-9, 0.75, *((2.0,) if regime == "weak" else ())):
        C = q * network.scale / point.data.norm
        with mpmath.workdps(DIGITS):
            truth, worse = (exact(network, X, regime, C * (1 + extra)) for extra in (0.0, off))
            reach = (truth.Lam + truth.drift) ** 2
            for share in (2.0**-60, 0.5, 0.875):
                eta = float(2 * share / reach)
                nu, c = truth.nu(eta)
                found = contraction(point, eta, C)
                assert found.unstable == truth.unstable.sum() == worse.unstable.sum()
                assert found.rate <= nu
                assert found.rate >= worse.nu(eta * (1 + off * size(point) / reach))[0] - off * size(
                    point
                ) * (c + 1 / c)
                assert (found.radius >= np.array(truth.radius)).all()
                assert (found.radius <= np.array(worse.radius)).all()


@pytest.mark.parametrize("seed", range(6))
def test_norms_are_from_above_also_where_preactivations_cancel(seed: int) -> None:
    network, X = problem(1, 5, 4, seed, kinks=4)
    W = network.W - (network.W @ X) * X.mT
    point = points_of(Network(W, network.A), X, "joint")
    with mpmath.workdps(DIGITS):
        Z = matrix(W[0]) * matrix(X)
        assert 0 < spectral(Z.apply(lambda z: max(z, mp.mpf(0)))) <= point.Phi_norm[0]
        closest = [float(abs(Z[r, 0]) / spectral(matrix(X[:, :1]))) for r in range(4)]
        assert ball_kernels(point, np.array([closest]) * (1 - 2.0**-51)).unstable == 4  # rounding decides
        for found, M in ((point.data.norm, X), (float(point.A_norm[0]), network.A[0])):
            assert spectral(matrix(M)) <= found * (1 + gamma(1))


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
@pytest.mark.parametrize("size", [2.0**-6, 1.0, 64.0])
def test_the_residual_is_bounded_with_its_rounding(
    n: int, d: int, m: int, size: float, regime: Regime
) -> None:
    """From above, by the roundings that can happen at least, and by not much more than those of its terms."""
    network, X = problem(n, d, m, 1)
    X = X * size
    W = network.W[0].numpy()
    A = network.A[0].numpy()
    x = X.numpy()
    lengths = np.linalg.norm(W, axis=1) @ np.linalg.norm(A, axis=1) / network.scale
    terms = float(np.linalg.norm(x)) * (1 + float(lengths))
    with mpmath.workdps(DIGITS):
        Phi = (matrix(W) * matrix(x)).apply(lambda z: max(z, mp.mpf(0)))
        E = matrix(x) - matrix(A).T * Phi / mp.sqrt(m * d)
        exact = mp.mnorm(E, "f")
        found = mp.mpf(float(points_of(network, X, regime).e[0]))
        least = gamma(m + d + 3) * np.linalg.norm(np.abs(A).T @ (np.abs(W) @ np.abs(x))) / network.scale
        assert exact + least / 2 <= found
        assert found <= exact * (1 + 2 * gamma(n * d + 8)) + 2 * gamma(m + d + 6) * terms


@pytest.mark.parametrize("share", [2.0**-40, 0.3, 0.99, 1 - 2.0**-30, 1 - 2.0**-52, 1.0])
@pytest.mark.parametrize("step_size", [0.1, 3.0])
def test_the_length_of_a_path_is_hardly_above_the_geometric_series(share: float, step_size: float) -> None:
    for e in (0.7, 1.1, 1.3, 1.7):
        found = path_length(e, step_size, share / step_size)
        with mpmath.workdps(50):
            exact = min(mpmath.mpf(step_size) * mpmath.mpf(share / step_size), 1)
            length = step_size * e / (1 - mpmath.sqrt(1 - exact))
            worse = step_size * e / (1 - mpmath.sqrt(1 - exact * (1 - gamma(16))))
            assert length <= found <= worse * (1 + gamma(64))
