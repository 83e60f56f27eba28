"""Controls come out as they must, and say so when the instrument is broken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from refute import Compute, Instance, Trials
from refute.audit import controls, judgement, lone_trials, one_claim, plans, verdict
from refute.audit.all_claims import Record, exit_code
from refute.audit.coin_trials import DELTA, evidence
from refute.audit.controls import Controlled, run_controls
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES
from refute.audit.verdict import Verdict
from refute.evidence.sequential import CONFIRM_LEVEL, FALSE_ALARM_LEVEL, KAPPA, MISS, Decision, design
from refute.numerics import Order
from refute.statement import comparing
from tests.refute.planted import CPU, SMALL, gamble

QUICK = PROFILES["quick"]


def wrong(master: int = 0) -> dict[str, str]:
    return {control.name: control.wrong for control in run_controls(QUICK, master) if control.wrong}


@pytest.mark.parametrize("profile", ["quick", "ci"])
@pytest.mark.parametrize("master", range(4))
def test_all_controls_come_out_as_they_must(profile: str, master: int) -> None:
    found = run_controls(PROFILES[profile], master)
    assert [control.wrong for control in found] == [""] * len(controls.CONTROLS)
    assert {control.verdict for control in found} == set(Verdict)


def test_the_evidence_by_quadrature_is_that_of_the_tables() -> None:
    plan = design(DELTA)
    highest = KAPPA * DELTA
    for failures in range(30):
        for n in range(max(failures, 1), plan.cap + 1):
            failed = [True] * failures + [False] * (n - failures)
            against = FALSE_ALARM_LEVEL * evidence(failed, DELTA, (DELTA, 1.0))[-1]
            if abs(against - 1) > 1e-6:
                assert (against >= 1) == (failures >= plan.refute_at[n])
            certain = MISS * evidence(failed, highest, (0.0, highest))[-1]
            if abs(certain - 1) > 1e-6:
                assert (certain >= 1) == (failures <= plan.certify_at[n])


def deaf_key(master: int, claim_id: str, instance: Instance, stream: str = "main") -> bytes:
    return f"{master}{claim_id}{stream}".encode().ljust(16, b".")[:16]


def shifted(by: int) -> Callable[..., Any]:
    def design_off(*arguments: Any, **options: Any) -> Any:
        plan = design(*arguments, **options)
        return replace(plan, refute_at=tuple(limit + by for limit in plan.refute_at))

    return design_off


def averaging(draw: Callable[[int, int], np.ndarray], plan: Any) -> Decision:
    from refute.evidence.sequential import sequential_test

    return sequential_test(lambda first, count: np.full(count, draw(first, count).mean() >= 0.5), plan)


def passing(*_: Any) -> tuple[Verdict, str]:
    return Verdict.SUPPORTED, "always"


@pytest.mark.parametrize(
    ("module", "name", "broken", "control"),
    [
        (judgement, "stream_key", deaf_key, "fails as often as claimed"),
        (plans, "design", shifted(10), "fails four times as often"),
        (plans, "design", shifted(1), "fails four times as often"),
        (plans, "design", shifted(-1), "fails four times as often"),
        (judgement, "sequential_test", averaging, "fails as often as claimed"),
        (judgement, "CONFIRM", "main", "fails four times as often"),
        (one_claim, "decide", passing, "premise never met"),
        (one_claim, "decide", passing, "blind equality"),
        (comparing, "at_rising_precision", lambda _: (Order.LESS, 128), "tie that balls cannot settle"),
        (verdict, "classes_met", lambda *_: {}, "class never met"),
        (verdict, "UNDECIDED_SHARE", 1.0, "fails three times in eleven"),
        (one_claim, "check_lone_trials", lambda *_: None, "mean over a batch"),
        (lone_trials, "_agree", lambda *_: True, "mean over a batch"),
        (one_claim, "parts_of", lambda _: 3, "false in its last class"),
        (judgement, "missed_reason", lambda *_: "", "falls by another part"),
        (judgement, "missed_reason", lambda *_: "", "falls in another class"),
        (verdict, "_not_covered", lambda *_: "", "too few instances"),
        (verdict, "_not_covered", lambda *_: "", "premise met too seldom"),
    ],
)
def test_a_broken_instrument_is_told(
    module: Any, name: str, broken: Any, control: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, broken)
    assert control in wrong()


def test_a_control_that_fails_fails_the_run() -> None:
    fine = Controlled("fine", "x", Verdict.REFUTED, Verdict.REFUTED, "")
    assert exit_code(Record(controls=(fine,))) == 0
    assert exit_code(Record(controls=(fine, replace(fine, wrong="it is SUPPORTED")))) == 3


def test_confirmation_has_another_level_than_the_search() -> None:
    assert CONFIRM_LEVEL > FALSE_ALARM_LEVEL


def over_the_batch(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    mean = float(np.mean([generator.random() for generator in generators]))
    count = len(generators)
    return Trials(np.zeros(count, dtype=bool), measured=np.full(count, mean))


def by_size(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    return Trials(np.full(len(generators), len(generators) == 1))


@pytest.mark.parametrize("draw", [over_the_batch, by_size])
def test_a_trial_that_depends_on_its_batch_is_an_error(draw: Any) -> None:
    result = audit_claim(gamble(0.0, draw=draw), SMALL, 0, CPU)
    assert result.verdict is Verdict.ERROR
    assert "comes out differently alone" in result.because


def from_a_seed_of_its_own(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    tossed = np.random.default_rng([0]).random()
    return Trials(np.full(len(generators), tossed < 0.01))


def test_trials_that_draw_nothing_of_their_own_are_an_error() -> None:
    result = audit_claim(gamble(0.0, draw=from_a_seed_of_its_own), SMALL, 0, CPU)
    assert result.verdict is Verdict.ERROR
    assert "draws nothing from its generator" in result.because


def test_trials_that_stand_alone_are_no_error() -> None:
    lone_trials.check_lone_trials(gamble(0.3), Instance(x=1), CPU, 0)
