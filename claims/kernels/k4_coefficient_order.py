"""K4. K dominates G but for a constant, and its even part twice that of G.

Statement. For every X with A1,
    (a) K - G + (1/(2 pi)) 1 1^T has the entries (1 - sin theta_ij) / (2 pi) and is positive semi-definite, so
        v^T K v >= v^T G v for every v with sum v_i = 0;
    (b) (K - R/4) - 2 (G - R/4 - (1/(2 pi)) 1 1^T) is positive semi-definite, R = X^T X.

Assumptions. A1.

Symbols. X (d, n) unit columns at angles theta_ij; rho = cos theta; K, G (n, n) the limit kernels of encoder
and decoder; R (n, n) the Gram matrix; 1 the vector of ones; c_k = (2k)! / (4^k (k!)^2 (2k+1)).

Refuted by. Data for which the verified smallest eigenvalue of one of the two matrices is negative.

A pass does not show. How K and G compare on the vector of ones, where G is the larger one, nor how their
smallest eigenvalues do. Repeated or antipodal samples, where both matrices are singular, are not visited.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: as 2 pi K = (pi - theta) rho and
2 pi G = sin theta + (pi - theta) rho, their difference is -sin theta. By the series of K3 the coefficients of
rho^(2k+2) / (2 pi) in (a) and in (b) are
    c_k - c_k/(2k+2) = c_k (2k+1)/(2k+2) > 0,
    c_k - 2 c_k/(2k+2) = c_k k/(k+1) >= 0,
and no other powers occur. Entrywise powers of R are positive semi-definite: v^T R^{(p)} v is the
squared norm of the sum of v_i times the p-fold tensor power of x_i. The factor 2 of (b) cannot be raised,
because the coefficient at k = 0 would turn negative.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import sympy
from flint import arb, fmpq
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.kernels.pairs_of_samples import HALF, NEAR
from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import angle, decoder_entry, encoder_entry, entry_rounding, signed_squares
from refute import Claim, Comparison, Comparisons, Compute, Instance, Kind, Sibling, Step, at_least, settled
from refute.numerics import Order, order_of_smallest_eigenvalue, smallest_eigenvalue

SINE = "(a) K - G = -sin theta / (2 pi)"
WHOLE = "(a) K - G + 1/(2 pi) >= 0"
EVEN = "(b) the even part of K >= its multiple of the even part of G"


def sines(X: np.ndarray) -> np.ndarray:
    """sin theta (n, n) as |x - y| |x + y| / 2, without an angle."""
    apart, opposite = (np.linalg.norm(X[:, :, None] + sign * X[:, None, :], axis=0) for sign in (-1, 1))
    product: np.ndarray = apart * opposite / 2
    return product


def check(
    instance: Instance, compute: Compute, *, constant: float = 1.0, multiple: int = 2, height: float = 1.0
) -> Comparisons:
    """Entries, then verified smallest eigenvalues; R errs by less than an entry of a kernel does."""
    X = instance.X
    d, n = X.shape
    floats = tensor(X, compute)
    rounding = entry_rounding(d, compute.dtype)
    K = array(encoder_kernel(floats))
    G = array(decoder_kernel(floats))
    R = X.T @ X
    even_K = K - R / 4
    even_G = G - R / 4 - 1 / (2 * math.pi)
    whole = smallest_eigenvalue(K - G + constant / (2 * math.pi), 3 * n * rounding)
    even = smallest_eigenvalue(even_K - multiple * even_G, 2 * (1 + multiple) * n * rounding)
    return (
        worst_entry(SINE, K - G, -height * sines(X) / (2 * math.pi), 3 * rounding, size=HALF),
        at_least(WHOLE, whole, 0.0),
        at_least(EVEN, even, 0.0),
    )


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    constant: float = 1.0,
    multiple: int = 2,
    height: float = 1.0,
) -> Comparison:
    """The sign of the smallest eigenvalue in balls, from exactly normalised columns; `height` is of (a)."""
    if comparison.label not in (WHOLE, EVEN):
        return comparison
    squares = signed_squares(instance.X)

    def whole(square: fmpq) -> arb:
        return encoder_entry(square) - decoder_entry(square) + arb(constant) / (2 * arb.pi())

    def even(square: fmpq) -> arb:
        linear = angle(square).rho / 4
        even_G = decoder_entry(square) - linear - 1 / (2 * arb.pi())
        return encoder_entry(square) - linear - multiple * even_G

    entry = whole if comparison.label == WHOLE else even

    def decide() -> Order:
        return order_of_smallest_eigenvalue([[entry(square) for square in row] for row in squares], arb(0))

    return settled(comparison, decide)


def lemmas() -> Sequence[Step]:
    """The closed form of (a), its series, and the coefficients of (a) and (b) for symbolic k."""
    theta, rho = sympy.symbols("theta rho", real=True)
    k = sympy.symbols("k", integer=True, nonnegative=True)
    c = sympy.symbols("c_k", positive=True)
    difference = encoder_symbol(theta) - decoder_symbol(theta)
    slope = sympy.diff(1 - sympy.sqrt(1 - rho**2), rho) - rho / sympy.sqrt(1 - rho**2)
    central = sympy.binomial(2 * k, k) / 4**k
    binomials = sympy.rf(sympy.Rational(1, 2), k) / sympy.factorial(k)
    share = c / (2 * k + 2)
    return (
        vanishes("K - G = -sin theta / (2 pi)", difference + sympy.sin(theta) / (2 * sympy.pi)),
        vanishes(
            "|x - y| |x + y| / 2 = sin theta",
            2 * sympy.sin(theta / 2) * sympy.cos(theta / 2) - sympy.sin(theta),
        ),
        vanishes("the derivative of 1 - sqrt(1 - rho^2) is rho / sqrt(1 - rho^2)", slope),
        vanishes(
            "of which binomial(2k, k) / 4^k = (2k+1) c_k is the coefficient of rho^(2k+1)",
            sympy.gammasimp((central / binomials).rewrite(sympy.gamma)) - 1,
        ),
        vanishes("c_k - c_k/(2k+2) = c_k (2k+1)/(2k+2)", c - share - c * (2 * k + 1) / (2 * k + 2)),
        vanishes("c_k - 2 c_k/(2k+2) = c_k k/(k+1)", c - 2 * share - c * k / (k + 1)),
    )


def _instances(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return st.builds(Instance, X=data)


DATA = Domain()

CLAIM = Claim(
    id="K4",
    kind=Kind.LOWER_BOUND,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    classes=DATA.classes(*PREDICATES),
    strata=DATA.strata(_instances, *PREDICATES),
    uses=("K1", "K2", "K3"),
    restrict_to={"K1": pairs, "K2": pairs, "K3": pairs},
    siblings=(
        Sibling(
            name="half-the-constant",
            statement="K - G + (1/(4 pi)) 1 1^T is positive semi-definite",
            because="on three orthonormal samples its row sums are negative",
            falls=WHOLE,
            changes={"constant": 0.5},
            examples=(Instance(X=np.eye(3)),),
        ),
        Sibling(
            name="nearly",
            statement="K - G = -(1 + 1e-5) sin theta / (2 pi)",
            because="the entries are exact",
            falls=SINE,
            changes={"height": NEAR},
        ),
        Sibling(
            name="three-times",
            statement="(K - R/4) - 3 (G - R/4 - (1/(2 pi)) 1 1^T) is positive semi-definite",
            because="the coefficient of rho^2 in it is c_0 (1 - 3/2)",
            falls=EVEN,
            changes={"multiple": 3},
        ),
    ),
)
