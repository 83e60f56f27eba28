"""K6. Separation bounds lambda_0 and gamma_0 from below.

Statement. For every X with A1, A2 and n >= 2, with rho* = max |rho_ij| over i != j, (.)_+ the positive part
and c_k = (2k)! / (4^k (k!)^2 (2k+1)),
    (a) lambda_0 >= 1/(2 pi) sum over k >= 0 of c_k (1 - (n-1) rho*^(2k+2))_+;
    (b) gamma_0 >= the same with c_k / (2k+2) in place of c_k;
    (c) lambda_0 >= 1/(12 pi) min(1, delta / sqrt(ln(2n-2)));
    (d) gamma_0 >= 1/(144 pi) min(1, delta / sqrt(ln(2n-2)))^3;
    (e) the right-hand side of (c) is at least delta / (100 n^2), the form of the bound in the literature;
(a) and (b) for data with (n-1) rho*^p <= 1 at p = 2^15, no more crowded.

Assumptions. A1, A2.

Symbols. X (d, n) unit columns; rho_ij = <x_i, x_j>; delta = delta(X) of A2, so rho* = 1 - delta^2/2;
K, G (n, n) the limit kernels of encoder and decoder; lambda_0 = lambda_min(K); gamma_0 = lambda_min(G).

Refuted by. Data whose verified smallest eigenvalue lies below one of the bounds.

A pass does not show. That the bounds are sharp: what was found to fall has 2 pi in place of 12 pi in (c),
4 pi in place of 144 pi in (d) and 13 in place of 100 in (e). The proof of (a) and (b) asks for no such p; on
more crowded data their sums are too long to evaluate.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983, it shows when lambda_0 > 0;
delta / (100 n^2) is in Oymak and Soltanolkotabi, arXiv:1902.04674. Proof: the arcsine series,
arcsin rho = sum c_k rho^(2k+1), gives
    K = rho/4 + 1/(2 pi) sum c_k rho^(2k+2),
    G = 1/(2 pi) + rho/4 + 1/(2 pi) sum c_k rho^(2k+2) / (2k+2).
Entrywise powers of the Gram matrix are positive semi-definite (Schur), so terms may be
dropped, and the power p, of unit diagonal, has smallest eigenvalue at least 1 - (n-1) rho*^p (Gershgorin).
That is (a), (b). Let L = ln(2n-2). As ln(1/rho*) >= 1 - rho* = delta^2/2, the positive part is at least 1/2
for k >= N = max(1, ceil(L/delta^2 - 1)). From binomial(2k, k) / 4^k >= 1/(2 sqrt k) follow, for k >= 1,
    c_k >= 1/(6 k^(3/2)),
    c_k / (2k+2) >= 1/(24 k^(5/2)),
with tails from N of at least 1/(3 sqrt N) and 1/(36 N^(3/2)). As N <= max(1, L/delta^2), (c) and (d) follow.
For (e): delta <= sqrt 2, and L < n^2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import combinations

import numpy as np
from flint import arb
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.kernels.separation_proof import DECODER_DIVISOR, ENCODER_DIVISOR, LITERATURE, lemmas
from claims.kernels.smallest_eigenvalues import kernels_minima
from claims.preliminaries.assumptions import Domain, separated
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.fixed_data import circle
from claims.preliminaries.restrictions import pairs
from models.kernels.limit_in_balls import angle, decoder_entry, encoder_entry, entry_rounding, signed_squares
from refute import Claim, Comparison, Comparisons, Compute, Instance, Kind, Sibling, at_least, settled
from refute.numerics import Order, gamma, order_of_smallest_eigenvalue

SERIES_K = "(a) lambda_0 >= its series"
SERIES_G = "(b) gamma_0 >= its series"
CLOSED_K = "(c) lambda_0 >= its closed bound"
CLOSED_G = "(d) gamma_0 >= its closed bound"
KNOWN = "(e) the closed bound >= that of the literature"
POWER = 2**15
"""The p of the statement."""
_TERMS = POWER // 2
"""The negative terms that are still summed: balls take them one by one, at every precision."""

Copies = Callable[[int], int]
"""How many neighbours Gershgorin counts, as a function of n."""


@lru_cache(maxsize=1)
def coefficients() -> np.ndarray:
    """c_k for k < _TERMS; the relative error of c_k is at most gamma(3k + 2)."""
    k = np.arange(1, _TERMS)
    c = np.concatenate([[1.0], np.cumprod((2 * k - 1) / (2 * k))]) / (2 * np.arange(_TERMS) + 1)
    c.setflags(write=False)
    return c


def negative_terms(copies: int, fold: float) -> int:
    """N such that copies * cos(fold)^(2k+2) <= 1 for every k >= N, at most one more than the least."""
    rho = math.cos(fold)
    if copies * rho * rho <= 1:
        return 0
    return math.ceil(math.log(copies) / (-2 * math.log1p(-2 * math.sin(fold / 2) ** 2)))


def series_floats(copies: int, fold: float, terms: int) -> tuple[float, float]:
    """The sums of (a) and (b) over 2 pi, at the angle fold = arccos rho*.

    The whole series sum to arcsin(1) - copies rho arcsin(rho) and to its integral's analogue; the negative
    terms, the first `terms`, are taken out again.
    """
    rho = math.cos(fold)
    half = math.sin(fold / 2) ** 2
    arc = math.pi / 2 - fold
    one = math.pi * half + fold * rho
    whole_K = one - (copies - 1) * rho * arc
    whole_G = one - math.sin(fold) - (copies - 1) * (rho * arc + math.sin(fold) - 1)
    c = coefficients()[:terms]
    p = 2.0 * np.arange(terms) + 2
    below = c * np.maximum(copies * rho**p - 1, 0)
    sums = (whole_K + float(below.sum()), whole_G + float((below / p).sum()))
    return sums[0] / (2 * math.pi), sums[1] / (2 * math.pi)


def series_ball(copies: int, fold: arb, rho: arb, sine: arb, terms: int, decoder: bool) -> arb:
    """The same sums in balls, straight from their definitions."""
    arc = arb.pi() / 2 - fold
    ones = arb.pi() / 2 - 1 if decoder else arb.pi() / 2
    powers = rho * arc + sine - 1 if decoder else rho * arc
    total = ones - copies * powers
    c = arb(1)
    for k in range(terms):
        weight = c / (2 * k + 1) / (2 * k + 2 if decoder else 1)
        total += weight * arb.max(copies * rho ** (2 * k + 2) - 1, arb(0))
        c = c * (2 * k + 1) / (2 * k + 2)
    return total / (2 * arb.pi())


def _all_others(n: int) -> int:
    return n - 1


def check(
    instance: Instance,
    compute: Compute,
    *,
    copies: Copies = _all_others,
    divisor: int = ENCODER_DIVISOR,
    decoder_divisor: int = DECODER_DIVISOR,
    literature: int = LITERATURE,
) -> Comparisons:
    """Verified eigenvalues of both kernels against the series and against the closed bounds."""
    X = instance.X
    d, n = X.shape
    lambda_0, gamma_0 = kernels_minima(X, compute)
    delta = separated(X)
    share = min(1.0, delta / math.sqrt(math.log(2 * n - 2)))
    closed = share / (divisor * math.pi)
    rounding = entry_rounding(d)
    comparisons = (
        at_least(CLOSED_K, lambda_0, closed, rounding),
        at_least(CLOSED_G, gamma_0, share**3 / (decoder_divisor * math.pi), rounding),
        at_least(KNOWN, closed, delta / (literature * n * n), rounding),
    )
    fold = 2 * math.asin(delta / 2)
    terms = negative_terms(copies(n), fold)
    if terms > _TERMS:
        return comparisons
    series_K, series_G = series_floats(copies(n), fold, terms)
    # A power multiplies the rounding of rho* by its exponent, at most 2 terms; the terms weigh at most n / 2.
    series_rounding = n * gamma((terms + 1) * (4 * d + 64))
    series = (
        at_least(SERIES_K, lambda_0, series_K, series_rounding),
        at_least(SERIES_G, gamma_0, series_G, series_rounding),
    )
    return series + comparisons


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    copies: Copies = _all_others,
    divisor: int = ENCODER_DIVISOR,
    decoder_divisor: int = DECODER_DIVISOR,
    literature: int = LITERATURE,
) -> Comparison:
    """The bounds of eigenvalues in balls, from exactly normalised columns; `literature` is of (e)."""
    if comparison.label not in (SERIES_K, SERIES_G, CLOSED_K, CLOSED_G):
        return comparison
    squares = signed_squares(instance.X)
    n = len(squares)
    nearest = max(abs(squares[i][j]) for i, j in combinations(range(n), 2))
    decoder = comparison.label in (SERIES_G, CLOSED_G)
    entry = decoder_entry if decoder else encoder_entry
    terms = negative_terms(copies(n), 2 * math.asin(separated(instance.X) / 2)) + 1

    def decide() -> Order:
        at = angle(nearest)
        if comparison.label in (SERIES_K, SERIES_G):
            bound = series_ball(copies(n), at.theta, at.rho, at.sine, terms, decoder)
        else:
            share = arb.min(arb(1), 2 * (at.theta / 2).sin() / arb(2 * n - 2).log().sqrt())
            bound = share**3 / (decoder_divisor * arb.pi()) if decoder else share / (divisor * arb.pi())
        return order_of_smallest_eigenvalue([[entry(square) for square in row] for row in squares], bound)

    return settled(comparison, decide)


def _instances(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return st.builds(Instance, X=data)


def _one_neighbour(_: int) -> int:
    return 1


DATA = Domain(min_n=2, min_d=2)
NAMES = tuple(name for name in PREDICATES if name not in ("d = 1", "n = 1"))

CLAIM = Claim(
    id="K6",
    kind=Kind.LOWER_BOUND,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    classes=DATA.classes(*NAMES),
    strata=DATA.strata(_instances, *NAMES),
    constants={"12": ENCODER_DIVISOR, "144": DECODER_DIVISOR, "100": LITERATURE, "2^15": POWER},
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    siblings=(
        Sibling(
            name="one-neighbour",
            statement="lambda_0 >= 1/(2 pi) sum of c_k (1 - rho*^(2k+2)), (a) without the factor n - 1",
            because="Gershgorin's row sums count all n - 1 neighbours, and three crowded samples need them",
            falls=SERIES_K,
            changes={"copies": _one_neighbour},
        ),
        Sibling(
            name="one-neighbour-of-G",
            statement="gamma_0 >= the same with c_k / (2k+2): (b) without the factor n - 1",
            because="Gershgorin's row sums count all n - 1 neighbours",
            falls=SERIES_G,
            changes={"copies": _one_neighbour},
            examples=(Instance(X=circle(np.arange(6) * 0.1)),),
        ),
        Sibling(
            name="four-pi",
            statement="gamma_0 >= 1/(4 pi) min(1, delta / sqrt(ln(2n-2)))^3, (d) with 4 pi for 144 pi",
            because="on six samples of an arc at the spacing 1/10 gamma_0 is smaller",
            falls=CLOSED_G,
            changes={"decoder_divisor": 4},
            examples=(Instance(X=circle(np.arange(6) * 0.1)),),
        ),
        Sibling(
            name="thirteen",
            statement="the right-hand side of (c) is at least delta / (13 n^2)",
            because="for an orthogonal pair it is 1/(12 pi), and delta / n^2 is sqrt(2) / 4",
            falls=KNOWN,
            changes={"literature": 13},
            examples=(Instance(X=np.eye(2)),),
        ),
        Sibling(
            name="two-pi",
            statement="lambda_0 >= 1/(2 pi) min(1, delta / sqrt(ln(2n-2))), (c) with 2 pi in place of 12 pi",
            because="a pair at a small angle has lambda_0 close to delta / (2 pi), and ln 2 < 1",
            falls=CLOSED_K,
            changes={"divisor": 2},
        ),
    ),
)
