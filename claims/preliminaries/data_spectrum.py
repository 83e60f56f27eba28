"""What the explicit widths of W1 depend on of the data: a few numbers, on the safe side of rounding.

With rho_ij = <x_i, x_j>, theta_ij their angles, K and G the limit kernels, k = K (weak) or K + G (joint) and
l its smallest eigenvalue, samples are weighed by the inverse of

    k' = (2 - 1/8) k - (1 - 1/8) l >= k

because a residual that the kernel contracts fast has a short path (docs/theory/width.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.gaussian_tails import fourth_moments
from models.kernels.limit import angles, limit_kernels
from models.kernels.limit_in_balls import entry_rounding
from models.networks.regime import Regime
from refute import Compute
from refute.numerics import gamma, largest_eigenvalue_from_above, smallest_eigenvalue_from_below

STEP_DIVISOR = 8
"""W1 speaks of steps up to 1 / (STEP_DIVISOR (lambda_n + n)), at which eta ||H|| <= 1 / STEP_DIVISOR."""


@dataclass(frozen=True)
class Weighed:
    """Of a kernel k, from above; infinite where k is not known to be positive definite.

    samples = tr(k'^-1 rho), features = tr(k'^-1 G), top = ||k'^-1/2 G k'^-1/2||; both = tr(k^-1 (rho + 4 G)).
    """

    samples: float
    features: float
    top: float
    both: float


@dataclass(frozen=True, eq=False)
class Spectrum:
    """What the widths depend on, on the safe side of rounding.

    n, d; top = lambda_n = ||X||^2 from above; lambda_0 and kappa_0 from below; fourth = the sum over all i, j
    of E[phi_i^2 phi_j^2]; encoder_top = ||K|| and decoder_top = ||G||. inner (n, n): |rho|; bends (n, n):
    tan(theta / 2) / (2 pi); row: the longest row of rho; spread = || |rho| ||. weak, joint: of K, of K + G.
    """

    n: int
    d: int
    top: float
    lambda_0: float
    kappa_0: float
    fourth: float
    encoder_top: float
    decoder_top: float
    inner: np.ndarray
    bends: np.ndarray
    row: float
    spread: float
    weak: Weighed
    joint: Weighed

    @property
    def largest_step(self) -> float:
        """1 / (8 (lambda_n + n)): every step up to this one is covered."""
        return 1 / (STEP_DIVISOR * (self.top + self.n))

    def eigenvalue(self, regime: Regime) -> float:
        """lambda_0 (weak) or kappa_0 (joint)."""
        return self.lambda_0 if regime == "weak" else self.kappa_0

    def weighed(self, regime: Regime) -> Weighed:
        """The sums that are weighed by the kernel of the regime."""
        return self.weak if regime == "weak" else self.joint


def spectrum(X: np.ndarray) -> Spectrum:
    """The numbers of one data matrix X (d, n), float64 with unit columns."""
    d, n = X.shape
    data = tensor(X, Compute())
    error = n * entry_rounding(d)
    K, G = (array(kernel) for kernel in limit_kernels(data))
    theta = array(angles(data))
    inner = np.abs(X.T @ X) * (1 + gamma(4)) + gamma(2 * d)
    top = largest_eigenvalue_from_above(X.T @ X, gamma(d) * float(np.linalg.norm(np.abs(X).T @ np.abs(X))))
    lambda_0, kappa_0 = (
        smallest_eigenvalue_from_below(kernel, share * error) for kernel, share in ((K, 1), (K + G, 2))
    )
    fourth = float(fourth_moments(theta).sum()) * (1 + gamma(64)) + n * n * entry_rounding(d)
    return Spectrum(
        n=n,
        d=d,
        top=max(top, 1.0),
        lambda_0=lambda_0,
        kappa_0=kappa_0,
        fourth=fourth,
        encoder_top=largest_eigenvalue_from_above(K, error),
        decoder_top=largest_eigenvalue_from_above(G, error),
        inner=inner,
        bends=np.tan(theta / 2) / (2 * math.pi) * (1 + gamma(8 * d + 128)) + entry_rounding(d),
        row=float(np.sqrt(np.square(inner).sum(1).max())) * (1 + gamma(n + 4)),
        spread=largest_eigenvalue_from_above(inner),
        weak=_weighed(K, error, lambda_0, X, G),
        joint=_weighed(K + G, 2 * error, kappa_0, X, G),
    )


def decoder_alone(X: np.ndarray) -> Spectrum:
    """The same with G in the place of K + G: what the decoder's kernel would give without the encoder's."""
    n = X.shape[1]
    G = array(limit_kernels(tensor(X, Compute()))[1])
    error = n * entry_rounding(len(X))
    gamma_0 = smallest_eigenvalue_from_below(G, error)
    return replace(spectrum(X), kappa_0=gamma_0, joint=_weighed(G, error, gamma_0, X, G))


def _weighed(kernel: np.ndarray, error: float, lowest: float, X: np.ndarray, G: np.ndarray) -> Weighed:
    """With the eigenvalues of the kernel lowered by its error and by that of the decomposition."""
    n = len(kernel)
    values, vectors = np.linalg.eigh(kernel)
    safe = values - error - gamma(64 * n) * float(values[-1])
    if lowest <= 0 or safe[0] <= 0:
        return Weighed(math.inf, math.inf, math.inf, math.inf)
    share = 1 / STEP_DIVISOR
    larger = (2 - share) * safe - (1 - share) * lowest
    up = 1 + gamma(64 * n)
    plain, roots = (vectors / np.sqrt(np.maximum(part, safe)) for part in (safe, larger))
    features = roots.T @ G @ roots
    room = error / float(safe[0])
    return Weighed(
        samples=float(np.square(X @ roots).sum()) * up,
        features=(float(np.trace(features)) + n * room) * up,
        top=(float(np.linalg.eigvalsh(features)[-1]) + room) * up,
        both=(float(np.square(X @ plain).sum() + 4 * np.trace(plain.T @ G @ plain)) + 4 * n * room) * up,
    )
