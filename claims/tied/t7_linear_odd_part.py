"""T7. The odd part of a tied autoencoder is linear, trained or not, and governs its even part.

Statement. For every W, every c > 0, M = (c/2m) W W^T and the even part r(x) = (u(x) + u(-x))/2, for all x, y
    (u(x) - u(-x))/2 = M x,
    <y, r(x)>^2 <= <y, M y> <x, M x>,
    <x, u(x)> >= 0.
In particular this is so for the weights after any number of steps of training, on any data.

Assumptions. None on the data or the weights.

Symbols. W (d, m); u(x) = (c/m) W relu(W^T x); M (d, d) positive semidefinite; X (d, n) the data of the
training; points P (d, 2), whose columns stand for x and for y; eta the step size.

Refuted by. Weights, a scale and points at which one of the three fails, for the first also trained weights.

A pass does not show. What training makes of M and r (T5 and T8 say it in two cases).

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: relu(z) - relu(-z) = z and
relu(z) + relu(-z) = |z|, so
    u(x) - u(-x) = (c/m) W W^T x and r(x) = (c/2m) W |W^T x|.
By Cauchy-Schwarz
    <y, r(x)>^2 = ((c/2m) sum_r <w_r, y> |<w_r, x>|)^2 <= (c/2m) ||W^T y||^2 (c/2m) ||W^T x||^2.
And <x, u(x)> = (c/m) sum_r relu(<w_r, x>)^2. Equality in the second: |W^T x| parallel to W^T y.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, single, tensor, worst_entry
from claims.preliminaries.data_domain import Domain
from claims.preliminaries.data_families import integers
from claims.preliminaries.network_families import network_classes, networks
from claims.tied.turned_networks import (
    Repoint,
    as_they_are,
    finite_step_size,
    has_inactive_point,
    has_point_at_a_kink,
    inactive_at_first,
    opposite_points,
    orthogonal_to_first,
)
from models.networks.autoencoder import outputs, tied_outputs
from models.training.descent import tied_descend
from refute import (
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Kind,
    Sibling,
    at_least,
    at_most,
    settled_exactly,
)
from refute.numerics import gamma

ODD = "odd part"
EVEN = "even part against the odd one"
FORWARD = "smallest <x, u(x)>"

STEPS = st.sampled_from([0, 1, 3, 16])

NetworkAt = Callable[[Instance, Compute], tuple[np.ndarray, np.ndarray, float]]
"""The outputs (d, p) at the points P, the decoder (m, d), and the factor in front of its sum over neurons."""


def tied(instance: Instance, compute: Compute) -> tuple[np.ndarray, np.ndarray, float]:
    """u(x) = (c/m) W relu(W^T x)."""
    W = instance.W
    U = tied_outputs(tensor(W[None], compute), tensor(instance.P, compute), instance.c)
    return array(U)[0], W, instance.c / len(W)


def with_free_decoder(instance: Instance, compute: Compute) -> tuple[np.ndarray, np.ndarray, float]:
    """u(x) = (1/s) A relu(W^T x)."""
    A = instance.A
    U = outputs(single(instance.W, A, compute), tensor(instance.P, compute))
    return array(U)[0], A, 1 / float(np.sqrt(A.size))


def odd_comparison(instance: Instance, compute: Compute, share: float = 1.0) -> Comparison:
    """The first part, for the weights after `instance.steps` steps of training.

    The product in float64 errs by less than what is counted for the network. It is to be exact against the
    largest sum of absolute values at its point. share: of M x.
    """
    start = instance.W
    X = instance.X
    P = instance.P
    c = instance.c
    run = tied_descend(tensor(start[None], compute), tensor(X, compute), c, instance.eta, instance.steps)
    W = array(run.W)[0]
    m, d = start.shape
    points = tensor(P, compute)
    odd = array(tied_outputs(run.W, points, c) - tied_outputs(run.W, -points, c))[0] / 2
    size = c / m * np.abs(W).T @ (np.abs(W) @ np.abs(P))
    M = c / (2 * m) * W.T @ W
    rounding = 2 * gamma(d + m + 8, compute.dtype) * size
    return worst_entry(ODD, odd, share * M @ P, rounding, size=size.max(axis=0))


def even_comparison(instance: Instance, compute: Compute, share: float) -> Comparison:
    """The second part, at the pair of points that comes closest to equality.

    Both sides are products of two sums over absolute values, at most those behind <y, M y> and <x, M x>.
    """
    W = instance.W
    P = instance.P
    c = instance.c
    m, d = W.shape
    weights = tensor(W[None], compute)
    points = tensor(P, compute)
    even = array(tied_outputs(weights, points, c) + tied_outputs(weights, -points, c))[0] / 2
    forms, sizes = (c / (2 * m) * np.square(Z).sum(axis=0) for Z in (W @ P, np.abs(W) @ np.abs(P)))
    left = np.square(P.T @ even)
    right = np.outer(forms, forms)
    size = np.outer(sizes, sizes)
    slack = np.divide(share * right - left, size, out=np.full_like(size, np.inf), where=size > 0)
    y, x = np.unravel_index(np.argmin(slack), slack.shape)
    rounding = 8 * gamma(2 * d + 2 * m + 16, compute.dtype) * float(size[y, x])
    return at_most(EVEN, float(left[y, x]), share * float(right[y, x]), rounding)


def forward_comparison(
    instance: Instance, compute: Compute, network: NetworkAt, floor: float = 0.0
) -> Comparison:
    """The third part, at the point where it is nearest to failing. floor: the share of <x, M x> to reach."""
    W = instance.W
    P = instance.P
    m, d = W.shape
    U, A, factor = network(instance, compute)
    forms = floor * instance.c / (2 * m) * np.square(W @ P).sum(axis=0)
    along = (P * U).sum(axis=0)
    sizes = factor * ((np.abs(W) @ np.abs(P)) * (np.abs(A) @ np.abs(P))).sum(axis=0)
    slack = np.divide(along - forms, sizes, out=np.full_like(sizes, np.inf), where=sizes > 0)
    x = int(np.argmin(slack))
    rounding = 2 * gamma(2 * d + m + 10, compute.dtype) * float(sizes[x])
    return at_least(FORWARD, float(along[x]), float(forms[x]), rounding)


def check(
    instance: Instance,
    compute: Compute,
    *,
    odd: float = 1.0,
    share: Fraction = Fraction(1),
    floor: Fraction = Fraction(0),
    network: NetworkAt = tied,
) -> Comparisons:
    """All three parts. odd, share: of the right-hand sides of the first and the second; network: the u of the
    third, which is to reach the share `floor` of <x, M x>.
    """
    return (
        odd_comparison(instance, compute, odd),
        even_comparison(instance, compute, float(share)),
        forward_comparison(instance, compute, network, float(floor)),
    )


def escalate(
    instance: Instance,
    comparison: Comparison,
    *,
    odd: float = 1.0,
    share: Fraction = Fraction(1),
    floor: Fraction = Fraction(0),
    network: NetworkAt = tied,
) -> Comparison:
    """The second and the third part for the same floats, at all points, in fractions; the factors are > 0.

    floor: other than 0 for tied networks only, whose factor c/m is twice that of M.
    """
    if comparison.label not in (EVEN, FORWARD):
        return comparison
    Z = _products(instance.W, instance.P)
    if comparison.label == FORWARD:
        _, A, _ = network(instance, Compute())
        both = zip(Z, _products(A, instance.P), strict=True)
        holds = all(
            sum(2 * max(z, Fraction(0)) * a - floor * z * z for z, a in zip(*each, strict=True)) >= 0
            for each in both
        )
    else:
        # Both sides divided by (c/2m)^2.
        holds = all(
            sum(s * abs(t) for s, t in zip(y, x, strict=True)) ** 2
            <= share * sum(s * s for s in y) * sum(t * t for t in x)
            for y in Z
            for x in Z
        )
    return settled_exactly(comparison, holds)


def _products(W: np.ndarray, P: np.ndarray) -> list[list[Fraction]]:
    """<w_r, x> for every column x of P and every row w_r of W, exactly."""
    rows, points = ([[Fraction(float(v)) for v in row] for row in rows] for rows in (W, P.T))
    return [[sum((w * v for w, v in zip(row, x, strict=True)), Fraction(0)) for row in rows] for x in points]


@st.composite
def _instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    widths: tuple[int, int] = (16, 64),
    kind: str = "",
    change: Repoint = as_they_are,
    steps: SearchStrategy[int] = STEPS,
) -> Instance:
    """Entries of the points are eighths. No point is 0, nor are all neurons."""
    X = draw(data)
    least, most = widths
    W, _ = draw(networks(len(X), min_m=least, max_m=most, kind=kind))
    P = integers(draw, len(X), 2, 16) / 8.0
    P[0] = np.where(P[0] == 0, 1.0, P[0])
    if not W.any():
        W[-1, 0] = 1.0
    W, P = change(W, P)
    c = draw(st.integers(1, 32)) / 8.0
    eta = finite_step_size(X, W, c) * draw(st.sampled_from([0.125, 1.0, 2.0**-10]))
    return Instance(X=X, W=W, P=P, c=c, eta=eta, steps=draw(steps))


@st.composite
def _small(draw: DrawFn) -> Instance:
    """Few neurons, untrained, no entry 0, and a decoder of their own."""
    d = draw(st.integers(1, 3))
    m = draw(st.integers(1, 3))
    entries = st.sampled_from([1, -1, 2, -2, 3, -3])
    W, A, P = (draw(hnp.arrays(np.int64, shape, elements=entries)) for shape in ((m, d), (m, d), (d, 2)))
    return Instance(X=np.eye(d)[:, :1], W=W, A=A, P=P, c=1.0, eta=0.0, steps=0)


DATA = Domain()
ONE = _instances(DATA.typical(), (1, 1))


CLAIM = Claim(
    id="T7",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(DATA.typical()),
    check=check,
    escalate=escalate,
    cost=Cost.FAST,
    classes={
        **DATA.classes(),
        **network_classes(1, 64),
        "one neuron": lambda instance: len(instance.W) == 1,
        "m < d": lambda instance: len(instance.W) < len(instance.X),
        "trained": lambda instance: bool(instance.steps > 0),
        "untrained": lambda instance: bool(instance.steps == 0),
        "inactive point": has_inactive_point,
        "point at a kink": has_point_at_a_kink,
        "opposite points": lambda instance: bool((instance.P[:, 0] == -instance.P[:, 1]).all()),
    },
    strata={
        **DATA.strata(_instances),
        "zero weight": _instances(DATA.typical(), kind="zero weight"),
        "repeated neuron": _instances(DATA.typical(), kind="repeated neuron"),
        "uneven rows": _instances(DATA.typical(), kind="uneven rows"),
        "m <= 8": _instances(DATA.typical(), (1, 8)),
        "one neuron": ONE,
        "m < d": _instances(DATA.of_class("many dimensions"), (1, 6)),
        "untrained": _instances(DATA.typical(), steps=st.just(0)),
        "inactive point": _instances(DATA.typical(), change=inactive_at_first),
        "point at a kink": _instances(DATA.typical(), change=orthogonal_to_first),
        "opposite points": _instances(DATA.typical(), change=opposite_points),
    },
    siblings=(
        Sibling(
            name="near-odd-part",
            statement="(u(x) - u(-x))/2 = (1 + 1e-5) M x",
            because="relu(z) - relu(-z) is z",
            falls=ODD,
            changes={"odd": 1 + 1e-5},
        ),
        Sibling(
            name="near-even-part",
            statement="<y, r(x)>^2 <= (1 - 1e-5) <y, M y> <x, M x>",
            because="for one neuron the two sides without the factor are equal",
            falls=EVEN,
            changes={"share": 1 - Fraction(1, 10**5)},
            instances=ONE,
        ),
        Sibling(
            name="forward-by-a-share",
            statement="<x, u(x)> >= 1e-5 <x, M x>",
            because="where no neuron is active u(x) is 0, and M x need not be",
            falls=FORWARD,
            where="inactive point",
            changes={"floor": Fraction(1, 10**5)},
        ),
        Sibling(
            name="half-as-far",
            statement="|<y, r(x)>| <= (1/2) sqrt(<y, M y> <x, M x>)",
            because="for one neuron w and y = x the two sides without the 1/2 are equal",
            falls=EVEN,
            changes={"share": Fraction(1, 4)},
            instances=_small(),
        ),
        Sibling(
            name="free-decoder",
            statement="<x, u(x)> >= 0 for u(x) = (1/s) A relu(W^T x) with a decoder of its own",
            because="a_r need not point to the side of w_r on which the neuron is active",
            falls=FORWARD,
            changes={"network": with_free_decoder},
            instances=_small(),
        ),
    ),
)
