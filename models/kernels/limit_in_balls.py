"""The limit kernels K and G in ball arithmetic, from float64 data whose columns are normalised exactly.

The floats of X are exact rationals, so every inner product is one, and so is the signed square rho |rho| of
every cosine. All else is a function of these fractions: sin theta = sqrt(1 - rho^2) loses nothing however
close to 0 or pi the angle is, exact zeros stay exact, and the diagonal is exactly 1/2. No code is shared with
the floating-point kernels, whose error `entry_rounding` bounds. Everything runs on the CPU, at the precision
set in flint's context.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, fmpq

from refute.numerics import enclose, gamma, quotient

Matrix = list[list[arb]]
"""A matrix of balls, row by row."""


@dataclass(frozen=True)
class Angle:
    """An angle in [0, pi] as balls: rho = cos theta, sine = sin theta, theta and supplement = pi - theta."""

    rho: arb
    sine: arb
    theta: arb
    supplement: arb


def signed_squares(X: np.ndarray) -> list[list[fmpq]]:
    """The exact fractions rho_ij |rho_ij| of the directions of the columns of X (d, n), float64.

    They are ordered as the cosines are, so that ties among angles are decided exactly. ValueError for a shape
    other than (d, n), for an entry that is not finite and for a column of zeros.
    """
    columns = _exact_columns(X)
    gram = [[sum((p * q for p, q in zip(x, y, strict=True)), fmpq(0)) for y in columns] for x in columns]
    sizes = [gram[i][i] for i in range(len(columns))]
    return [[g * abs(g) / (sizes[i] * sizes[j]) for j, g in enumerate(row)] for i, row in enumerate(gram)]


def angle(signed_square: fmpq) -> Angle:
    """The angle whose cosine has this signed square."""
    size = arb(abs(signed_square)).sqrt()
    rho = size if signed_square >= 0 else -size
    sine = arb(1 - abs(signed_square)).sqrt()
    return Angle(rho, sine, arb.atan2(sine, rho), arb.atan2(sine, -rho))


def encoder_entry(signed_square: fmpq) -> arb:
    """The entry of K as a ball,

        rho (pi - theta) / (2 pi),

    exactly 1/2 at theta = 0.
    """
    at = angle(signed_square)
    return arb(1) / 2 if signed_square == 1 else at.rho * at.supplement / (2 * arb.pi())


def decoder_entry(signed_square: fmpq) -> arb:
    """The entry of G as a ball,

        (sin theta + (pi - theta) cos theta) / (2 pi),

    exactly 1/2 at theta = 0.
    """
    at = angle(signed_square)
    return arb(1) / 2 if signed_square == 1 else (at.sine + at.supplement * at.rho) / (2 * arb.pi())


def encoder_kernel(X: np.ndarray) -> Matrix:
    """K (n, n) of the directions of the columns of X (d, n), float64; errors as for `signed_squares`."""
    return _symmetric(signed_squares(X), encoder_entry)


def decoder_kernel(X: np.ndarray) -> Matrix:
    """G (n, n) of the directions of the columns of X (d, n), float64; errors as for `signed_squares`."""
    return _symmetric(signed_squares(X), decoder_entry)


def encoder_profile(theta: Any) -> Any:
    """K as a function of the angle, for a ball or a power series of balls."""
    return (arb.pi() - theta) * theta.cos() / (2 * arb.pi())


def decoder_profile(theta: Any) -> Any:
    """G as a function of the angle, for a ball or a power series of balls."""
    return (theta.sin() + (arb.pi() - theta) * theta.cos()) / (2 * arb.pi())


def encoder_over(theta: arb) -> arb:
    """A ball around K(theta) for every angle in the ball: the tightest one where its slope has a clear sign.

    Near pi, where K = -(pi - theta) / (2 pi) to first order, also its relative size is right. The ball may
    reach a little beyond [0, pi], where the formula is meant; ValueError unless it lies in (-1, 4).
    """
    _require_angle(theta)
    supplement = arb.pi() - theta
    return enclose(encoder_profile, theta).intersection(-supplement * supplement.cos() / (2 * arb.pi()))


def decoder_over(theta: arb) -> arb:
    """A ball around G(theta) for every angle in the ball, the tightest one: G falls on both sides of 0.

    Near pi, where G = (pi - theta)^3 / (6 pi) to third order, also its relative size is right. ValueError as
    for `encoder_over`.
    """
    _require_angle(theta)
    ends = decoder_profile(theta.lower()).union(decoder_profile(theta.upper()))
    between: arb = ends.union(arb(1) / 2) if theta.contains(0) else ends
    supplement = arb.pi() - theta
    cubic = supplement**3 * quotient(_decoder_of_supplement, supplement, 0.0, 3)
    return between.intersection(cubic)


def encoder_gap_over(theta: arb) -> arb:
    """A ball around 1/2 - K(theta), of the right relative size near 0, where it is theta / (2 pi)."""
    near = theta * quotient(lambda t: arb(1) / 2 - encoder_profile(t), theta, 0.0, 1)
    return near.intersection(arb(1) / 2 - encoder_over(theta))


def decoder_gap_over(theta: arb) -> arb:
    """A ball around 1/2 - G(theta), of the right relative size near 0, where it is theta^2 / 4."""
    near = theta**2 * quotient(lambda t: arb(1) / 2 - decoder_profile(t), theta, 0.0, 2)
    return near.intersection(arb(1) / 2 - decoder_over(theta))


def _require_angle(theta: arb) -> None:
    if not (theta > -1 and theta < 4):
        raise ValueError(f"a ball of angles lies around [0, pi], within (-1, 4); got {theta}")


def _decoder_of_supplement(s: Any) -> Any:
    return (s.sin() - s * s.cos()) / (2 * arb.pi())


def entry_rounding(d: int, dtype: str = "float64") -> float:
    """How far an entry of the floating-point K or G may be from the kernel of exactly normalised columns.

    For columns of dimension d that were normalised in float64 and cast to `dtype`. In roundoffs: a norm of d
    terms and a division move a direction by d/2 + 4 (one of them for what underflows in columns that were
    scaled before, which is below d 2^-1000), hence both distances by 2 d + 12 and theta by 3 d + 17;
    the library's atan2, sin and cos add at most 4 units in the last place each; the inner product adds 2 d +
    8. Through the formulas, whose derivatives in theta are at most 1, this is at most 4 d + 64.
    """
    return gamma(4 * d + 64, dtype)


def _symmetric(squares: list[list[fmpq]], entry: Callable[[fmpq], arb]) -> Matrix:
    lower = [[entry(squares[i][j]) for j in range(i + 1)] for i in range(len(squares))]
    return [[lower[max(i, j)][min(i, j)] for j in range(len(squares))] for i in range(len(squares))]


def _exact_columns(X: np.ndarray) -> list[list[fmpq]]:
    if X.ndim != 2 or X.size == 0 or X.dtype != np.float64:
        raise ValueError(f"X must be a float64 matrix (d, n) with no empty axis, got {X.dtype} {X.shape}")
    if not np.isfinite(X).all():
        row, column = (int(k) for k in np.argwhere(~np.isfinite(X))[0])
        raise ValueError(f"X[{row}, {column}] is {X[row, column]}; a direction needs finite entries")
    if not X.any(axis=0).all():
        raise ValueError(f"column {int(np.argmin(X.any(axis=0)))} of X is zero and has no direction")
    return [[fmpq(*float(entry).as_integer_ratio()) for entry in column] for column in X.T]
