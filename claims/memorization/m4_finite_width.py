"""M4. Trained networks approach the infinitely wide one like one over the root of their width.

Statement. For every X with A1, A2, d, n >= 2 and lambda_max(k) <= 16 lambda_min(k), in both regimes: let U_m
be the network of width m from the symmetric start, trained with step d / lambda_max(k) until
    ||E||_F <= 2^-7 m^(-1/2) / max ||w(y)||,
and D(m) the largest ||U_m(y) - f(y)|| over 64 fixed y on the sphere. Along a ladder of
independent networks, m = 2^6, ..., 2^12, the least-squares slope of log D in log m lies in [-3/4, -1/4] with
probability at least 0.9. Our law, calibrated, not proved.

Assumptions. A1, A2; w_r ~ N(0, I_d), a_r uniform on {-1, 1}^d, in pairs (w, a), (w, -a), so that U_m = 0 at
the start.

Symbols. X (d, n); k = K (weak), K + G (joint) on X; f(y) = X w(y), w(y) = k^{-1} k(X,y), the predictor of M1;
E = X - U_m(X).

Refuted by. Data on which more than a tenth of the ladders, at level 1e-6, have another slope, or are not
trained to the end within sixteen times the steps that the limit needs.

A pass does not show. The exponent -1/2 itself (the window contains others; what it excludes are 0 and -1),
larger widths, crowded data, or a supremum over more than 64 points.

Source. Ours, serving F4 of Nguyen, Wong, Hegde, arXiv:1911.11983, which is about infinite width. In short
(docs/theory/memorization.md): to first order U_m - f is the noise of averages over m neurons, and their
movement adds no slower term. What is left of the training is not seen: in the limit
    f - f_t = E_t k^{-1} k(X,y),
at most ||E_t||_F ||w(y)||, less than a hundredth of m^(-1/2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import CLASSES, data_matrices
from claims.preliminaries.fixed_data import sphere
from models.kernels.limit import limit_kernel
from models.kernels.limit_predictor import limit_predictor
from models.networks.autoencoder import outputs
from models.networks.initialization import draw_network
from models.networks.regime import REGIMES, Regime
from models.training.descent import descend
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Status, Trials, Unmet, slopes

WIDTHS = tuple(2**k for k in range(6, 13))
FRESH = 64
"""Points at which networks are compared with the limit."""
CONDITION = 16.0
"""The largest condition number: it is what the steps of a run are proportional to."""
STOPPED = 2.0**-7
"""What may be left of the training, as a share of m^(-1/2)."""
PATIENCE = 16
"""Steps allowed, as a multiple of what the limit kernel needs."""
HALF_WINDOW = 0.25
"""How far a slope may be from its exponent; calibrated (docs/theory/memorization.md)."""

Predictor = Callable[[torch.Tensor, torch.Tensor, Regime], torch.Tensor]
"""f(Y) (d, p) from X (d, n), Y (d, p) and the regime of the training."""


def weak_predictor(X: torch.Tensor, Y: torch.Tensor, _: Regime) -> torch.Tensor:
    """The predictor of weak training, whatever is trained."""
    return limit_predictor(X, Y, "weak")


@dataclass(frozen=True)
class Limit:
    """What infinite width says of X and Y: lambda_max and lambda_min of k, f(Y) (d, p), and max ||w(y)||."""

    largest: float
    smallest: float
    prediction: torch.Tensor
    weight: float

    def tolerance(self, m: int) -> float:
        """The residual at which a network of width m counts as trained."""
        return STOPPED / (math.sqrt(m) * self.weight)

    def steps(self, m: int, n: int) -> int:
        """Steps after which the limit's residual, sqrt(n) at the start, is below the tolerance."""
        return math.ceil(self.largest / self.smallest * math.log(math.sqrt(n) / self.tolerance(m)))


def limit(
    X: np.ndarray, Y: np.ndarray, regime: Regime, compute: Compute, *, predictor: Predictor = limit_predictor
) -> Limit | Unmet:
    """What the limit kernel of the regime says of training on X, and the predictor at Y."""
    data = tensor(X, compute)
    fresh = tensor(Y, compute)
    k = limit_kernel(data, regime)
    spectrum = torch.linalg.eigvalsh(k)
    smallest = float(spectrum[0])
    largest = float(spectrum[-1])
    if not largest <= CONDITION * smallest:
        return Unmet(f"the kernel's condition number is above {CONDITION:g}")
    weights = torch.linalg.solve(k, limit_kernel(data, regime, fresh))
    return Limit(largest, smallest, predictor(data, fresh, regime), float(weights.norm(dim=0).max()))


def ladders(
    X: np.ndarray, regime: Regime, at: Limit, generators: Sequence[np.random.Generator], compute: Compute
) -> tuple[np.ndarray, np.ndarray, int]:
    """D (B, widths), one ladder a generator, whether all of it was trained to the end (B,), and the steps."""
    d, n = X.shape
    data = tensor(X, compute)
    fresh = tensor(fresh_points(len(X)), compute)
    ended = np.ones(len(generators), dtype=bool)
    deviations = []
    steps = 0
    for m in WIDTHS:
        start = draw_network("symmetric", m, d, generators, device=compute.device, dtype=data.dtype)
        tolerance = at.tolerance(m)
        most = PATIENCE * at.steps(m, n)
        run = descend(start, data, d / at.largest, most, regime, stop_below=tolerance)
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
    exponent: float = -0.5,
    predictor: Predictor = limit_predictor,
) -> Trials | Unmet:
    """A trial is one ladder; it fails if its slope is not near `exponent`, or if a run does not end."""
    X = instance.X
    regime = instance.regime
    at = limit(X, fresh_points(len(X)), regime, compute, predictor=predictor)
    if isinstance(at, Unmet):
        return at
    deviations, ended, steps = ladders(X, regime, at, generators, compute)
    measured = slopes(np.array(WIDTHS), deviations)
    outside = np.abs(measured - exponent) > HALF_WINDOW
    return Trials(
        failed=outside | ~ended,
        why=tuple(map(_ending, outside, ended)),
        steps=steps * len(generators),
        horizon=sum(PATIENCE * at.steps(m, X.shape[1]) for m in WIDTHS) * len(generators),
        measured=measured,
    )


def _ending(outside: bool, ended: bool) -> str:
    if not ended:
        return "not trained to the end"
    return "slope outside the window" if outside else ""


DATA = data_matrices(min_n=2, max_n=3, min_d=2, max_d=4, min_separation=1 / 3)

CLAIM = Claim(
    id="M4",
    kind=Kind.EXPONENT,
    status=Status.CONJECTURE,
    finding="F4",
    instances=st.builds(Instance, X=DATA, regime=st.sampled_from(REGIMES)),
    draw=draw,
    failure_probability=0.1,
    examples=tuple(Instance(X=sphere(3, 4, 0), regime=regime) for regime in REGIMES),
    classes={
        **{name: CLASSES[name] for name in ("n > d", "n = 2", "orthogonal pair")},
        "joint": lambda instance: bool(instance.regime == "joint"),
    },
    cost=Cost.SLOW,
    minimum_reach=0.5,
    siblings=(
        Sibling(
            name="inverse-width",
            statement="the slope lies in [-5/4, -3/4]: the deviation falls like 1/m",
            because="averages over m neurons fluctuate like m^(-1/2)",
            falls="slope outside the window",
            changes={"exponent": -1.0},
        ),
        Sibling(
            name="weak-limit-for-joint",
            statement="jointly trained networks approach the predictor of weak training, at the same rate",
            because="the decoder's kernel does not vanish in the limit (M5), so the deviation stays",
            falls="slope outside the window",
            changes={"predictor": weak_predictor},
            instances=st.builds(Instance, X=DATA, regime=st.just("joint")),
        ),
    ),
)
