"""The contraction certificate: one point of a run proves linear convergence for every later step.

At a point (W, A) with residual E, e = ||E||_F, take a budget C > 0 for the whole future path
sum_k eta ||E(k)||_F. While the path stays within C no neuron r moves further than its radius R_r, so only the
entries S = {(r, i): |z_ri| <= R_r} can change sign, the unstable ones. With q = ||X|| C / s,

    weak:   R_r = q ||a_r||,                                        x = 0
    joint:  R_r = q (||a_r|| + q ||w_r||) / (1 - q^2)  (q < 1),     x = (||X|| / s) sqrt(rho_A^2 + rho_W^2),
            rho_A = (C/s) (||Phi|| + q ||X|| ||A||) / (1 - q^2),  rho_W = q (||A|| + rho_A),

let H_- be the tangent kernel without the encoder part of every neuron that has an entry in S, P the encoder
part of those neurons from their entries outside S, kappa_r = min(|S_r|, ||X||^2), and for any t > 0

    Q = (1/(m d)) sum_i e_i e_i^T (x) sum_{r in S_i} kappa_r a_r a_r^T,
    Lam^2 = lambda_max(H_- + (1 + t) P + (1 + 1/t) Q),   Lt = Lam + x,   c = 2 - eta Lt^2,
    nu = lambda_min(c H_- - Q / c) - (2 + eta Lt^2) (2 x Lam + x^2).

If c > 0, nu > 0 and the path that nu promises stays within the budget,

    eta e / (1 - sqrt(1 - eta nu)) <= C,

then for every later k

    ||E(k)||_F^2 <= (1 - eta nu)^k e^2,

and every neuron stays within R_r. This is the squared form. `models.certificate.middle_form` has another nu,
which asks for less of most points and is tried first; the rest of the statement is the same.

Proof. One step gives

    E+ = E - eta Jb^T J E

with the secant Jacobian Jb: its pattern has entries in [0, 1] and equals that of J outside S, its decoder is
that after the step. First freeze A and Phi. Then ||J E|| and ||Jb E|| are at most Lam ||E||: a neuron with
entries in S contributes

    |p + b|^2 <= (1 + t) |p|^2 + (1 + 1/t) |b|^2,    |b|^2 <= kappa_r sum_{i in S_r} <a_r, e_i>^2 / (m d),

where p comes from its other entries. To

    2 <Jb E, J E> - eta Lt^2 ||J E||^2

a neuron without entries in S contributes c |u_r|^2, and one with such entries

    2 <v + delta, v> - eta Lt^2 |v|^2 >= -|delta|^2 / c,

where |delta|^2 has the bound of |b|^2. The drift of A and Phi changes J and Jb by at most x each, which costs
the last term of nu. So ||E+||^2 <= (1 - eta nu) ||E||^2; by induction the path stays within C, and the ball
is never left. QED. docs/theory/convergence.md has every step.

Rounding: every quantity is bounded on the unsafe side (verified eigenvalues, inflated radii, e from above; A1
may be off by rounding: a column longer than 1 moves z further, so S and kappa use the longest one). Hence
`certified` is a theorem about exact gradient descent from the stored point, barring underflow. How far exact
descent from the start is from the stored point is bounded by `models.certificate.exact_run`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models.certificate.contraction import EVERY_TERM, Contraction, Terms, contraction
from models.certificate.middle_form import middle, prove_rate
from models.certificate.points import Points, points_of
from models.networks.argument_checks import require_samples
from models.networks.autoencoder import Network
from models.networks.regime import Regime, require_regime
from refute.numerics import gamma

_KERNEL_ENTRIES = 2**18
"""Entries of kernels that are formed at a time, at least one network's: 2 MiB in float64, of which a cache
holds a few. Networks are independent to the bit, so any value gives the same results."""
BUDGETS_TRIED = 6
"""Budgets of a search, each what the one before turned out to need. The rate falls as the budget grows,
so that the budgets settle within a few rounds where a certificate exists, and grow until no rate is left
where none does. Fewer could only miss a certificate, never grant a false one."""
BUDGET_MARGIN = 1 + 2.0**-6
"""What a needed budget is multiplied by before it is tried. A budget that equals what is needed is met only
in the limit; a little more is met in a round or two, and lets hardly more neurons change sign."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """The certificate at the point of each initialization of a batch; B = batch size. All on the CPU.

    certified: (B,) bool. rate: (B,) float64, the proven nu: ||E(k)||^2 <= (1 - eta nu)^k ||E||^2. budget:
    (B,) the path length C. radius: (B, m) how far each neuron can ever move from here. unstable: (B,) entries
    in S. Where nothing is certified all of these are 0.
    """

    certified: np.ndarray
    rate: np.ndarray
    budget: np.ndarray
    radius: np.ndarray
    unstable: np.ndarray


def certify(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    *,
    wanted: float = 0.0,
    terms: Terms = EVERY_TERM,
    first: float = 0.0,
) -> Certificate:
    """Try to certify every initialization of a batch at its current point; see the module for the statement.

    network: float64 or float32 weights (B, m, d) on any device; X (d, n) with unit columns. wanted: only
    a rate of at least this counts, and the budget is searched for (see BUDGETS_TRIED). terms: every term, for
    a proof; fewer for the false variants of the statement. first: the budget that the search starts with.
    The decision is made on the CPU in float64 from the weights as stored; weights that are not finite,
    or so large that their fourth powers are not, are never certified. ValueError for
    arguments that disagree, a regime not in REGIMES or a step size that is not positive and finite.
    """
    points = _points(network, X, step_size, regime)
    found = [
        _search(points.select(slice(b, b + 1)), step_size, wanted, terms, first) for b in range(network.batch)
    ]
    return _gathered(found, network.m)


def certify_around(
    network: Network,
    X: Tensor,
    step_size: float,
    regime: Regime,
    off: float,
    residual: float,
    *,
    wanted: float = 0.0,
) -> Certificate:
    """The same for every point within `off` of the stored one whose ||E||_F is at most `residual`.

    network: B = 1. off: the distance in (W, A), Frobenius; in the weak regime the decoder is the stored one.
    Radii are from the stored point. A rate that is wanted is tried with the budget that it needs first, and
    then as in `certify`. Arguments and errors as there; ValueError also for more than one network, or numbers
    that are negative or not finite.
    """
    if network.batch != 1 or not (0 <= off < math.inf and 0 <= residual < math.inf):
        raise ValueError(f"one network, and off {off} and residual {residual} not negative and finite")
    points = replace(_points(network, X, step_size, regime), off=np.array([off]), e=np.array([residual]))
    found: Contraction | None = None
    if wanted > 0:
        budget = np.array([path_length(residual, step_size, wanted)])
        (found,) = prove_rate(points, step_size, budget, wanted)
    found = found or _search(points, step_size, wanted, EVERY_TERM, 0.0)
    return _gathered([found], network.m)


def certify_rate(network: Network, X: Tensor, step_size: float, regime: Regime, rate: float) -> Certificate:
    """Whether nu >= rate > 0 is proved with the budget that `rate` itself needs: no search, no eigenvalue.

    What is certified has this rate and budget, and `contraction_rate` at the budget is at least the rate, up
    to its own rounding. Mostly less is certified than by `certify` with `wanted = rate`, at a fraction of its
    cost. Arguments and errors as there; ValueError unless rate > 0.
    """
    if not rate > 0:
        raise ValueError(f"rate must be positive, got {rate}")
    points = _points(network, X, step_size, regime)
    found: list[Contraction | None] = []
    budgets = np.array([path_length(e, step_size, rate) for e in points.e.tolist()])
    few = max(1, _KERNEL_ENTRIES // X.numel() ** 2)
    for first in range(0, network.batch, few):
        part = slice(first, first + few)
        found += prove_rate(points.select(part), step_size, budgets[part], rate)
    return _gathered(found, network.m)


def path_length(e: float, step_size: float, rate: float) -> float:
    """From above, and infinite where eta nu is zero:

        eta e / (1 - sqrt(1 - eta nu)) = eta e (1 + sqrt(1 - eta nu)) / (eta nu)

    The right side is evaluated, as it loses no digits.
    """
    share = min(step_size * rate * (1 - gamma(4)), 1.0)  # from below: near 1 the root magnifies its rounding
    if not share > 0:
        return math.inf
    return step_size * e * (1 + math.sqrt(1 - share)) / share * (1 + gamma(16))


def contraction_rate(network: Network, X: Tensor, step_size: float, regime: Regime, budget: float) -> float:
    """A lower bound on nu for one initialization (batch of one, CPU, float64) and one budget C >= 0.

    That of the form that proves more; -inf where neither applies.
    """
    point = points_of(network, X, regime)
    return max(form(point, step_size, budget).rate for form in (middle, contraction))


def _points(network: Network, X: Tensor, step_size: float, regime: Regime) -> Points:
    """The points of a batch on the CPU in float64."""
    require_regime(regime)
    require_samples(network.W, X)
    if not (step_size > 0 and math.isfinite(step_size)):
        raise ValueError(f"step_size must be positive and finite, got {step_size}")
    W, A, data = (part.detach().to("cpu", torch.float64) for part in (network.W, network.A, X))
    return points_of(Network(W, A), data, regime)


def _gathered(parts: Sequence[Contraction | None], m: int) -> Certificate:
    found = [part or Contraction(0.0, 0.0, np.zeros(m), 0) for part in parts]
    return Certificate(
        certified=np.array([part.rate > 0 for part in found]),
        rate=np.array([part.rate for part in found]),
        budget=np.array([part.budget for part in found]),
        radius=np.stack([part.radius for part in found]),
        unstable=np.array([part.unstable for part in found]),
    )


def _search(
    point: Points, step_size: float, wanted: float, terms: Terms, budget: float
) -> Contraction | None:
    """Each budget is what the one before needed, from the given one on; or the first, if any counts."""
    e = float(point.e[0])
    for _ in range(BUDGETS_TRIED):
        part = _best(point, step_size, budget, wanted, terms)
        if part.rate <= 0 or part.rate < wanted:
            return None
        needed = path_length(e, step_size, part.rate)
        if 0 < needed <= budget or not terms.budget:
            return part
        budget = needed * BUDGET_MARGIN
    return None


def _best(point: Points, step_size: float, budget: float, wanted: float, terms: Terms) -> Contraction:
    """What the first form proves if it is a rate that is wanted; else what the form proves that proves more.

    A larger rate needs less of the budget, so that the next one is smaller.
    """
    found: list[Contraction] = []
    for form, tried in ((middle, terms.middle), (contraction, terms.squared)):
        if tried:
            found.append(form(point, step_size, budget, terms))
            if 0 < wanted <= found[-1].rate:
                return found[-1]
    return max(found, key=lambda part: part.rate)
