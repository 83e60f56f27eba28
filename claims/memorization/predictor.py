"""The predictor f(Y) = X k(X,X)^{-1} k(X,Y) as computed, with what its roundings depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import separated
from claims.preliminaries.restrictions import SEPARATION
from models.kernels.limit import limit_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.kernels.limit_predictor import limit_predictor
from models.networks.regime import REGIMES, Regime
from refute import Compute, Instance, Unmet
from refute.numerics import gamma, largest_eigenvalue, smallest_eigenvalue


@dataclass(frozen=True)
class Problem:
    """One instance as computed: X (d, n) and k(X,X) in the run's precision, and what its roundings depend on.

    smallest, largest: verified ends of k's spectrum. error: bound on an entry of K + G at unit vectors.
    solve: ||w^ - w|| as a share of ||w^|| for a Cholesky solve, and it is at most 1/3.
    """

    X: np.ndarray
    k: np.ndarray
    regime: Regime
    compute: Compute
    smallest: float
    largest: float
    error: float
    solve: float

    def cross(self, Y: np.ndarray) -> np.ndarray:
        """k(X,Y), from the very function that the predictor calls."""
        return array(limit_kernel(tensor(self.X, self.compute), self.regime, tensor(Y, self.compute)))

    def weights(self, Y: np.ndarray) -> np.ndarray:
        """For each column of Y a bound on the norm of k^{-1} k(X,y), exact or solved for."""
        solved = scipy.linalg.cho_solve(scipy.linalg.cho_factor(self.k, lower=True), self.cross(Y))
        bounds: np.ndarray = 2 * np.linalg.norm(solved, axis=0)
        return bounds

    def predict(self, Y: np.ndarray) -> np.ndarray:
        """f(Y) through the model."""
        return array(limit_predictor(tensor(self.X, self.compute), tensor(Y, self.compute), self.regime))

    def rounding(self, Y: np.ndarray) -> np.ndarray:
        """For each column of Y a bound on the norm of predict(y) - f(y), where f is that of the exact X, Y.

        With k + dk and k_y + dk_y in place of k and k_y = k(X,y), the weights w change by
            k^{-1} (dk_y - dk w);
        then there are the solve, the product with X, and the cast of X. The true lambda_min is at least
        half the computed one.
        """
        size = float(np.linalg.norm(self.X))
        weights = self.weights(Y)
        entries = self.error * size * (np.linalg.norm(Y, axis=0) + size * weights)
        relative = self.solve + gamma(self.X.shape[1] + 2, self.compute.dtype)
        bounds: np.ndarray = size * (2 * entries / self.smallest + relative * weights)
        return bounds


def problem(X: np.ndarray, regime: Regime, compute: Compute) -> Problem | Unmet:
    """X in a regime, unless its kernel cannot be told from a singular one.

    Cholesky of order n has the backward error n gamma_{4n+2} ||k|| (Higham, chapter 10), here doubled, and
    reads one triangle of k. The predictor refuses such a kernel too; the premise is stricter.
    """
    samples = tensor(X, compute)
    x = array(samples)
    k = array(limit_kernel(samples, regime))
    d, n = x.shape
    smallest = smallest_eigenvalue(k).lower
    largest = largest_eigenvalue(k).upper
    error = 2 * entry_rounding(d, compute.dtype)
    backward = 2 * n * gamma(4 * n + 2, compute.dtype) * largest + float(np.linalg.norm(k - k.T))
    if smallest <= max(3 * backward, 8 * error * float(np.square(x).sum())):
        return Unmet("k(X,X) cannot be told from a singular matrix in this precision")
    return Problem(x, k, regime, compute, smallest, largest, error, backward / smallest)


def both_regimes(instance: Instance) -> tuple[Instance, ...]:
    """X and Y as instances of M1, where the samples meet A2."""
    if separated(instance.X) < SEPARATION:
        return ()
    return tuple(Instance(X=instance.X, Y=instance.Y, regime=regime) for regime in REGIMES)


def as_prediction(instance: Instance) -> tuple[Instance, ...]:
    """The data and the point as an instance of M1, where the samples meet A2."""
    if separated(instance.X) < SEPARATION:
        return ()
    return (Instance(X=instance.X, Y=instance.y[:, None], regime=instance.regime),)
