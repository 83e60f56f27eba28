"""The sequential test against the formulas taken at their word, exact fractions and simulation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import comb

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from refute.evidence import sequential
from refute.evidence.seeds import stream_key, trial_generators
from refute.evidence.sequential import (
    FALSE_ALARM_LEVEL,
    MISS,
    POWER,
    Call,
    Decision,
    Design,
    design,
    sequential_test,
)
from refute.numerics.rounding import gamma
from refute.statement.instance import Instance

DIGITS = 50
HALF = mpmath.mpf(1) / 2
SMALL_DESIGNS = [(0.1, 1e-6), (0.1, 1e-3), (0.2, 1e-3)]
DESIGNS = [*SMALL_DESIGNS, (0.05, 1e-6)]


def refuting(n: int, s: int, delta: float) -> mpmath.mpf:
    """The mixture of likelihood ratios over q > delta, as an integral."""
    d = mpmath.mpf(delta)
    mixed = mpmath.betainc(HALF + s, HALF + n - s, d, 1) / mpmath.betainc(HALF, HALF, d, 1)
    return mixed / (d**s * (1 - d) ** (n - s))


def certifying(n: int, s: int, alternative: float) -> mpmath.mpf:
    """The mixture of likelihood ratios over q < alternative, as an integral."""
    q = mpmath.mpf(alternative)
    mixed = mpmath.betainc(HALF + s, HALF + n - s, 0, q) / mpmath.betainc(HALF, HALF, 0, q)
    return mixed / (q**s * (1 - q) ** (n - s))


@pytest.mark.parametrize(("delta", "level"), DESIGNS)
def test_boundaries_are_those_of_the_formulas(delta: float, level: float) -> None:
    plan = design(delta, level)
    with mpmath.workdps(DIGITS):
        for n in sorted({0, 1, 2, 3, 5, 8, 17, plan.shortest, plan.cap // 2, plan.cap}):
            up = [s for s in range(n + 1) if refuting(n, s, delta) >= 1 / mpmath.mpf(level)]
            down = [s for s in range(n + 1) if certifying(n, s, plan.alternative) >= 1 / mpmath.mpf(MISS)]
            assert up == list(range(plan.refute_at[n], n + 1)), n
            assert down == list(range(plan.certify_at[n] + 1)), n


def test_the_integrals_are_those_of_the_likelihood_ratio() -> None:
    """One more step back: the closed forms above against numerical integration."""
    with mpmath.workdps(15):
        for n, s in ((1, 0), (4, 3), (9, 2)):
            prior = mpmath.quad(lambda q: 1 / mpmath.sqrt(q * (1 - q)), [0.1, 0.5, 1])
            ratio = mpmath.quad(
                lambda q, n=n, s=s: (q / 0.1) ** s * ((1 - q) / 0.9) ** (n - s) / mpmath.sqrt(q * (1 - q)),
                [0.1, 0.5, 1],
            )
            value = refuting(n, s, 0.1)
            # The integrand has a square-root singularity at 1, where the quadrature keeps half its digits.
            assert abs(ratio / prior - value) <= mpmath.sqrt(mpmath.eps) * value


@pytest.mark.parametrize(("delta", "cap"), [(0.1, 97), (0.05, 239)])
def test_caps_at_the_default_level(delta: float, cap: int) -> None:
    plan = design(delta)
    assert plan.cap == cap
    assert plan.power >= POWER
    assert (plan.delta, plan.level, plan.alternative) == (delta, FALSE_ALARM_LEVEL, 4 * delta)


def exact_probabilities(plan: Design, q: Fraction, cap: int) -> dict[Call, Fraction]:
    """The three calls by walking every count of failures, in fractions."""
    alive = {0: Fraction(1)}
    totals = {call: Fraction(0) for call in Call}
    for n in range(1, cap + 1):
        stepped: dict[int, Fraction] = {}
        for s, p in alive.items():
            stepped[s] = stepped.get(s, Fraction(0)) + p * (1 - q)
            stepped[s + 1] = stepped.get(s + 1, Fraction(0)) + p * q
        alive = {}
        for s, p in stepped.items():
            if s >= plan.refute_at[n]:
                totals[Call.REFUTED] += p
            elif s <= plan.certify_at[n]:
                totals[Call.CERTIFIED] += p
            else:
                alive[s] = p
    totals[Call.UNDECIDED] = sum(alive.values(), Fraction(0))
    return totals


@pytest.mark.parametrize("delta", [Fraction(1, 10), Fraction(1, 5)])
@pytest.mark.parametrize("factor", [0, Fraction(1, 2), 1, 2, Fraction(5, 2)])
def test_probabilities_are_exact(delta: Fraction, factor: Fraction) -> None:
    plan = design(float(delta))
    q = delta * factor
    exact = exact_probabilities(plan, q, plan.cap)
    # Every term of a sum over at most cap^2 paths is a product of at most 2 cap rounded factors.
    slop = 2 * gamma(2 * plan.cap + plan.cap**2)
    for call, value in plan.probabilities(float(q)).items():
        assert abs(value - float(exact[call])) <= slop
    assert sum(exact.values()) == 1


@pytest.mark.parametrize(("delta", "level"), SMALL_DESIGNS)
def test_a_true_claim_is_refuted_with_probability_at_most_the_level(delta: float, level: float) -> None:
    plan = design(delta, level)
    for share in (0, Fraction(1, 3), Fraction(2, 3), 1):
        exact = exact_probabilities(plan, Fraction(delta) * share, plan.cap)
        assert exact[Call.REFUTED] <= Fraction(level)


@pytest.mark.parametrize(("delta", "level"), SMALL_DESIGNS)
def test_the_cap_is_the_smallest_with_the_power(delta: float, level: float) -> None:
    plan = design(delta, level)
    q1 = Fraction(plan.alternative)
    assert exact_probabilities(plan, q1, plan.cap)[Call.REFUTED] >= Fraction(POWER)
    assert exact_probabilities(plan, q1, plan.cap - 1)[Call.REFUTED] < Fraction(POWER)
    assert plan.power >= POWER
    assert exact_probabilities(plan, q1, plan.cap)[Call.CERTIFIED] <= Fraction(MISS)


@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize(
    ("process", "borders", "true_side"),
    [(refuting, (0.1, 0.05, 0.3), 0.0), (certifying, (0.4, 0.2, 0.5), 1.0)],
)
def test_one_step_does_not_raise_the_expected_evidence(
    process: Callable[[int, int, float], mpmath.mpf],
    borders: tuple[float, ...],
    true_side: float,
    share: float,
) -> None:
    """Both processes are supermartingales wherever the statement they test is true."""
    with mpmath.workdps(DIGITS):
        # betainc and a handful of operations keep all but some twenty bits of the working precision.
        loss = mpmath.eps * 2**20
        for border in borders:
            q = share * mpmath.mpf(border) + (1 - share) * mpmath.mpf(true_side)
            for n in range(8):
                for s in range(n + 1):
                    now = process(n, s, border)
                    then = q * process(n + 1, s + 1, border) + (1 - q) * process(n + 1, s, border)
                    assert then <= now * (1 + loss)
            assert abs(process(0, 0, border) - 1) <= loss


def test_the_expected_evidence_never_exceeds_one() -> None:
    """Enumerates every outcome of up to eight trials."""
    with mpmath.workdps(DIGITS):
        for q in (mpmath.mpf(0), mpmath.mpf(0.05), mpmath.mpf(0.1)):
            for n in range(9):
                mean = sum(comb(n, s) * q**s * (1 - q) ** (n - s) * refuting(n, s, 0.1) for s in range(n + 1))
                assert mean <= 1 + mpmath.eps * 2**20


def reading(failed: np.ndarray) -> Callable[[int, int], np.ndarray]:
    """Trials that are known beforehand, asked for in batches."""
    return lambda first, count: failed[first : first + count]


def test_simulated_tests_agree_with_the_exact_probabilities() -> None:
    plan = design(0.1)
    runs = 2000
    for position, q in enumerate((0.1, 0.2, 0.3)):
        key = stream_key(0, "test", Instance(position=position))
        (generator,) = trial_generators(key, 0, 1)
        trials = generator.random((runs, plan.cap)) < q
        calls = [sequential_test(reading(row), plan).call for row in trials]
        for call, p in plan.probabilities(q).items():
            assert binomtest(calls.count(call), runs, min(p, 1.0)).pvalue > 1e-6


def one_by_one(failed: list[bool], plan: Design) -> Decision:
    for n in range(1, plan.cap + 1):
        s = sum(failed[:n])
        if s >= plan.refute_at[n]:
            return Decision(Call.REFUTED, n, s)
        if s <= plan.certify_at[n]:
            return Decision(Call.CERTIFIED, n, s)
    return Decision(Call.UNDECIDED, plan.cap, sum(failed))


@given(st.floats(0, 1), st.integers(0, 2**32))
def test_the_decision_does_not_depend_on_batches(q: float, seed: int) -> None:
    plan = design(0.1)
    failed = np.random.Generator(np.random.Philox(seed)).random(plan.cap) < q
    asked = 0

    def draw(first: int, count: int) -> np.ndarray:
        nonlocal asked
        assert first == asked and count >= 1 and first + count <= plan.cap
        asked += count
        return failed[first : first + count]

    assert sequential_test(draw, plan) == one_by_one(failed.tolist(), plan)


def test_blatant_cases_end_early() -> None:
    plan = design(0.1)
    never = np.zeros(plan.cap, dtype=bool)
    always = np.ones(plan.cap, dtype=bool)
    assert sequential_test(reading(never), plan) == Decision(Call.CERTIFIED, 8, 0)
    assert sequential_test(reading(always), plan) == Decision(Call.REFUTED, 7, 7)
    assert Decision(Call.REFUTED, 7, 7).share == 1.0


def test_undecided_at_the_cap() -> None:
    plan = design(0.1)
    steered: list[bool] = []
    for n in range(1, plan.cap + 1):
        steered.append(sum(steered) <= plan.certify_at[n])
    decision = sequential_test(reading(np.array(steered)), plan)
    assert (decision.call, decision.trials) == (Call.UNDECIDED, plan.cap)


@pytest.mark.parametrize("delta", [0.0, -0.1, 0.5, 1.0, float("nan")])
def test_a_failure_probability_outside_its_range_is_refused(delta: float) -> None:
    with pytest.raises(ValueError, match="must lie strictly between 0 and 1/2"):
        design(delta)


def test_a_claim_that_no_affordable_test_can_refute_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequential, "_LONGEST", 300)
    with pytest.raises(ValueError, match=r"no test of at most 300 trials has power 0.95 against 0.004"):
        design(0.001)
    with pytest.raises(ValueError, match=r"no test of at most 300 trials has power 0.999"):
        design(0.1, power=0.999)
