"""K9. kappa_0 is at least lambda_0 + gamma_0, with equality for an acute pair.

Statement. For every X with A1 and delta >= 2^-12,
    (a) kappa_0 >= lambda_0 + gamma_0;
    (b) for n = 2, kappa_0 = lambda_0 + gamma_0 + 2 min((-K_12)_+, G_12).
So for n = 2 (a) is an equality exactly if K_12 >= 0 or G_12 = 0, that is at angles up to pi/2 and at pi.

Assumptions. A1.

Symbols. X (d, n) unit columns; K, G (n, n) the limit kernels of encoder and decoder;
lambda_0 = lambda_min(K); gamma_0 = lambda_min(G); kappa_0 = lambda_min(K + G); (.)_+ the positive part.

Refuted by. Data whose verified kappa_0 lies below the sum, or a pair at which the difference is another one.

A pass does not show. How much larger kappa_0 is for n > 2. There a tie is taken for the equality that Weyl
allows if, up to the rounding of the data, a permutation of the samples preserves all angles, or the lowest
eigenvector is one of X^T X and of the pairs at each |<x_i, x_j>|: both let K and G share it. Without such a
reason, or if a search of bounded length finds none, a tie is decided in balls.

Source. Weyl's inequality, applied by us, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: at a
unit eigenvector v of kappa_0, kappa_0 = v^T K v + v^T G v >= lambda_0 + gamma_0, with equality exactly if K
and G share their lowest eigenvector. For n = 2 the eigenvectors are (1, 1) and (1, -1), so, with G_12 >= 0
(K5),
    lambda_0 = 1/2 - |K_12|,
    gamma_0 = 1/2 - G_12,
    kappa_0 = 1 - |K_12 + G_12|,
and |K| + G - |K + G| is 0 if K >= 0 and 2 min(-K, G) if K < 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import sympy
from flint import arb, fmpq
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.kernels.pairs_of_samples import NEAR
from claims.kernels.shared_eigenvector import is_symmetric, keeps_lowest
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs
from models.kernels.limit import angles, decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import decoder_entry, encoder_entry, entry_rounding, signed_squares
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Kind,
    Sibling,
    Step,
    at_least,
    equal,
    settled,
)
from refute.numerics import (
    Enclosure,
    Order,
    ball_of,
    order,
    order_of_smallest_eigenvalue,
    smallest_eigenvalue,
    smallest_eigenvalue_in_balls,
)

WEYL = "(a) kappa_0 >= lambda_0 + gamma_0"
PAIR = "(b) n = 2: the difference"
DIAGONAL = 1.0
"""Every diagonal entry of K + G: the size of what cancels in a difference of eigenvalues."""
_ACCURACY = 2.0**-45
"""To this share of themselves lambda_0 and gamma_0 are enclosed: far below what separates the two sides."""
SEPARATION = 2.0**-12
"""No pair is closer: the two sides of (a) may differ by its square only, which is to stay above _ACCURACY."""


def equality_predicted(X: np.ndarray) -> bool:
    """Whether (a) may be an equality: for two samples, exactly if K_12 >= 0 or G_12 = 0."""
    d, n = X.shape
    if n == 2:
        square = signed_squares(X)[0][1]
        return bool(square >= 0 or square == -1)
    floats = tensor(X, Compute())
    theta = array(angles(floats))
    total = array(encoder_kernel(floats) + decoder_kernel(floats))
    rounding = 2 * entry_rounding(d)
    return n == 1 or is_symmetric(theta, rounding) or keeps_lowest(total, theta, rounding)


def check(instance: Instance, compute: Compute, *, factor: float = 1.0, excess: float = 2.0) -> Comparisons:
    """Verified eigenvalues of K, G and K + G; for a pair the difference against its entries.

    factor: of lambda_0 + gamma_0 in (a). excess: of the minimum in (b).
    """
    X = instance.X
    d, n = X.shape
    floats = tensor(X, compute)
    rounding = entry_rounding(d, compute.dtype)
    K = array(encoder_kernel(floats))
    G = array(decoder_kernel(floats))
    lambda_0 = smallest_eigenvalue(K, n * rounding)
    gamma_0 = smallest_eigenvalue(G, n * rounding)
    kappa_0 = smallest_eigenvalue(K + G, 3 * n * rounding)
    total = (lambda_0 + gamma_0).scaled(factor)
    weyl = at_least(WEYL, kappa_0, total, rounding)
    if weyl.open and equality_predicted(X):
        weyl = at_least(WEYL, kappa_0, total, rounding, attained=True, size=DIAGONAL)
    if n != 2:
        return (weyl,)
    smaller = min(max(-float(K[0, 1]), 0.0), max(float(G[0, 1]), 0.0))
    difference = kappa_0 - lambda_0 - gamma_0
    return weyl, equal(PAIR, difference, excess * smaller, 6 * rounding, size=DIAGONAL)


def escalate(
    instance: Instance, comparison: Comparison, *, factor: float = 1.0, excess: float = 2.0
) -> Comparison:
    """The comparison (a) in balls, from exactly normalised columns. `excess` is of (b), never left open."""
    squares = signed_squares(instance.X)
    if comparison.label != WEYL:
        return comparison
    decide = _pair_order if len(squares) == 2 else _order_of(squares)
    return settled(comparison, lambda: decide(squares, factor))


Squares = list[list[fmpq]]


def _pair_order(squares: Squares, factor: float) -> Order:
    """kappa_0 against factor (lambda_0 + gamma_0) by the closed forms for two samples."""
    K = encoder_entry(squares[0][1])
    G = decoder_entry(squares[0][1])
    return order(1 - abs(K + G), factor * (1 - abs(K) - G))


def _order_of(squares: Squares) -> Callable[[Squares, float], Order]:
    """The same for any n: lambda_0 and gamma_0 are enclosed once, kappa_0 is compared with their sum."""
    anywhere = Enclosure(-float(len(squares)), 0.5)
    first, second = (
        smallest_eigenvalue_in_balls(partial(_matrix, squares, entry), anywhere, _ACCURACY)
        for entry in (encoder_entry, decoder_entry)
    )

    def decide(squares: Squares, factor: float) -> Order:
        joint = _matrix(squares, lambda square: encoder_entry(square) + decoder_entry(square))
        total = factor * (ball_of(first) + ball_of(second))
        return order_of_smallest_eigenvalue(joint, total)

    return decide


def _matrix(squares: Squares, entry: Callable[[fmpq], arb]) -> list[list[arb]]:
    return [[entry(square) for square in row] for row in squares]


def lemmas() -> Sequence[Step]:
    """The eigenvalues of a pair, and the excess for either sign of K_12 and either order of the two."""
    K, G = sympy.symbols("K G", real=True)
    k, g, more = sympy.symbols("k g more", positive=True)
    pair = sympy.Matrix([1, -1]), sympy.Matrix([1, 1])
    block = sympy.Matrix([[sympy.Rational(1, 2), K], [K, sympy.Rational(1, 2)]])
    rest = [block * v - (sympy.Rational(1, 2) + sign * K) * v for v, sign in zip(pair, (-1, 1), strict=True)]
    excess = sympy.Abs(K) + G - sympy.Abs(K + G)
    return (
        vanishes(
            "(1, -1) and (1, 1) are eigenvectors of a 2 x 2 block, with 1/2 -+ K_12",
            sum((r.dot(r) for r in rest), sympy.Integer(0)),
        ),
        vanishes("K_12 >= 0: no excess", excess.subs({K: k, G: g})),
        vanishes(
            "K_12 < 0 and G_12 = -K_12 + more: the excess is -2 K_12",
            excess.subs({K: -k, G: k + more}) - 2 * k,
        ),
        vanishes("K_12 = -G_12 - more < 0: the excess is 2 G_12", excess.subs({K: -g - more, G: g}) - 2 * g),
    )


def _instances(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return st.builds(Instance, X=data)


DATA = Domain(min_separation=SEPARATION)
NAMES = tuple(PREDICATES)

CLAIM = Claim(
    id="K9",
    kind=Kind.LOWER_BOUND,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    classes=DATA.classes(*NAMES),
    strata=DATA.strata(_instances, *NAMES),
    constants={"2^-12": SEPARATION},
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nearly",
            statement="for n = 2, kappa_0 = lambda_0 + gamma_0 + (2 + 2e-5) min((-K_12)_+, G_12)",
            because="the equality is exact",
            falls=PAIR,
            where="n = 2",
            changes={"excess": 2 * NEAR},
            examples=(Instance(X=np.array([[1.0, -0.6], [0.0, 0.8]])),),
        ),
        Sibling(
            name="a-fifth-more",
            statement="kappa_0 >= 1.2 (lambda_0 + gamma_0)",
            because="at an acute pair kappa_0 is their sum",
            falls=WEYL,
            changes={"factor": 1.2},
        ),
        Sibling(
            name="every-pair",
            statement="for n = 2, kappa_0 = lambda_0 + gamma_0 whatever the angle",
            because="at an obtuse pair K is lowest along (1, 1) and G along (1, -1)",
            falls=PAIR,
            changes={"excess": 0.0},
            examples=(Instance(X=np.array([[1.0, -0.6], [0.0, 0.8]])),),
        ),
    ),
)
