"""A claim that draws from a generator that all share is an ERROR, and leaves no verdict."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from refute import Comparisons, Compute, Instance, Trials, at_most
from refute.audit.global_randomness import without_global_randomness
from refute.audit.judgement import judge
from refute.audit.verdict import Verdict
from tests.refute.audit.auditing import run
from tests.refute.planted import CPU, gamble, planted

ONE = Instance(x=1)


@pytest.mark.parametrize(
    ("name", "chance"),
    [
        ("numpy.random", np.random.random),
        ("numpy.random", np.random.standard_normal),
        ("random", random.random),
    ],
)
def test_draws_from_a_global_generator_are_an_error(name: str, chance: Callable[[], float]) -> None:
    def draw(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
        return Trials(np.array([chance() > 9 for _ in generators]))

    def check(instance: Instance, _: Compute) -> Comparisons:
        return (at_most("chance", int(chance() > 9), 1),)

    for claim in (gamble(0.0, draw=draw), planted(check=check)):
        result = run(claim)
        assert result.verdict is Verdict.ERROR
        assert result.because.startswith(f"ValueError: P1: draws from the global generator of {name};")
        assert "test_global_randomness.py:" in result.because
    with pytest.raises(ValueError, match=rf"^P1: draws from the global generator of {name};"):
        judge(gamble(0.0, draw=draw), ONE, CPU, 0)


def test_a_generator_of_its_own_is_nobodys_business() -> None:
    def check(instance: Instance, _: Compute) -> Comparisons:
        return (at_most("x", int(np.random.default_rng(instance.x).random() > 9), 1),)

    assert run(planted(check=check)).verdict is Verdict.SUPPORTED


def test_another_thread_that_draws_is_nobodys_business() -> None:
    stop = threading.Event()

    def elsewhere() -> None:
        while not stop.is_set():
            random.random()

    def check(instance: Instance, _: Compute) -> Comparisons:
        before = random.getstate()
        while random.getstate() == before:  # until the other thread has drawn
            time.sleep(0)
        return (at_most("x", instance.x, instance.x + 1),)

    other = threading.Thread(target=elsewhere)
    other.start()
    try:
        assert without_global_randomness("P1", lambda: check(ONE, CPU))
    finally:
        stop.set()
        other.join()
