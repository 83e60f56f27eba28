"""C7. Beyond 2 / lambda_max(H) a minimum is left at the rate of the top eigenvector.

Statement. For every X with A1, n <= 8, d <= 16 and delta >= 2^-11, every W without a vanishing preactivation
and every A with U = X: let v be a unit top eigenvector of the weak kernel H, lambda = lambda_max(H), and
eps > 0. Descent of the encoder from W - eps J v has the residual E(0) = eps lambda v, and while no sign flips
    ||E(k)||_F = |1 - eta lambda|^k ||E(0)||_F.
So for eta >= 2 / lambda
    ||E(k)||_F >= ||E(0)||_F,
with equality exactly at eta = 2 / lambda.

Assumptions. A1. Phi has rank n, so that an A with U = X exists (the check takes the least one); eps so small
that no sign flips in the steps that are watched, and so large that the roundings of the run are below the
square root of the unit roundoff of ||E(k)||_F: an equality that is met with fewer digits decides nothing.

Symbols. X (d, n); W, A (d, m); U = (1/s) A relu(W^T X), s = sqrt(m d); J the weak Jacobian (m d, n d);
H = J^T J (n d, n d); E = X - U; eta the step size; share = eta lambda / 2.

Refuted by. A minimum, a step size of at least 2 / lambda and a step after which the residual next to it is
smaller than before, or not the power of |1 - eta lambda| times what it was.

A pass does not show. That every start diverges beyond 2 / lambda, or any start but those next to a minimum:
once signs flip a run may settle elsewhere. Joint descent, where this holds to first order in eps.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983: the step sizes of C1 to C3 cannot reach
beyond. Proof: without a flip U is linear in W with the Jacobian J^T, so
    U(W - eps J v) = X - eps J^T J v = X - eps lambda v,
and a step gives
    E+ = E - eta J^T J E = (1 - eta lambda) E,
again a multiple of v. For eta >= 2 / lambda the factor is at most -1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, single, tensor
from claims.preliminaries.assumptions import Domain
from models.kernels.finite import jacobian, tangent_kernel
from models.networks.autoencoder import Network, residuals
from models.training.descent import descend
from models.training.rounding import residual_rounding, rounding_floors
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Unmet, at_least, equal
from refute.numerics import gamma, unit_roundoff

THRESHOLD = 2.0
"""The eta lambda from which on the residual does not shrink."""
MOST_SAMPLES = 8
MOST_DIMENSIONS = 16
SEPARATION = 2.0**-11
"""Closer pairs need decoders so large that the residual next to the minimum drowns in rounding."""
GROWS = "residual grows"
POWER = "factor of the steps"
LEAST = 2.0**-10
"""The share of lambda_max that another eigenvalue must have for a sibling to perturb along its vector."""

Which = Callable[[np.ndarray], int]
"""The index of the eigenvector to move along, from the eigenvalues of H in rising order."""


def top(values: np.ndarray) -> int:
    """The largest eigenvalue."""
    return len(values) - 1


def slowest(values: np.ndarray) -> int:
    """The smallest eigenvalue above LEAST times the largest."""
    return int(np.argmax(values >= LEAST * values[-1]))


def minimum(instance: Instance, compute: Compute) -> Network | None:
    """W drawn from `instance.start`, rows scaled by `instance.scale`, and the least A with U = X.

    None if rounding leaves the rank of Phi open.
    """
    X = instance.X
    m = instance.m
    d = len(X)
    W = np.random.default_rng([instance.start]).standard_normal((m, d)) * instance.scale
    Phi = np.maximum(W @ X, 0.0)
    if np.linalg.svd(Phi, compute_uv=False)[-1] <= gamma(8 * m * d) * np.linalg.norm(W):
        return None
    return single(W, np.linalg.lstsq(Phi.T, np.sqrt(m * d) * X.T, rcond=None)[0], compute)


@dataclass(frozen=True)
class Neighbour:
    """A point next to a minimum: its residual is meant to be an eigenvector of H with this eigenvalue."""

    network: Network
    X: torch.Tensor
    H: np.ndarray
    largest: float
    eigenvalue: float


def neighbour(instance: Instance, compute: Compute, *, along: Which = top) -> Neighbour | Unmet:
    """The minimum moved along an eigenvector of H, by a share of the way to the first flip on the whole path.

    Up to step k a neuron's preactivation moves by at most
        growth^k eps |x_i^T (J v)_r| with growth = max(1, |1 - eta lambda|).
    """
    X = tensor(instance.X, compute)
    start = minimum(instance, compute)
    if start is None:
        return Unmet("the features do not determine a reconstruction")
    H = array(tangent_kernel(start, X, "weak"))[0]
    values, vectors = np.linalg.eigh(H)
    index = along(values)
    v = tensor(vectors[:, index][None, :, None], compute)
    direction = (jacobian(start, X) @ v).reshape(start.W.shape)
    Z = array(start.W @ X)[0]
    speed = array(direction @ X)[0]
    moving = speed != 0
    room = float(np.min(np.abs(Z[moving] / speed[moving]), initial=np.inf))
    growth = max(1.0, abs(1 - 2 * instance.share * values[index] / values[-1]))
    eps = room / 4 / growth**instance.steps  # a quarter of the way: rounding must not flip a sign either
    moved = Network(start.W - eps * direction, start.A)
    return Neighbour(moved, X, H, float(values[-1]), float(values[index]))


def check(
    instance: Instance,
    compute: Compute,
    *,
    threshold: float = THRESHOLD,
    along: Which = top,
    factor: float = 1.0,
) -> Comparisons | Unmet:
    """The training loop from the neighbour of a minimum, against `factor` times a power of 1 - eta lambda."""
    near = neighbour(instance, compute, along=along)
    if isinstance(near, Unmet):
        return near
    steps = instance.steps
    eta = instance.share * threshold / near.largest
    run = descend(near.network, near.X, eta, steps, "weak")
    if bool(((run.network.W @ near.X > 0) != (near.network.W @ near.X > 0)).any()):
        return Unmet("rounding flips a sign")
    first = float(run.residual[0, 0])
    last = float(run.residual[steps, 0])
    rounding = rounding_of_the_run(near, eta, steps, first, compute)
    if not rounding < math.sqrt(unit_roundoff(compute.dtype)) * max(first, last):
        return Unmet("the residual next to the minimum is inside its rounding")
    predicted = factor * abs(1 - eta * near.eigenvalue) ** steps * first
    return (
        at_least(GROWS, last, first, rounding, attained=instance.share * threshold == THRESHOLD),
        equal(POWER, last, predicted, rounding),
    )


def rounding_of_the_run(near: Neighbour, eta: float, steps: int, first: float, compute: Compute) -> float:
    """How far ||E(k)|| may be from the power, for what was stored, computed and realised.

    The residual that was realised is an eigenvector up to the defect r = ||H E - lambda E||, which moves E(k)
    by at most
        eta k g^(k-1) r with g = max(1, |1 - eta lambda_max|) >= ||I - eta H||.
    The floor is for steps with eta ||H|| <= 2 and takes its part in E eta ||H|| / 2 times; on the way it is
    multiplied by at most g^k. An error f of H, at most gamma tr H, moves the power by k g^(k-1) eta f.
    """
    e = array(residuals(near.network, near.X).mT)[0].ravel()
    m, d = near.network.W.shape[1:]
    growth = max(1.0, abs(1 - eta * near.largest)) * (1 + gamma(8))
    doubt = gamma(m + 2 * d + near.X.numel() + 12, compute.dtype) * 4 * float(np.trace(near.H))
    error = float(residual_rounding(near.network, near.X)[0])
    defect = (
        float(np.linalg.norm(near.H @ e - near.eigenvalue * e)) + 2 * doubt * first + 2 * near.largest * error
    )
    floor = float(rounding_floors(near.network, near.X, eta, np.array([steps]), "weak")[0, 0])
    carried = max(eta * near.largest / 2, 1.0) * floor + eta * steps * (defect + doubt * first)
    return float(growth**steps * (carried + gamma(8 * steps) * first))


WHOLE = Domain(max_n=MOST_SAMPLES, max_d=MOST_DIMENSIONS, min_separation=SEPARATION)
DATA = Domain(min_n=2, max_n=MOST_SAMPLES, min_d=2, max_d=MOST_DIMENSIONS, min_separation=2.0**-4)
"""Several samples in several dimensions."""
NAMES = tuple(name for name in WHOLE.class_names() if name != "many samples")
_STARTS = st.integers(0, 2**16)
_EXPONENTS = (0, 0, -6, 6)  # powers of 2: the statement is for every size of W
_SHARES = (1.25, 1.0, 1.03125, 1.5, 2.0, 3.0)  # exact, so that 1.0 is the threshold itself
_STEPS = (1, 2, 4, 8)
MOST_GROWTH = 32.0
"""The residual grows by no more: eps is divided by as much, and comes that much closer to its rounding."""


@st.composite
def instances(
    draw: DrawFn,
    data: SearchStrategy[np.ndarray],
    least: int = 16,
    most: int = 96,
    exponents: tuple[int, ...] = _EXPONENTS,
    shares: tuple[float, ...] = _SHARES,
    steps: tuple[int, ...] = _STEPS,
) -> Instance:
    """Minima of at least four neurons a sample and step sizes from the threshold to three times it."""
    X = draw(data)
    share = draw(st.sampled_from(shares))
    return Instance(
        X=X,
        m=max(4 * X.shape[1], draw(st.integers(least, most))),
        start=draw(_STARTS),
        scale=2.0 ** draw(st.sampled_from(exponents)),
        share=share,
        steps=draw(st.sampled_from([k for k in steps if (THRESHOLD * share - 1) ** k <= MOST_GROWTH])),
    )


def _of_class(name: str) -> SearchStrategy[Instance]:
    """Few steps for crowded samples, whose residual is next to its rounding from the start."""
    crowded = name in ("nearly parallel", "nearly antipodal")
    data = (CROWDED if crowded else DATA if name in DATA.class_names() else WHOLE).of_class(name)
    return instances(data, steps=(1,) if crowded else _STEPS)


CROWDED = Domain(min_n=2, max_n=3, min_d=2, max_d=4, min_separation=SEPARATION)

AT_THE_THRESHOLD = Instance(X=np.eye(3), m=32, start=0, scale=1.0, share=1.0, steps=1)
PAIRS = Domain(min_n=2, max_n=2, min_d=2, max_d=4, min_separation=2.0**-4)

CLAIM = Claim(
    id="C7",
    kind=Kind.LOWER_BOUND,
    finding="F1",
    instances=instances(DATA.typical()),
    check=check,
    minimum_reach=0.25,
    classes={
        **WHOLE.classes(*NAMES),
        "at the threshold": lambda instance: bool(instance.share == 1.0),
        "three times the threshold": lambda instance: bool(instance.share == 3.0),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "small W": lambda instance: bool(instance.scale < 1),
        "large W": lambda instance: bool(instance.scale > 1),
        "eight steps": lambda instance: bool(instance.steps == 8),
    },
    strata={
        **{name: _of_class(name) for name in NAMES},
        "at the threshold": instances(DATA.typical(), shares=(1.0,)),
        "three times the threshold": instances(DATA.typical(), shares=(3.0,)),
        "m <= 8": instances(PAIRS.typical(), 8, 8),
        "small W": instances(DATA.typical(), exponents=(-6,)),
        "large W": instances(DATA.typical(), exponents=(6,)),
        "eight steps": instances(DATA.typical(), shares=(1.25, 1.0, 1.03125), steps=(8,)),
    },
    constants={
        "n <= 8": MOST_SAMPLES,
        "d <= 16": MOST_DIMENSIONS,
        "2^-11": SEPARATION,
        "2 / lambda": THRESHOLD,
    },
    siblings=(
        Sibling(
            name="breaks-at-one",
            statement="the same for every eta >= 1 / lambda_max(H)",
            because="between 1 and 2 over lambda_max the residual changes its sign at every step and shrinks",
            falls=GROWS,
            changes={"threshold": 1.0},
        ),
        Sibling(
            name="breaks-a-little-earlier",
            statement="the same for every eta >= 1.9 / lambda_max(H)",
            because="at 1.9 / lambda_max the residual shrinks by a tenth at every step",
            falls=GROWS,
            changes={"threshold": 1.9},
            examples=(AT_THE_THRESHOLD,),
        ),
        Sibling(
            name="nearly",
            statement="||E(k)||_F = (1 + 1e-5) |1 - eta lambda|^k ||E(0)||_F",
            because="the equality is exact",
            falls=POWER,
            changes={"factor": 1 + 1e-5},
        ),
        Sibling(
            name="every-residual-grows",
            statement="for eta >= 2 / lambda_max(H) the residual grows along every eigenvector of H",
            because="a direction of eigenvalue below lambda_max / share shrinks still",
            falls=GROWS,
            changes={"along": slowest},
        ),
    ),
)
