"""C6. Neurons and kernel move like m^-1/2, for all time.

Statement. For every X with A1, A2, 2 <= n <= 8 and 3 <= d <= 8, over the widths 256, 512, 1024, 2048: every
run is certified by C1; with the length L = sum_k eta ||E(k)||_F of its path, the largest distance of a neuron
from its start and the movement of the kernel, per unit of path,
    sup_k max_r ||w_r(k) - w_r(0)|| / L and ||H(T) - H(0)|| / L,
decay like m^-1/2. Tested in this form: but for a probability of 1/10 the least-squares slopes lie in
[-0.75, -0.25] and in [-1.1, -0.05]. Weak and joint.

Assumptions. A1, A2; rademacher decoder; data whose run to a residual of about 1/256 fits the step cap.

Symbols. X (d, n); W (d, m) with columns w_r; H the tangent kernel of the regime; T the step of the
certificate, R_r its radii, C its budget. Supremum and L are enclosed: at least what was seen up to T, at most
that and the certificate's max_r R_r and C; both ends of the first ratio must have slopes in the window.

Refuted by. Data on which more than a tenth of the ladders, at level 1e-6, leave a window, hold a run without
a certificate, or a neuron, encoder or decoder, that leaves its radius after it.

A pass does not show. The exponents beyond these widths, nor that they are exactly -1/2: the windows are
calibrated on a stream of their own. The kernel after T, though its neurons stay within R_r.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Half of the first exponent is proved: a
step moves w_r by at most
    eta ||X|| ||a_r|| ||E||_F / s, and ||a_r|| = sqrt(d) (weak),
so the distance is at most m^-1/2 ||X|| L. Why the kernel follows: docs/theory/convergence.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.convergence.calibrated_law import promise
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import Domain
from claims.preliminaries.thinning import thinned
from models.certificate.certificate import certify
from models.certificate.certified_run import run_until_certified
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute import NO_INSTANCE, Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, Unmet, slopes
from refute.numerics import gamma, unit_roundoff

FAILURE_PROBABILITY = 0.1
WIDTHS = np.array([256, 512, 1024, 2048])
SHRINKAGE = 2.0**-8
"""The residual at which a certificate is first tried; without one the run goes on."""
LONGEST = 160
"""The step cap until then, by the cost of the widest rung."""
LATER = 32
"""Steps watched after the certificate, to see the radii hold; C1 watches longer."""
WINDOW = (-0.75, -0.25)
KERNEL_WINDOW = (-1.1, -0.05)
"""Where the slopes are to lie, calibrated on a stream of their own (docs/theory/convergence.md)."""
TO_CERTIFY = 4000
"""Steps allowed beyond those, where the first try certifies nothing."""
_TINY = float(np.finfo(np.float64).tiny)

Window = tuple[float, float]


@dataclass(frozen=True)
class Moved:
    """One width, arrays (B,): movement for all time, enclosed, and the kernel's, per unit of path."""

    least: np.ndarray
    most: np.ndarray
    kernel: np.ndarray
    certified: np.ndarray
    left: np.ndarray
    steps: int


def run_of(X: torch.Tensor, start: Network, step_size: float, regime: Regime, steps: int) -> Moved:
    """Run `steps` steps, then on until the certificate; what moved, and whether radii hold afterwards."""
    run = descend(start, X, step_size, steps, regime)
    point = run.network
    proof = certify(point, X, step_size, regime)
    used = steps + LATER
    so_far = array(run.movement).max(0)
    path = array(run.residual).sum(0)
    if not proof.certified.all():
        on = run_until_certified(point, X, step_size, regime, wanted=0.0, max_steps=TO_CERTIFY)
        point = on.network
        proof = certify(point, X, step_size, regime)
        used += int(on.steps.max())
        so_far = so_far + np.array([record.max() for record in on.movement])
        path = path + np.array([record[1:].sum() for record in on.residual])
    at_least = array((point.W - start.W).norm(dim=2)).max(1)
    change = tangent_kernel(point, X, regime) - tangent_kernel(start, X, regime)
    after = descend(point, X, step_size, LATER, regime).network
    length = step_size * path
    return Moved(
        least=np.maximum(array(run.movement).max(0), at_least) / (length + proof.budget),
        most=(so_far + proof.radius.max(1)) / length,
        kernel=array(torch.linalg.matrix_norm(change, 2)) / length,
        certified=proof.certified,
        left=proof.certified & left_radii(point, after, X, proof.radius, proof.budget),
        steps=start.batch * used,
    )


def left_radii(
    before: Network, after: Network, X: torch.Tensor, radius: np.ndarray, budget: np.ndarray
) -> np.ndarray:
    """(B,) whether a neuron is further than its radius, R_r encoder and q (||w_r|| + R_r) decoder.

    q = ||X|| C / s as in C1. Each of the LATER steps rounds the stored weights.
    """
    u = unit_roundoff(str(X.dtype).removeprefix("torch."))
    q = float(torch.linalg.matrix_norm(X, 2)) * budget / before.scale * (1 + gamma(X.numel() + 64))
    sizes = [array(part.norm(dim=2)) for part in (before.W, before.A)]
    ways = [array((b - a).norm(dim=2)) for a, b in ((before.W, after.W), (before.A, after.A))]
    bounds = (radius, q[:, None] * (sizes[0] + radius))
    over = [way > bound + 4 * u * LATER * size for way, bound, size in zip(ways, bounds, sizes, strict=True)]
    found: np.ndarray = over[0].any(1) | over[1].any(1)
    return found


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    window: Window = WINDOW,
    kernel_window: Window = KERNEL_WINDOW,
) -> Trials | Unmet:
    """A trial is a ladder of independent starts, one a width, from its generator."""
    X = tensor(instance.X, compute)
    d = len(instance.X)
    regime = instance.regime
    needed = needed_steps(instance.X, regime)
    if not needed <= LONGEST:
        return Unmet("the run is longer than the cap")
    promised = promise(instance.X, regime)
    steps = math.ceil(needed)
    starts = (
        draw_network("rademacher", int(m), d, generators, device=compute.device, dtype=X.dtype)
        for m in WIDTHS
    )
    ladder = [run_of(X, start, promised.step_size, regime, steps) for start in starts]
    least, most, kernel = (
        slopes(WIDTHS, np.maximum([getattr(rung, name) for rung in ladder], _TINY).T)
        for name in ("least", "most", "kernel")
    )
    reasons = {
        "not certified": ~np.all([rung.certified for rung in ladder], axis=0),
        "a neuron left its radius": np.any([rung.left for rung in ladder], axis=0),
        "movement outside the window": _outside(least, window) | _outside(most, window),
        "kernel outside the window": _outside(kernel, kernel_window),
    }
    failed = np.any(list(reasons.values()), axis=0)
    why = tuple(next((name for name, hit in reasons.items() if hit[b]), "") for b in range(len(failed)))
    used = sum(rung.steps for rung in ladder)
    return Trials(failed=failed, why=why, steps=used, horizon=used, measured=least)


def _outside(slope: np.ndarray, window: Window) -> np.ndarray:
    low, high = window
    return (slope < low) | (slope > high)


DATA = Domain(min_n=2, max_n=8, min_d=3, max_d=8, min_separation=0.25)
OPPOSITE = Domain(min_n=2, max_n=4, min_d=3, max_d=6, min_separation=2.0**-11)
CLASS_DATA = {
    "nearly antipodal": OPPOSITE,
    "obtuse pair": DATA,
    "orthogonal pair": DATA,
    "n = 2": DATA,
    "equal correlations": DATA,
    "signs": DATA,
}
"""The classes of data that belong to the claim, with data in which each is found. On other data, such as
nearly parallel samples or n > d, runs are longer than LONGEST."""


def needed_steps(X: np.ndarray, regime: Regime) -> float:
    """Steps after which the promised envelope has shrunk to SHRINKAGE."""
    promised = promise(X, regime)
    if not promised.rate > 0:
        return math.inf
    return math.log(1 / SHRINKAGE) / (promised.step_size * promised.rate)


@st.composite
def instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """Data without the columns for which LONGEST steps are too few."""
    regime = draw(st.sampled_from(REGIMES))
    return Instance(X=thinned(draw(data), lambda X: needed_steps(X, regime) <= LONGEST), regime=regime)


def _joint(data: SearchStrategy[np.ndarray]) -> SearchStrategy[Instance]:
    return instances(data).map(lambda instance: instance.replace(regime="joint"))


CLAIM = Claim(
    id="C6",
    kind=Kind.EXPONENT,
    status=Status.CONJECTURE,
    constants={
        "256, 512, 1024, 2048": WIDTHS.tolist(),
        "1/10": FAILURE_PROBABILITY,
        "-0.75, -0.25": WINDOW,
        "-1.1, -0.05": KERNEL_WINDOW,
        "-1/2": sum(WINDOW) / 2,
    },
    finding="F1",
    instances=instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    uses=("C1",),
    restrict_to={"C1": NO_INSTANCE},
    cost=Cost.SLOW,
    minimum_reach=0.25,
    classes={
        **Domain(min_n=2, min_separation=2.0**-11).classes(*CLASS_DATA),
        "joint": lambda instance: bool(instance.regime == "joint"),
    },
    strata={
        **{name: instances(data.of_class(name)) for name, data in CLASS_DATA.items()},
        "joint": _joint(DATA.typical()),
    },
    siblings=(
        Sibling(
            name="one-over-m",
            statement="the largest movement of a neuron decays like m^-1",
            because="each neuron carries 1/sqrt(m) of the output, so it must move by that much",
            falls="movement outside the window",
            changes={"window": (-1.2, -0.8)},
        ),
        Sibling(
            name="smooth-kernel",
            statement="the tangent kernel moves like m^-1, as it does for smooth activations",
            because="the share of ReLU's entries that change sign is proportional to the movement, m^-1/2",
            falls="kernel outside the window",
            changes={"kernel_window": (-1.25, -0.85)},
        ),
    ),
)
