"""P3. The features move by at most ||X|| times the move of the encoder.

Statement. For every X, W, V,
    ||phi(W^T X) - phi(V^T X)||_F <= ||X|| ||W - V||_F.

Assumptions. None.

Symbols. X (d, n); W, V (m, d), neurons as rows; phi = ReLU; ||.|| the spectral, ||.||_F the Frobenius norm.

Refuted by. Two encoders and a data matrix whose features differ by more.

A pass does not show. Anything in spectral norm: there ReLU is no contraction, as a sibling shows. That the
bound is nearly attained on given data and a given V: for that, one direction must be the top one of X and
leave the samples active.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: |phi(a) - phi(b)| <= |a - b| for
each of the m n entries, so the left-hand side is at most ||(W - V)^T X||_F <= ||W - V||_F ||X||. For n = 1, a
neuron that is active before and after and moves along x_1 attains it. Each instance is judged twice, as drawn
and after gradient ascent on the ratio of the two sides; a comparison inside its rounding error is decided in
rational arithmetic.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from claims.perturbation.exact_numbers import exceeds_top, rational
from claims.perturbation.gradient_ascent import Norm, ascend, frobenius, spectral, whole_numbers
from claims.perturbation.network_strata import DATA, DATA_CLASSES, LEAST, Data
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain, networks
from claims.preliminaries.network_families import NETWORK_CLASSES
from models.networks.autoencoder import preactivations
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
    settled_exactly,
)
from refute.numerics import Enclosure, gamma, largest_eigenvalue

NEURONS = 32
"""Of an instance at most, by the cost of its ascent."""
DRAWN = "change of the features, as drawn"
ASCENDED = "change of the features, after ascent on the ratio"


def features(W: np.ndarray, X: np.ndarray, compute: Compute) -> np.ndarray:
    """phi(W^T X) (m, n) of the model, for W (m, d) and X (d, n)."""
    Phi: np.ndarray = np.maximum(array(preactivations(tensor(W[None], compute), tensor(X, compute)))[0], 0.0)
    return Phi


def encoders(instance: Instance, norm: Norm = frobenius) -> dict[str, np.ndarray]:
    """The second encoder W, as drawn and after the ascent on the ratio of these norms that starts there."""
    return {DRAWN: instance.W, ASCENDED: ascend(instance.X, instance.V, instance.W, norm)}


def check(instance: Instance, compute: Compute, *, share: Fraction = Fraction(1)) -> Comparisons | Unmet:
    """Squares of both sides; a feature errs by gamma_{d+2} of its sum of absolute values."""
    X = instance.X
    V = instance.V
    if not X.any() or (instance.W == V).all():
        return Unmet("both sides are zero")
    top = _top(X)
    before = features(V, X, compute)
    x = np.abs(X)
    comparisons = []
    for label, W in encoders(instance).items():
        change = features(W, X, compute) - before
        moved = float(np.square(W - V).sum())
        height = float(np.square((np.abs(W) + np.abs(V)) @ x).sum())
        rounding = 3 * gamma(change.size + len(X) + 4, compute.dtype) * height
        rounding += gamma(V.size + 4) * norm_above(X) * moved
        bound = top.scaled(float(share) ** 2 * moved)
        comparisons.append(at_most(label, float(np.square(change).sum()), bound, rounding))
    return tuple(comparisons)


def norm_above(X: np.ndarray) -> float:
    """The squared Frobenius norm, which is at least ||X||^2: what roundings are proportional to."""
    return float(np.square(X).sum())


def _top(X: np.ndarray) -> Enclosure:
    """||X||^2, as the largest eigenvalue of the Gram matrix."""
    height = np.abs(X).T @ np.abs(X)
    return largest_eigenvalue(X.T @ X, gamma(len(X) + 1) * float(np.linalg.norm(height)))


def escalate(instance: Instance, comparison: Comparison, *, share: Fraction = Fraction(1)) -> Comparison:
    """The same comparison of the same float64 values, read as rational numbers."""
    x, v, w = (rational(M) for M in (instance.X, instance.V, encoders(instance)[comparison.label]))
    change = np.maximum(w @ x, 0) - np.maximum(v @ x, 0)
    rise = (change**2).sum()
    run = share**2 * ((w - v) ** 2).sum()
    return settled_exactly(comparison, not exceeds_top(rise / run, x.T @ x))


def check_spectral_norms(instance: Instance, compute: Compute) -> Comparisons | Unmet:
    """The false statement in spectral norms; both squares are largest eigenvalues, verified."""
    X = instance.X
    V = instance.V
    if not X.any() or (instance.W == V).all():
        return Unmet("both sides are zero")
    before = features(V, X, compute)
    x = np.abs(X)
    comparisons = []
    for label, W in encoders(instance, spectral).items():
        change = features(W, X, compute) - before
        moved = W - V
        height = float(np.square((np.abs(W) + np.abs(V)) @ x).sum())
        error = 3 * gamma(len(change) + len(X) + 4, compute.dtype) * height
        left = largest_eigenvalue(change.T @ change, error)
        run = largest_eigenvalue(moved.T @ moved, gamma(len(V) + 4) * float(np.square(moved).sum()))
        comparisons.append(at_most(label, left, _top(X) * run.larger(0.0)))
    return tuple(comparisons)


@st.composite
def _instances(draw: DrawFn, data: Data, min_m: int = LEAST, max_m: int = NEURONS) -> Instance:
    """Two encoders, from far apart to 2^-20 apart, of neurons that are independent or copies of the first.

    Copies move in one direction, along which the bound can be attained.
    """
    X = draw(data)
    V, other = draw(networks(len(X), min_m=min_m, max_m=max_m))
    # A neuron that is active at the first sample and moves towards it changes the features.
    V[0] = X[:, 0]
    other[0] = X[:, 0]
    if draw(st.booleans()):
        V[:] = V[0]
        other[:] = other[0]
    return Instance(X=X, V=V, W=V + np.ldexp(other, -draw(st.sampled_from([0, 3, 10, 20]))))


@st.composite
def _several(draw: DrawFn) -> Instance:
    """Two samples or more, two neurons or more (else both norms are the same), against V = 0."""
    X = draw(Domain(2, 4, 2, 4).typical())
    W = draw(whole_numbers(draw(st.integers(2, 4)), len(X), 24)) / 8.0
    return Instance(X=X, V=np.zeros(W.shape), W=W)


CLAIM = Claim(
    id="P3",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    classes={
        **DATA.classes(*DATA_CLASSES),
        **{name: NETWORK_CLASSES[name] for name in ("m <= 8", "m >= 16")},
        "copies of one neuron": lambda instance: bool((instance.V[0] == instance.V).all()),
    },
    strata={
        **DATA.strata(_instances, *DATA_CLASSES),
        "m <= 8": _instances(DATA.typical(), 1, 8),
        "m >= 16": _instances(DATA.typical()),
        "copies of one neuron": _instances(DATA.typical(), 1, 1),
    },
    siblings=(
        Sibling(
            name="nine-tenths-as-drawn",
            statement="||phi(W^T X) - phi(V^T X)||_F <= 0.9 ||X|| ||W - V||_F",
            because="a neuron that stays active and moves along a single sample attains the bound",
            falls=DRAWN,
            changes={"share": Fraction(9, 10)},
            examples=(Instance(X=np.ones((1, 1)), V=np.ones((1, 1)), W=np.full((1, 1), 2.0)),),
        ),
        Sibling(
            name="nine-tenths-after-ascent",
            statement="||phi(W^T X) - phi(V^T X)||_F <= 0.9 ||X|| ||W - V||_F",
            because="a neuron that stays active and moves along a single sample attains the bound",
            falls=ASCENDED,
            changes={"share": Fraction(9, 10)},
            examples=(Instance(X=np.ones((1, 1)), V=np.ones((1, 1)), W=np.full((1, 1), 2.0)),),
        ),
        Sibling(
            name="spectral-norms",
            statement="||phi(W^T X) - phi(V^T X)|| <= ||X|| ||W - V||, all norms spectral",
            because="ReLU contracts entry by entry: it can turn rows at right angles into rows that are not",
            falls="change of the features",
            check=check_spectral_norms,
            instances=_several(),
        ),
    ),
)
