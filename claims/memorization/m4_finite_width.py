"""M4. Trained networks approach the infinitely wide one like one over the root of their width.

Statement. For every X with A1, A2, 2 <= n <= 16, 3 <= d <= 24 and lambda_max(k) <= 12 lambda_min(k), in both
regimes: let U_m be the network of width m from the symmetric start, trained with step d / (2 lambda_max(k))
until
    ||E||_F <= 2^-7 m^(-1/2) / max ||w(y)||,
and D(m) the largest ||U_m(y) - f(y)|| over 64 fixed y on the sphere. Along a ladder of independent networks
of the widths m = M, 2 M, ..., 2^5 M, with M the least power of two from 16 max(n, d, 4) on, the least-squares
slope of log D in log m lies in [-3/4, -1/4] with probability at least 1 - 1/10. Our law, calibrated, not
proved.

Assumptions. A1, A2; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, in pairs (w, a), (w, -a), so that U_m = 0 at
the start.

Symbols. X (d, n); k = K (weak), K + G (joint) on X; f(y) = X w(y), w(y) = k^{-1} k(X,y), the predictor of M1;
E = X - U_m(X).

Refuted by. Data on which more than a tenth of the ladders, at level 1e-6, have another slope, or are not
trained to the end within sixteen times the steps that the limit needs.

A pass does not show. The exponent -1/2 itself (the window contains others; what it excludes are 0 and -1),
larger widths, crowded data, the plane, or a supremum over more than 64 points.

Source. Ours, serving F4 of Nguyen, Wong, Hegde, arXiv:1911.11983, which is about infinite width. In short
(docs/theory/memorization.md): to first order U_m - f is the noise of averages over m neurons, and their
movement adds no slower term. What is left of the training is not seen: in the limit
    f - f_t = E_t k^{-1} k(X,y),
at most ||E_t||_F ||w(y)||, less than a hundredth of m^(-1/2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.memorization.trained_limit import CONDITION, EXPONENT, STOPPED, Limit, Predictor, limit
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain, pair_angles
from claims.preliminaries.fixed_data import equally_correlated, pair, sphere
from claims.preliminaries.thinning import thinned
from models.kernels.limit_predictor import limit_predictor
from models.networks.autoencoder import outputs
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, Unmet, slopes

WIDENING = 16
"""Neurons a sample and a dimension of the narrowest network: fewer do not memorize what the limit does."""
DOUBLINGS = 5
SMALLEST = 4
MAX_SAMPLES = 16
LEAST_DIMENSION = 3
"""In the plane D(m) is of so few numbers that its slope spreads by 0.12."""
MAX_DIMENSION = 24
"""The caps on the data, by the cost of the widest network."""
FRESH = 64
"""Points at which networks are compared with the limit."""
FAILURE_PROBABILITY = 0.1
PATIENCE = 16
"""Steps allowed, as a multiple of what the limit kernel needs."""
HALF_WINDOW = Fraction(1, 4)
"""How far a slope may be from its exponent; calibrated (docs/theory/memorization.md)."""

Ladder = Callable[[int, int], tuple[int, ...]]
"""The widths of a ladder from n and d."""


def weak_predictor(X: torch.Tensor, Y: torch.Tensor, _: Regime) -> torch.Tensor:
    """The predictor of weak training, whatever is trained."""
    return limit_predictor(X, Y, "weak")


def widths(n: int, d: int) -> tuple[int, ...]:
    """The widths of a ladder for n samples in d dimensions."""
    least = 2 ** math.ceil(math.log2(WIDENING * max(n, d, SMALLEST)))
    return tuple(least * 2**k for k in range(DOUBLINGS + 1))


def fixed_widths(_: int, __: int) -> tuple[int, ...]:
    """64, ..., 2048, whatever n and d are: the ladder of small data."""
    return widths(SMALLEST, SMALLEST)


def ladders(
    X: np.ndarray,
    regime: Regime,
    at: Limit,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    ladder: Ladder = widths,
) -> tuple[np.ndarray, np.ndarray, int]:
    """D (B, widths), one ladder a generator, whether all of it was trained to the end (B,), and the steps."""
    d, n = X.shape
    data = tensor(X, compute)
    fresh = tensor(fresh_points(len(X)), compute)
    ended = np.ones(len(generators), dtype=bool)
    deviations = []
    steps = 0
    for m in ladder(n, d):
        start = draw_network("symmetric", m, d, generators, device=compute.device, dtype=data.dtype)
        tolerance = at.tolerance(m)
        most = PATIENCE * at.steps(m, n)
        run = descend(start, data, at.step_size(d), most, regime, stop_below=tolerance)
        ended &= array(run.residual[-1]) <= tolerance
        deviations.append(array((outputs(run.network, fresh) - at.prediction).norm(dim=1).amax(dim=1)))
        steps += run.steps
    return np.stack(deviations, axis=1), ended, steps


def fresh_points(d: int) -> np.ndarray:
    """The points (d, FRESH) on the sphere at which networks are compared with the limit."""
    return sphere(FRESH, d, 1)


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    exponent: float = float(EXPONENT),
    ladder: Ladder = widths,
    predictor: Predictor = limit_predictor,
) -> Trials | Unmet:
    """A trial is one ladder; it fails if its slope is not near `exponent`, or if a run does not end."""
    X = instance.X
    regime = instance.regime
    d, n = X.shape
    if n > MAX_SAMPLES or not LEAST_DIMENSION <= d <= MAX_DIMENSION:
        return Unmet("n or d is not in the range of the statement")
    at = limit(X, fresh_points(len(X)), regime, compute, predictor=predictor)
    if isinstance(at, Unmet):
        return at
    # One by one: a batch trains until its last network has ended, so a trial would depend on the others.
    alone = [ladders(X, regime, at, [generator], compute, ladder) for generator in generators]
    deviations = np.concatenate([part[0] for part in alone])
    ended = np.concatenate([part[1] for part in alone])
    steps = sum(part[2] for part in alone)
    measured = slopes(np.array(ladder(n, d)), deviations)
    outside = np.abs(measured - exponent) > float(HALF_WINDOW)
    return Trials(
        failed=outside | ~ended,
        why=tuple(map(_ending, outside, ended)),
        steps=steps,
        horizon=sum(PATIENCE * at.steps(m, n) for m in ladder(n, d)) * len(generators),
        measured=measured,
    )


def _ending(outside: bool, ended: bool) -> str:
    if not ended:
        return "not trained to the end"
    return "slope outside the window" if outside else ""


DATA = Domain(min_n=3, max_n=8, min_d=3, max_d=16, min_separation=0.4)
LARGE = Domain(min_n=8, max_n=MAX_SAMPLES, min_d=8, max_d=MAX_DIMENSION, min_separation=0.5)
SMALL = Domain(min_n=2, max_n=5, min_d=3, max_d=4, min_separation=0.3)
OPPOSITE = Domain(min_n=2, max_n=4, min_d=3, max_d=8, min_separation=2.0**-11)
WORK = 4e7
"""The most that n d times the widest network times the steps of the limit may be: some hundredths of a second
a ladder."""
MUCH_WORK = 1.6e8
"""The same where many samples are to be drawn."""
CLOSE: dict[Regime, float] = {"weak": 0.331, "joint": 0.44}
"""The angle of the closest pair whose condition number is within the cap, rounded up."""
CLASS_DATA = {
    "nearly antipodal": OPPOSITE,
    "obtuse pair": DATA,
    "orthogonal pair": DATA,
    "n > d": SMALL,
    "n = 2": SMALL,
    "many dimensions": LARGE,
    "equal correlations": DATA,
    "non-negative": SMALL,
    "signs": DATA,
    "low-dimensional": SMALL,
    "real rows": Domain(min_n=2, max_n=4, min_d=4, max_d=13, min_separation=0.3),
}
"""The classes of data that belong to the claim, with data in which each is found within the caps."""


def affordable(X: np.ndarray, regime: Regime, work: float) -> bool:
    """Whether X (d, n) meets the premise, and its ladder costs at most this much work."""
    d, n = X.shape
    at = limit(X, fresh_points(d), regime, Compute())
    if isinstance(at, Unmet):
        return False
    widest = widths(n, d)[-1]
    return bool(n * d * widest * at.steps(widest, n) <= work)


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray], work: float = WORK) -> Instance:
    regime = draw(st.sampled_from(REGIMES))
    return Instance(X=thinned(draw(data), lambda X: affordable(X, regime, work)), regime=regime)


def _joint(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return _instances(data).map(lambda instance: instance.replace(regime="joint"))


@st.composite
def _many(draw: DrawFn) -> np.ndarray:
    """8 to 16 columns, orthonormal or with equal inner products up to 1/2."""
    n = draw(st.integers(8, MAX_SAMPLES))
    tenths = draw(st.integers(0, 5))
    return equally_correlated(n, n, tenths / 10) if tenths else np.eye(n)


@st.composite
def _close(draw: DrawFn) -> Instance:
    """A pair about as close as the condition number allows in three dimensions or four, or two of them."""
    regime = draw(st.sampled_from(REGIMES))
    X = pair(CLOSE[regime] + draw(st.integers(0, 19)) / 1000, draw(st.integers(3, 4)))
    if regime == "weak" and draw(st.booleans()):
        X = np.kron(np.eye(2), X[:2])
    return Instance(X=X, regime=regime)


CORRELATED = Instance(X=equally_correlated(8, 12, 0.1), regime="weak")
"""Eight samples in twelve dimensions, all inner products 0.1."""
ORTHONORMAL = Instance(X=np.eye(8), regime="weak")
"""Where slopes lie close together."""

CLAIM = Claim(
    id="M4",
    kind=Kind.EXPONENT,
    status=Status.CONJECTURE,
    finding="F4",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    examples=tuple(Instance(X=sphere(3, 4, 0), regime=regime) for regime in REGIMES),
    classes={
        **Domain(min_n=2, min_d=3, min_separation=2.0**-11).classes(*CLASS_DATA, "many samples"),
        "joint": lambda instance: bool(instance.regime == "joint"),
        "close pair": lambda instance: bool((pair_angles(instance.X) < CLOSE[instance.regime] + 0.02).any()),
    },
    strata={
        **{name: _instances(data.of_class(name)) for name, data in CLASS_DATA.items()},
        "many samples": _instances(_many(), MUCH_WORK),
        "joint": _joint(DATA.typical()),
        "close pair": _close(),
    },
    constants={
        "n <= 16": MAX_SAMPLES,
        "d <= 24": MAX_DIMENSION,
        "12 lambda_min(k)": CONDITION,
        "3 <= d": LEAST_DIMENSION,
        "2^-7": STOPPED,
        "1/2": -EXPONENT,
        "64": FRESH,
        "2^5": 2**DOUBLINGS,
        "16 max": WIDENING,
        "-3/4": EXPONENT - HALF_WINDOW,
        "-1/4": EXPONENT + HALF_WINDOW,
        "1/10": FAILURE_PROBABILITY,
    },
    cost=Cost.SLOW,
    minimum_reach=0.5,
    siblings=(
        Sibling(
            name="from-64",
            statement="the same along 64, 128, ..., 2048, however many samples and dimensions there are",
            because="64 neurons are too few for 96 outputs: their kernel is nearly singular, and training "
            "does not end",
            falls="not trained to the end",
            changes={"ladder": fixed_widths},
            instances=st.just(CORRELATED),
            examples=(CORRELATED,),
        ),
        Sibling(
            name="inverse-width",
            statement="the slope lies in [-5/4, -3/4]: the deviation falls like 1/m",
            because="averages over m neurons fluctuate like m^(-1/2)",
            falls="slope outside the window",
            changes={"exponent": -1.0},
        ),
        Sibling(
            name="tenth-root",
            statement="the slope lies in [-7/20, 3/20]: the deviation falls like m^(-1/10)",
            because="it is near -1/2, by much less than the window is wide",
            falls="slope outside the window",
            changes={"exponent": -0.1},
            instances=st.just(ORTHONORMAL),
            examples=(ORTHONORMAL,),
        ),
        Sibling(
            name="weak-limit-for-joint",
            statement="jointly trained networks approach the predictor of weak training, at the same rate",
            because="the decoder's kernel does not vanish in the limit (M5), so the deviation stays",
            falls="slope outside the window",
            changes={"predictor": weak_predictor},
            instances=_joint(DATA.typical()),
        ),
    ),
)
