"""K5. The closest pair bounds lambda_0 and gamma_0 from above.

Statement. For every X with A1, A2 and n >= 2, with theta_min the smallest angle between two samples,
    lambda_0 <= 1/2 - max |K_ij| <= theta_min / (2 pi) + theta_min^2 / 4,
    gamma_0 <= 1/2 - max G_ij <= theta_min^2 / 4,
the maxima over i != j. For n = 2 the first inequality of each line is an equality. For n > 2 it can be one
only where the maximal pair has every other sample at equal angles from both or, if K_ij < 0, orthogonal to
both.

Assumptions. A1, A2.

Symbols. X (d, n) unit columns; K, G (n, n) the limit kernels of encoder and decoder; lambda_0 =
lambda_min(K); gamma_0 = lambda_min(G).

Refuted by. Data whose verified smallest eigenvalue exceeds the bound by one of its pairs, or a pair whose
bound exceeds the one in its angle.

A pass does not show. That lambda_0 is as large as the bound; three or more crowded samples push it lower.

Source. Ours (interlacing on a principal 2x2 block), serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983.
Proof: at (e_i -+ e_j) / sqrt 2 the quadratic form of K is 1/2 -+ K_ij, so lambda_0 <= 1/2 - |K_ij|; the same
for G, whose entries are not negative. For n = 2 these are the eigenvectors. For n > 2 the form is minimal at
eigenvectors only, and row k of the eigenvector equation reads K_ki = K_kj, or K_ki = -K_kj if K_ij < 0; up to
coincidences between transcendental numbers, which no data in floating point meet, the first needs equal
angles and the second right ones. For theta < pi/2, 1/2 - K = sin^2(theta/2) + theta cos(theta) / (2 pi) <=
theta^2/4 + theta / (2 pi); beyond, the right-hand side exceeds 1/2. Let f = theta^2/4 - 1/2 + G: f(0) = 0,
and f' = theta/2 - (pi - theta) sin(theta) / (2 pi) >= theta sin(theta) / (2 pi) >= 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from itertools import combinations
from typing import Any

import numpy as np
import sympy
from flint import arb, fmpq
from hypothesis import strategies as st

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices, pair_angles
from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.restrictions import pairs
from models.kernels.limit import decoder_kernel as decoder_floats
from models.kernels.limit import encoder_kernel as encoder_floats
from models.kernels.limit_in_balls import (
    angle,
    decoder_entry,
    decoder_profile,
    encoder_entry,
    encoder_profile,
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
    Outcome,
    Sibling,
    Step,
    at_most,
    equal,
)
from refute.numerics.balls import (
    PRECISIONS,
    Order,
    at_rising_precision,
    order,
    order_of_smallest_eigenvalue,
    precision,
)
from refute.numerics.boxes import Answer, is_positive
from refute.numerics.spectrum import smallest_eigenvalue

Ceiling = Callable[[Any, Any], Any]
"""A bound as a function of theta and pi, floats or balls."""

PAIR_K = "lambda_0 <= 1/2 - max |K_ij|"
PAIR_G = "gamma_0 <= 1/2 - max G_ij"
CEILING_K = "1/2 - max |K_ij| <= its bound in theta_min"
CEILING_G = "1/2 - max G_ij <= its bound in theta_min"


def pair_gaps(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1/2 - |K| and 1/2 - G of pairs at angles theta, without the cancellation of the closed forms."""
    cosine, half = np.cos(theta), np.sin(theta / 2) ** 2
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


def check(
    encoder_ceiling: Ceiling, decoder_ceiling: Ceiling, instance: Instance, compute: Compute
) -> Comparisons:
    """Verified eigenvalues of the kernels against the gaps of the pairs, and these against their ceilings."""
    X, (d, n) = instance.X, instance.X.shape
    floats = tensor(X, compute)
    error = n * entry_rounding(d, compute.dtype)
    lambda_0 = smallest_eigenvalue(array(encoder_floats(floats)), error)
    gamma_0 = smallest_eigenvalue(array(decoder_floats(floats)), error)
    theta, squares = pair_angles(X), signed_squares(X)
    gaps_K, gaps_G = pair_gaps(theta)
    gap_K, gap_G, nearest = float(gaps_K.min()), float(gaps_G.min()), float(theta.min())
    rounding = entry_rounding(d)
    comparisons = (
        at_most(PAIR_K, lambda_0, gap_K, rounding, attained=may_be_attained(squares, encoder_entry)),
        at_most(PAIR_G, gamma_0, gap_G, rounding, attained=may_be_attained(squares, decoder_entry)),
        at_most(CEILING_K, gap_K, encoder_ceiling(nearest, math.pi), 2 * rounding),
        at_most(CEILING_G, gap_G, decoder_ceiling(nearest, math.pi), 2 * rounding),
    )
    if n > 2:
        return comparisons
    equalities = (
        equal("n = 2: lambda_0 = 1/2 - |K_12|", lambda_0, gap_K, rounding),
        equal("n = 2: gamma_0 = 1/2 - G_12", gamma_0, gap_G, rounding),
    )
    return comparisons + equalities


def escalate(
    encoder_ceiling: Ceiling, decoder_ceiling: Ceiling, instance: Instance, comparison: Comparison
) -> Comparison:
    """The same four comparisons in balls, from exactly normalised columns."""
    squares = signed_squares(instance.X)
    pairs = list(combinations(range(len(squares)), 2))
    entry = encoder_entry if comparison.label in (PAIR_K, CEILING_K) else decoder_entry

    def decide() -> Order:
        kernel = [[entry(square) for square in row] for row in squares]
        gap = arb(1) / 2 - reduce(arb.max, [abs(kernel[i][j]) for i, j in pairs])
        if comparison.label in (PAIR_K, PAIR_G):
            return order_of_smallest_eigenvalue(kernel, gap)
        theta = angle(max(squares[i][j] for i, j in pairs)).theta
        ceiling = encoder_ceiling if comparison.label == CEILING_K else decoder_ceiling
        return order(gap, ceiling(theta, arb.pi()))

    answer, bits = at_rising_precision(decide)
    if answer is Order.UNKNOWN:
        return comparison
    return comparison.decided(Outcome.VIOLATED if answer is Order.GREATER else Outcome.HOLDS, bits)


def above_profile(ceiling: Ceiling, profile: Callable[[Any], Any]) -> Answer:
    """Whether ceiling(theta) > 1/2 - profile(theta) for theta in (0, 4], which reaches beyond pi."""
    return is_positive(
        lambda theta: ceiling(theta, arb.pi()) - arb(1) / 2 + profile(theta), (0.0, 4.0), zeros={0.0: 3}
    )


def lemmas() -> Sequence[Step]:
    """The quadratic form of a pair, the monotony of G, and both ceilings on the whole range of angles.

    Both ceilings meet 1/2 - K and 1/2 - G at 0 with their first and second derivatives.
    """
    theta, entry = sympy.symbols("theta entry", real=True)
    K = sympy.cos(theta) * (sympy.pi - theta) / (2 * sympy.pi)
    G = (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / (2 * sympy.pi)
    block = sympy.Matrix([[sympy.Rational(1, 2), entry], [entry, sympy.Rational(1, 2)]])
    pair = sympy.Matrix([1, -1])
    slope = -(sympy.pi - theta) * sympy.sin(theta) / (2 * sympy.pi)
    gap_K = _linear(theta, sympy.pi) - sympy.Rational(1, 2) + K
    gap_G = _quarter(theta, sympy.pi) - sympy.Rational(1, 2) + G
    meets = [sympy.diff(gap, theta, order).subs(theta, 0) for gap in (gap_K, gap_G) for order in range(3)]
    return (
        vanishes(
            "the form of the block at (1, -1) / sqrt 2 is 1/2 - K_ij",
            (pair.T * block * pair)[0] / 2 - sympy.Rational(1, 2) + entry,
        ),
        vanishes("dG/dtheta = -(pi - theta) sin theta / (2 pi)", sympy.diff(G, theta) - slope),
        vanishes(
            "both ceilings are attained at 0, to second order", sympy.Matrix(meets).dot(sympy.Matrix(meets))
        ),
        on_boxes(
            "1/2 - |K| <= 1/2 - K < theta / (2 pi) + theta^2/4 for theta in (0, 4]",
            above_profile(_linear, encoder_profile),
        ),
        on_boxes("1/2 - G < theta^2/4 for theta in (0, 4]", above_profile(_quarter, decoder_profile)),
    )


def _linear(theta: Any, pi: Any) -> Any:
    return theta / (2 * pi) + theta * theta / 4


def _seventh(theta: Any, _: Any) -> Any:
    return theta / 7 + theta * theta / 4


def _quarter(theta: Any, _: Any) -> Any:
    return theta * theta / 4


def _fifth(theta: Any, _: Any) -> Any:
    return theta * theta / 5


CLAIM = Claim(
    id="K5",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=st.builds(Instance, X=data_matrices(min_n=2)),
    check=partial(check, _linear, _quarter),
    escalate=partial(escalate, _linear, _quarter),
    lemmas=lemmas,
    classes={name: test for name, test in CLASSES.items() if name not in ("d = 1", "n = 1")},
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    siblings=(
        Sibling(
            name="theta-over-7",
            statement="1/2 - max |K_ij| <= theta_min / 7 + theta_min^2 / 4",
            because="K leaves 1/2 with slope 1 / (2 pi), which exceeds 1 / 7",
            falls=CEILING_K,
            check=partial(check, _seventh, _quarter),
            escalate=partial(escalate, _seventh, _quarter),
        ),
        Sibling(
            name="fifth-of-a-square",
            statement="1/2 - max G_ij <= theta_min^2 / 5",
            because="G leaves 1/2 like theta^2 / 4",
            falls=CEILING_G,
            check=partial(check, _linear, _fifth),
            escalate=partial(escalate, _linear, _fifth),
        ),
    ),
)
