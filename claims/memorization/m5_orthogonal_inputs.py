"""M5. On what is orthogonal to the data, weak training answers nothing and joint training a fixed point.

Statement. For every X with A1 and A3 and every y != 0 orthogonal to all samples,
    (a) f_weak(y) = 0;
    (b) f_joint(y) = (||y|| / (2 pi)) X k^{-1} 1, one and the same direction for all such y; so f_joint(y) = 0
        exactly if X k^{-1} 1 = 0;
    (c) sigma_min(X) sqrt(n) ||y|| / (2 pi lambda_max(k)) <= ||f_joint(y)||, so it is not 0 if the samples are
        linearly independent; equality if all angles are the same, at least pi/2, and k >= 0 there, as for
        n = 1, where both sides are ||y|| / (2 pi);
    (d) ||f_joint(y)|| <= ||y|| / (2 sqrt(pi));
    (e) f_joint(y) = 0 if the samples are closed under x -> -x.

Assumptions. A1; A3 for the encoder's kernel K, which gives it for K + G, as G is positive semi-definite. Not
A2: (e) is about antipodal samples.

Symbols. X (d, n); k = (K + G)(X,X) (n, n); 1 the vector of n ones; sigma_min(X) the n-th largest singular
value, 0 if n > d; f the trained predictor of M1.

Refuted by. Data and an orthogonal point with another answer, or with a longer or shorter one than bounded.

A pass does not show. Which dependent samples, other than antipodal ones, have X k^{-1} 1 = 0.

Source. Ours, serving F4 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: at theta = pi/2, K = 0 and
G = 1/(2 pi), so k(X,y) = 0 weak and (||y|| / (2 pi)) 1 joint; M1 gives (a), (b). (c):
    ||X w|| >= sigma_min ||w|| and ||k^{-1} 1|| >= sqrt(n) / lambda_max;
at equal angles 1 is an eigenvector of X^T X, the lowest one if cos theta <= 0, and of k, the top one if
k(theta) >= 0. (d): K3 gives k >= X^T X / 2 + 1 1^T / (2 pi); with w = k^{-1} 1, t = 1^T w
    ||X w||^2 / 2 + t^2 / (2 pi) <= w^T k w = t, so ||X w||^2 <= 2 t - t^2 / pi <= pi.
(e): a permutation P that swaps antipodes has P k P^T = k, P 1 = 1 and X P = -X, so
    X k^{-1} 1 = X P k^{-1} 1 = -X k^{-1} 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import sympy
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn

from claims.memorization.antipodal_data import closed_under_negation, independent_pairs
from claims.memorization.predictor import Problem, both_regimes, problem
from claims.memorization.predictor_in_balls import BITS, common_answer, order_of_lower_bound
from claims.preliminaries.arrays import worst_entry
from claims.preliminaries.assumptions import CLASSES, data_matrices
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import decoder_entry, encoder_entry, signed_squares
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
    Unmet,
    at_least,
    at_most,
    settled,
)
from refute.numerics import Enclosure, gamma, largest_eigenvalue, precision, smallest_eigenvalue

LOWER = "(c) ||f_joint(y)||"

Answer = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""What a predictor says at a unit y orthogonal to X (d, n): middle and radius (d,)."""


def silent(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nothing: 0."""
    return np.zeros(len(X)), np.zeros(len(X))


@dataclass(frozen=True)
class Answers:
    """The answers of (a) and of (b), and the power of sigma_min in (c)."""

    weak: Answer
    joint: Answer
    power: int


STATED = Answers(weak=silent, joint=partial(common_answer, decoder=True), power=1)


def lower_factor(at: Problem, power: int) -> Enclosure:
    """sigma_min^power sqrt(n) / (2 pi lambda_max), enclosed for exactly normalised X."""
    X = at.X
    n = at.X.shape[1]
    d = len(at.X)
    error = n * gamma(2 * d + 8, at.compute.dtype)
    squared = smallest_eigenvalue(X.T @ X, error)
    largest = largest_eigenvalue(at.k, n * at.error)
    low, high = (
        math.sqrt(max(end, 0.0) ** power * n) / (2 * math.pi) for end in (squared.lower, squared.upper)
    )
    share = gamma(16)
    return Enclosure(low / largest.upper * (1 - share), high / largest.lower * (1 + share))


def attains_lower(X: np.ndarray) -> bool:
    """Whether all pairs are at one angle, at least pi/2, where k >= 0; the angles decided in fractions."""
    squares = signed_squares(X)
    pairs = {square for i, row in enumerate(squares) for square in row[:i]}
    if len(pairs) > 1 or any(square > 0 for square in pairs):
        return False
    with precision(BITS):
        return all(encoder_entry(square) + decoder_entry(square) >= 0 for square in pairs)


def check(instance: Instance, compute: Compute, *, answers: Answers = STATED) -> Comparisons | Unmet:
    """Both predictors at the columns of Y, against balls of the closed form and against the bounds."""
    X = instance.X
    Y = instance.Y
    weak = problem(X, "weak", compute)
    joint = problem(X, "joint", compute)
    if isinstance(weak, Unmet) or isinstance(joint, Unmet):
        return Unmet("k(X,X) cannot be answer from a singular matrix in this precision")
    comparisons = [
        _answer("(a) f_weak(y)", weak, Y, answers.weak(X)),
        _answer("(b) f_joint(y)", joint, Y, answers.joint(X)),
        *_lengths(joint, Y, answers.power),
    ]
    if closed_under_negation(X):
        comparisons.append(_answer("(e) f_joint(y) = 0", joint, Y, silent(X)))
    return tuple(comparisons)


def _answer(label: str, at: Problem, Y: np.ndarray, answer: tuple[np.ndarray, np.ndarray]) -> Comparison:
    """f(Y) against ||y|| times the answer that was answer for unit y, as middle and radius (d,)."""
    lengths = np.linalg.norm(Y, axis=0)
    middle, radius = (part[:, None] * lengths for part in answer)
    rounding = at.rounding(Y) + radius + gamma(len(Y) + 4) * np.abs(middle)
    return worst_entry(label, at.predict(Y), middle, rounding)


def _lengths(at: Problem, Y: np.ndarray, power: int) -> list[Comparison]:
    """(c), where it says more than that a norm is not negative, and (d); both at unit y."""
    lengths = np.linalg.norm(Y, axis=0)
    found = np.linalg.norm(at.predict(Y), axis=0) / lengths
    share = at.rounding(Y) / lengths + gamma(3 * len(Y) + 8)
    tight = power == STATED.power and attains_lower(at.X)  # proved for the stated power alone
    factor = lower_factor(at, power)
    upper = 1 / (2 * math.sqrt(math.pi))
    comparisons = []
    for norm, error in zip(found, share, strict=True):
        if factor.lower > 0:
            comparisons.append(at_least(LOWER, norm, factor, float(error), attained=tight))
        comparisons.append(at_most("(d) ||f_joint(y)||", norm, upper, float(error)))
    return comparisons


def escalate(instance: Instance, comparison: Comparison, *, answers: Answers = STATED) -> Comparison:
    """(c) in balls: there it comes close only where all angles are almost the same."""
    if comparison.label != LOWER:
        return comparison
    return settled(comparison, lambda: order_of_lower_bound(instance.X, answers.power))


def lemmas() -> Sequence[Step]:
    """Both kernels at a right angle and the completed square of (d)."""
    t = sympy.symbols("t", positive=True)
    theta = sympy.symbols("theta", real=True)
    K = encoder_symbol(theta)
    G = decoder_symbol(theta)
    right = {theta: sympy.pi / 2}
    return (
        vanishes("K(pi/2) = 0", K.subs(right)),
        vanishes("G(pi/2) = 1/(2 pi)", G.subs(right) - 1 / (2 * sympy.pi)),
        vanishes(
            "2 t - t^2 / pi = pi - (t - pi)^2 / pi",
            2 * t - t**2 / sympy.pi - sympy.pi + (t - sympy.pi) ** 2 / sympy.pi,
        ),
        vanishes(
            "sqrt(pi) / (2 pi) = 1 / (2 sqrt(pi))",
            sympy.sqrt(sympy.pi) / (2 * sympy.pi) - 1 / (2 * sympy.sqrt(sympy.pi)),
        ),
    )


@st.composite
def _instances(draw: DrawFn) -> Instance:
    """Samples in some of the coordinates, fresh points in the others: orthogonal without rounding."""
    separated = data_matrices(max_n=4, max_d=4, min_separation=0.125)
    inner = draw(st.one_of(separated, separated, independent_pairs()))
    d, n = inner.shape
    extra = draw(st.integers(1, 2))
    raw = draw(hnp.arrays(np.int64, (extra, 2), elements=st.integers(-16, 16))) / 8.0
    raw[0, ~raw.any(axis=0)] = 1.0  # the kernel needs a direction
    order = np.array(draw(st.permutations(range(d + extra))))
    X = np.zeros((d + extra, n))
    Y = np.zeros((d + extra, 2))
    X[order[:d]] = inner
    Y[order[d:]] = raw
    return Instance(X=X, Y=Y)


CLAIM = Claim(
    id="M5",
    kind=Kind.EQUALITY,
    finding="F4",
    instances=_instances(),
    check=check,
    escalate=escalate,
    lemmas=lemmas,
    classes={
        **{name: CLASSES[name] for name in ("n > d", "n = 1", "n = 2", "orthogonal pair")},
        "closed under negation": lambda instance: closed_under_negation(instance.X),
    },
    uses=("M1", "K3"),
    restrict_to={"M1": both_regimes, "K3": pairs},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="joint-is-silent",
            statement="f_joint(y) = 0 as well",
            because="the decoder's kernel is 1/(2 pi) at right angles, not 0",
            falls="(b) f_joint(y)",
            changes={"answers": replace(STATED, joint=silent)},
        ),
        Sibling(
            name="weak-answers",
            statement="f_weak(y) = (||y|| / (2 pi)) X K^{-1} 1",
            because="the encoder's kernel carries <x, y>, which is 0",
            falls="(a) f_weak(y)",
            changes={"answers": replace(STATED, weak=partial(common_answer, decoder=False))},
        ),
        Sibling(
            name="never-zero",
            statement="||f_joint(y)|| >= sqrt(n) ||y|| / (2 pi lambda_max(k)), (c) without sigma_min",
            because="antipodal samples cancel in X k^{-1} 1",
            falls=LOWER,
            where="closed under negation",
            changes={"answers": replace(STATED, power=0)},
        ),
    ),
)
