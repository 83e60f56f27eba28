"""K8. On antipodal pairs lambda_0 is that of the linear part, and zero if k > d.

Statement. For every V (d, k) of unit columns and X = [V, -V],
    lambda_0 = lambda_min(V^T V) / 2,
    gamma_0 = min(lambda_min(V^T V) / 2, lambda_min(P)),
    P_ij = (2 sin theta_ij + (pi - 2 theta_ij) cos theta_ij) / (2 pi).
So for V in general position lambda_0 = gamma_0 = 0 if k > d, and both are positive if k <= d.

Assumptions. A1. A2 fails on purpose: it holds within V, whose columns are in general position.

Symbols. X (d, 2k) = [V, -V]; theta_ij the angles within V; K, G (2k, 2k) the limit kernels of encoder and
decoder; lambda_0 = lambda_min(K); gamma_0 = lambda_min(G).

Refuted by. A matrix V for which a verified eigenvalue of a kernel of [V, -V] differs from that of V's own
matrices.

A pass does not show. That without repeated samples only antipodal ones can break A3; K6 shows that.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983: it says where lambda_0 > 0 fails.
Proof: both kernels are block matrices ((S, T), (T, S)), with eigenvectors (v, v) and (v, -v) of S + T and of
S - T. Replacing y by -y turns theta into pi - theta and rho into -rho; hence, entrywise with R = V^T V,
    S - T = R / 2 for both,
    S + T = R o arcsin(R) / pi for K,
    S + T = P for G.
The arcsine series has no negative coefficient, so arcsin(R) is positive semi-definite, with diagonal pi/2,
and Schur's inequality lets the odd part decide lambda_0:
    lambda_min(R o arcsin(R)) >= lambda_min(R) pi/2.
With c_k as in K6,
    P = (1/pi) (1 + sum over k >= 0 of c_k rho^(2k+2) / (2k+2))
is positive definite if A2 holds within V (the argument of K6), and R is singular exactly if V has dependent
columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import sympy
from flint import arb
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.kernels.pairs_of_samples import HALF, NEAR
from claims.kernels.smallest_eigenvalues import kernels_minima
from claims.preliminaries.assumptions import antipodal_pairs_of
from claims.preliminaries.fixed_data import circle
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs, several_samples
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import decoder_kernel, encoder_kernel, entry_rounding
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
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
    order_of_smallest_eigenvalue,
    smallest_eigenvalue,
)

ODD_K = "lambda_0 = lambda_min(V^T V) / 2"
PARTS_G = "gamma_0 = the smaller of both parts"
ZERO_K = "k > d: lambda_0 = 0"
ZERO_G = "k > d: gamma_0 = 0"
POSITIVE_K = "k <= d: lambda_0 > 0"
POSITIVE_G = "k <= d: gamma_0 > 0"
DISTINCT = "lambda_0 >= the bound of separated data, antipodes not counted"


def even_part(V: np.ndarray) -> np.ndarray:
    """P (k, k) as (sqrt(1 - rho^2) + rho arcsin rho) / pi; its derivative in rho is at most 1/2 in size."""
    R = np.clip(V.T @ V, -1.0, 1.0)
    np.fill_diagonal(R, 1.0)
    P: np.ndarray = (np.sqrt((1 - R) * (1 + R)) + R * np.arcsin(R)) / math.pi
    return P


Part = Callable[[Enclosure, Enclosure], Enclosure]
"""What gamma_0 is of the smallest eigenvalues of the odd and of the even part."""


def check(
    instance: Instance,
    compute: Compute,
    *,
    part: Part = Enclosure.smaller,
    near: float = 1.0,
    zero: float = 0.0,
    floor: float = 0.0,
) -> Comparisons:
    """The kernels of [V, -V] against the odd and even parts, computed from V alone.

    near: of both parts. zero, floor: what both eigenvalues are for k > d, and more than for k <= d.
    """
    X = instance.X
    d, n = X.shape
    k = n // 2
    V = X[:, :k]
    lambda_0, gamma_0 = kernels_minima(X, compute)
    rounding = k * entry_rounding(d)
    odd = smallest_eigenvalue(V.T @ V / 2, rounding)
    even = smallest_eigenvalue(even_part(V), rounding)
    comparisons = (
        equal(ODD_K, lambda_0, odd.scaled(near), size=HALF),
        equal(PARTS_G, gamma_0, part(odd, even).scaled(near), size=HALF),
    )
    if k > d:
        return (
            *comparisons,
            equal(ZERO_K, lambda_0, zero, size=HALF),
            equal(ZERO_G, gamma_0, zero, size=HALF),
        )
    return (*comparisons, at_least(POSITIVE_K, lambda_0, floor), at_least(POSITIVE_G, gamma_0, floor))


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    part: Part = Enclosure.smaller,
    near: float = 1.0,
    zero: float = 0.0,
    floor: float = 0.0,
) -> Comparison:
    """Positivity in balls; zero is not positive. The equalities are never open."""
    if comparison.label not in (POSITIVE_K, POSITIVE_G):
        return comparison
    kernel = encoder_kernel if comparison.label == POSITIVE_K else decoder_kernel
    return settled(
        comparison, lambda: order_of_smallest_eigenvalue(kernel(instance.X), arb(floor)), strict=True
    )


def lemmas() -> Sequence[Step]:
    """The sum and the difference of the blocks S and T, entry by entry."""
    theta = sympy.symbols("theta", real=True)
    rho = sympy.cos(theta)
    K = encoder_symbol(theta)
    G = decoder_symbol(theta)
    P = (2 * sympy.sin(theta) + (sympy.pi - 2 * theta) * rho) / (2 * sympy.pi)
    K_far = encoder_symbol(sympy.pi - theta)
    G_far = decoder_symbol(sympy.pi - theta)
    return (
        vanishes("K(theta) - K(pi - theta) = rho / 2", K - K_far - rho / 2),
        vanishes("G(theta) - G(pi - theta) = rho / 2", G - G_far - rho / 2),
        vanishes(
            "K(theta) + K(pi - theta) = rho arcsin(rho) / pi, with arcsin rho = pi/2 - theta",
            K + K_far - rho * (sympy.pi / 2 - theta) / sympy.pi,
        ),
        vanishes("G(theta) + G(pi - theta) = P", G + G_far - P),
    )


def check_distinct(instance: Instance, compute: Compute) -> Comparisons:
    """The closed bound of K6 with the smallest distance between samples, as if antipodes were harmless."""
    X = instance.X
    n = X.shape[1]
    lambda_0, _ = kernels_minima(X, compute)
    first, second = np.triu_indices(n, k=1)
    distance = float(np.linalg.norm(X[:, first] - X[:, second], axis=0).min())
    bound = min(1.0, distance / math.sqrt(math.log(2 * n - 2))) / (12 * math.pi)
    return (at_least(DISTINCT, lambda_0, bound, entry_rounding(len(X))),)


def one_of_each_pair(instance: Instance) -> tuple[Instance, ...]:
    """V, which meets A2 as [V, -V] does not."""
    V = instance.X[:, : instance.X.shape[1] // 2]
    return several_samples(Instance(X=V))


def _more_pairs_than_dimensions(instance: Instance) -> bool:
    return bool(instance.X.shape[1] > 2 * instance.X.shape[0])


def _at_most_as_many(instance: Instance) -> bool:
    return not _more_pairs_than_dimensions(instance)


def _odd(odd: Enclosure, _: Enclosure) -> Enclosure:
    return odd


def three_in_a_plane() -> Instance:
    """The smallest degenerate case, k = 3 > d = 2: the diagonals of a regular hexagon."""
    V = circle(np.arange(3) * math.pi / 3)
    return Instance(X=np.hstack([V, -V]))


def _instances(*sizes: tuple[int, int]) -> SearchStrategy[Instance]:
    """Instances of the sizes (d, k)."""
    return st.builds(Instance, X=antipodal_pairs_of(sizes))


MORE = ((2, 3), (2, 5), (3, 4), (3, 5), (4, 5), (6, 8), (8, 10))
FEWER = ((2, 2), (3, 2), (3, 3), (4, 4), (5, 3), (6, 6), (8, 8), (16, 6), (16, 12))

CLAIM = Claim(
    id="K8",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(*MORE, *FEWER),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    examples=(three_in_a_plane(),),
    classes={
        "k > d": _more_pairs_than_dimensions,
        "k <= d": _at_most_as_many,
        "k = 1": lambda instance: bool(instance.X.shape[1] == 2),
        "k >= 8": lambda instance: bool(instance.X.shape[1] >= 16),
        "d = 1": lambda instance: bool(len(instance.X) == 1),
    },
    strata={
        "k > d": _instances(*MORE),
        "k <= d": _instances(*FEWER),
        "k = 1": _instances((2, 1), (5, 1), (16, 1)),
        "k >= 8": _instances((6, 8), (8, 8), (8, 10), (16, 12)),
        "d = 1": _instances((1, 1)),
    },
    least=50,  # of one pair on a line there is one instance
    uses=("K1", "K2", "K6"),
    restrict_to={"K1": pairs, "K2": pairs, "K6": one_of_each_pair},
    siblings=(
        Sibling(
            name="nearly-K",
            statement="lambda_0 = (1 + 1e-5) lambda_min(V^T V) / 2",
            because="the equality is exact",
            falls=ODD_K,
            where="k <= d",
            changes={"near": NEAR},
        ),
        Sibling(
            name="nearly-G",
            statement="gamma_0 = (1 + 1e-5) min(lambda_min(V^T V) / 2, lambda_min(P))",
            because="the equality is exact",
            falls=PARTS_G,
            where="k <= d",
            changes={"near": NEAR},
        ),
        Sibling(
            name="not-quite-singular-K",
            statement="lambda_0 = 1e-5 if k > d",
            because="it is zero",
            falls=ZERO_K,
            where="k > d",
            changes={"zero": 1e-5},
        ),
        Sibling(
            name="not-quite-singular-G",
            statement="gamma_0 = 1e-5 if k > d",
            because="it is zero",
            falls=ZERO_G,
            where="k > d",
            changes={"zero": 1e-5},
        ),
        Sibling(
            name="far-from-zero-K",
            statement="lambda_0 > 1/4 if k <= d",
            because="it is as small as general position allows",
            falls=POSITIVE_K,
            where="k <= d",
            changes={"floor": 0.25},
        ),
        Sibling(
            name="far-from-zero-G",
            statement="gamma_0 > 1/4 if k <= d",
            because="it is as small as general position allows",
            falls=POSITIVE_G,
            where="k <= d",
            changes={"floor": 0.25},
        ),
        Sibling(
            name="distinct-points",
            statement="distinct samples suffice: lambda_0 >= 1/(12 pi) min(1, delta' / sqrt(ln(2n-2))), "
            "with delta' the smallest distance between samples",
            because="three antipodal pairs in the plane are distinct, and their kernel is singular",
            falls="lambda_0 >= the bound of separated data",
            where="k > d",
            kind=Kind.LOWER_BOUND,
            check=check_distinct,
        ),
        Sibling(
            name="odd-part-only",
            statement="gamma_0 = lambda_min(V^T V) / 2 as well",
            because="the even part of the decoder's kernel is the smaller one when V is close to orthonormal",
            falls=PARTS_G,
            where="k <= d",
            changes={"part": _odd},
        ),
    ),
)
