"""The whole pipeline on planted failure probabilities: what it says is as frequent as it must be.

Search, target, trials, shrinking and the second look run as in an audit; only the trials are coins. Each
count is compared with its exact law. With the seeds below the outcome is fixed; over the choice of seeds, all
comparisons together would fail with probability at most FALSE_ALARM, were the pipeline right.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from benchmarks.operating_characteristics import characteristics
from benchmarks.planted_truth import (
    CONSTANT,
    DELTA,
    LARGEST,
    NEEDLES,
    RAMP,
    SLOPE,
    VERDICTS,
    Setting,
    Truth,
    alarms,
    audits,
    first_visits,
    look,
    second_looks,
    sum_law,
    verdict_probabilities,
)
from refute.audit.profiles import Profile
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.seeds import MAIN, stream_key
from refute.evidence.sequential import CONFIRM_LEVEL, FALSE_ALARM_LEVEL, Call
from refute.statement.instance import Instance
from refute.statement.kinds import Cost

SMALL = Profile("small", dict.fromkeys(Cost, 20), dict.fromkeys(Cost, 15))
SHIPPED = Setting("shipped, small", FALSE_ALARM_LEVEL, CONFIRM_LEVEL, SMALL)
COARSE = Setting("coarse, small", 0.05, 0.3, SMALL)
RUNS = {SHIPPED.name: 10, COARSE.name: 24}
BROKEN = 40
"""Audits of a pipeline that was broken on purpose."""
ALARMED = 240
"""As many again, where alarms alone tell: about a sixth of audits against the twentieth that is right."""
LOOKS = [(setting, truth) for setting in (SHIPPED, COARSE) for truth in CONSTANT]
THERE = range(LARGEST // 3, LARGEST // 2)
BROAD = Truth("4 delta on a sixth, else 0", lambda x: 4 * DELTA if x in THERE else 0.0)
VARYING = [SLOPE, BROAD, NEEDLES[1], RAMP]

FALSE_ALARM = 1e-3
SHARE = FALSE_ALARM / (len(LOOKS) * (1 + len(VERDICTS)) + 2 * len(VARYING) + 1)
"""Each comparison's part of it."""


KEPT: dict[tuple[str, str], tuple[Result, ...]] = {}


def runs(setting: Setting, truth: Truth) -> tuple[Result, ...]:
    """The audits of one truth, done once."""
    key = (setting.name, truth.name)
    if key not in KEPT:
        KEPT[key] = audits(truth, setting, RUNS[setting.name])
    return KEPT[key]


def verdicts(results: Sequence[Result]) -> Counter[Verdict]:
    return Counter(result.verdict for result in results)


def unlikely(successes: int, count: int, p: float) -> bool:
    return bool(binomtest(successes, count, min(p, 1.0)).pvalue <= SHARE)


def as_expected(happened: int, chances: Sequence[float]) -> bool:
    """Whether the number of successes lies within both tails of its exact law."""
    law = sum_law(chances)
    return bool(min(law[: happened + 1].sum(), law[happened:].sum()) > SHARE / 2)


@pytest.mark.parametrize(("setting", "truth"), LOOKS, ids=lambda value: value.name)
def test_alarms_and_verdicts_are_as_frequent_as_they_must_be(setting: Setting, truth: Truth) -> None:
    """What counts for alarms is fixed beforehand: 15 instances an audit where few alarm, and else one.

    The exact probabilities of the verdicts rest on the number of instances that a search without an alarm
    judges.
    """
    q = truth.q(0)
    results = runs(setting, truth)
    count = RUNS[setting.name]
    most = count * (15 if q < DELTA else 1)
    alarmed, judged = alarms(results, most)
    assert judged == most
    assert not unlikely(alarmed, judged, look(setting.first, q).refuted)
    assert {len(r.judged) for r in results if r.counterexample is None} <= {setting.instances}
    observed = verdicts(results)
    exact = verdict_probabilities(setting, q)
    assert sum(observed[verdict] for verdict in VERDICTS) == count
    for verdict in VERDICTS:
        assert not unlikely(observed[verdict], count, exact[verdict]), verdict


def test_climbing_towards_the_bound_raises_no_false_alarm() -> None:
    """q rises to delta and the search climbs it; the bound is that of delta everywhere."""
    results = runs(COARSE, SLOPE)
    most = verdict_probabilities(COARSE, DELTA)[Verdict.REFUTED]
    refuted = verdicts(results)[Verdict.REFUTED]
    assert binom.sf(refuted - 1, len(results), most) > SHARE


@pytest.mark.parametrize("truth", VARYING, ids=lambda truth: truth.name)
def test_where_q_varies_looks_are_exact_given_what_was_visited(truth: Truth) -> None:
    results = runs(COARSE, truth)
    assert as_expected(*first_visits(results, truth, COARSE))
    assert as_expected(*second_looks(results, truth, COARSE))


def test_the_witness_lies_where_the_claim_is_false() -> None:
    found = [r.counterexample for r in runs(COARSE, BROAD) if r.counterexample is not None]
    assert found
    assert all(example.instance.x in THERE for example in found)


def test_the_exact_numbers_are_those_of_the_design() -> None:
    """Two routes to one number: the benchmark's recursion and the design's own probabilities."""
    for plan in (SHIPPED.first, SHIPPED.second, COARSE.first, COARSE.second):
        for truth in CONSTANT:
            q = truth.q(0)
            one = characteristics(plan, q)
            other = plan.probabilities(q)
            # Both add at most cap^2 products of at most 2 cap rounded factors.
            slop = 2 * (plan.cap**2 + 2 * plan.cap) * np.finfo(float).eps
            assert math.isclose(one.refuted, other[Call.REFUTED], rel_tol=0, abs_tol=slop)
            assert math.isclose(one.undecided, other[Call.UNDECIDED], rel_tol=0, abs_tol=slop)


def test_a_second_look_at_the_same_trials_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the second look read the first stream, every alarm would be confirmed."""
    monkeypatch.setattr("refute.audit.judgement.CONFIRM", MAIN)
    results = audits(CONSTANT[2], COARSE, ALARMED)
    exact = verdict_probabilities(COARSE, DELTA)[Verdict.REFUTED]
    assert unlikely(verdicts(results)[Verdict.REFUTED], len(results), exact)


def test_trials_shared_by_all_instances_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the instance were left out of the key, an audit would toss one and the same coins 20 times."""
    keyed = stream_key
    monkeypatch.setattr(
        "refute.audit.judgement.stream_key",
        lambda master, label, _, stream: keyed(master, label, Instance(x=0), stream),
    )
    results = audits(CONSTANT[2], COARSE, BROKEN)
    exact = verdict_probabilities(COARSE, DELTA)[Verdict.SUPPORTED]
    assert unlikely(verdicts(results)[Verdict.SUPPORTED], len(results), exact)
