"""Which of its declared classes a strategy of a claim reaches in a few draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from refute import Class, Instance

DRAWS = 12


def classes_drawn(strategy: SearchStrategy[Instance], classes: Mapping[str, Class]) -> Counter[str]:
    """How many of DRAWS instances, always the same, are in each class."""
    reached: Counter[str] = Counter()

    @seed(0)
    @settings(
        max_examples=DRAWS,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(instance: Instance) -> None:
        reached.update(name for name, test in classes.items() if test(instance))

    collect()
    return reached
