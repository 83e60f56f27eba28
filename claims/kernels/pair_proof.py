"""The machine-checked steps of K5: the quadratic form of a pair, and both ceilings on all angles.

That the equality for n > 2 asks for equal or right angles is about every X and stays in words. The letters
are those of K5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sympy
from flint import arb

from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import decoder_profile, encoder_profile
from refute import Step
from refute.numerics import Answer, is_positive

Ceiling = Callable[[Any, Any], Any]
"""A bound as a function of theta and pi, floats or balls."""


def above_profile(ceiling: Ceiling, profile: Callable[[Any], Any]) -> Answer:
    """Whether ceiling(theta) > 1/2 - profile(theta) for theta in (0, 4], which reaches beyond pi."""
    return is_positive(
        lambda theta: ceiling(theta, arb.pi()) - arb(1) / 2 + profile(theta), (0.0, 4.0), zeros={0.0: 3}
    )


def lemmas(encoder_ceiling: Ceiling, decoder_ceiling: Ceiling) -> Sequence[Step]:
    """The quadratic form of a pair, the monotony of G, and both ceilings on the whole range of angles.

    Both ceilings meet 1/2 - K and 1/2 - G at 0 with their first and second derivatives.
    """
    theta, entry = sympy.symbols("theta entry", real=True)
    G = decoder_symbol(theta)
    block = sympy.Matrix([[sympy.Rational(1, 2), entry], [entry, sympy.Rational(1, 2)]])
    pair = sympy.Matrix([1, -1])
    slope = -(sympy.pi - theta) * sympy.sin(theta) / (2 * sympy.pi)
    gap_K = encoder_ceiling(theta, sympy.pi) - sympy.Rational(1, 2) + encoder_symbol(theta)
    gap_G = decoder_ceiling(theta, sympy.pi) - sympy.Rational(1, 2) + G
    meets = [sympy.diff(gap, theta, order).subs(theta, 0) for gap in (gap_K, gap_G) for order in range(3)]
    return (
        vanishes(
            "the form of the block at (1, -1) / sqrt 2 is 1/2 - K_ij",
            (pair.T * block * pair)[0] / 2 - sympy.Rational(1, 2) + entry,
        ),
        vanishes("dG/dtheta = -(pi - theta) sin theta / (2 pi)", sympy.diff(G, theta) - slope),
        vanishes(
            "both ceilings are attained at 0, to second order", sympy.Matrix(meets).dot(sympy.Matrix(meets))
        ),
        on_boxes(
            "1/2 - |K| <= 1/2 - K < theta / (2 pi) + theta^2/4 for theta in (0, 4]",
            above_profile(encoder_ceiling, encoder_profile),
        ),
        on_boxes("1/2 - G < theta^2/4 for theta in (0, 4]", above_profile(decoder_ceiling, decoder_profile)),
    )
