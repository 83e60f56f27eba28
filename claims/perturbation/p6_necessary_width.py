"""P6. Below a counted width the tangent kernel is singular, whatever the weights.

Statement. For every X, W, A, with k = min(n, d):
    (a) rank H_W <= m k, so in weak training lambda_min(H) = 0 if m < max(n, d);
    (b) rank (H_W + H_A) <= m (k + d - 1), so in joint training lambda_min(H) = 0 if m < n d / (k + d - 1).

Assumptions. None; the data need not have unit norm.

Symbols. X (d, n); W, A (m, d), neurons as rows; H_W, H_A (n d, n d) the tangent kernels of encoder and
decoder; H = H_W (weak), H_W + H_A (joint); z_r = X^T w_r, D_r = 1[z_r > 0].

Refuted by. A network whose kernel has a larger rank, counted in whole numbers, or one below the width whose
verified smallest eigenvalue is not zero.

A pass does not show. That any width suffices: silent neurons add nothing, at any width. That (b) is sharp for
n <= d and m >= 2, where it is not attained. Ranks are counted for data and weights in whole numbers.

Source. Ours, serving F2 of Nguyen, Wong, Hegde, arXiv:1911.11983: joint training can do with about half the
neurons. Proof: moving w_r by dw and a_r by da moves the outputs, as an (n, d) matrix, by
    (D_r o X^T dw) a_r^T + phi(z_r) da^T.
The columns of diag(D_r) X^T span a space of dimension at most k, which contains
    phi(z_r) = diag(D_r) X^T w_r.
Hence the first term fills at most k dimensions, and the second d, of which phi(z_r) a_r^T
is counted already (moving (w_r, a_r) along (w_r, -a_r) changes nothing). The sum over r bounds the rank of
the Jacobian, which is that of H; below n d the kernel is singular. If n >= d, (b) is m < n d / (2 d - 1).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial

import numpy as np
from flint import fmpz_mat
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.perturbation.gradient_ascent import whole_numbers
from claims.preliminaries.arrays import array, single, tensor
from claims.preliminaries.assumptions import CLASSES, separated
from claims.preliminaries.restrictions import SEPARATION
from models.kernels.finite import tangent_kernel
from models.networks.regime import REGIMES, Regime
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Unmet, at_most, equal
from refute.numerics import Enclosure, gamma, smallest_eigenvalue

PARTS: dict[Regime, str] = {"weak": "(a)", "joint": "(b)"}


def moves(X: np.ndarray, W: np.ndarray, A: np.ndarray, regime: Regime) -> list[list[int]]:
    """How each weight moves the n d outputs, times s, as whole numbers: one row a weight, encoder first."""
    Z = W @ X
    rows = np.einsum("ri,ki,rp->rkip", Z > 0, X, A).reshape(A.size, -1)
    if regime == "joint":
        decoder = np.einsum("ri,qp->rqip", np.maximum(Z, 0), np.eye(X.shape[0])).reshape(A.size, -1)
        rows = np.vstack([rows, decoder])
    return [[int(entry) for entry in row] for row in rows]


def rank(instance: Instance, regime: Regime) -> int:
    """The rank of the regime's kernel, exactly. Weights and data must be whole numbers."""
    return int(fmpz_mat(moves(instance.X, instance.W, instance.A, regime)).rank())


def per_neuron(X: np.ndarray, regime: Regime) -> int:
    """How much rank the statement allows one neuron: k, or k + d - 1."""
    d, n = X.shape
    k = int(min(n, d))
    return k if regime == "weak" else k + d - 1


def lowest(instance: Instance, regime: Regime, compute: Compute) -> Enclosure:
    """lambda_min of the model's kernel, verified.

    Entries err by gamma of the sum of the absolute values of their terms, which is a positive semi-definite
    matrix of at most that trace; the factor 2 covers the rounding of the traces.
    """
    X = instance.X
    W = instance.W
    A = instance.A
    m, d = A.shape
    n = X.shape[1]
    H = array(tangent_kernel(single(W, A, compute), tensor(X, compute), regime))[0]
    error = 2 * gamma(m + 2 * d + n + 12, compute.dtype) * largest_trace(instance, regime)
    return smallest_eigenvalue(H, error)


def largest_trace(instance: Instance, regime: Regime) -> float:
    """The trace of the kernel of absolute values, with every neuron active."""
    d = len(instance.X)
    decoder = d * np.square(instance.W).sum() if regime == "joint" else 0.0
    weights = float(np.square(instance.A).sum() + decoder)
    return float(np.square(instance.X).sum()) * weights / float(instance.A.size)


def check(instance: Instance, compute: Compute, *, fewer: int = 0, share: float = 0.0) -> Comparisons:
    """Both ranks, counted; below the width, the model's smallest eigenvalue as well.

    fewer: what is taken from the rank of a network. share: of the kernel's trace, what the eigenvalue is.
    """
    comparisons = []
    for regime in REGIMES:
        most = len(instance.W) * per_neuron(instance.X, regime)
        label = f"{PARTS[regime]} rank, {regime}"
        comparisons.append(at_most(label, rank(instance, regime), most - fewer))
        if most < instance.X.size:
            found = lowest(instance, regime, compute)
            label = f"{PARTS[regime]} lambda_min = 0 below the width, {regime}"
            # Silent networks have the kernel zero, in which any size is large.
            size = largest_trace(instance, regime) or 1.0
            comparisons.append(equal(label, found, share * size, size=size))
    return tuple(comparisons)


def check_singular(
    instance: Instance, compute: Compute, *, regime: Regime, threshold: Callable[[int, int], int]
) -> Comparisons | Unmet:
    """A false threshold: that the kernel of a regime is singular below this width, a function of n and d."""
    d, n = instance.X.shape
    if len(instance.W) >= threshold(n, d):
        return Unmet("the width is not below the threshold")
    return (at_most(f"rank, {regime}", rank(instance, regime), n * d - 1),)


def check_sufficient(instance: Instance, compute: Compute) -> Comparisons | Unmet:
    """The converse of (b) for n >= d and data with A2, where no neuron and no sample is silent."""
    d, n = instance.X.shape
    W = instance.W
    A = instance.A
    if n < d or len(W) * (2 * d - 1) < n * d:
        return Unmet("the width is below the threshold, or n < d")
    active = W @ instance.X > 0
    if not (active.any(axis=0).all() and active.any(axis=1).all() and A.any(axis=1).all()):
        return Unmet("a neuron or a sample is silent")
    if separated(instance.X / np.linalg.norm(instance.X, axis=0)) < SEPARATION:
        return Unmet("two samples are parallel")
    return (at_most("n d - rank, joint", n * d - rank(instance, "joint"), 0),)


def _reaches(regime: Regime, instance: Instance) -> bool:
    found = rank(instance, regime)
    return bool(found == len(instance.W) * per_neuron(instance.X, regime) < instance.X.size)


Widths = Callable[[int, int], tuple[int, int]]
"""The least and the largest m, as functions of n and d."""


# What comes first is what the search shrinks to: a few samples in the plane, where both parts can fail.
_SMALL = st.tuples(st.sampled_from([2, 3, 1, 4]), st.sampled_from([3, 2, 4, 1, 5]))
_TYPICAL = st.tuples(st.sampled_from([3, 2, 4, 6, 8]), st.sampled_from([4, 3, 2, 6, 8, 12]))
"""Pairs (d, n)."""
_SIZES = st.sampled_from([99, 1])
# A third of the instances has every neuron active; in the others the patterns differ.
_POSITIVE = st.sampled_from([False, False, True])


@st.composite
def _instances(
    draw: DrawFn,
    widths: Widths = lambda n, d: (1, max(n, d) + 1),
    sizes: SearchStrategy[tuple[int, int]] = _SMALL,
    positive: SearchStrategy[bool] = _POSITIVE,
) -> Instance:
    """Whole numbers: small ones, which make many dependences, or large ones, which make few; sizes about the
    thresholds. Weights and data without a negative entry make every neuron active.
    """
    d, n = draw(sizes)
    least, most = widths(n, d)
    m = draw(st.integers(least, max(least, most)))
    X = draw(whole_numbers(d, n, draw(_SIZES))) * 1.0
    W, A = (draw(whole_numbers(m, d, 24)) * 1.0 for _ in range(2))
    if draw(positive):
        X = np.abs(X)
        W = np.abs(W)
    return Instance(X=X, W=W, A=A)


CLAIM = Claim(
    id="P6",
    kind=Kind.UPPER_BOUND,
    finding="F2",
    instances=_instances(sizes=_TYPICAL),
    check=check,
    classes={
        **{name: CLASSES[name] for name in ("n > d", "n = 1", "d = 1")},
        "weak below its width": lambda instance: bool(len(instance.W) < max(instance.X.shape)),
        "joint below its width": lambda instance: bool(
            len(instance.W) * per_neuron(instance.X, "joint") < instance.X.size
        ),
        "every neuron active everywhere": lambda instance: bool((instance.W @ instance.X > 0).all()),
        "rank reaches (a) below n d": partial(_reaches, "weak"),
        "rank reaches (b) below n d": partial(_reaches, "joint"),
    },
    strata={
        "n > d": _instances(sizes=st.sampled_from([(2, 3), (2, 8), (4, 12), (6, 8)])),
        "n = 1": _instances(sizes=st.sampled_from([(1, 1), (2, 1), (8, 1)])),
        "d = 1": _instances(sizes=st.sampled_from([(1, 1), (1, 2), (1, 8)])),
        "weak below its width": _instances(lambda n, d: (1, max(n, d) - 1), _TYPICAL),
        "joint below its width": _instances(lambda n, d: (1, 1), _TYPICAL),
        "every neuron active everywhere": _instances(sizes=_TYPICAL, positive=st.just(True)),
        "rank reaches (a) below n d": _instances(lambda n, d: (1, 2), _TYPICAL, st.just(True)),
        "rank reaches (b) below n d": _instances(lambda n, d: (1, 1), _TYPICAL, st.just(True)),
    },
    siblings=(
        *(
            Sibling(
                name=f"one-less-{regime}",
                statement=f"the rank in {regime} training is at most one less",
                because="a network of one active neuron and one sample attains it",
                falls=f"{part} rank, {regime}",
                changes={"fewer": 1},
                examples=(Instance(X=np.ones((1, 1)), W=np.ones((1, 1)), A=np.ones((1, 1))),),
            )
            for regime, part in PARTS.items()
        ),
        *(
            Sibling(
                name=f"not-quite-singular-{regime}",
                statement=f"below the width lambda_min(H) is 1e-5 of the trace in {regime} training",
                because="it is zero",
                falls=f"{part} lambda_min = 0 below the width, {regime}",
                changes={"share": 1e-5},
            )
            for regime, part in PARTS.items()
        ),
        Sibling(
            name="sum-of-sizes",
            statement="in weak training lambda_min(H) = 0 if m < n + d",
            because="generic neurons add their ranks, so m = max(n, d) can suffice",
            falls="rank, weak",
            check=partial(check_singular, regime="weak", threshold=operator.add),
            instances=_instances(lambda n, d: (max(n, d), n + d - 1)),
        ),
        Sibling(
            name="joint-needs-as-much",
            statement="in joint training, too, lambda_min(H) = 0 if m < max(n, d)",
            because="the decoder adds d - 1 to the rank of a neuron: one neuron suffices for n = 1",
            falls="rank, joint",
            check=partial(check_singular, regime="joint", threshold=max),
            instances=_instances(lambda n, d: (1, max(n, d) - 1)),
        ),
        Sibling(
            name="suffices",
            statement="in joint training with n >= d and A2, m >= n d / (2 d - 1) implies lambda_min(H) > 0"
            " if no neuron and no sample is silent",
            because="neurons with dependent patterns and weights fill the same dimensions",
            falls="n d - rank, joint",
            check=check_sufficient,
            instances=_instances(lambda n, d: (-(-n * d // (2 * d - 1)), n)),
        ),
    ),
)
