"""P1. A neuron that moves by R_r changes its pattern only at samples within R_r of its kink.

Statement. For every X, V, W and radii with ||w_r - v_r|| <= R_r: if 1[<w_r, x_i> > 0] differs from
1[<v_r, x_i> > 0], then
    -R_r ||x_i|| < <v_r, x_i> <= R_r ||x_i||.
So no entry (r, i) changes outside of the set S of those with
    |<v_r, x_i>| <= R_r ||x_i||.

Assumptions. None. Under A1 ||x_i|| = 1, and S is the set of the certificate C1.

Symbols. X (d, n); V, W (m, d), neurons as rows; R_r = ||w_r - v_r||, the smallest radius allowed: any other
one makes the set larger.

Refuted by. A neuron, its perturbation and a sample whose pattern changes although the kink is further away
than the perturbation is long.

A pass does not show. That few entries lie in S (I5), nor that all of those change.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: by Cauchy and Schwarz <w_r, x_i>
lies within ||w_r - v_r|| ||x_i|| <= R_r ||x_i|| of <v_r, x_i>. If the entry is switched off,
    <v_r, x_i> > 0 >= <w_r, x_i> >= <v_r, x_i> - R_r ||x_i||.
If it is switched on,
    <v_r, x_i> <= 0 < <w_r, x_i> <= <v_r, x_i> + R_r ||x_i||,
so the lower end is not reached. The search moves neurons straight to a kink, where only exact
arithmetic decides.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.perturbation.exact_numbers import rational
from claims.perturbation.network_strata import DATA_CLASSES, LEAST, SMALL_DATA, Data
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import networks
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
from refute.numerics import gamma

NEURONS = 16
"""Of an instance at most: exact arithmetic judges each of its entries."""
SHARES = (None, 1.0, 1 + 2.0**-20, 1 - 2.0**-20, 1 + 2.0**-50, 2.0, 0.5)
"""How far a neuron moves, as a share of its distance to the kink of a sample; None: somewhere else."""

Ends = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Whether <v, x>^2 is within its limit at the upper end: <= if that end belongs to the interval, else <."""


def check(
    instance: Instance, compute: Compute, *, share: Fraction = Fraction(1), upper: Ends = operator.le
) -> Comparisons | Unmet:
    """The entry that comes closest to failing, among those that change or might, for all that rounding says.

    Where both patterns agree after all, |<v, x>| passes R ||x|| by less than twice both errors. Floating
    point cannot tell on which side of the border an entry is, so that `upper` is left to the escalation.
    """
    del upper  # floats cannot tell which end belongs to the interval
    X = instance.X
    V = instance.V
    W = instance.W
    before, after = (array(preactivations(tensor(M[None], compute), tensor(X, compute)))[0] for M in (V, W))
    relative = gamma(len(X) + 2, compute.dtype)
    e_before, e_after = (relative * (np.abs(M) @ np.abs(X)) for M in (V, W))
    off = (before > -e_before) & (after <= e_after)
    on = (before <= e_before) & (after > -e_after)
    lengths = np.outer(np.linalg.norm(W - V, axis=1), np.linalg.norm(X, axis=0))
    candidates = (off | on) & (lengths > 0)
    if not candidates.any():
        return Unmet("no entry changes")
    rounding = 2 * (e_before + e_after) + gamma(2 * len(X) + 8) * lengths
    shares = np.divide(np.abs(before) + rounding, lengths, where=candidates, out=np.full(lengths.shape, -1.0))
    entry = np.unravel_index(np.argmax(shares), shares.shape)
    measured = float(abs(before[entry]))
    bound = float(share) * float(lengths[entry])
    return (at_most("|<v_r, x_i>| at an entry that changes", measured, bound, float(rounding[entry])),)


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    share: Fraction = Fraction(1),
    upper: Ends = operator.le,
) -> Comparison:
    """All entries exactly, for the float64 values read as rational numbers."""
    changed, inside = border(instance, share, upper)
    return settled_exactly(comparison, bool(inside[changed].all()))


def border(
    instance: Instance, share: Fraction = Fraction(1), upper: Ends = operator.le
) -> tuple[np.ndarray, np.ndarray]:
    """Which entries (m, n) change, and which are inside, exactly.

    Inside is, where the upper end belongs to it,
        -share R ||x|| < <v, x> <= share R ||x||.
    """
    x, v, w = (rational(M) for M in (instance.X, instance.V, instance.W))
    z = v @ x
    y = w @ x
    limits = share**2 * np.outer(((w - v) ** 2).sum(axis=1), (x**2).sum(axis=0))
    inside = (z**2 < limits) | ((z > 0) & upper(z**2, limits))
    return ((z > 0) != (y > 0)).astype(bool), inside.astype(bool)


def _is_far(instance: Instance) -> bool:
    """Whether the move of some neuron is short of every kink by a third: none of its entries changes."""
    x, v, w = (instance.X, instance.V, instance.W)
    limits = np.outer(np.linalg.norm(w - v, axis=1), np.linalg.norm(x, axis=0))
    return bool((np.abs(v @ x) > 1.5 * limits).all(axis=1).any())


def _signs() -> SearchStrategy[np.ndarray]:
    """Columns of four signs: their squares are dyadic, so that a neuron comes to rest on its kink exactly."""
    columns = st.integers(1, 4)
    return columns.flatmap(
        lambda n: st.lists(st.sampled_from([-1.0, 1.0]), min_size=4 * n, max_size=4 * n)
    ).map(lambda entries: np.array(entries).reshape(4, -1))


def _changes_on_the_border(instance: Instance) -> bool:
    changed, inside = border(instance, upper=operator.lt)
    return bool((changed & ~inside).any())


@st.composite
def _instances(
    draw: DrawFn, data: Data, min_m: int = LEAST, shares: Sequence[float | None] = SHARES, kind: str = ""
) -> Instance:
    """Neurons that move straight to the kink of a sample, onto it, past it or short of it, or anywhere.

    Weights in eighths times a power of two make it visible that nothing depends on their scale; the moves to
    somewhere else are down to 2^-40 of a neuron, where floating point cannot tell what changes.
    """
    X = draw(data)
    V, _ = draw(networks(len(X), min_m=min_m, max_m=NEURONS, kind=kind))
    W = V.copy()
    for r, v in enumerate(V):
        x = X[:, draw(st.integers(0, X.shape[1] - 1))]
        share = draw(st.sampled_from(shares))
        if share is None:
            W[r] = v + np.ldexp(V[r - 1], -draw(st.integers(0, 40)))
        elif v @ x:
            W[r] = v - share * float(v @ x) / float(x @ x) * x
        else:
            W[r] = v + np.ldexp(x, -draw(st.integers(0, 40)))
    return Instance(X=X, V=V, W=W)


CLAIM = Claim(
    id="P1",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=_instances(SMALL_DATA.typical()),
    check=check,
    escalate=escalate,
    classes={
        **SMALL_DATA.classes(*DATA_CLASSES),
        **{name: NETWORK_CLASSES[name] for name in ("m <= 8", "m >= 16")},
        "zero neuron": lambda instance: bool((~instance.V.any(axis=1)).any()),
        "changes exactly on the border": _changes_on_the_border,
        "far from every kink": _is_far,
    },
    strata={
        **SMALL_DATA.strata(_instances, *DATA_CLASSES),
        "m <= 8": _instances(SMALL_DATA.typical(), 1),
        "m >= 16": _instances(SMALL_DATA.typical()),
        "zero neuron": _instances(SMALL_DATA.typical(), kind="zero weight"),
        "changes exactly on the border": _instances(_signs(), 4, (1.0, 1.0, 2.0)),
        "far from every kink": _instances(SMALL_DATA.typical(), shares=(0.5, 2.0)),
    },
    siblings=(
        Sibling(
            name="half-the-radius",
            statement="no entry outside of {|<v_r, x_i>| <= R_r ||x_i|| / 2} changes",
            because="a neuron that moves by R_r straight to the kink reaches it from any distance up to R_r",
            falls="|<v_r, x_i>|",
            changes={"share": Fraction(1, 2)},
            instances=_instances(SMALL_DATA.typical(), 1),
        ),
        Sibling(
            name="open-border",
            statement="no entry outside of {|<v_r, x_i>| < R_r ||x_i||} changes",
            because="a neuron that comes to rest on its kink is off there, and was on",
            falls="|<v_r, x_i>|",
            where="changes exactly on the border",
            changes={"upper": operator.lt},
            examples=(Instance(X=np.ones((4, 1)), V=np.ones((1, 4)), W=np.zeros((1, 4))),),
        ),
    ),
)
