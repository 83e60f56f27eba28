"""K5. The closest pair bounds lambda_0 and gamma_0 from above.

Statement. For every X with A1, A2 and n >= 2, with theta_min the smallest angle between two samples,
    lambda_0 <= 1/2 - max |K_ij| <= theta_min / (2 pi) + theta_min^2 / 4,
    gamma_0 <= 1/2 - max G_ij <= theta_min^2 / 4,
the maxima over i != j. For n = 2 the first inequality of each line is an equality. For n > 2 it can be one
only where the maximal pair has every other sample at equal angles from both or, if K_ij < 0, orthogonal to
both.

Assumptions. A1, A2.

Symbols. X (d, n) unit columns; K, G (n, n) the limit kernels of encoder and decoder;
lambda_0 = lambda_min(K); gamma_0 = lambda_min(G).

Refuted by. Data whose verified smallest eigenvalue exceeds the bound by one of its pairs, or a pair whose
bound exceeds the one in its angle.

A pass does not show. That lambda_0 is as large as the bound; three or more crowded samples push it lower.

Source. Ours (interlacing on a principal 2x2 block), serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983.
Proof: at (e_i -+ e_j) / sqrt 2 the quadratic form of K is 1/2 -+ K_ij, so lambda_0 <= 1/2 - |K_ij|; the same
for G, whose entries are not negative. For n = 2 these are the eigenvectors. For n > 2 the form is minimal at
eigenvectors only, and row k of the eigenvector equation reads K_ki = K_kj, or K_ki = -K_kj if K_ij < 0; up to
coincidences between transcendental numbers, which no data in floating point meet, the first needs equal
angles and the second right ones. For theta < pi/2,
    1/2 - K = sin^2(theta/2) + theta cos(theta) / (2 pi) <= theta^2/4 + theta / (2 pi);
beyond, the right-hand side exceeds 1/2. Let f = theta^2/4 - 1/2 + G: f(0) = 0, and
    f' = theta/2 - (pi - theta) sin(theta) / (2 pi) >= theta sin(theta) / (2 pi) >= 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial, reduce
from itertools import combinations
from typing import Any

import numpy as np
from flint import arb, fmpq
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from claims.kernels.pair_proof import Ceiling, lemmas
from claims.kernels.pairs_of_samples import HALF, NEAR
from claims.kernels.smallest_eigenvalues import kernels_minima
from claims.preliminaries.assumptions import Domain, pair_angles
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.restrictions import pairs
from models.kernels.limit_in_balls import (
    angle,
    decoder_entry,
    encoder_entry,
    entry_rounding,
    signed_squares,
)
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Instance,
    Kind,
    Sibling,
    at_most,
    equal,
    settled,
)
from refute.numerics import (
    PRECISIONS,
    Order,
    order,
    order_of_smallest_eigenvalue,
    precision,
)

PAIR_K = "lambda_0 <= 1/2 - max |K_ij|"
PAIR_G = "gamma_0 <= 1/2 - max G_ij"
CEILING_K = "1/2 - max |K_ij| <= its bound in theta_min"
CEILING_G = "1/2 - max G_ij <= its bound in theta_min"
EQUAL_K = "n = 2: lambda_0 = 1/2 - |K_12|"
EQUAL_G = "n = 2: gamma_0 = 1/2 - G_12"


def pair_gaps(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1/2 - |K| and 1/2 - G of pairs at angles theta, without the cancellation of the closed forms."""
    cosine = np.cos(theta)
    half = np.sin(theta / 2) ** 2
    acute = half + theta * cosine / (2 * math.pi)
    obtuse = 0.5 + (math.pi - theta) * cosine / (2 * math.pi)
    return np.where(cosine >= 0, acute, obtuse), half - (np.sin(theta) - theta * cosine) / (2 * math.pi)


def may_be_attained(squares: list[list[fmpq]], entry: Callable[[fmpq], arb]) -> bool:
    """Whether e_i - e_j is an eigenvector for the pair of the largest entry (e_i + e_j if that is negative).

    Decided on exact fractions; the precision only has to find the pair, and any of those that tie will do.
    """
    with precision(PRECISIONS[0]):
        entries = {(i, j): entry(squares[i][j]) for i, j in combinations(range(len(squares)), 2)}
        i, j = max(entries, key=lambda pair: abs(entries[pair]).mid())
        negative = bool(entries[i, j] < 0)
    rows = [row for k, row in enumerate(squares) if k not in (i, j)]
    return all(row[i] == row[j] and not (negative and row[i] != 0) for row in rows)


def _linear(theta: Any, pi: Any) -> Any:
    return theta / (2 * pi) + theta * theta / 4


def _quarter(theta: Any, _: Any) -> Any:
    return theta * theta / 4


def check(
    instance: Instance,
    compute: Compute,
    *,
    encoder_ceiling: Ceiling = _linear,
    decoder_ceiling: Ceiling = _quarter,
    share: float = 1.0,
) -> Comparisons:
    """Verified eigenvalues of the kernels against the gaps of the pairs, and these against their ceilings.

    share: of the gaps, in all that compares an eigenvalue with one. The gaps are differences from 1/2.
    """
    X = instance.X
    d, n = X.shape
    lambda_0, gamma_0 = kernels_minima(X, compute)
    theta = pair_angles(X)
    squares = signed_squares(X)
    gap_K, gap_G = (float(gaps.min()) for gaps in pair_gaps(theta))
    nearest = float(theta.min())
    rounding = entry_rounding(d)
    equal_K = share == 1 and may_be_attained(squares, encoder_entry)
    equal_G = share == 1 and may_be_attained(squares, decoder_entry)
    comparisons = (
        at_most(PAIR_K, lambda_0, share * gap_K, rounding, attained=equal_K, size=HALF),
        at_most(PAIR_G, gamma_0, share * gap_G, rounding, attained=equal_G, size=HALF),
        at_most(CEILING_K, gap_K, encoder_ceiling(nearest, math.pi), 2 * rounding),
        at_most(CEILING_G, gap_G, decoder_ceiling(nearest, math.pi), 2 * rounding),
    )
    if n > 2:
        return comparisons
    equalities = (
        equal(EQUAL_K, lambda_0, share * gap_K, rounding, size=HALF),
        equal(EQUAL_G, gamma_0, share * gap_G, rounding, size=HALF),
    )
    return comparisons + equalities


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    encoder_ceiling: Ceiling = _linear,
    decoder_ceiling: Ceiling = _quarter,
    share: float = 1.0,
) -> Comparison:
    """The four inequalities in balls, from exactly normalised columns."""
    if comparison.label not in (PAIR_K, PAIR_G, CEILING_K, CEILING_G):
        return comparison
    squares = signed_squares(instance.X)
    pairs = list(combinations(range(len(squares)), 2))
    entry = encoder_entry if comparison.label in (PAIR_K, CEILING_K) else decoder_entry

    def decide() -> Order:
        kernel = [[entry(square) for square in row] for row in squares]
        gap = arb(1) / 2 - reduce(arb.max, [abs(kernel[i][j]) for i, j in pairs])
        if comparison.label in (PAIR_K, PAIR_G):
            return order_of_smallest_eigenvalue(kernel, share * gap)
        theta = angle(max(squares[i][j] for i, j in pairs)).theta
        ceiling = encoder_ceiling if comparison.label == CEILING_K else decoder_ceiling
        return order(gap, ceiling(theta, arb.pi()))

    return settled(comparison, decide)


def _instances(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return st.builds(Instance, X=data)


def _seventh(theta: Any, _: Any) -> Any:
    return theta / 7 + theta * theta / 4


def _fifth(theta: Any, _: Any) -> Any:
    return theta * theta / 5


DATA = Domain(min_n=2, min_d=2)
NAMES = tuple(name for name in PREDICATES if name not in ("d = 1", "n = 1"))

CLAIM = Claim(
    id="K5",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    lemmas=partial(lemmas, _linear, _quarter),
    classes=DATA.classes(*NAMES),
    strata=DATA.strata(_instances, *NAMES),
    constants={"1/2": HALF},
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    siblings=(
        Sibling(
            name="nine-tenths-of-a-pair",
            statement="lambda_0 <= 0.9 (1/2 - max |K_ij|)",
            because="for n = 2 it is all of that",
            falls=PAIR_K,
            where="n = 2",
            changes={"share": 0.9},
        ),
        Sibling(
            name="nine-tenths-of-a-pair-of-G",
            statement="gamma_0 <= 0.9 (1/2 - max G_ij)",
            because="for n = 2 it is all of that",
            falls=PAIR_G,
            where="n = 2",
            changes={"share": 0.9},
        ),
        Sibling(
            name="nearly-K",
            statement="for n = 2, lambda_0 = (1 + 1e-5) (1/2 - |K_12|)",
            because="the equality is exact",
            falls=EQUAL_K,
            where="n = 2",
            changes={"share": NEAR},
        ),
        Sibling(
            name="nearly-G",
            statement="for n = 2, gamma_0 = (1 + 1e-5) (1/2 - G_12)",
            because="the equality is exact",
            falls=EQUAL_G,
            where="n = 2",
            changes={"share": NEAR},
        ),
        Sibling(
            name="theta-over-7",
            statement="1/2 - max |K_ij| <= theta_min / 7 + theta_min^2 / 4",
            because="K leaves 1/2 with slope 1 / (2 pi), which exceeds 1 / 7",
            falls=CEILING_K,
            changes={"encoder_ceiling": _seventh},
        ),
        Sibling(
            name="fifth-of-a-square",
            statement="1/2 - max G_ij <= theta_min^2 / 5",
            because="G leaves 1/2 like theta^2 / 4",
            falls=CEILING_G,
            changes={"decoder_ceiling": _fifth},
        ),
    ),
)
