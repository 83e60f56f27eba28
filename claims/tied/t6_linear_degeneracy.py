"""T6. On data closed under negation, a paired tied ReLU autoencoder is a linear one, step after step.

Statement. If W = [V, -V] then u(x) = (c/m) V V^T x for every x. If moreover the data are X = [Y, -Y] and no
<v_r, y_i> is 0, then a step of gradient descent gives [V+, -V+] with
    V+ = V + eta (c/m) (E Y^T + Y E^T) V,
    E = Y - (c/m) V V^T Y:
the step that the linear autoencoder (c/m) V V^T takes on Y. So the form is kept as long as no
<v_r, y_i> is 0.

Assumptions. The data are closed under x -> -x (which A2 excludes); the neurons are pairs v, -v; no
preactivation on the data is exactly 0, for there the derivative of ReLU is a convention, and 1[z > 0] denies
both halves of a pair a term.

Symbols. V (d, k), m = 2k; Y (d, n), X (d, 2n); u(x) = (c/m) W relu(W^T x); L = (1/2) sum_X ||x - u(x)||^2;
step size eta; points: where the first part is measured.

Refuted by. V, Y, c and eta for which the output or one step leaves the linear form.

A pass does not show. Anything about data without their negatives, or about unpaired neurons. A few steps are
followed per instance, each judged from the state that was computed; the rest is induction.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: as
    v relu(<v, x>) - v relu(-<v, x>) = v <v, x>,
u is linear and the residuals are odd, e_{-y} = -e_y. The gradient is
    dL/dw = -(c/m) sum_x (relu(<w, x>) e_x + 1[<w, x> > 0] <w, e_x> x).
For w = v and z = <v, y> the samples y, -y contribute
    (relu(z) - relu(-z)) e_y + (1[z > 0] + 1[z < 0]) <v, e_y> y,
that is z e_y + <v, e_y> y when z is not 0. For w = -v they contribute the negative. Sum over Y:
(E Y^T + Y E^T) v.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.data_domain import Domain
from claims.preliminaries.data_families import integers
from claims.preliminaries.network_families import NETWORK_CLASSES, networks
from claims.preliminaries.rounding_of_networks import signs_are_decided
from models.networks.autoencoder import tied_outputs
from models.training.descent import tied_descend
from refute import Claim, Comparison, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet
from refute.numerics import gamma

OUTPUT = "output"
STEP = "step"
STEPS = 3
"""Steps followed: each is judged from the state that was computed, so more would only repeat the same."""

GOLDEN = (1 + 5**0.5) / 2

Closure = Callable[[np.ndarray], np.ndarray]
"""The data X that are trained on, from Y (d, n)."""


def with_negatives(Y: np.ndarray) -> np.ndarray:
    """[Y, -Y] (d, 2n)."""
    return np.hstack([Y, -Y])


def alone(Y: np.ndarray) -> np.ndarray:
    """Y itself."""
    return Y


def linear_step(V: np.ndarray, Y: np.ndarray, factor: float, eta: float) -> np.ndarray:
    """One step of the linear autoencoder factor * V V^T on Y (d, n); the rows of V (k, d) are the v."""
    E = Y - factor * V.T @ (V @ Y)
    after: np.ndarray = V + eta * factor * V @ (Y @ E.T + E @ Y.T)
    return after


def step_magnitude(V: np.ndarray, Y: np.ndarray, factor: float, eta: float) -> np.ndarray:
    """The same sums over absolute values, over both halves of the data and of the neurons."""
    v = np.abs(V)
    y = np.abs(Y)
    E = y + 2 * factor * v.T @ (v @ y)
    after: np.ndarray = v + 2 * eta * factor * v @ (y @ E.T + E @ y.T)
    return after


def output_comparison(instance: Instance, compute: Compute, share: float) -> Comparison:
    """The first part, on points that need not be data. share: of the stated output.

    A point that is orthogonal to V has output 0: the sums of absolute values are what is rounded.
    """
    V = instance.V
    P = instance.points
    c = instance.c
    k, d = V.shape
    factor = c / (2 * k)
    U = array(tied_outputs(tensor(np.vstack([V, -V])[None], compute), tensor(P, compute), c))[0]
    size = 2 * factor * np.abs(V).T @ (np.abs(V) @ np.abs(P))
    rounding = 2 * gamma(d + 2 * k + 8, compute.dtype) * size
    return worst_entry(OUTPUT, U, share * factor * V.T @ (V @ P), rounding, size=size.max(axis=0))


def step_comparisons(
    instance: Instance, compute: Compute, closure: Closure, zeros: int, share: float
) -> tuple[Comparison, ...]:
    """The second part, for up to STEPS steps. share: of the update that the linear autoencoder makes.

    Each step starts exactly at [V, -V], and is followed if at most `zeros` of the <v_r, y_i> are 0. Both
    routes sum terms of the step's magnitude over fewer roundings than counted; a row of weights is to be
    exact against its largest entry, before the step or after it, as a step may nearly annihilate a row.
    """
    V = instance.V
    Y = instance.Y
    c = instance.c
    eta = instance.eta
    k, d = V.shape
    n = Y.shape[1]
    factor = c / (2 * k)
    X = tensor(closure(Y), compute)
    comparisons: list[Comparison] = []
    while len(comparisons) < STEPS and can_be_followed(V, Y, compute.dtype, zeros):
        W = array(tied_descend(tensor(np.vstack([V, -V])[None], compute), X, c, eta, 1).W)[0]
        expected = linear_step(V, Y, factor, share * eta)
        rounding = 2 * gamma(8 * (d + 2 * k + 2 * n + 4), compute.dtype) * step_magnitude(V, Y, factor, eta)
        halves = np.stack([W[:k], -W[k:]])
        size = np.maximum(np.abs(V), np.abs(expected)).max(axis=1, keepdims=True)
        comparisons.append(worst_entry(STEP, halves, expected, rounding, size=size))
        V = W[:k]
    return tuple(comparisons)


def can_be_followed(V: np.ndarray, Y: np.ndarray, dtype: str, zeros: int = 0) -> bool:
    """Whether the sign of every <v_r, y_i> is certain, and at most `zeros` of them are 0."""
    return signs_are_decided(V, Y, dtype) and int(np.count_nonzero(V @ Y == 0)) <= zeros


def check(
    instance: Instance,
    compute: Compute,
    *,
    closure: Closure = with_negatives,
    zeros: int = 0,
    shares: tuple[float, float] = (1.0, 1.0),
) -> Comparisons | Unmet:
    """Both parts. shares: of the stated output and of the stated update."""
    steps = step_comparisons(instance, compute, closure, zeros, shares[1])
    if not steps:
        return Unmet("a preactivation is inside its rounding error of zero")
    return (output_comparison(instance, compute, shares[0]), *steps)


def off_kinks(V: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """V (k, d), a row v moved along a fixed direction if some <v, y_i> is zero up to rounding, else alone."""
    away = np.arange(1, V.shape[1] + 1) * GOLDEN % 1  # in no simple relation, so that few y are orthogonal
    moved = V.copy()
    for r, v in enumerate(V):
        if not can_be_followed(v[None], Y, "float64"):
            size = np.abs(v).max() or 1.0
            candidates = v + size * np.arange(1, Y.shape[1] + 2)[:, None] * away
            moved[r] = candidates[np.abs(candidates @ Y).min(axis=1).argmax()]
    return moved


@st.composite
def _instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = 8,
    most: int = 32,
    kind: str = "",
    border: bool = False,
) -> Instance:
    """V of least..most rows; border: the first point is orthogonal to the first of them."""
    Y = draw(data)
    V = off_kinks(draw(networks(len(Y), min_m=least, max_m=most, kind=kind))[0], Y)
    return _instance(draw, V, Y, border)


@st.composite
def _uneven(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> np.ndarray:
    """Samples whose lengths differ by up to 2^8."""
    Y = draw(data)
    powers = draw(hnp.arrays(np.int64, Y.shape[1], elements=st.integers(-4, 4)))
    powers[:2] = [-4, 4]
    scaled: np.ndarray = np.ldexp(Y, powers)
    return scaled


@st.composite
def _at_a_kink(draw: DrawFn) -> Instance:
    """Y = e_1; one v is orthogonal to it, and another ties the two coordinates."""
    p, q, r = (draw(st.integers(1, 16)) / 8.0 for _ in range(3))
    return _instance(draw, np.array([[0.0, p], [q, r]]), np.array([[1.0], [0.0]]))


def _instance(draw: DrawFn, V: np.ndarray, Y: np.ndarray, border: bool = False) -> Instance:
    k, d = V.shape
    c = draw(st.integers(1, 32)) / 8.0
    points = integers(draw, d, 3, 16) / 8.0
    points[0] = np.where(points[0] == 0, 1.0, points[0])
    if border:
        points[:, 0] = 0.0
        points[:2, 0] = (-V[0, 1], V[0, 0]) if V[0, :2].any() else (1.0, 0.0)
    # About the inverse of the curvature, so that no step leaves the finite numbers.
    stable = (2 * k / c) ** 2 / (float(np.square(Y).sum()) * max(1.0, float(np.square(V).sum())))
    eta = stable * draw(st.sampled_from([0.125, 1.0, 2.0**-10]))
    return Instance(V=V, Y=Y, points=points, c=c, eta=eta)


def _of_data(name: str) -> Callable[[Instance], bool]:
    """The class of that name, for the data Y."""
    return lambda instance: PREDICATES[name](instance.Y)


def _of_network(name: str) -> Callable[[Instance], bool]:
    """The class of that name, for the rows of V."""
    return lambda instance: NETWORK_CLASSES[name](Instance(W=instance.V))


def _has_point_at_a_kink(instance: Instance) -> bool:
    """Whether a point other than 0 is orthogonal to some v, up to rounding."""
    V, P = instance.V, instance.points
    P = P[:, P.any(axis=0)]
    return bool((np.abs(V @ P) <= gamma(2 * len(P)) * (np.abs(V) @ np.abs(P))).any())


def _has_uneven_samples(instance: Instance) -> bool:
    """Whether the lengths of the samples differ by 2^7 or more."""
    lengths = np.linalg.norm(instance.Y, axis=0)
    return bool(lengths.max() >= 2.0**7 * lengths.min())


DATA = Domain()


CLAIM = Claim(
    id="T6",
    kind=Kind.EQUALITY,
    finding="F3",
    instances=_instances(DATA.typical()),
    check=check,
    cost=Cost.FAST,
    classes={
        **{name: _of_data(name) for name in DATA.class_names()},
        "m <= 8": lambda instance: len(instance.V) <= 4,
        "one pair": lambda instance: len(instance.V) == 1,
        "repeated neuron": _of_network("repeated neuron"),
        "uneven rows": _of_network("uneven rows"),
        "point at a kink": _has_point_at_a_kink,
        "uneven samples": _has_uneven_samples,
    },
    strata={
        **DATA.strata(_instances),
        "m <= 8": _instances(DATA.typical(), 1, 4),
        "one pair": _instances(DATA.typical(), 1, 1),
        "repeated neuron": _instances(DATA.typical(), kind="repeated neuron"),
        "uneven rows": _instances(DATA.typical(), kind="uneven rows"),
        "point at a kink": _instances(DATA.typical(), border=True),
        "uneven samples": _instances(_uneven(DATA.typical())),
    },
    siblings=(
        Sibling(
            name="near-output",
            statement="u(x) = (1 + 1e-5) (c/m) V V^T x",
            because="both halves of a pair together are exactly linear",
            falls=OUTPUT,
            changes={"shares": (1 + 1e-5, 1.0)},
        ),
        Sibling(
            name="near-step",
            statement="the step of V is (1 + 1e-5) times that of the linear autoencoder",
            because="the gradients are equal",
            falls=STEP,
            changes={"shares": (1.0, 1 + 1e-5)},
        ),
        Sibling(
            name="data-without-negatives",
            statement="GD keeps W = [V, -V] and V takes the linear autoencoder's step on any data Y",
            because="a sample then trains only the half of a pair that it activates",
            falls=STEP,
            changes={"closure": alone},
        ),
        Sibling(
            name="at-a-kink",
            statement="GD keeps W = [V, -V] and takes the linear step even where some <v_r, y_i> is 0",
            because="with derivative 0 at 0, neither y nor -y gives the linear step's term <v, e> y",
            falls=STEP,
            changes={"zeros": 1},
            instances=_at_a_kink(),
        ),
    ),
)
