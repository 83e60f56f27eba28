"""How steep the limit kernels are as functions of the angle: the machine-checked steps of M3."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import sympy
from flint import arb

from claims.preliminaries.proof_steps import on_boxes, vanishes
from claims.preliminaries.symbolic_kernels import decoder_symbol, encoder_symbol
from models.kernels.limit_in_balls import decoder_profile, encoder_profile
from models.networks.regime import REGIMES, Regime
from refute import Step
from refute.numerics import is_positive

SLOPE: dict[Regime, float] = {"weak": 0.38, "joint": 0.67}
"""L: bounds on |k'| over [0, pi]."""


def lemmas() -> Sequence[Step]:
    """The slopes of both kernels, their sizes, and the ceilings of (a) over 2 c, on [0, 4], beyond pi."""
    theta = sympy.symbols("theta", real=True)
    K = encoder_symbol(theta)
    G = decoder_symbol(theta)
    steps = []
    for regime in REGIMES:
        k, turns = (K, 1) if regime == "weak" else (K + G, 2)
        slope = (turns * (sympy.pi - theta) * sympy.sin(theta) + sympy.cos(theta)) / (2 * sympy.pi)
        steps.append(
            vanishes(
                f"{regime}: k' = -({turns} (pi - theta) sin theta + cos theta) / (2 pi)",
                sympy.diff(k, theta) + slope,
            )
        )
        for sign in (1, -1):
            below = is_positive(partial(_below_slope, SLOPE[regime], turns, sign), (0.0, 4.0))
            steps.append(on_boxes(f"{regime}: {'-+'[sign > 0]}k' < {SLOPE[regime]} on [0, 4]", below))
        ceiling = is_positive(partial(_below_ceiling, turns), (0.0, 4.0), zeros={0.0: 3})
        steps.append(
            on_boxes(f"{regime}: k(0) - k < theta/(2 pi) + {turns} theta^2/4 for theta in (0, 4]", ceiling)
        )
    return steps


def _below_slope(limit: float, turns: int, sign: int, theta: Any) -> Any:
    return limit + sign * (turns * (arb.pi() - theta) * theta.sin() + theta.cos()) / (2 * arb.pi())


def _below_ceiling(turns: int, theta: Any) -> Any:
    entry = encoder_profile(theta) + (decoder_profile(theta) if turns == 2 else 0 * theta)
    return theta / (2 * arb.pi()) + turns * theta * theta / 4 - arb(turns) / 2 + entry
