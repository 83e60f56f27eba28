"""T8. On data closed under negation and isotropic, training a tied autoencoder is a rescaling.

Statement. For data X = [Y, -Y] with Y Y^T = b I, every c > 0 and every step eta m with
    eta <= 1/(max(c, sqrt(2 c)) (||X|| + sqrt(lambda_max(G))))^2:
W(T) = a_T W(0) up to a relative remainder like m^-1/2, where a_0 = 1 and
    a_{k+1} = a_k (1 + 2 eta c b (1 - c a_k^2/2));
and off the data the trained network is u(x) = (c a_T^2/2) x up to an error like m^-1/2. Tested in this
form: but for a probability of 1/10 both least-squares slopes over the widths 64, 128, ..., 2048 lie in
[-0.8, -0.2], at T = 16.

Assumptions. A1; data closed under x -> -x (which A2 excludes) with Y Y^T = b I, b = 1 or 2; 2 <= d <= 12;
w_r ~ N(0, I_d); a rung is the root mean square over four independent networks.

Symbols. Y (d, n); W (d, m); u(x) = (c/m) W relu(W^T x); G the limit kernel of the decoder on X; a_T a number,
without a fit; b = n/d.

Refuted by. Such data and a scale c at which more than one ladder in ten leaves the window.

A pass does not show. The exponent beyond width 2048. On other data a remainder stays at every width: the
sibling without negatives shows it. The window is calibrated, not derived.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof for infinite width: let
w ~ N(0, a^2 I), so by T1 u(x) = (c a^2/2) x and e_x = (1 - c a^2/2) x. A step moves w by eta c times
    sum_x (relu(<w, x>) e_x + 1[<w, x> > 0] <w, e_x> x) = 2 (1 - c a^2/2) sum_x relu(<w, x>) x,
and the pair y, -y contributes <w, y> y to the sum, together Y Y^T w = b w: every neuron is multiplied by the
same number, and w stays Gaussian.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.strategies import DrawFn

from claims.preliminaries.arrays import tensor
from claims.tied import width_ladders
from claims.tied.width_ladders import (
    EXPONENT,
    FAILURE_PROBABILITY,
    POOL,
    STEPS,
    WIDTHS,
    WINDOW,
    Rung,
    outside,
    pooled,
    reasons,
    squared_norms,
)
from models.networks.autoencoder import tied_outputs
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, Unmet, slopes

Scale = Callable[[float, float], float]
"""a_T from c and 2 eta c b."""


def scales(c: float, gain: float, steps: int = STEPS) -> float:
    """a_T of the recursion a <- a (1 + gain (1 - c a^2 / 2)), from 1; gain = 2 eta c b."""
    a = 1.0
    for _ in range(steps):
        a *= 1 + gain * (1 - c * a * a / 2)
    return a


def frozen(_: float, __: float) -> float:
    """1, as if training left the weights alone."""
    return 1.0


def fresh_points(d: int) -> np.ndarray:
    """2 d fixed unit vectors (d, 2 d) in no special position, which the strategy's data do not hold."""
    points = np.cos(np.outer(np.arange(1, d + 1), np.arange(1, 2 * d + 1) ** 2))
    unit: np.ndarray = points / np.linalg.norm(points, axis=0)
    return unit


def remainder(rung: Rung, a: float) -> np.ndarray:
    """||W(T) - a W(0)||_F / ||a W(0)||_F, pooled: (B,)."""
    return pooled(squared_norms(rung.run.W - a * rung.start) / squared_norms(a * rung.start))


def error(rung: Rung, c: float, a: float, compute: Compute) -> np.ndarray:
    """The root mean square (B,) of ||u(x) - (c a^2 / 2) x|| over the fresh points, after training."""
    points = tensor(fresh_points(len(rung.X)), compute)
    gap = tied_outputs(rung.run.W, points, c) - points * (c * a * a / 2)
    return pooled(gap.square().sum(dim=1).mean(dim=1))


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    sign: int = -1,
    scale: Scale = scales,
    answer: Scale = scales,
) -> Trials | Unmet:
    """A trial is a ladder on [Y, sign Y]: the second moments, and with them a_T, are the same for sign 1.

    scale, answer: a_T in the weights, and in what the network answers off the data.
    """
    Y = instance.Y
    c = instance.c
    if not (c > 0 and 0 < instance.share <= 1):
        return Unmet("the scale or the step is not one of the statement")
    X = np.hstack([Y, sign * Y])
    eta = width_ladders.step_size(X, c) * instance.share
    gain = 2 * eta * c * Y.shape[1] / len(Y)
    a = scale(c, gain)
    answered = answer(c, gain)
    rungs = [
        (remainder(rung, a), error(rung, c, answered, compute))
        for rung in width_ladders.climb(X, c, eta, generators, compute)
    ]
    left, off = (slopes(WIDTHS, np.stack(columns, axis=1)) for columns in zip(*rungs, strict=True))
    parts = {"slope of the remainder": outside(left, -0.5), "slope of the error": outside(off, -0.5)}
    count = len(generators) * POOL * len(WIDTHS) * STEPS
    failed = np.any(list(parts.values()), axis=0)
    return Trials(failed, reasons(parts), steps=count, horizon=count, measured=left)


@st.composite
def _instances(
    draw: DrawFn, scales: tuple[float, ...] = (1.0, 0.5, 4.0, 3.0, 2.0, 0.05, 100.0), least: int = 2
) -> Instance:
    """Y is one orthonormal basis or two: mirror images of the axes in hyperplanes with integer normals."""
    d = draw(st.integers(least, 12))
    normals = draw(hnp.arrays(np.int64, (draw(st.integers(1, 2)), d), elements=st.integers(-9, 9))) * 1.0
    sizes = np.maximum(np.square(normals).sum(axis=1), 1.0)
    Y = np.hstack([np.eye(d) - np.outer(v, v) * (2 / s) for v, s in zip(normals, sizes, strict=True)])
    return Instance(Y=Y, c=draw(st.sampled_from(scales)), share=draw(st.sampled_from([1.0, 0.5])))


CLAIM = Claim(
    id="T8",
    kind=Kind.EXPONENT,
    status=Status.CONJECTURE,
    constants={
        "64, 128": WIDTHS[:2].tolist(),
        "2048": int(WIDTHS[-1]),
        "16": STEPS,
        "-0.8, -0.2": WINDOW,
        "1/10": FAILURE_PROBABILITY,
        "-1/2": EXPONENT,
    },
    finding="F3",
    instances=_instances(),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    strata={
        "grows (c < 2)": _instances((1.0, 0.5, 0.05)),
        "shrinks (c > 2)": _instances((3.0, 4.0, 100.0)),
        "n > d": _instances(),
        "d >= 8": _instances(least=8),
    },
    classes={
        "grows (c < 2)": lambda instance: bool(instance.c < 2),
        "shrinks (c > 2)": lambda instance: bool(instance.c > 2),
        "n > d": lambda instance: instance.Y.shape[1] > len(instance.Y),
        "d >= 8": lambda instance: bool(len(instance.Y) >= 8),
    },
    cost=Cost.SLOW,
    siblings=(
        Sibling(
            name="without-negatives",
            statement="the same for data Y alone, whose second moments are isotropic as well",
            because="the step then has the even part Y |Y^T w|, which is no multiple of w at any width",
            falls="slope of the remainder",
            changes={"sign": 1},
            instances=_instances((1.0, 0.5, 4.0, 3.0)),
        ),
        Sibling(
            name="frozen-at-any-scale",
            statement="W(T) = W(0) up to a relative remainder like m^-1/2, and u(x) = (c/2) x likewise",
            because="that is so at c = 2 alone (T5); elsewhere the weights are rescaled by sqrt(2/c)",
            falls="slope of the remainder",
            changes={"scale": frozen},
            instances=_instances((1.0, 0.5, 4.0, 3.0)),
        ),
        Sibling(
            name="frozen-off-the-data",
            statement="off the data u(x) = (c/2) x up to an error like m^-1/2, as before training",
            because="training rescales what the network answers everywhere, by a_T^2",
            falls="slope of the error",
            changes={"answer": frozen},
            instances=_instances((1.0, 0.5, 4.0, 3.0)),
        ),
    ),
)
