"""The closed forms of both limit kernels as symbols: what the proofs by computer algebra start from.

They are written here once more, apart from the kernels that the checks evaluate, so that no proof rests on
the code that it is about.
"""

from __future__ import annotations

import sympy


def encoder_symbol(theta: sympy.Expr) -> sympy.Expr:
    """K of two unit vectors at the angle theta: cos theta (pi - theta) / (2 pi)."""
    return sympy.cos(theta) * (sympy.pi - theta) / (2 * sympy.pi)


def decoder_symbol(theta: sympy.Expr) -> sympy.Expr:
    """G of two unit vectors at the angle theta: (sin theta + (pi - theta) cos theta) / (2 pi)."""
    return (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / (2 * sympy.pi)
