"""Exact expectations over Gaussian weights, as finite sums.

The tensor product of the N-point Gauss-Hermite rule integrates every polynomial of degree at most 2 N - 1 in
each variable exactly against the standard normal law. It is also symmetric: with a node v it has -v at equal
weight. So it is exact for a function of a weight vector w that is piecewise polynomial, if its average over w
and -w is a polynomial of that degree. ReLU networks are of this kind, because
    relu(z)^2 + relu(-z)^2 = z^2,
    relu(z) - relu(-z) = z.
"""

from __future__ import annotations

import math

import numpy as np
import scipy

_RULES = {
    2: (np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    3: (np.array([-math.sqrt(3), 0.0, math.sqrt(3)]), np.array([1.0, 4.0, 1.0]) / 6.0),
}


def gauss_hermite(points: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (points**count, count) and weights (points**count,) for `count` independent standard normal
    variables.

    Exact to degree 2 points - 1 in each variable; points is 2 or 3, else ValueError. A node is rounded once,
    a weight at most 2 count times. With 2 points the nodes are the sign vectors, so the rule is also the
    uniform law on signs.
    """
    if points not in _RULES:
        raise ValueError(f"points must be one of {', '.join(map(str, _RULES))}, got {points}")
    nodes, weights = _RULES[points]
    choices = np.stack(np.meshgrid(*[np.arange(points)] * count, indexing="ij"), axis=-1).reshape(-1, count)
    return nodes[choices], weights[choices].prod(axis=1)


def orthogonal_signs(count: int) -> np.ndarray:
    """Signs (N, count), N < 2 count a power of two, of which any two columns have the mean product 0.

    The columns of a Hadamard matrix; the first is constant, all others have mean 0. The mean over its rows
    is exact for the products of two of `count` independent variables of mean 0 and variance 1.
    """
    rows = 1 << (count - 1).bit_length()
    signs: np.ndarray = scipy.linalg.hadamard(rows)[:, :count] * 1.0
    return signs
