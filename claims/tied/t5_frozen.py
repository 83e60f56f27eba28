"""T5. At the reconstructing scale training freezes: weights and errors move like m^-1/2.

Statement. At c = 2, with the step eta m, after T = 16 steps: over the widths 64, 128, ..., 2048 the relative
movement ||W(T) - W(0)||_F/||W(0)||_F and the error of the trained network at +-e_1, ..., +-e_d both fall like
m^-1/2. Tested in this form: but for a probability of 1/10 the least-squares slopes of both ladders lie in
[-0.8, -0.2], and every run has
    ||W(T) - W(0)||_F <= sqrt(eta m T) ||E(0)||_F.

Assumptions. A1; 2 <= n <= 16 and 2 <= d <= 16; w_r ~ N(0, I_d); a rung is the root mean square over four
independent networks;
    eta <= 1/(2 (||X|| + sqrt(lambda_max(G))))^2.

Symbols. X (d, n); W (d, m); u(x) = (c/m) W relu(W^T x); E = X - U (d, n); L = (1/2) ||E||_F^2; G the limit
kernel of the decoder (n, n); T steps. A point +-e_j may happen to be a sample.

Refuted by. Data on which more than one ladder in ten leaves the window, or holds a run that moves further.

A pass does not show. The exponent beyond width 2048, nor anything about longer training. The window is
calibrated, not derived: half its width is more than four standard deviations of the slopes seen.

Source. Ours, serving F3 of Nguyen, Wong, Hegde, arXiv:1911.11983. Derivation of the upper half: if each step
lowers L by half its size times the squared gradient, the squared lengths of the steps sum to at most
    2 eta m (L(0) - L(T)),
and by Cauchy-Schwarz the path is at most sqrt(eta m T) ||E(0)||_F. By T2
    E ||E(0)||_F^2 = n (2 d + 3)/m,
and ||W(0)||_F^2 is near m d. Off the data u moves by (2/m)(||W(T)|| + ||W(0)||) times the movement.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array
from claims.preliminaries.assumptions import Domain
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
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, slopes
from refute.numerics import gamma


def movement(rung: Rung) -> np.ndarray:
    """||W(T) - W(0)||_F / ||W(0)||_F, pooled: (B,)."""
    return pooled(squared_norms(rung.run.W - rung.start) / squared_norms(rung.start))


def error_off_data(rung: Rung, c: float) -> np.ndarray:
    """The root mean square (B,) of ||u(y) - y|| over y = +-e_1, ..., +-e_d after training."""
    axes = torch.eye(len(rung.X)).to(rung.X)
    points = torch.cat([axes, -axes], dim=1)
    return pooled((tied_outputs(rung.run.W, points, c) - points).square().sum(dim=1).mean(dim=1))


def share_of_bound(rung: Rung, eta: float) -> np.ndarray:
    """The largest share (B,) of sqrt(eta m T) ||E(0)||_F that a run of the pool moved."""
    moved = array(squared_norms(rung.run.W - rung.start).sqrt())
    allowed = np.sqrt(eta * rung.m * STEPS) * array(rung.run.residual[0])
    share: np.ndarray = (moved / allowed).reshape(-1, POOL).max(axis=1)
    return share


def draw(
    instance: Instance,
    generators: Sequence[np.random.Generator],
    compute: Compute,
    *,
    exponent: float = EXPONENT,
    c: float = 2.0,
    allowed: float = 1.0,
) -> Trials:
    """A trial is a ladder. Rounding moves a slope by far less than its own spread.

    A run may pass the bound by the rounding of its sums and of T updates of the weights.
    """
    eta = width_ladders.step_size(instance.X, c) * instance.share
    rungs = [
        (movement(rung), error_off_data(rung, c), share_of_bound(rung, eta))
        for rung in width_ladders.climb(instance.X, c, eta, generators, compute)
    ]
    moved, error, share = (np.stack(columns, axis=1) for columns in zip(*rungs, strict=True))
    slope = slopes(WIDTHS, moved)
    rounding = gamma(int(4 * STEPS * WIDTHS[-1]), compute.dtype)
    parts = {
        "slope of the movement": outside(slope, exponent),
        "slope of the error off the data": outside(slopes(WIDTHS, error), exponent),
        "a run beyond its bound": share.max(axis=1) > allowed * (1 + rounding),
    }
    count = len(generators) * POOL * len(WIDTHS) * STEPS
    failed = np.any(list(parts.values()), axis=0)
    return Trials(failed, reasons(parts), steps=count, horizon=count, measured=slope)


DATA = Domain(min_n=2, max_n=16, min_d=2, max_d=16)


@st.composite
def _instances(draw: DrawFn, data: SearchStrategy[np.ndarray]) -> Instance:
    """Data at shares of the largest step."""
    return Instance(X=draw(data), share=draw(st.sampled_from([1.0, 0.5, 0.25])))


CLAIM = Claim(
    id="T5",
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
    instances=_instances(DATA.typical()),
    draw=draw,
    failure_probability=FAILURE_PROBABILITY,
    classes=DATA.classes(),
    strata=DATA.strata(_instances),
    cost=Cost.SLOW,
    siblings=(
        Sibling(
            name="first-power",
            statement="both fall like 1/m: the slopes lie in [-1.3, -0.7]",
            because="the residual to be trained away is of order m^-1/2; only its square is of order 1/m",
            falls="slope of the movement",
            changes={"exponent": -1.0},
        ),
        Sibling(
            name="any-scale",
            statement="the same at c = 1",
            because="the untrained network is then half of the input, and training has to rescale it",
            falls="slope of the movement",
            changes={"c": 1.0},
        ),
        Sibling(
            name="quarter-of-the-path",
            statement="every run has ||W(T) - W(0)||_F <= (1/4) sqrt(eta m T) ||E(0)||_F",
            because="the slow directions of the residual use most of what Cauchy-Schwarz allows",
            falls="a run beyond its bound",
            changes={"allowed": 0.25},
        ),
    ),
)
