"""Which layers gradient descent moves: "weak" the encoder W, "joint" the encoder W and the decoder A."""

from __future__ import annotations

from typing import Literal, get_args

Regime = Literal["weak", "joint"]
REGIMES: tuple[Regime, ...] = get_args(Regime)


def require_regime(regime: str) -> None:
    """Raise ValueError unless `regime` is one of REGIMES."""
    if regime not in REGIMES:
        raise ValueError(f"regime must be one of {', '.join(REGIMES)}, got {regime!r}")
