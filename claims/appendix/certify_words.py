"""What is told of a checkpoint: facts and conclusion in words, and the numbers of the JSON file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from claims.appendix.certify_conditions import C1, reach_of
from claims.appendix.certify_tried import Seen, Tried
from models.certificate.certificate import Certificate
from models.certificate.points import Points
from refute import Certainty, Line

_SLOP = 2.0**-17
"""More than half a unit of the sixth digit, relatively."""


def facts(seen: Seen, tried: Tried) -> tuple[Line, ...]:
    """The lines on a point, and on what is proved of it or how much is missing."""
    setting = seen.setting
    d, n = setting.X.shape
    eta = setting.step_size
    lines = [
        Line("network", f"m = {setting.network.m}, d = {d}, n = {n}; {setting.regime}, step {eta!r}"),
        Line(
            "loss, half of ||E||_F^2", f"{_up(seen.e * seen.e / 2)} (||E||_F = {_up(seen.e)}; is it yours?)"
        ),
        Line("tangent kernel H", f"eigenvalues from {_low(seen.lowest.lower)} to {_up(seen.highest.upper)}"),
        Line(
            "eta lambda_max(H)",
            f"{_up(eta * seen.highest.upper)}; gradient descent on a line needs at most 2",
        ),
    ]
    found = tried.certificate
    if not tried.by:
        return (*lines, Line("allowed", _lacking(seen, tried)))
    nu = float(found.rate[0])
    radii = found.radius[0]
    lines += [
        Line("rate", f"||E(k)||^2 <= (1 - {_down(eta * nu)})^k ||E(0)||^2 for every k >= 0 (nu = {nu:.6g})"),
        Line("path", f"the sum of eta ||E(k)|| over all k is at most {_up(float(found.budget[0]))}"),
        Line(
            "radius",
            f"no w_r ever moves further than {_up(float(radii.max()))} (median {np.median(radii):.3g})",
        ),
    ]
    if setting.regime == "joint":
        most = _up(float(decoder_radius(seen.point, found).max()))
        lines.append(Line("decoder", f"no a_r ever moves further than {most}"))
    if tried.by == C1 and seen.lowest.upper > 0:
        share = f"{100 * nu / (2 * seen.lowest.upper):.3g} % of 2 lambda_min(H)"
        lines.append(Line("sharpness", f"nu is {share}, which C1 never exceeds"))
    return tuple(lines)


def _lacking(seen: Seen, tried: Tried) -> str:
    short = tried.short
    if short is None or short.allowed <= 0:
        return "C1 holds here for no residual that was tried"
    times = f"{seen.e / short.allowed:.4g} times as large"
    return f"with all else as it is C1 would allow ||E||_F = {_down(short.allowed)}, and it is {times}"


def decoder_radius(point: Points, found: Certificate) -> np.ndarray:
    """(m,) how far a_r ever moves in the joint regime, from above: with q = ||X|| C / s and R_r,

        q (||w_r|| + R_r),

    as a step moves a_r by at most (eta / s) ||E||_F ||relu(X^T w_r)||. It holds for any bound C on the path.
    """
    q = reach_of(point, float(found.budget[0]))
    moved: np.ndarray = q * (point.w_norms[0] + found.radius[0]) * (1 + point.eps)
    return moved


def conclusion(seen: Seen, tried: Tried) -> str:
    """What is proved, or which condition is the first that is not shown, in a sentence."""
    if tried.by:
        eta_nu = seen.setting.step_size * float(tried.certificate.rate[0])
        radius = _up(float(tried.certificate.radius[0].max()))
        return (
            f"{tried.by} proves ||E(k)||^2 <= (1 - {_down(eta_nu)})^k ||E(0)||^2 for every k >= 0 of exact "
            f"gradient descent from the stored numbers; no neuron ever moves further than {radius}."
        )
    failing = next(row for row in tried.conditions if row.certainty is not Certainty.HOLDS)
    where = f"{failing.by} {failing.name}: {failing.certainty}"
    return f"Not proved, which refutes nothing ({where}); {_lacking(seen, tried)}."


def numbers(seen: Seen, tried: Tried) -> dict[str, Any]:
    """The numbers of the JSON file; null where nothing is proved."""
    setting = seen.setting
    d, n = setting.X.shape
    found = tried.certificate
    proved = bool(tried.by)
    joint = setting.regime == "joint"
    short = tried.short
    return {
        "m": setting.network.m,
        "d": d,
        "n": n,
        "regime": setting.regime,
        "step_size": setting.step_size,
        "residual": seen.e,
        "kernel_min": {"lower": seen.lowest.lower, "upper": seen.lowest.upper},
        "kernel_max": {"lower": seen.highest.lower, "upper": seen.highest.upper},
        "rate": float(found.rate[0]) if proved else None,
        "path": float(found.budget[0]) if proved else None,
        "radius": found.radius[0].tolist() if proved else None,
        "decoder_radius": decoder_radius(seen.point, found).tolist() if proved and joint else None,
        "uncertain_entries": int(found.unstable[0]) if proved else None,
        "residual_allowed": short.allowed if short is not None else None,
    }


def _up(value: float) -> str:
    """Six digits, not below the value."""
    return f"{value * (1 + _SLOP):.6g}" if math.isfinite(value) else str(value)


def _down(value: float) -> str:
    """Six digits, not above the value."""
    return f"{value * (1 - _SLOP):.6g}"


def _low(value: float) -> str:
    """The lower end of a spectrum that is not negative."""
    return _down(max(value, 0.0))
