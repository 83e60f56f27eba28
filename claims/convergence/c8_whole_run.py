"""C8. A run is proved from its first step.

Statement. For every X with A1, n <= 16, d <= 24 and delta >= 2^-11, every stored start (W, A) and exact start
(W', A') within dev_0 of it (weak: A' = A), every step eta and number of steps T: let (W_k, A_k) be the stored
run, in float64 or in double-double arithmetic, s = sqrt(m d), y_k = eta j_k^2 and
    dev_{k+1} = p_k + t_k dev_k + rho_k,
    p_k = min(max(1, y_k - 1) dev_k + eta j_k eps_k, sqrt(dev_k^2 + eta eps_k^2 / (2 - y_k)) [y_k < 2]),
    t_k = eta (e_k + (j_k dev_k + eps_k) / 2) ||X|| / s [joint; weak: 0],
with eps_k what the computed residual of step k is off by, rho_k the other roundings of the step, e_k and j_k
upper bounds of ||E|| at (W_k, A_k) and of ||J|| within dev_k of it. If |z_ri| at (W_k, A_k) exceeds
dev_k ||x_i|| and its rounding for all r, i and k < T, then exact gradient descent from (W', A') satisfies for
k <= T
    ||(W'(k), A'(k)) - (W_k, A_k)||_F <= dev_k.
If moreover the certificate of C1 holds at (W_T, A_T) with every radius larger by dev_T, A and Phi off by as
much, and the residual e = e_T + j_T dev_T, then for every k >= 0 and r
    ||E'(T + k)||_F^2 <= (1 - eta nu)^k e^2,
    ||w'_r(T + k) - w_r(T)|| <= R_r + dev_T.
Weak and joint.

Assumptions. A1. No assumption on the initialization.

Symbols. X (d, n); W, A (d, m); E = X - U (d, n), E' of the exact run; z = W^T X; J the Jacobian of U; R_r the
radius of neuron r in C1, nu its rate.

Refuted by. An exact run, in balls, further from the stored one than dev_k at some k <= T, or beyond its
envelope or radius after T.

A pass does not show. That runs have no entry in doubt (docs/theory/convergence.md has the shares), or that
networks beyond some hundred weights obey; the exact run is followed for 8 steps after T, the infinite tail
is C1's.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: docs/theory/convergence.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from flint import arb, arb_mat
from hypothesis import strategies as st

from claims.convergence.short_runs import (
    LONGEST,
    SHIFTED,
    far_from_the_stored_point,
    instances,
    lost_sign,
    saddle,
    shift_of,
    start_of,
    strata,
    tight_runs,
)
from claims.convergence.starting_points import MOST_DIMENSIONS, MOST_SAMPLES, NAMES, SEPARATION, WHOLE
from claims.preliminaries.arrays import array, tensor
from models.certificate.certified_run import run_until_certified
from models.certificate.distance import EVERY_GUARD, Guards
from models.certificate.run_in_balls import BallPoint, norm, row_norms, run_in_balls
from models.certificate.stored_runs import stored_run
from models.certificate.whole_run import WholeRun, prove_run
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from refute import Claim, Comparison, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet, at_most
from refute.numerics import precision

AFTER = 8
"""Steps that the exact run is watched after T."""
BITS = 512
"""Digits in which balls are compared: a distance of 2^-100 of the weights, in double-double, has 400 left."""
DISTANCE = "distance from the stored run"
ENVELOPE = "exact residual within its envelope"
RADIUS = "exact movement within the radius"
NEXT_TO_A_KINK = 2.0**-24
"""A preactivation at the start below this is next to a kink."""


@dataclass(frozen=True)
class _Setting:
    network: Network
    X: torch.Tensor
    step_size: float
    steps: int


def check(
    instance: Instance,
    _: Compute,
    *,
    guards: Guards = EVERY_GUARD,
    enlarged: bool = True,
    allowed: float = 1.0,
) -> Comparisons | Unmet:
    """A run that is proved from its start, against the exact run from there in balls.

    guards: those that a step is held to. enlarged: whether the certificate allows for the distance. allowed:
    the share of dev_T by which radii are larger.
    """
    setting = _setting(instance)
    if isinstance(setting, Unmet):
        return setting
    whole = prove_run(
        setting.network,
        setting.X,
        setting.step_size,
        instance.regime,
        setting.steps,
        off=instance.off,
        kind=instance.kind,
        guards=guards,
        enlarged=enlarged,
    )
    if whole.proved_from > 0:
        return Unmet("an entry is in doubt")
    if whole.proved_from < 0:
        return Unmet("no certificate within the steps allowed")
    exact = exact_run(instance, setting.network, setting.step_size, setting.steps + AFTER)
    with precision(BITS):
        return _distance(setting, instance, whole, exact), *_after(setting, whole, exact, allowed)


def _setting(instance: Instance) -> _Setting | Unmet:
    X = tensor(instance.X, Compute())
    network = start_of(instance)
    largest = float(torch.linalg.eigvalsh(tangent_kernel(network, X, instance.regime))[0, -1])
    if largest <= 0:
        return Unmet("no neuron is active, so the kernel vanishes")
    eta = instance.share * 2 / largest
    run = run_until_certified(network, X, eta, instance.regime, max_steps=LONGEST)
    if run.certified_at[0] < 0:
        return Unmet("no certificate within the steps allowed")
    return _Setting(network, X, eta, max(int(run.certified_at[0]), instance.steps))


def exact_run(instance: Instance, network: Network, step_size: float, steps: int) -> list[BallPoint]:
    """The exact run of the instance, from the stored start of `network` moved by the instance's shift."""
    starts = []
    for weights, shift in zip((network.W, network.A), shift_of(instance), strict=True):
        with precision(BITS):
            starts.append(arb_mat(array(weights)[0].tolist()) + arb_mat(shift.tolist()))
    return run_in_balls(starts[0], starts[1], instance.X, step_size, instance.regime, steps)


def _distance(setting: _Setting, instance: Instance, whole: WholeRun, exact: list[BallPoint]) -> Comparison:
    """The distance at the step at which it comes closest to its bound, or goes furthest beyond."""
    stored = stored_run(setting.network, setting.X, setting.step_size, instance.regime, instance.kind)
    found = []
    for k in range(setting.steps + 1):
        W, A = exact[k].W, exact[k].A
        for word in stored.words:
            W, A = W - arb_mat(array(word.W)[0].tolist()), A - arb_mat(array(word.A)[0].tolist())
        away = (norm(W) ** 2 + norm(A) ** 2).sqrt()
        bound = float(whole.exact.distance[k])
        # No bound at a step says that nothing is known of it, and the run is said to be proved.
        found.append((away, arb(bound) if math.isfinite(bound) else arb(0)))
        if k < setting.steps:
            stored, _ = stored.go(1)
    return _closest(DISTANCE, found)


def _after(setting: _Setting, whole: WholeRun, exact: list[BallPoint], allowed: float) -> Comparisons:
    """Residual and movement after the certificate, at the step where each comes closest to its bound."""
    shrinking = 1 - arb(setting.step_size) * arb(float(whole.certificate.rate[0]))
    envelope = []
    radii: list[tuple[arb, arb]] = []
    W = arb_mat(array(whole.exact.end.W)[0].tolist())
    radius = whole.certificate.radius[0] - (1 - allowed) * whole.exact.off
    for k, point in enumerate(exact[setting.steps :]):
        envelope.append((norm(point.E), arb(whole.e) * (shrinking**k).sqrt()))
        ways = row_norms(point.W - W)
        radii += zip(ways, map(arb, radius.tolist()), strict=True)
    return _closest(ENVELOPE, envelope), _closest(RADIUS, radii)


def _closest(label: str, pairs: list[tuple[arb, arb]]) -> Comparison:
    shares = [float(measured.mid()) / max(float(bound.mid()), 1e-300) for measured, bound in pairs]
    return at_most(label, *pairs[int(np.argmax(shares))])


def certified_points(instance: Instance) -> tuple[Instance, ...]:
    """The stored point at which the certificate is asked for, as an instance of C1."""
    setting = _setting(instance)
    if isinstance(setting, Unmet):
        return ()
    stored = stored_run(setting.network, setting.X, setting.step_size, instance.regime, instance.kind)
    end = stored.go(setting.steps)[0].network
    largest = float(torch.linalg.eigvalsh(tangent_kernel(end, setting.X, instance.regime))[0, -1])
    share = setting.step_size * largest / 2
    plain = {"law": "given", "start": 0, "kinks": 0, "budget": 0.0}
    W, A = array(end.W)[0], array(end.A)[0]
    return (Instance(X=instance.X, W=W, A=A, m=len(W), share=share, regime=instance.regime, **plain),)


def _next_to_a_kink(instance: Instance) -> bool:
    z = array(start_of(instance).W)[0] @ instance.X
    return bool(np.abs(z).min() < NEXT_TO_A_KINK)


CLAIM = Claim(
    id="C8",
    kind=Kind.FOR_ALL_TIME,
    finding="F1",
    instances=instances(),
    examples=(saddle(), *tight_runs()),
    check=check,
    uses=("C1",),
    restrict_to={"C1": certified_points},
    cost=Cost.MEDIUM,
    minimum_reach=0.25,
    classes={
        **WHOLE.classes(*NAMES),
        "far from a minimum": lambda instance: bool(instance.law not in ("fitted", "given")),
        "joint": lambda instance: bool(instance.regime == "joint"),
        "joint, shifted": lambda instance: bool(instance.regime == "joint" and instance.off >= SHIFTED),
        "weak, shifted": lambda instance: bool(instance.regime == "weak" and instance.off >= SHIFTED),
        "double-double": lambda instance: bool(instance.kind == "double-double"),
        "step beyond 1.8 / lambda_max": lambda instance: bool(instance.share > 0.9),
        "next to a kink": _next_to_a_kink,
    },
    strata=strata(),
    constants={"n <= 16": MOST_SAMPLES, "d <= 24": MOST_DIMENSIONS, "2^-11": SEPARATION},
    siblings=(
        Sibling(
            "without-the-patterns",
            "the same whatever the signs of z are",
            "where rounding turns a sign the exact run has an active neuron more",
            falls=DISTANCE,
            changes={"guards": Guards(pattern=False)},
            examples=(lost_sign(),),
            instances=st.just(lost_sign()),
        ),
        Sibling(
            "without-the-growth",
            "the same with p_k = dev_k + eta j_k eps_k and t_k = 0",
            "next to a saddle the Hessian is negative along some direction, and what is off there grows",
            falls=DISTANCE,
            changes={"guards": Guards(growth=False)},
            examples=(saddle(),),
        ),
        Sibling(
            "without-the-rounding",
            "the same with eps_k = rho_k = 0",
            "a computed step is rounded",
            falls=DISTANCE,
            changes={"guards": Guards(rounding=False)},
        ),
        Sibling(
            "not-enlarged",
            "the same with the certificate of the stored point, nothing in it larger",
            "the exact run is elsewhere, and its residual is larger",
            falls=ENVELOPE,
            changes={"enlarged": False},
            examples=(far_from_the_stored_point(),),
        ),
        Sibling(
            "radius-of-the-exact-start",
            "||w'_r(T + k) - w_r(T)|| <= R_r",
            "a neuron without decoder has R_r = 0 and stays where the exact start has put it",
            falls=RADIUS,
            changes={"allowed": 0.0},
            examples=(far_from_the_stored_point(),),
        ),
    ),
)
