"""Double-double steps as NumPy operations: what `double_double` runs where there is no compiled library.

The algorithms are those without fused operations of Joldes, Muller, Popescu, "Tight and rigorous error bounds
for basic building blocks of double-word arithmetic", ACM TOMS 44 (2017), with exact products by Dekker's
splitting. With u = 2^-53, relative errors are at most

    add           3 u^2 / (1 - 4 u)
    times float   3 u^2
    times         7 u^2

which is less than 8 u^2 each, barring underflow, and overflow in the splitting. A number is a pair of arrays.
"""

from __future__ import annotations

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]
_SPLITTER = 2.0**27 + 1


def descend_plainly(
    W: np.ndarray,
    A: np.ndarray,
    X: np.ndarray,
    factor: Pair,
    rate: Pair,
    records: list[np.ndarray],
    joint: bool,
) -> None:
    """As in `models/native/double_double.cpp`: W, A (2, m, d) are moved, a step lies between two records."""
    start = W.copy()
    w, a = (W[0], W[1]), (A[0], A[1])
    R: Pair | None = None
    Phi = w
    for k in range(len(records[0])):
        if R is not None:
            w, a = _step(w, a, X, Phi, R, joint)
        Z = _accumulate([times_float(_column(w, j), X[j]) for j in range(len(X))])
        off = Z[0] <= 0  # a NaN is active, and shows in the residual
        Phi = np.where(off, 0.0, Z[0]), np.where(off, 0.0, Z[1])
        U = [total(times(_column(a, p), Phi)) for p in range(len(X))]
        sums = np.stack([u[0] for u in U]), np.stack([u[1] for u in U])
        part = times(sums, factor)
        E = add((X, np.zeros_like(X)), (-part[0], -part[1]))
        R = times(E, rate)
        gap = (w[0] - start[0]) + (w[1] - start[1])
        records[0][k] = np.sqrt(np.square(E[0]).sum())
        records[1][k] = np.sqrt(np.square(gap).sum(1).max())
        records[2][k] = np.abs(Z[0]).min()
    W[0], W[1] = w
    A[0], A[1] = a


def _step(w: Pair, a: Pair, X: np.ndarray, Phi: Pair, R: Pair, joint: bool) -> tuple[Pair, Pair]:
    """W += X V^T with V = D o (R^T A), and A += R Phi^T."""
    d, n = X.shape
    V = _accumulate([times(_column(a, p), (R[0][p], R[1][p])) for p in range(d)])
    on = Phi[0] != 0
    V = np.where(on, V[0], 0.0), np.where(on, V[1], 0.0)
    for i in range(n):
        w = add(w, times_float(_column(V, i), X[:, i]))
        if joint:
            a = add(a, times(_column(Phi, i), (R[0][:, i], R[1][:, i])))
    return w, a


def _column(pair: Pair, j: int) -> Pair:
    return pair[0][:, j, None], pair[1][:, j, None]


def _accumulate(terms: list[Pair]) -> Pair:
    found = terms[0]
    for term in terms[1:]:
        found = add(found, term)
    return found


def total(pair: Pair) -> Pair:
    """The sum along the first axis, half upon half."""
    while len(pair[0]) > 1:
        half = len(pair[0]) // 2
        found = add((pair[0][:half], pair[1][:half]), (pair[0][half : 2 * half], pair[1][half : 2 * half]))
        rest = tuple(part[2 * half :] for part in pair)
        pair = np.concatenate([found[0], rest[0]]), np.concatenate([found[1], rest[1]])
    return pair[0][0], pair[1][0]


def add(x: Pair, y: Pair) -> Pair:
    """x + y."""
    s, t = _exact_sum(x[0], y[0]), _exact_sum(x[1], y[1])
    v = _ordered_sum(s[0], s[1] + t[0])
    return _ordered_sum(v[0], t[1] + v[1])


def times_float(x: Pair, y: np.ndarray) -> Pair:
    """x y for floats y."""
    high, low = _exact_product(x[0], y)
    return _ordered_sum(high, low + x[1] * y)


def times(x: Pair, y: Pair) -> Pair:
    """x y."""
    high, low = _exact_product(x[0], y[0])
    return _ordered_sum(high, low + (x[0] * y[1] + x[1] * y[0]))


def _ordered_sum(a: np.ndarray, b: np.ndarray) -> Pair:
    found = a + b
    return found, b - (found - a)


def _exact_sum(a: np.ndarray, b: np.ndarray) -> Pair:
    found = a + b
    back = found - a
    return found, (a - (found - back)) + (b - back)


def _exact_product(a: np.ndarray, b: np.ndarray) -> Pair:
    found = a * b
    a1, a2 = _halves(a)
    b1, b2 = _halves(b)
    return found, ((a1 * b1 - found) + a1 * b2 + a2 * b1) + a2 * b2


def _halves(a: np.ndarray) -> Pair:
    """Two numbers of 26 bits with the sum a."""
    shifted = _SPLITTER * a
    high = shifted - (shifted - a)
    return high, a - high
