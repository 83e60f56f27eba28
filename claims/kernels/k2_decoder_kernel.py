"""K2. The decoder's limit kernel is (sin theta + (pi - theta) cos theta) / (2 pi).

Statement. For all x, y with A1 and a standard Gaussian vector w,
    E[max(<w, x>, 0) max(<w, y>, 0)] = (sin theta + (pi - theta) cos theta) / (2 pi),
and this is 1/2 at x = y.

Assumptions. A1.

Symbols. rho = <x, y> = cos theta with theta in [0, pi]; g1 = <w, x> and g2 = <w, y>, standard Gaussian with
correlation rho; G (n, n) the matrix of these values over the columns of X (d, n).

Refuted by. Two unit vectors at which the formula leaves a rigorous enclosure of the Gaussian integral.

A pass does not show. That the kernel of a finite network is near its limit; that is a statement about width.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983; that joint training adds this part to its
limit kernel is not checked against the full text. Proof: for a standard Gaussian point of the plane with
polar coordinates (r, alpha), the pair r cos(alpha), r cos(alpha - theta) has the law of (g1, g2), and both
are positive exactly on the arc (theta - pi/2, pi/2). There the product is r^2 cos(alpha) cos(alpha - theta).
The radial integral of r^3 exp(-r^2/2) is 2, the angular integral is (sin theta + (pi - theta) cos theta) / 2,
and the density contributes 1 / (2 pi). The check takes another route, conditioning on g1: given g1 = t, g2 is
N(rho t, sin^2 theta), whose positive part has the mean rho t Phi(s) + sin theta phi(s) at s = rho t / sin
theta, with the Gaussian density phi and distribution function Phi; the integral over t is evaluated
rigorously in complex balls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import sympy
import torch
from flint import acb, arb

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
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.symbolic_kernels import decoder_symbol
from models.kernels.limit import angles, decoder_kernel
from models.kernels.limit_in_balls import Angle
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step
from refute.numerics import Enclosure


def expectation(X: np.ndarray) -> Enclosure:
    """E[max(g1, 0) max(g2, 0)] for the two columns of X, enclosed."""
    return expectation_in_balls(X, _mean)


def _mean(at: Angle) -> arb:
    """By conditioning on g1 = t.

    The positive part of N(rho t, sin^2 theta) has mean at most t + 1, so beyond T = END at most the integral
    of t (t + 1) phi(t) is left, which is (T + 1) phi(T) + P[g1 > T].
    """
    root = arb(2).sqrt()
    slope = at.rho / at.sine / root
    density = 1 / (2 * arb.pi()).sqrt()

    def integrand(t: acb) -> acb:
        s = slope * t
        return t * (-t * t / 2).exp() * (at.rho * t * (-s).erfc() / 2 + at.sine * density * (-s * s).exp())

    body = to_the_end(integrand) * density
    tail = (END + 1) * density * arb(-END * END / 2).exp() + (END / root).erfc() / 2
    return body + arb(0, tail)


def check(instance: Instance, compute: Compute, *, closed_form: ClosedForm = decoder_kernel) -> Comparisons:
    """The closed form at the pair and at equal arguments."""
    return against_its_mean("G", closed_form, expectation(instance.X), instance, compute)


def proof() -> Sequence[Step]:
    """The radial integral, the integral over the arc, their product, and the value at theta = 0."""
    r = sympy.symbols("r", positive=True)
    alpha, theta = sympy.symbols("alpha theta", real=True)
    arc = (alpha, theta - sympy.pi / 2, sympy.pi / 2)
    angular_form = (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / 2
    radial = sympy.integrate(r**3 * sympy.exp(-(r**2) / 2), (r, 0, sympy.oo))
    angular = sympy.integrate(sympy.expand_trig(sympy.cos(alpha) * sympy.cos(alpha - theta)), arc)
    closed_form = decoder_symbol(theta)
    return (
        vanishes("the radial integral is 2", radial - 2),
        vanishes("the integral over the arc", angular - angular_form),
        vanishes(
            "radial times angular over 2 pi is the closed form",
            radial * angular_form / (2 * sympy.pi) - closed_form,
        ),
        vanishes("the value at theta = 0 is 1/2", closed_form.subs(theta, 0) - sympy.Rational(HALF)),
    )


def _without_sine(X: torch.Tensor) -> torch.Tensor:
    theta = angles(X)
    return (math.pi - theta) * torch.cos(theta) / (2 * math.pi)


def _without_supplement(X: torch.Tensor) -> torch.Tensor:
    theta = angles(X)
    return (torch.sin(theta) + math.pi * torch.cos(theta)) / (2 * math.pi)


CLAIM = Claim(
    id="K2",
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
            statement="G is larger by a share of 1e-5",
            because="the formula is exact, and a comparison that sees no difference of 1e-5 would see none",
            falls="G(x, y)",
            changes={"closed_form": nearly(decoder_kernel)},
        ),
        Sibling(
            name="nearly-at-equal-arguments",
            statement="G is larger by a share of 1e-5, at x = y as well",
            because="at x = y it is 1/2",
            falls="G(x, x)",
            changes={"closed_form": nearly(decoder_kernel)},
        ),
        Sibling(
            name="without-sine",
            statement="G = (pi - theta) cos theta / (2 pi)",
            because="that is the encoder's kernel; the mean of a positive part adds the term sin theta",
            falls="G(x, y)",
            changes={"closed_form": _without_sine},
        ),
        Sibling(
            name="full-turn",
            statement="G = (sin theta + pi cos theta) / (2 pi)",
            because="the two neurons are both active on an arc of length pi - theta only",
            falls="G(x, y)",
            changes={"closed_form": _without_supplement},
        ),
    ),
)
