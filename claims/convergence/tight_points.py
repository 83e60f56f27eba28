"""Points at which the certificate is tight, or false without one of its terms. Their networks are given."""

from __future__ import annotations

import math

import numpy as np

from claims.preliminaries.fixed_data import equally_correlated
from refute import Instance

ONE = np.ones((1, 1))


def given_point(
    X: np.ndarray, W: np.ndarray, A: np.ndarray, share: float, regime: str = "weak", **more: float
) -> Instance:
    """A point of given weights. more: what else the claim's instances hold."""
    return Instance(
        X=X,
        W=W,
        A=A,
        m=len(W),
        law="given",
        start=0,
        kinks=0,
        share=share,
        regime=regime,
        **more,
    )


def dying_neuron() -> Instance:
    """The one active neuron of a single sample dies in the first step, and with it the kernel."""
    return given_point(ONE, np.array([[0.001]]), np.array([[-1.0]]), 0.25, budget=0.0)


def shrinking_kernel() -> Instance:
    """A network that is too large: the joint kernel a^2 + w^2 shrinks on the way to a w = 1."""
    return given_point(ONE, np.array([[1.2]]), np.array([[1.2]]), 0.1, regime="joint", budget=0.0)


def overshooting_kink() -> Instance:
    """A neuron with a large decoder comes to rest on its kink; active, it makes the step too large."""
    W = np.array([[0.99 * math.sqrt(2)], [1e-6]])
    return given_point(ONE, W, np.array([[1.0], [3.0]]), 3.0, budget=0.05)


def overshooting_partner() -> Instance:
    """A neuron on the kink of one sample is active at five others, where it makes the step too large.

    E lies where the neuron is active for sure.
    """
    E = np.zeros((6, 6))
    E[0, 1:] = 1e-7
    return _kink_with_partners(E, 2.0, 1.54, 5e-6)


def overshooting_pair() -> Instance:
    """A neuron on the kink of one sample and active at another: the step is too large for both together.

    E lies along both. 1.9 h + 0.7 h is the largest eigenvalue, 2 / eta a little less, and half of the
    neuron's kernel at the other sample less still.
    """
    E = np.zeros((2, 2))
    E[0] = 1e-10
    return _kink_with_partners(E, 0.7, 1.028, 4e-9)


def _kink_with_partners(E: np.ndarray, size: float, share: float, budget: float) -> Instance:
    """n samples with inner products 0.9, residual E (n, n), and one neuron on the kink of the first sample.

    It is active at the others too, and writes the first output. Each other neuron is active at one sample and
    has one output; they reproduce the data but for E. In units of h = 1 / (m d), which is the kernel of the
    first neuron at one sample, theirs is `size` I. budget: in units of 1 / h.
    """
    n = len(E)
    X = equally_correlated(n, n, 0.9)
    m = n * n + 1
    scale = math.sqrt(m * n)
    a = np.zeros(n)
    a[0] = 1.0
    z = np.ones(n)
    z[0] = 1e-9
    rest = (X - E - np.outer(a, z) / scale).ravel()
    root = math.sqrt(size)
    A = np.vstack([np.repeat(np.eye(n), n, axis=0) * (root * np.where(rest < 0, -1.0, 1.0))[:, None], a])
    Z = np.full((m, n), -1.0)
    Z[np.arange(n * n), np.tile(np.arange(n), n)] = scale * np.abs(rest) / root
    Z[-1] = z
    return given_point(X, Z @ np.linalg.inv(X), A, share, budget=budget * m * n)


def _paired(slow: float, E: np.ndarray) -> Instance:
    """Two orthogonal samples with the residual E (2, 2); the kernel of the second is `slow` of the first's.

    Two neurons with opposite decoders for each sample and output, far from their kinks.
    """
    scale = math.sqrt(8 * 2)
    W = np.full((8, 2), -1.0)
    A = np.zeros((8, 2))
    for i, size in enumerate((1.0, math.sqrt(slow))):
        for p in range(2):
            r = 4 * i + 2 * p
            A[r : r + 2, p] = size, -size
            W[r : r + 2, i] = 1 + scale * (float(i == p) - E[p, i]) / size, 1.0
    return given_point(np.eye(2), W, A, 0.5, budget=0.0)


def slow_remainder() -> Instance:
    """A hundredth of the residual is slow: for some thirty steps it hides behind the rest."""
    return _paired(0.1, np.diag([1e-4, 1e-6]))


def straight_way() -> Instance:
    """The residual keeps its direction and its rate, and two neurons of eight use their radii up."""
    return _paired(1.0, np.diag([1e-4, 0.0]))
