"""The machine-checked steps of K6: tails of c_k, the logarithm of rho, and the bound in the literature.

They cover what the proof of K6 says of one or two parameters. That entrywise powers of a Gram matrix are
positive semi-definite (Schur) and that row sums bound their eigenvalues (Gershgorin) is about every n and X
and stays in words. The letters are those of K6.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from flint import arb

from claims.preliminaries.proof_steps import on_boxes, vanishes
from refute import Step
from refute.numerics import is_positive

ENCODER_DIVISOR = 12
DECODER_DIVISOR = 144
"""Of (c) and (d), over pi."""
LITERATURE = 100
"""The divisor in the literature, over n^2."""


def lemmas() -> Sequence[Step]:
    """The steps in integers and in one or two real parameters, in the order of the proof."""
    return (*_tails(), *_logarithm(), *_literature())


def _tails() -> Sequence[Step]:
    """c_k >= 1/(6 k^(3/2)) from k p_k^2 >= 1/4, by induction with p_k = (2k+1) c_k; sums by integrals."""
    k, N, x = sympy.symbols("k N x", positive=True)
    ratio = ((2 * k + 1) / (2 * k + 2)) ** 2
    growth = (k + 1) * ratio / k - 1 - 1 / (4 * k * (k + 1))
    weights = 1 / (6 * x ** sympy.Rational(3, 2)), 1 / (24 * x ** sympy.Rational(5, 2))
    tails = [sympy.integrate(weight, (x, N, sympy.oo)) for weight in weights]
    return (
        vanishes("p_1 = 1/(2 sqrt 1)", sympy.binomial(2, 1) / sympy.Integer(4) - sympy.Rational(1, 2)),
        vanishes("(k+1) p_(k+1)^2 = k p_k^2 (1 + 1/(4k(k+1)))", growth),
        vanishes("3k - (2k+1) = k - 1", 3 * k - (2 * k + 1) - (k - 1)),
        vanishes("4k - (2k+2) = 2 (k - 1)", 4 * k - (2 * k + 2) - 2 * (k - 1)),
        vanishes("the integral of 1/(6 x^(3/2)) from N is 1/(3 sqrt N)", tails[0] - 1 / (3 * sympy.sqrt(N))),
        vanishes(
            "the integral of 1/(24 x^(5/2)) from N is 1/(36 N^(3/2))",
            tails[1] - 1 / (36 * N ** sympy.Rational(3, 2)),
        ),
        vanishes(
            "half of the tail of (c) over 2 pi, at N = L/delta^2, has its divisor",
            tails[0] * sympy.sqrt(N) / 4 - sympy.Rational(1, ENCODER_DIVISOR),
        ),
        vanishes(
            "half of the tail of (d) over 2 pi, at N = L/delta^2, has its divisor",
            tails[1] * N ** sympy.Rational(3, 2) / 4 - sympy.Rational(1, DECODER_DIVISOR),
        ),
    )


def _logarithm() -> Sequence[Step]:
    """ln(1/rho) >= 1 - rho = delta^2/2 on (0, 1]; below 1/4 the logarithm exceeds its value there."""
    rho, theta = sympy.symbols("rho theta", real=True)
    gap = -sympy.log(rho) - 1 + rho
    meets = gap.subs(rho, 1) ** 2 + sympy.diff(gap, rho).subs(rho, 1) ** 2
    return (
        vanishes("|x - y|^2 / 2 = 1 - rho", (2 - 2 * sympy.cos(theta)) / 2 - 2 * sympy.sin(theta / 2) ** 2),
        vanishes("ln(1/rho) and 1 - rho meet at rho = 1, to first order", meets),
        on_boxes(
            "ln(1/rho) > 1 - rho for rho in [1/4, 1)",
            is_positive(lambda r: r - 1 - r.log(), (0.25, 1.0), zeros={1.0: 2}),
        ),
        on_boxes(
            "ln 4 > 1 >= 1 - rho, for rho in (0, 1/4]",
            is_positive(lambda r: arb(4).log() - 1 + r * 0, (0.0, 0.25)),
        ),
    )


def _literature() -> Sequence[Step]:
    """(e) over delta, with s = 1/n: both 1 and delta / sqrt L exceed (12 pi / 100) delta s^2."""
    y = sympy.symbols("y", positive=True)
    share = ENCODER_DIVISOR * arb.pi() / LITERATURE
    slope = sympy.diff(y - sympy.log(y), y) - (y - 1) / y
    return (
        on_boxes(
            "1 > (12 pi / 100) delta / n^2 for delta in [0, 3/2], 1/n in [0, 1/2]",
            is_positive(lambda delta, s: 1 - share * delta * s * s, (0.0, 1.5), (0.0, 0.5)),
        ),
        on_boxes(
            "1 > (12 pi / 100)^2 ln(2n - 2) / n^4 for 1/n in [1/64, 1/2]",
            is_positive(lambda s: 1 - share * share * s**4 * (2 / s - 2).log(), (2.0**-6, 0.5)),
        ),
        vanishes("y - ln y increases for y >= 1, so ln(2n - 2) < 2n", slope),
        on_boxes(
            "1 > (12 pi / 100)^2 2n / n^4 for 1/n in [0, 1/64]",
            is_positive(lambda s: 1 - share * share * 2 * s**3, (0.0, 2.0**-6)),
        ),
    )
