"""The machine-checked steps of K7: the forms of both kernels on an arc, and the bounds in t.

That the largest eigenvalue of the Laplacian of a path with n + 1 nodes is 2 + 2 cos(pi/(n+1)) is classical,
and that windows around kinks cover nothing more than twice is counting; both stay in words. The letters are
those of K7.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
from flint import arb

from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import decoder_profile
from refute import Step
from refute.numerics import is_positive

KINK_DIVISOR = 24
"""Of t^3 in the least integral around one kink, and over pi in the bound below gamma_0."""


def lemmas() -> Sequence[Step]:
    """The forms of both kernels on an arc and their bounds in t; a path's Laplacian stays in words."""
    return (*_encoder_form(), *_decoder_above(), *_decoder_below())


def _encoder_form() -> Sequence[Step]:
    """The form by neurons for three samples, entry by entry, and its change of letters for any n."""
    t, n, p, s = sympy.symbols("t n p s", real=True)
    v = sympy.symbols("v_1:4", real=True)
    x = [sympy.Matrix([sympy.cos(i * t), sympy.sin(i * t)]) for i in range(3)]
    parts = [sum((v[i] * x[i] for i in range(k)), sympy.zeros(2, 1)) for k in range(4)]
    form = (sympy.pi - 2 * t) * parts[3].dot(parts[3])
    form += sum(t * (q.dot(q) + (parts[3] - q).dot(parts[3] - q)) for q in parts[1:3])
    K = [2 * sympy.pi * encoder_symbol(k * t) for k in range(3)]
    rest = form - sum(v[i] * v[j] * K[abs(i - j)] for i in range(3) for j in range(3))
    ends = sympy.pi - (n - 1) * t + (n - 1) * t / 2 - (2 * sympy.pi - (n - 1) * t) / 2
    return (
        vanishes("2 pi v^T K v by neurons, n = 3", sympy.expand_trig(sympy.expand(rest))),
        vanishes(
            "p^2 + (s - p)^2 = 2 (p - s/2)^2 + s^2/2", p**2 + (s - p) ** 2 - 2 * (p - s / 2) ** 2 - s**2 / 2
        ),
        vanishes("the weight of s^2 = 2 (q_0^2 + q_n^2) is pi - (n-1) t/2", ends),
        vanishes("2 + 2 cos x = 4 cos^2(x/2)", 2 + 2 * sympy.cos(t) - 4 * sympy.cos(t / 2) ** 2),
    )


def _decoder_above() -> Sequence[Step]:
    t = sympy.symbols("t", positive=True)
    G = [decoder_symbol(k * t) for k in range(3)]
    v = [sympy.Integer(1), -2 * sympy.cos(t), sympy.Integer(1)]
    form = sum(v[i] * v[j] * G[abs(i - j)] for i in range(3) for j in range(3))
    rest = form - (2 * t - sympy.sin(2 * t)) / sympy.pi
    return (
        vanishes("(1, -2 cos t, 1) has the form (2t - sin 2t) / pi", sympy.expand_trig(sympy.expand(rest))),
        on_boxes(
            "2t - sin 2t < 4 t^3/3 for t in (0, 0.8], beyond pi/4",
            is_positive(lambda x: 4 * x**3 / 3 - 2 * x + (2 * x).sin(), (0.0, 0.8), zeros={0.0: 5}),
        ),
        on_boxes(
            "its vector has |v|^2 = 2 + 4 cos^2 t >= 4, as cos(pi x / 2) > 0 for x = 4t/pi in [0, 1)",
            is_positive(lambda x: (arb.pi() * x / 2).cos(), (0.0, 1.0), zeros={1.0: 1}),
        ),
        on_boxes(
            "t^2/8 < 1/2 - G(t) for t in (0, 1.6], beyond pi/2",
            is_positive(lambda x: arb(1) / 2 - decoder_profile(x) - x**2 / 8, (0.0, 1.6), zeros={0.0: 2}),
        ),
    )


def _decoder_below() -> Sequence[Step]:
    """The least integral of (sin|s|/2 + alpha cos s)^2 over [-t, t]; beta adds what is not negative."""
    t, s = sympy.symbols("t s", positive=True)
    squares = 2 * sympy.integrate(sympy.sin(s) ** 2 / 4, (s, 0, t))
    mixed = 2 * sympy.integrate(sympy.sin(s) * sympy.cos(s) / 2, (s, 0, t))
    cosines = 2 * sympy.integrate(sympy.cos(s) ** 2, (s, 0, t))
    least = (t - sympy.sin(t) * sympy.cos(t)) / 4 - sympy.sin(t) ** 4 / (
        4 * (t + sympy.sin(t) * sympy.cos(t))
    )

    def gap(x: Any) -> Any:
        both = x.sin() * x.cos()
        return (x - both) * (x + both) / 4 - x.sin() ** 4 / 4 - x**3 * (x + both) / KINK_DIVISOR

    return (
        vanishes("the least integral, by projection on cos s", squares - mixed**2 / cosines - least),
        on_boxes(
            "it exceeds t^3/24 for t in (0, 1.6], beyond pi/2",
            is_positive(gap, (0.0, 1.6), zeros={0.0: 6}),
        ),
    )
