"""Planted claims with trials get the verdict they deserve, and their trials are counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from refute import (
    Compute,
    Instance,
    Kind,
    Trials,
)
from refute.audit.verdict import Verdict
from refute.evidence.seeds import MAIN, stream_key, trial_generators
from refute.statement.claim_code import Draw
from tests.refute.audit.auditing import run
from tests.refute.planted import gamble, planted
from tests.refute.sample_audit import result_json


def only_in_main(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
    """Fails on the main stream and nowhere else."""
    main = {
        generator.bit_generator.random_raw()
        for generator in trial_generators(stream_key(0, "P1", instance, MAIN), 0, 200)
    }
    return Trials(np.array([generator.bit_generator.random_raw() in main for generator in generators]))


def test_a_failure_of_the_second_look_is_an_error() -> None:
    def draw(instance: Instance, generators: Sequence[np.random.Generator], compute: Compute) -> Trials:
        trials = only_in_main(instance, generators, compute)
        if not trials.failed.all():
            raise ZeroDivisionError("second look")
        return trials

    result = run(gamble(0, draw=draw))
    assert result.verdict is Verdict.ERROR
    assert (
        result.because.startswith("ZeroDivisionError: second look (") and "on Instance(x=" in result.because
    )


def test_trials_that_do_not_fail_again_leave_a_claim_undecided() -> None:
    result = run(gamble(0, draw=only_in_main))
    assert result.verdict is Verdict.UNDECIDED
    assert result.because.startswith("A counterexample was not confirmed by a second look")
    assert result.counterexample is not None and not result.counterexample.confirmed


@pytest.mark.parametrize(
    ("q", "verdict"), [(0.0, Verdict.SUPPORTED), (0.05, Verdict.SUPPORTED), (0.4, Verdict.REFUTED)]
)
@pytest.mark.parametrize("master", [0, 1, 2])
def test_trials_of_known_failure_probability(q: float, verdict: Verdict, master: int) -> None:
    """At 0, delta / 2 and 4 delta.

    A true claim is refuted with probability below 1e-4 in each run. A false one is found, and then confirmed
    with the stated power of 0.95 only, so that these three seeds are a fact and not a guarantee.
    """
    result = run(gamble(q), master)
    assert result.verdict is verdict
    if verdict is Verdict.REFUTED:
        assert "on a fresh stream: " in result.because


def test_trials_are_counted_with_their_level_and_power() -> None:
    result = run(gamble(0.0))
    found = result_json(result)
    assert found["trials"] == 8 * len(result.judged)
    assert (found["alpha"], found["alternative"], found["failure_probability"]) == (1e-6, 0.4, 0.1)
    assert 0.95 <= found["power"] < 1
    assert result_json(run(planted()))["alpha"] is None


def measuring(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
    """Measures x in every trial; every third trial fails where x is odd, so that more trials are needed."""
    count = len([generator.random() for generator in generators])
    failed = (np.arange(count) % 3 == 0) & (instance.x % 2 == 1)
    return Trials(failed, measured=np.full(count, float(instance.x)))


def test_the_instance_with_the_most_trials_says_what_was_measured() -> None:
    result = run(gamble(0, 0.3, draw=measuring))
    measured = result_json(result)["measured"]
    trials = [(len(judgement.measured), instance.x) for instance, judgement in result.judged]
    most = max(count for count, _ in trials)
    first = next(x for count, x in trials if count == most)
    assert len({count for count, _ in trials}) > 1 and first % 2 == 1
    assert measured == {
        "median": first,
        "low": first,
        "high": first,
        "level": 0.95,
        "trials": most,
        "instance": {"x": first},
    }


def test_too_few_trials_have_no_interval_and_most_claims_measure_nothing() -> None:
    def failing(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
        numbers = np.array([generator.random() for generator in generators])
        return Trials(np.ones(len(generators), dtype=bool), measured=numbers)

    few = result_json(run(gamble(0, 0.01, draw=failing)))["measured"]
    assert few["trials"] < 6 and few["low"] is None and few["high"] is None
    assert result_json(run(gamble(0)))["measured"] is None
    assert result_json(run(planted()))["measured"] is None


def test_an_exponent_that_measures_nothing_is_an_error() -> None:
    result = run(gamble(0, kind=Kind.EXPONENT))
    assert result.verdict is Verdict.ERROR
    assert "the trials of an exponent must say what they measured" in result.because


def each(value: object) -> Draw:
    """A draw that answers this, whatever it is asked."""
    return lambda instance, generators, _: value  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"draw": each(True)}, "TypeError: P1: draw returns Trials(failed=...) or Unmet, not True ("),
        ({"draw": each(np.zeros(9))}, "TypeError: P1: draw returns Trials(failed=...) or Unmet, not array(["),
        (
            {"draw": lambda i, g, _: Trials(np.full(len(g), 0.5))},
            "TypeError: failed says of every trial True or",
        ),
        ({"draw": each(Trials(np.array(True)))}, "trials were asked for, and the result has shape () ("),
        (
            {"failure_probability": lambda _: None},
            "TypeError: P1: a failure_probability gives a number, not None",
        ),
        (
            {"failure_probability": lambda _: np.ones(2)},
            "a failure_probability gives a number, not array([1., 1.])",
        ),
        (
            {"failure_probability": 1e-5},
            "ValueError: P1: its failure_probability cannot be tested: no test of",
        ),
    ],
)
def test_what_is_no_trial_is_an_error_that_names_the_line_of_the_draw(
    changes: dict[str, Any], said: str
) -> None:
    result = run(gamble(0, **changes))
    assert result.verdict is Verdict.ERROR and said in result.because
    assert re.search(r"\((tests/refute/)?\S*\.py:\d+\)", result.because) and "refute/audit/" not in (
        result.because.replace("tests/refute/audit/", "")
    )


@pytest.mark.parametrize("failed", [[True, False], (0, 1), np.array([False, True], dtype=object), np.ones(2)])
def test_truth_values_are_taken_in_whatever_array_they_come(failed: Any) -> None:
    trials = Trials(failed)
    assert trials.failed.dtype == bool and trials.failed.tolist() == [bool(value) for value in failed]


def test_one_generator_for_all_trials_is_an_error() -> None:
    def draw(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
        return Trials(generators[0].random(len(generators)) < 1e-9)

    result = run(gamble(0, draw=draw))
    assert result.verdict is Verdict.ERROR
    assert "P1: trial 3 draws from its generator alone, and not among 4" in result.because
