"""C1. The contraction certificate holds for every later step.

Statement. For every X with A1, n <= 16, d <= 24 and delta >= 2^-11, every (W, A), step eta and budget C: with
the radii R_r, the set S, the kernels H_-, P, R, Q and the drift x as in models/certificate, e = ||E||_F and
    Lam^2 = lambda_max(H_- + P + R/2 + Q),
    high = Lam^2 + 2 x Lam + x^2,
    low = lambda_min(H_- + R/2 - Q) - 2 x Lam - x^2,
    nu = min(low (2 - eta low), high (2 - eta high)),
or with that of the squared form in its place. If
    low > 0,
    eta high < 2 (in the squared form c > 0 instead of both),
    nu > 0,
    eta e / (1 - sqrt(1 - eta nu)) <= C,
then gradient descent from (W, A) satisfies for every k >= 0 and r
    ||E(k)||_F^2 <= (1 - eta nu)^k e^2,
    ||w_r(k) - w_r|| <= R_r.
Weak and joint.

Assumptions. A1. No assumption on the initialization: the search draws it, far from a minimum or next to one,
with neurons placed on the kinks of ReLU.

Symbols. X (d, n); W, A (d, m); E = X - U (d, n); s = sqrt(m d); R_r the radius of neuron r;
S = {(r, i): |z_ri| <= R_r}; H the tangent kernel of the regime, H_- the same without the encoder part of
neurons with entries in S, (n d, n d); P, R that part from their surely and from their possibly active
entries; nu the certified rate; c = 2 - eta Lt^2.

Refuted by. A certified point from which a later residual exceeds its envelope beyond the derived rounding
floor, or a neuron leaves its radius.

A pass does not show. That runs reach certified points (C2, C3), or anything about the steps before the
certificate; the floating-point run is followed for 512 steps, the infinite tail is the theorem's.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: docs/theory/convergence.md, in
short models/certificate (middle_form, and certificate for the squared form).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from hypothesis import strategies as st

from claims.convergence.starting_points import (
    MOST_DIMENSIONS,
    MOST_SAMPLES,
    NAMES,
    SEPARATION,
    WHOLE,
    certified_near_starts,
    initial_network,
    instances,
    strata,
)
from claims.convergence.tight_points import (
    dying_neuron,
    overshooting_kink,
    overshooting_pair,
    overshooting_partner,
    shrinking_kernel,
    slow_remainder,
    straight_way,
)
from claims.preliminaries.arrays import array, tensor
from claims.preliminaries.assumptions import separated
from models.certificate.certificate import certify
from models.certificate.certified_run import run_until_certified
from models.certificate.contraction import EVERY_TERM, Terms
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network
from models.training.descent import descend
from models.training.rounding import residual_bound, rounding_floors
from refute import Claim, Comparison, Comparisons, Compute, Cost, Instance, Kind, Sibling, Unmet, at_most
from refute.numerics import gamma, unit_roundoff

REACH = 2000
"""Steps allowed until a certificate. A run that needs more says nothing of C1."""
WATCHED = 512
"""Steps watched after the certificate: a false rate leaves its envelope in fewer."""
LEGS = 8
"""How often the radii are compared while the run is watched."""
ENVELOPE = "residual within its envelope"
RADIUS = "movement within the radius"
_TINY = float(np.finfo(np.float64).tiny)
CLOSE = 2.0**-5
"""Pairs nearer than this are at the border of A2, for the report."""

Rate = Callable[[float, torch.Tensor], float]
"""The rate of the envelope, from the certified nu and the tangent kernel H (n d, n d) at that point."""


def certified_rate(nu: float, _: torch.Tensor) -> float:
    """nu itself."""
    return nu


def four_times_the_smallest(_: float, H: torch.Tensor) -> float:
    """4 lambda_min(H)."""
    return 4 * float(torch.linalg.eigvalsh(H)[0])


def largest_eigenvalue(_: float, H: torch.Tensor) -> float:
    """lambda_max(H)."""
    return float(torch.linalg.eigvalsh(H)[-1])


def check(
    instance: Instance,
    compute: Compute,
    *,
    rate: Rate = certified_rate,
    share: float = 1.0,
    terms: Terms = EVERY_TERM,
) -> Comparisons | Unmet:
    """Run until a certificate appears, the start's own first, then watch whether the run obeys it.

    share: of the radii. terms: those that count.
    """
    X = tensor(instance.X, compute)
    point = initial_network(instance, compute)
    largest = float(torch.linalg.eigvalsh(tangent_kernel(point, X, instance.regime))[0, -1])
    if largest <= 0:
        return Unmet("no neuron is active, so the kernel vanishes")
    step_size = instance.share * 2 / largest
    first = instance.budget if instance.law == "given" else 0.0
    proof = certify(point, X, step_size, instance.regime, terms=terms, first=first)
    if not proof.certified[0]:
        point = run_until_certified(point, X, step_size, instance.regime, max_steps=REACH).network
    proof = certify(point, X, step_size, instance.regime, terms=terms, first=first)
    if not proof.certified[0]:
        return Unmet("no certificate within the steps allowed")
    nu = rate(float(proof.rate[0]), tangent_kernel(point, X, instance.regime)[0])
    envelope = _envelope(point, X, step_size, instance, nu)
    return envelope, _radii(point, X, step_size, instance, share * proof.radius[0])


def _envelope(point: Network, X: torch.Tensor, step_size: float, instance: Instance, nu: float) -> Comparison:
    """The residual against the envelope raised by the rounding floor, at the step where it comes closest."""
    run = descend(point, X, step_size, WATCHED, instance.regime)
    residual = array(run.residual)[1:, 0]
    k = np.arange(1, WATCHED + 1)
    on_cpu = Network(tensor(array(point.W), Compute()), tensor(array(point.A), Compute()))
    e = residual_bound(on_cpu, tensor(array(X), Compute()))[0]
    shrinking = 0.5 * k * math.log1p(-min(step_size * nu, 1 - unit_roundoff()))
    bound = e * np.exp(shrinking) + rounding_floors(point, X, step_size, k, instance.regime)[0]
    worst = int(np.argmax(residual / bound))
    return at_most(ENVELOPE, residual[worst], bound[worst], rounding=0.0)  # it is in the bound


def _radii(
    point: Network, X: torch.Tensor, step_size: float, instance: Instance, radius: np.ndarray
) -> Comparison:
    """The movement of the neuron that comes closest to its radius, or goes furthest beyond it."""
    here = point
    size = float(point.W.norm(dim=2).max())
    u = unit_roundoff(str(X.dtype).removeprefix("torch."))
    moved = np.zeros(len(radius))
    for leg in range(1, LEGS + 1):
        here = descend(here, X, step_size, WATCHED // LEGS, instance.regime).network
        way = array((here.W - point.W).norm(dim=2))[0]
        moved = np.maximum(moved, way - 4 * u * size * leg * (WATCHED // LEGS))
    closest = int(np.argmax(moved / np.maximum(radius, _TINY)))
    return at_most(RADIUS, moved[closest], radius[closest], gamma(8) * radius[closest])


def points(instance: Instance) -> tuple[Network, ...]:
    """The start, and where the run that the check follows ended, on the CPU in float64."""
    X = tensor(instance.X, Compute())
    start = initial_network(instance, Compute())
    largest = float(torch.linalg.eigvalsh(tangent_kernel(start, X, instance.regime))[0, -1])
    step_size = instance.share * 2 / largest
    return start, run_until_certified(start, X, step_size, instance.regime, max_steps=REACH).network


def networks_on_the_way(instance: Instance) -> tuple[Instance, ...]:
    """Both ends of the run, the start and the certified point, as instances of the claims on one network."""
    return tuple(
        Instance(
            X=instance.X,
            W=array(point.W)[0],
            A=array(point.A)[0],
            regime=instance.regime,
            share=instance.share,
        )
        for point in points(instance)
    )


def changed_patterns(instance: Instance) -> tuple[Instance, ...]:
    """The activation patterns of both points, each seen from the other one."""
    first, last = networks_on_the_way(instance)
    before, after = ((part.W @ instance.X > 0) * 1.0 for part in (first, last))
    S = np.abs(before - after)
    return first.replace(S=S, sigma=after), last.replace(S=S, sigma=before)


def _at_the_border(instance: Instance) -> bool:
    return separated(instance.X) < CLOSE


CLAIM = Claim(
    id="C1",
    kind=Kind.FOR_ALL_TIME,
    finding="F1",
    instances=instances(),
    examples=certified_near_starts(),
    check=check,
    uses=("P2", "P4", "P7"),
    restrict_to={"P2": changed_patterns, "P4": networks_on_the_way, "P7": networks_on_the_way},
    cost=Cost.MEDIUM,
    minimum_reach=0.25,
    classes={
        **WHOLE.classes(*NAMES),
        "neurons on a kink": lambda instance: bool(instance.kinks > 0),
        "far from a minimum": lambda instance: bool(instance.law != "fitted"),
        "joint": lambda instance: bool(instance.regime == "joint"),
        "step beyond 1.8 / lambda_max": lambda instance: bool(instance.share > 0.9),
        "m <= 8": lambda instance: bool(instance.m <= 8),
        "samples at the border of A2": _at_the_border,
        "near a minimum, on a kink": lambda instance: bool(instance.law == "fitted" and instance.kinks > 0),
    },
    strata=strata(),
    constants={"n <= 16": MOST_SAMPLES, "d <= 24": MOST_DIMENSIONS, "2^-11": SEPARATION},
    siblings=(
        Sibling(
            "four-lambda-min",
            "the same with 4 lambda_min(H) in place of nu",
            "the squared residual of the slowest direction shrinks by 2 eta lambda_min per step, not by 4",
            falls=ENVELOPE,
            changes={"rate": four_times_the_smallest},
        ),
        Sibling(
            "lambda-max",
            "the same with lambda_max(H) in place of nu",
            "the slowest direction, not the fastest, decides the rate",
            falls=ENVELOPE,
            changes={"rate": largest_eigenvalue},
        ),
        Sibling(
            "four-lambda-min-later",
            "the same with 4 lambda_min(H) in place of nu, at a point where only later steps tell",
            "a hundredth of the residual is slow, and stays when the rest is gone",
            falls=ENVELOPE,
            changes={"rate": four_times_the_smallest},
            instances=st.just(slow_remainder()),
        ),
        Sibling(
            "radius-short",
            "every neuron stays within 0.9 of its radius",
            "where the residual keeps its direction and its rate, a neuron along it uses all of its radius",
            falls=RADIUS,
            changes={"share": 0.9},
            instances=st.just(straight_way()),
        ),
        Sibling(
            "without-the-drift",
            "the same with x = 0",
            "where A and Phi shrink the kernel shrinks",
            falls=ENVELOPE,
            changes={"terms": Terms(drift=False)},
            examples=(shrinking_kernel(),),
        ),
        Sibling(
            "without-P",
            "the squared form with P = 0",
            "a neuron with one unstable entry is active at other samples, and the step is too large there",
            falls=ENVELOPE,
            changes={"terms": Terms(P=False, middle=False)},
            examples=(overshooting_partner(),),
        ),
        Sibling(
            "without-Q",
            "the squared form with Q = 0",
            "a neuron next to its kink is active still, and the step is too large",
            falls=ENVELOPE,
            changes={"terms": Terms(Q=False, middle=False)},
            examples=(overshooting_kink(),),
        ),
        Sibling(
            "middle-without-P",
            "the same with N = Q, without the half of P",
            "a neuron with an unstable entry is active at another sample, and the step is too large for both",
            falls=ENVELOPE,
            changes={"terms": Terms(P=False, squared=False)},
            examples=(overshooting_pair(),),
        ),
        Sibling(
            "middle-without-Q",
            "the same with N = P / 2, without Q",
            "a neuron that dies takes all of its kernel with it, not half",
            falls=ENVELOPE,
            changes={"terms": Terms(Q=False, squared=False)},
            examples=(dying_neuron(),),
        ),
        Sibling(
            "without-S",
            "the same with S empty",
            "a neuron that dies takes its kernel with it",
            falls=ENVELOPE,
            changes={"terms": Terms(unstable=False)},
            examples=(dying_neuron(),),
        ),
        Sibling(
            "without-the-budget",
            "the same without the inequality on C",
            "with C = 0 no neuron may move",
            falls=RADIUS,
            changes={"terms": Terms(budget=False)},
            examples=(dying_neuron(),),
        ),
    ),
)
