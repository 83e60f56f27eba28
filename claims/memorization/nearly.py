"""What a near sibling changes: the right side of one equality, by a hundred-thousandth."""

from __future__ import annotations

NEAR = 1 + 1e-5
"""Such a share of the truth must fall, or the comparison sees nothing."""


def scale_of(label: str, off: str) -> float:
    """What the right side of the equality `label` is multiplied by, where the part `off` is the wrong one."""
    return NEAR if label == off else 1.0
