"""K1. The encoder's limit kernel is rho (pi - theta) / (2 pi).

Statement. For all x, y with A1 and a standard Gaussian vector w,
    <x, y> P[<w, x> > 0 and <w, y> > 0] = rho (pi - theta) / (2 pi),
and this is 1/2 at x = y.

Assumptions. A1.

Symbols. rho = <x, y> = cos theta with theta in [0, pi]; g1 = <w, x> and g2 = <w, y>, standard Gaussian with
correlation rho; K (n, n) the matrix of these values over the columns of X (d, n).

Refuted by. Two unit vectors at which the formula leaves a rigorous enclosure of the Gaussian integral.

A pass does not show. That the kernel of a finite network is near its limit; that is a statement about width.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983; that this is the limit kernel of its weak
training is not checked against the full text. Proof: for a standard Gaussian point of the plane with polar
coordinates (r, alpha), the pair r cos(alpha), r cos(alpha - theta) has the law of (g1, g2), since its
covariance is right. Both are positive exactly when alpha lies in (-pi/2, pi/2) and in (theta - pi/2, theta +
pi/2), that is in (theta - pi/2, pi/2), an arc of length pi - theta; alpha is uniform, so the probability is
(pi - theta) / (2 pi). The check takes another route, conditioning on g1: the probability is the integral over
t > 0 of phi(t) Phi(rho t / sin theta), with the Gaussian density phi and distribution function Phi, evaluated
rigorously in complex balls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import sympy
import torch
from flint import arb

from claims.kernels.pairs_of_samples import (
    END,
    HALF,
    PAIR_CLASSES,
    PAIR_STRATA,
    PAIRS,
    ClosedForm,
    against_its_mean,
    expectation_in_balls,
    nearly,
    to_the_end,
)
from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.symbolic_kernels import encoder_symbol
from models.kernels.limit import angles, encoder_kernel
from models.kernels.limit_in_balls import Angle
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step
from refute.numerics import Enclosure, is_positive


def expectation(X: np.ndarray) -> Enclosure:
    """E[rho 1(g1 > 0) 1(g2 > 0)] for the two columns of X, enclosed."""
    return expectation_in_balls(X, _mean)


def _mean(at: Angle) -> arb:
    """By conditioning on g1 = t. Beyond t = END at most P[g1 > END] is left."""
    root = arb(2).sqrt()
    slope = -at.rho / at.sine / root
    integral = to_the_end(lambda t: (-t * t / 2).exp() * (slope * t).erfc())
    body = integral / (2 * (2 * arb.pi()).sqrt())
    tail = arb(0, (END / root).erfc() / 2)
    return at.rho * (body + tail)


def check(instance: Instance, compute: Compute, *, closed_form: ClosedForm = encoder_kernel) -> Comparisons:
    """The closed form at the pair and at equal arguments."""
    return against_its_mean("K", closed_form, expectation(instance.X), instance, compute)


def proof() -> Sequence[Step]:
    """Polar coordinates, the covariance, the arc on which both are positive, and the integral over it."""
    return (*_covariance(), *_arc(), _mass())


def _covariance() -> Sequence[Step]:
    r, alpha = sympy.symbols("r alpha", positive=True)
    theta = sympy.symbols("theta", nonnegative=True)
    density = r * sympy.exp(-(r**2) / 2) / (2 * sympy.pi)
    turn = (alpha, 0, 2 * sympy.pi)
    g1 = r * sympy.cos(alpha)
    g2 = r * sympy.cos(alpha - theta)
    radius = (r, 0, sympy.oo)
    variance = sympy.integrate(sympy.integrate(g1 * g1 * density, radius), turn)
    covariance = sympy.integrate(sympy.integrate(g1 * g2 * density, radius), turn)
    return (
        vanishes("E g1^2 = 1", variance - 1),
        vanishes("E g1 g2 = cos theta", covariance - sympy.cos(theta)),
    )


def _arc() -> Sequence[Step]:
    """Where both are positive.

    At alpha = theta/2 + beta with beta in [-pi, pi], the smaller of the two cosines is cos(theta/2 + |beta|),
    of an angle up to 3 pi / 2.
    """
    theta = sympy.symbols("theta", nonnegative=True)
    beta = sympy.symbols("beta", real=True)
    cosines = sympy.cos(theta / 2 - beta) - sympy.cos(theta / 2 + beta)
    middle = sympy.sin(theta / 2) * sympy.sin(beta)
    return (
        vanishes("cos(theta/2 - beta) - cos(theta/2 + beta) = 2 sin(theta/2) sin beta", cosines - 2 * middle),
        on_boxes(
            "sin(pi x) > 0 for x in (0, 1), so that difference is not negative for beta in [0, pi]",
            is_positive(lambda x: (arb.pi() * x).sin(), (0.0, 1.0), zeros={0.0: 1, 1.0: 1}),
        ),
        on_boxes(
            "cos(pi x / 2) > 0 for x in [0, 1): both are positive if theta/2 + |beta| < pi/2",
            is_positive(lambda x: (arb.pi() * x / 2).cos(), (0.0, 1.0), zeros={1.0: 1}),
        ),
        on_boxes(
            "cos(pi x / 2) < 0 for x in (1, 3): and nowhere else",
            is_positive(lambda x: -(arb.pi() * x / 2).cos(), (1.0, 3.0), zeros={1.0: 1, 3.0: 1}),
        ),
    )


def _mass() -> Step:
    r, alpha = sympy.symbols("r alpha", positive=True)
    theta = sympy.symbols("theta", nonnegative=True)
    density = r * sympy.exp(-(r**2) / 2) / (2 * sympy.pi)
    arc = (alpha, theta - sympy.pi / 2, sympy.pi / 2)
    probability = sympy.integrate(sympy.integrate(density, (r, 0, sympy.oo)), arc)
    return vanishes(
        "cos theta times the mass of the arc is the closed form",
        sympy.cos(theta) * probability - encoder_symbol(theta),
    )


def _doubled_angle(X: torch.Tensor) -> torch.Tensor:
    return X.mT @ X * (math.pi - 2 * angles(X)) / (2 * math.pi)


def _probability_only(X: torch.Tensor) -> torch.Tensor:
    return (math.pi - angles(X)) / (2 * math.pi)


CLAIM = Claim(
    id="K1",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=PAIRS,
    check=check,
    proof=proof,
    classes=PAIR_CLASSES,
    strata=PAIR_STRATA,
    constants={"1/2": HALF},
    cost=Cost.MEDIUM,
    siblings=(
        Sibling(
            name="nearly",
            statement="K is larger by a share of 1e-5",
            because="the formula is exact, and a comparison that sees no difference of 1e-5 would see none",
            falls="K(x, y)",
            changes={"closed_form": nearly(encoder_kernel)},
        ),
        Sibling(
            name="nearly-at-equal-arguments",
            statement="K is larger by a share of 1e-5, at x = y as well",
            because="at x = y it is 1/2",
            falls="K(x, x)",
            changes={"closed_form": nearly(encoder_kernel)},
        ),
        Sibling(
            name="doubled-angle",
            statement="K = rho (pi - 2 theta) / (2 pi)",
            because="both neurons are active on an arc of length pi - theta, not pi - 2 theta",
            falls="K(x, y)",
            changes={"closed_form": _doubled_angle},
        ),
        Sibling(
            name="without-rho",
            statement="K = (pi - theta) / (2 pi)",
            because="the gradients of the encoder carry the samples, whose inner product is rho",
            falls="K(x, y)",
            changes={"closed_form": _probability_only},
        ),
    ),
)
