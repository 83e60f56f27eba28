"""P5. The gradients are at most the residual times the norms of data, weights and features.

Statement. For every X, W, A and every neuron r,
    ||dL/dw_r|| <= (1/s) ||X|| ||a_r|| ||E||_F,
    ||dL/dA||_F <= (1/s) ||Phi|| ||E||_F.
For n = 1 the second is an equality.

Assumptions. None.

Symbols. X (d, n); W, A (m, d), neurons as rows; s = sqrt(m d); Phi = relu(W^T X) (m, n); E = X - U (d, n);
||.|| the spectral norm of a matrix and the length of a vector.

Refuted by. A network and data with a longer gradient.

A pass does not show. That E or the norms stay bounded during training (C1, C6). Both sides are compared in
squares.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983; C1 turns the sum of ||E(k)||_F over a run
into radii with it. Proof: the gradients are
    dL/dw_r = -(1/s) X (D_r o (E^T a_r)),
    dL/dA = -(1/s) E Phi^T,
and their factors have
    ||D_r o (E^T a_r)|| <= ||E^T a_r|| <= ||E||_F ||a_r||,
    ||E Phi^T||_F <= ||E||_F ||Phi||;
for n = 1, E Phi^T is the product of a column and a row. For n = 1 the first is an equality if the neuron is
active and E is parallel to a_r. A comparison inside its rounding error is decided exactly, over the numbers
p + q s with rational p, q.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.perturbation.exact_numbers import Surd, exceeds_top, norm_square, rational
from claims.perturbation.network_strata import DATA, DATA_CLASSES, LEAST, Data
from claims.preliminaries.arrays import array, single, tensor
from claims.preliminaries.assumptions import networks
from claims.preliminaries.network_families import NETWORK_CLASSES
from claims.preliminaries.rounding_of_networks import gradient_magnitudes
from models.networks.autoencoder import residuals
from models.training.descent import gradients
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Instance,
    Kind,
    Sibling,
    Unmet,
    at_most,
    equal,
    settled_exactly,
)
from refute.numerics import Enclosure, gamma, largest_eigenvalue

NEURONS = 24
"""Of an instance at most: exact arithmetic judges each of them."""
ENCODER = "||dL/dw_r||^2, the worst neuron"
DECODER = "||dL/dA||_F^2"
ALONE = "n = 1: ||dL/dA||_F^2"


@dataclass(frozen=True)
class SquaredNorm:
    """The square of a norm of a matrix M, by its Gram matrix M^T M (n, n).

    enclosed: in float64, of the matrix and a bound of its rounding. exceeded: whether a number is larger,
    with the matrix in fractions.
    """

    enclosed: Callable[[np.ndarray, float], Enclosure]
    exceeded: Callable[[Surd, np.ndarray], bool]


SPECTRAL = SquaredNorm(largest_eigenvalue, exceeds_top)


def _longest_column(gram: np.ndarray, error: float) -> Enclosure:
    return Enclosure.around(float(np.diagonal(gram).max()), error)


def _exceeds_longest_column(number: Surd, gram: np.ndarray) -> bool:
    return not number <= max(np.diagonal(gram))


LONGEST_COLUMN = SquaredNorm(_longest_column, _exceeds_longest_column)


@dataclass(frozen=True)
class Side:
    """One of the two statements on one instance: a gradient and its magnitude, both flat; the matrix whose
    norm bounds it, with its magnitude; and the square of the other factor, without ||E||_F.
    """

    label: str
    gradient: np.ndarray
    size: np.ndarray
    matrix: np.ndarray
    height: np.ndarray
    factor: float

    def top(self, norm: SquaredNorm) -> Enclosure:
        """The square of the matrix' norm."""
        rows, columns = self.matrix.shape
        error = gamma(2 * rows * columns + 64) * float(np.square(self.height).sum())
        return norm.enclosed(self.matrix.T @ self.matrix, error)


def sides(instance: Instance, compute: Compute) -> tuple[Side, ...]:
    """Both statements, where they are not 0 <= 0; for the encoder of its worst neuron."""
    X = instance.X
    W = instance.W
    A = instance.A
    dW, dA = gradients(single(W, A, compute), tensor(X, compute), "joint")
    assert dA is not None
    encoder = array(dW)[0]
    lengths = np.square(A).sum(axis=1)
    shares = np.divide(np.square(encoder).sum(axis=1), lengths, where=lengths > 0, out=np.zeros(len(A)) - 1)
    r = int(np.argmax(shares))
    sizes = gradient_magnitudes(X, W, A)
    Phi = np.maximum(W @ X, 0.0)
    height = np.abs(W) @ np.abs(X)
    both = (
        Side(ENCODER, encoder[r], sizes.encoder[r], X, np.abs(X), float(lengths[r]) / A.size),
        Side(DECODER, array(dA)[0].ravel(), sizes.decoder.ravel(), Phi, height, 1 / A.size),
    )
    return tuple(side for side in both if side.factor > 0 and side.matrix.any())


def check(
    instance: Instance,
    compute: Compute,
    *,
    share: Fraction = Fraction(1),
    norm: SquaredNorm = SPECTRAL,
    near: float = 1.0,
) -> Comparisons | Unmet:
    """Gradients and residual of the model against norms of NumPy's.

    A number errs by at most gamma_k of its magnitude M, so its square errs by at most 3 gamma_k M^2. `share`
    is that of the right-hand sides, `norm` that of data and features, `near` a factor of the equality.
    """
    m, d = instance.A.shape
    n = instance.X.shape[1]
    e = array(residuals(single(instance.W, instance.A, compute), tensor(instance.X, compute)))[0]
    height = gradient_magnitudes(instance.X, instance.W, instance.A).residual
    relative = 3 * gamma(8 * (d + m + n + 4) + m * d + n * d, compute.dtype)
    comparisons = []
    for side in sides(instance, compute):
        top = side.top(norm)
        largest = float(np.square(side.height).sum())
        sizes = float(side.size @ side.size) + largest * side.factor * float(np.square(height).sum())
        bound = top.scaled(float(share) ** 2 * side.factor * float(np.square(e).sum()))
        measured = float(side.gradient @ side.gradient)
        comparisons.append(at_most(side.label, measured, bound, relative * sizes))
        if n == 1 and side.label == DECODER:
            comparisons.append(equal(ALONE, measured, bound.scaled(near), relative * sizes, size=sizes))
    return tuple(comparisons) or Unmet("both bounds are 0 <= 0")


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    share: Fraction = Fraction(1),
    norm: SquaredNorm = SPECTRAL,
    near: float = 1.0,
) -> Comparison:
    """The same inequality exactly, for every neuron, of the float64 values read as rational numbers."""
    x, w, a = (rational(M) for M in (instance.X, instance.W, instance.A))
    s_square = a.size
    Z = w @ x
    Phi = np.maximum(Z, 0)
    # s E = s X - A Phi is linear in s, and so is s^2 times a gradient.
    plain = -(a.T @ Phi)
    rooted = x
    if comparison.label == DECODER:
        matrix = Phi
        parts = [(plain @ Phi.T, rooted @ Phi.T)]
        factors = [Fraction(1)]
    else:
        active = (Z > 0).astype(int)
        matrix = x
        factors = list((a**2).sum(axis=1))
        parts = [
            tuple(x @ (row * (part.T @ neuron)) for part in (plain, rooted))
            for row, neuron in zip(active, a, strict=True)
        ]
    gram = matrix.T @ matrix
    residual = norm_square(plain, rooted, s_square)
    holds = not any(
        _exceeds(norm_square(*part, s_square), residual * (share**2 * factor), gram, norm)
        for part, factor in zip(parts, factors, strict=True)
    )
    return settled_exactly(comparison, holds)


def _exceeds(gradient: Surd, others: Surd, gram: np.ndarray, norm: SquaredNorm) -> bool:
    """Whether gradient > norm^2 * others, with the norm of the matrix of which this is the Gram matrix."""
    return not others <= 0 and norm.exceeded(gradient / others, gram)


@st.composite
def _instances(draw: DrawFn, data: Data, min_m: int = LEAST, max_m: int = NEURONS) -> Instance:
    """Weights from 2^-10 to 2^10 in scale; half of the time all neurons are copies of the first, up to sign.

    Small weights leave E = X, large ones E = -U nearly, and copies make the features of rank one.
    """
    X = draw(data)
    W, A = (
        M * 2.0 ** draw(st.sampled_from([0, 3, -7, 13]))
        for M in draw(networks(len(X), min_m=min_m, max_m=max_m))
    )
    if draw(st.booleans()):
        W, A = (np.sign(M[:, :1]) * M[0] for M in (W, A))
    return Instance(X=X, W=W, A=A)


CLAIM = Claim(
    id="P5",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=_instances(DATA.typical()),
    examples=(
        Instance(X=np.ones((1, 1)), W=np.ones((1, 1)), A=np.full((1, 1), 2.0)),
        Instance(X=np.eye(3)[:, :1], W=np.array([[3.0, 1.0, 0.0], [0.0, 1.0, 0.0]]), A=np.ones((2, 3))),
    ),
    check=check,
    escalate=escalate,
    classes={
        **DATA.classes(*DATA_CLASSES),
        **{name: NETWORK_CLASSES[name] for name in ("m <= 8", "m >= 16")},
    },
    strata={
        **DATA.strata(_instances, *DATA_CLASSES),
        "m <= 8": _instances(DATA.typical(), 1, 8),
        "m >= 16": _instances(DATA.typical()),
    },
    siblings=(
        Sibling(
            name="longest-column",
            statement="the first with the longest column of X in place of its norm",
            because="samples that point in similar directions add up: ||X|| is up to sqrt(n) columns",
            falls=ENCODER,
            changes={"norm": LONGEST_COLUMN},
        ),
        Sibling(
            name="longest-column-of-the-features",
            statement="the second with the longest column of Phi in place of its norm",
            because="features that point in similar directions add up",
            falls=DECODER,
            changes={"norm": LONGEST_COLUMN},
        ),
        Sibling(
            name="nearly",
            statement="for n = 1, ||dL/dA||_F^2 = (1 + 1e-5) (1/s)^2 ||Phi||^2 ||E||_F^2",
            because="the equality is exact",
            falls=ALONE,
            where="n = 1",
            changes={"near": 1 + 1e-5},
        ),
        Sibling(
            name="nine-tenths",
            statement="the same with both right-hand sides times 0.9",
            because="for n = 1 the decoder's bound is an equality",
            falls=DECODER,
            where="n = 1",
            changes={"share": Fraction(9, 10)},
        ),
    ),
)
