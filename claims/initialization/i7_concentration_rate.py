"""I7. The initial kernel of the encoder deviates from its mean like m^(-1/2).

Statement. For every X with A1 and every m >= 1,
    E ||H_W(0) - (1/d) K (x) I_d||_F^2 = v/m,
    v = sum over i, j of rho_ij^2 (P_ij f/d^2 - P_ij^2 / d),
with P_ij = (pi - theta_ij) / (2 pi) and f = E |a_r|^4, which is d^2 for signs and d (d+2) for a Gaussian
decoder. Tested for n d <= 128 on ladders m = 8, 64, 512 of 64 independent networks each: but for probability
1/5, m/v times the mean square of a ladder's ends lies in [1 - x, 1 + y], hence the slope of its root in m, in
log-log, in [-1/2 - w, -1/2 + w], with the x, y of the proof and
    w = log_64(sqrt((1+y) / (1-x))).

Assumptions. A1; w_r ~ N(0, I_d), a_r signs or Gaussian, all independent.

Symbols. X (d, n), R = X^T X; H_W (n d, n d) the encoder's tangent kernel; K (n, n) its limit;
rho = cos theta; z, for one neuron, m times its share of H_W less the mean of that, so that H_W - E H_W is the
mean of z over the neurons.

Refuted by. Data for which the slope, or the mean square at one end, leaves its window in more than one ladder
in five.

A pass does not show. Widths outside the ladders, nor the law of a single deviation. The slope is measured to
w, from 0.2 for signs to 0.35, although the identity makes it exactly -1/2; v is measured to a factor of two
below and three above. A Gaussian decoder has no window in one dimension, and on some data in few.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: the variances of independent terms
add up, so v = E ||z||_F^2; z is (1/d) (rho_ij D_i D_j) (x) a a^T minus its mean (I1), E (D_i D_j)^2 = P_ij
(K1) and ||a a^T||_F^2 = |a|^4. The fourth moment of a mean is
    E D^4 <= (v/m)^2 (3 + E ||z||^4 / (m v^2)) = (v/m)^2 s,
since ||E z z^T||_F <= v, and, as both parts of z are positive semi-definite,
    ||z||^2 <= ||R||_F^2 |a|^4/d^2 + ||K||_F^2/d.
For the mean of N = 64 values D^2 with mean v/m: below, by e^(-u) <= 1 - u + u^2/2 for u >= 0, and above
(Cantelli), the probabilities are at most
    exp(-N x^2 / (2 s)),
    (s-1) / (s - 1 + N y^2).
Each is 1/20 at both ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain, unit_norm, unit_norm_rounding
from claims.preliminaries.fixed_data import sphere
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs
from claims.preliminaries.thinning import thinned
from models.kernels.finite import encoder_gram
from models.kernels.limit import angles, encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Step, Trials, Unmet, slopes
from refute.numerics import gamma

FAILURE_PROBABILITY = 0.2
WIDTHS = (8, 64, 512)
"""Even rungs; the window of the slope is narrower the larger the factor between the ends is, here 64."""
NETWORKS = 64
"""How many networks a rung averages over: with 64 the window of the slope is 0.2 for signs."""
POWER = 0.5
"""The deviation falls like this power of 1/m."""
LARGEST = 128
"""The largest n d: a ladder forms 192 kernels (n d, n d)."""
LAWS = ("rademacher", "gaussian")
SLOPE = "slope outside its window"
LOW = "mean square below its window"
HIGH = "mean square above its window"
_TAIL = FAILURE_PROBABILITY / 4
"""The failures allowed, shared by two tails at two ends."""


@dataclass(frozen=True)
class Window:
    """v, and how far m/v times the mean square at an end of a ladder may lie below and above 1."""

    v: float
    below: float
    above: float

    @property
    def slope(self) -> float:
        """w, how far the slope may then be from -1/2: the middle of three even rungs has no weight."""
        return math.log((1 + self.above) / (1 - self.below)) / (2 * math.log(WIDTHS[-1] / WIDTHS[0]))


def length_moments(law: str, d: int) -> tuple[float, float]:
    """E |a|^4 and E |a|^8 of one decoder vector."""
    if law == "rademacher":
        return d**2, d**4
    return d * (d + 2), d * (d + 2) * (d + 4) * (d + 6)


def mean_square(X: np.ndarray, law: str) -> float:
    """v of the statement, in float64."""
    d = len(X)
    P = (math.pi - array(angles(torch.from_numpy(X.copy())))) / (2 * math.pi)
    R = X.T @ X
    return float((R**2 * (P * length_moments(law, d)[0] / d**2 - P**2 / d)).sum())


def window(X: np.ndarray, law: str) -> Window | None:
    """x and y at probability 1/20 each, from s at the smallest width; None if x would reach 1."""
    d = len(X)
    v = mean_square(X, law)
    fourth, eighth = length_moments(law, d)
    R = X.T @ X
    K = array(encoder_kernel(torch.from_numpy(X.copy())))
    S = float((R**2).sum())
    M = float((K**2).sum()) / d
    s = 3 + (S**2 * eighth / d**4 + 2 * S * M * fourth / d**2 + M**2) / (WIDTHS[0] * v**2)
    x = math.sqrt(2 * s * math.log(1 / _TAIL) / NETWORKS)
    return Window(v, x, math.sqrt((s - 1) * (1 / _TAIL - 1) / NETWORKS)) if x < 1 else None


def ladder(
    X: np.ndarray, law: str, generator: np.random.Generator, compute: Compute
) -> tuple[np.ndarray, float]:
    """The mean squares (K,) of one ladder, and how large a share of its root their rounding may be.

    A kernel errs in Frobenius norm by at most gamma_{m+2d+8} times its trace, its mean by that of K.
    """
    d, n = X.shape
    dtype = getattr(torch, compute.dtype)
    floats = tensor(X, compute)
    mean = np.kron(array(encoder_kernel(floats)), np.eye(d) / d)
    squares = []
    share = 0.0
    for m in WIDTHS:
        drawn = draw_network(law, NETWORKS * m, d, [generator], device=compute.device, dtype=dtype)
        H = array(encoder_gram(Network(drawn.W.view(-1, m, d), drawn.A.view(-1, m, d)), floats))
        squares.append(float(np.square(H - mean).sum(axis=(1, 2)).mean()))
        trace = float(np.trace(H, axis1=1, axis2=2).max())
        error = gamma(m + 2 * d + 8, compute.dtype) * trace + n * entry_rounding(d, compute.dtype)
        share = max(share, error / math.sqrt(squares[-1]))
    return np.array(squares), share


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    exponent: float = -POWER,
    factor: float = 1.0,
) -> Trials | Unmet:
    """A ladder a trial, its ends against the factor times v/m.

    Roots that err by a share r <= 1/3 move a slope by less than r and squares by 3 r; v errs by 8 n^2 times
    what an entry of K does.
    """
    X = instance.X
    law = instance.law
    d, n = X.shape
    allowed = window(X, law)
    if unit_norm(X) > unit_norm_rounding(d) or X.size > LARGEST or allowed is None:
        return Unmet(f"A1 is not verified, n d > {LARGEST}, or {NETWORKS} networks give no window")
    ladders = [ladder(X, law, generator, compute) for generator in generators]
    squares = np.stack([values for values, _ in ladders])
    r = np.array([share for _, share in ladders]) + 8 * n * n * entry_rounding(d) / allowed.v
    measured = slopes(np.array(WIDTHS), np.sqrt(squares))
    off = np.abs(measured - exponent) > allowed.slope + r
    ends = squares[:, [0, -1]] * np.array(WIDTHS)[[0, -1]] / (factor * allowed.v)
    low = ends.min(axis=1) < (1 - allowed.below) * (1 - 3 * r)
    high = ends.max(axis=1) > (1 + allowed.above) * (1 + 3 * r)
    why = np.where(off, SLOPE, np.where(low, LOW, np.where(high, HIGH, "")))
    return Trials(off | low | high, tuple(map(str, why)), measured=measured)


def lemmas() -> Sequence[Step]:
    """The moments of |a|, additivity, the slope of three even rungs, and both tails at 1/20."""
    m, d, v, N, s, x, p = sympy.symbols("m d v N s x p", positive=True)
    e = sympy.symbols("e_1:4", real=True)
    chi = [2**k * sympy.gamma(d / 2 + k) / sympy.gamma(d / 2) for k in (2, 4)]
    rungs = [sympy.Integer(int(math.log2(width))) for width in WIDTHS]
    centre = sum(rungs) / sympy.Integer(len(rungs))
    slope = sum((k - centre) * value for k, value in zip(rungs, e, strict=True)) / sum(
        (k - centre) ** 2 for k in rungs
    )
    u = x / s
    lower = sympy.sqrt(2 * s * sympy.log(1 / p) / N)
    upper = sympy.sqrt((s - 1) * (1 / p - 1) / N)
    return (
        vanishes("E |a|^4 = d (d+2), Gaussian", sympy.gammasimp(chi[0]) - d * (d + 2)),
        vanishes("E |a|^8 = d (d+2) (d+4) (d+6)", sympy.gammasimp(chi[1]) - d * (d + 2) * (d + 4) * (d + 6)),
        vanishes("m terms of mean square v / m^2 add up to v/m", m * (v / m**2) - v / m),
        vanishes("the slope is (e_3 - e_1) / 6 in base 2", slope - (e[2] - e[0]) / 6),
        vanishes(
            "u (1 - x) - u + u^2 s/2 = -x^2 / (2 s) at u = x/s",
            u * (1 - x) - u + u**2 * s / 2 + x**2 / (2 * s),
        ),
        vanishes("x: exp(-N x^2 / (2 s)) = p", sympy.exp(-N * lower**2 / (2 * s)) - p),
        vanishes("y: (s-1) / (s - 1 + N y^2) = p", (s - 1) / (s - 1 + N * upper**2) - p),
        vanishes(
            "two ends with two tails each: 4 p = 1/5", 4 * sympy.nsimplify(_TAIL) - sympy.Rational(1, 5)
        ),
    )


def _laws(X: np.ndarray) -> list[str]:
    """The laws of the decoder for which there is a window: signs always, Gaussians in several dimensions."""
    return [law for law in LAWS if window(X, law) is not None]


def _fits(X: np.ndarray) -> bool:
    return X.size <= LARGEST


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """Data with as many samples as are within the bound on n d, and a law that has a window."""
    X = thinned(draw(data), _fits)
    return Instance(X=X, law=draw(st.sampled_from(_laws(X))))


@st.composite
def _gaussian(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    X = thinned(draw(data), _fits)
    return Instance(X=X, law=_laws(X)[-1])


DATA = Domain(max_n=24, max_d=16)
# The window is narrow enough to tell -1/4 from -1/2 where H_W has several dimensions and few equal entries.
_SEVERAL = Domain(min_n=2, max_n=8, min_d=8, max_d=16)
NAMES = (
    "nearly parallel",
    "nearly antipodal",
    "obtuse pair",
    "orthogonal pair",
    "n > d",
    "n = 1",
    "d = 1",
    "many samples",
    "many dimensions",
)
_SPHERE = Instance(X=sphere(2, 16, 0), law="rademacher")

CLAIM = Claim(
    id="I7",
    kind=Kind.EXPONENT,
    finding="F1",
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    lemmas=lemmas,
    classes={
        **DATA.classes(*NAMES),
        "Gaussian decoder": lambda instance: bool(instance.law == "gaussian"),
    },
    strata={**DATA.strata(_instances, *NAMES), "Gaussian decoder": _gaussian(_SEVERAL.typical())},
    constants={
        "1/5": FAILURE_PROBABILITY,
        "8, 64, 512": WIDTHS,
        "64": NETWORKS,
        "1/2": POWER,
        "128": LARGEST,
    },
    uses=("I1", "K1"),
    restrict_to={"I1": lambda instance: (Instance(X=instance.X, m=1),), "K1": pairs},
    cost=Cost.SLOW,
    siblings=(
        Sibling(
            name="one-over-m",
            statement="the deviation falls like 1/m: the slope is -1 up to w",
            because="it is the variances of the neurons that add up, not the deviations that cancel",
            falls=SLOPE,
            changes={"exponent": -1.0},
        ),
        Sibling(
            name="fourth-root",
            statement="the deviation falls like m^(-1/4): the slope is -1/4 up to w",
            because="the mean square is v/m exactly",
            falls=SLOPE,
            changes={"exponent": -0.25},
            examples=(_SPHERE,),
        ),
        Sibling(
            name="half-of-v",
            statement="the mean square is v/(2m)",
            because="it is v/m exactly, and the window ends below two",
            falls=HIGH,
            changes={"factor": 0.5},
            examples=(_SPHERE,),
        ),
        Sibling(
            name="three-times-v",
            statement="the mean square is 3v/m",
            because="it is v/m exactly, and the window begins above a third",
            falls=LOW,
            changes={"factor": 3.0},
            examples=(_SPHERE,),
        ),
    ),
)
