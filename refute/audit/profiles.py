"""How hard an audit looks: one table, in which another profile is another line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from refute.statement.kinds import Cost


@dataclass(frozen=True)
class Profile:
    """How hard an audit looks.

    instances, shrink_calls: by cost of the claim, how many instances a search judges and how many more its
    shrinking may. budget: the most that the levels of all instances of a run may add up to. draws: how many
    draws a picture of the report rests on. examples: how many a Hypothesis test of a suite draws.
    repeats: whether two runs of that suite draw the same ones. agrees: whether a run in float64 judges its
    instances in float32, on other threads and on another device as well.
    """

    name: str
    instances: Mapping[Cost, int]
    shrink_calls: Mapping[Cost, int]
    budget: float = 2e-3
    draws: int = 16
    examples: int = 25
    repeats: bool = True
    agrees: bool = False


def _by_cost(fast: int, medium: int, slow: int) -> Mapping[Cost, int]:
    return {Cost.FAST: fast, Cost.MEDIUM: medium, Cost.SLOW: slow}


# Effort for three occasions: a look, a gate, a night. The numbers by cost keep fast, medium, slow claims at
# comparable times. Shrinking is bounded: a witness that is not the smallest one is still a witness.
PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("quick", _by_cost(120, 40, 12), _by_cost(200, 60, 10)),
        Profile(
            "ci",
            _by_cost(500, 120, 40),
            _by_cost(400, 100, 20),
            draws=64,
            examples=100,
            agrees=True,
            budget=3e-3,
        ),
        Profile("deep", _by_cost(3000, 800, 150), _by_cost(800, 300, 60), 1e-2, 256, 1000, repeats=False),
    )
}

DEFAULT = "quick"
"""The profile of a run that names none."""
