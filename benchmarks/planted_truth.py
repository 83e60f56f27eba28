"""Runs the whole audit on planted claims whose failure probability is known, and compares with exact numbers.

An instance of a planted claim is a whole number x; a trial on it fails with probability q(x), and the claim
says that q <= delta. Each audit is the real one: search, target, sequential tests, shrinking, second look,
verdict. Only the trials are coins. Where q is constant, the probability of every verdict is a finite sum over
the integer boundaries; where q varies, what is exact is conditional on what the search visited. The coarse
levels make false alarms frequent enough to be counted. docs/statistics.md shows the tables.

    python benchmarks/planted_truth.py [AUDITS]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.operating_characteristics import Characteristics, characteristics
from refute import Claim, Compute, Cost, Instance, Kind, Sibling, Trials
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import Profile
from refute.audit.result import Result
from refute.audit.verdict import UNDECIDED_SHARE, Verdict
from refute.evidence.sequential import CONFIRM_KAPPA, CONFIRM_LEVEL, FALSE_ALARM_LEVEL, Call, Design, design

DELTA = 0.1
LARGEST = 9999
NEEDLE = range(LARGEST * 7 // 9, LARGEST * 7 // 9 + 100)
"""A hundredth of the instances. Its ends are not written out: Hypothesis tries constants of the sources."""
VERDICTS = (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.SUPPORTED)

Law = Callable[[int], float]


@dataclass(frozen=True)
class Setting:
    """The level of the first look and of the second one, and how far an audit looks."""

    name: str
    level: float
    confirm: float
    profile: Profile

    @property
    def first(self) -> Design:
        """The test of an instance that the search proposes."""
        return design(DELTA, self.level)

    @property
    def second(self) -> Design:
        """The test of a shrunk witness, on a fresh stream."""
        return design(DELTA, self.confirm, CONFIRM_KAPPA)

    @property
    def instances(self) -> int:
        """Distinct instances that an audit judges as long as nothing is violated."""
        return self.profile.instances[Cost.FAST]


SIXTY = Profile("sixty", dict.fromkeys(Cost, 60), dict.fromkeys(Cost, 200))
SHIPPED = Setting("as shipped", FALSE_ALARM_LEVEL, CONFIRM_LEVEL, SIXTY)
COARSE = Setting("coarse", 0.05, 0.3, SIXTY)


@dataclass(frozen=True)
class Truth:
    """A planted failure probability q(x)."""

    name: str
    q: Law


def constant(name: str, q: float) -> Truth:
    """The same failure probability on every instance."""
    return Truth(name, lambda x: q)


CONSTANT = tuple(
    constant(name, share * DELTA)
    for name, share in {"0": 0.0, "delta / 2": 0.5, "delta": 1.0, "2 delta": 2.0, "4 delta": 4.0}.items()
)
SLOPE = Truth("true: q rises to delta", lambda x: DELTA * x / LARGEST)
NEEDLES = (
    Truth("needle of 4 delta, else 0", lambda x: 4 * DELTA if x in NEEDLE else 0.0),
    Truth(
        "needle of 4 delta on a hill of delta",
        lambda x: 4 * DELTA if x in NEEDLE else DELTA * (1 - abs(x - NEEDLE[50]) / LARGEST),
    ),
)
RAMP = Truth("false: q rises to 8 delta", lambda x: 8 * DELTA * x / LARGEST)


def planted(truth: Truth, stream: str) -> Claim:
    """The claim that q(x) <= delta for x = 0, ..., LARGEST, with coins for trials.

    stream: part of the claim's label, and so of the key of its coins: rows of a table are independent.
    """

    def draw(instance: Instance, generators: Sequence[np.random.Generator], _: Compute) -> Trials:
        return Trials(np.array([generator.random() < truth.q(instance.x) for generator in generators]))

    return Claim(
        id=f"PLANTED {stream}: {truth.name}",
        title="a trial fails with probability at most delta",
        kind=Kind.WITH_PROBABILITY,
        finding="F1",
        instances=st.builds(Instance, x=st.integers(0, LARGEST)),
        draw=draw,
        failure_probability=DELTA,
        siblings=(Sibling("never", "a trial never succeeds", "planted", falls="", draw=draw),),
        least=1,
    )


@contextmanager
def levels(setting: Setting) -> Iterator[None]:
    """Second looks inside use the level of the setting."""
    second = partial(design, level=setting.confirm, kappa=CONFIRM_KAPPA)
    with patch("refute.audit.plans.confirming_design", second):
        yield


def audits(truth: Truth, setting: Setting, count: int) -> tuple[Result, ...]:
    """Audits of the planted claim under the master seeds 0, ..., count - 1."""
    with levels(setting):
        return tuple(
            audit_claim(planted(truth, setting.name), setting.profile, seed, Compute(), level=setting.level)
            for seed in range(count)
        )


@cache
def look(plan: Design, q: float) -> Characteristics:
    """What one look at one instance does, exactly."""
    return characteristics(plan, q)


def verdict_probabilities(setting: Setting, q: float) -> dict[Verdict, float]:
    """The exact probabilities of the verdicts on a claim with the same q everywhere.

    The N instances have independent streams and the second look has its own. REFUTED: some instance alarms
    and the second look agrees. SUPPORTED: none alarms, and at most a twentieth of them are undecided.
    """
    first = look(setting.first, q)
    N = setting.instances
    silent = (1 - first.refuted) ** N
    refuted = (1 - silent) * look(setting.second, q).refuted
    share = first.undecided / (1 - first.refuted)
    supported = silent * float(binom.cdf(UNDECIDED_SHARE * N, N, share))
    return {
        Verdict.REFUTED: refuted,
        Verdict.SUPPORTED: supported,
        Verdict.UNDECIDED: max(1 - refuted - supported, 0.0),
    }


def alarms(results: Sequence[Result], most: int) -> tuple[int, int]:
    """Alarms among the first `most` judged instances, in the order of seeds and then of judging.

    Every stream is fresh, so where q is constant these are independent trials, however the search chose the
    instances and whenever an audit stopped. Returns the alarms and how many instances there were.
    """
    calls = [j.decision.call for result in results for _, j in result.judged if j.decision is not None]
    return calls[:most].count(Call.REFUTED), len(calls[:most])


def first_visits(results: Sequence[Result], truth: Truth, setting: Setting) -> tuple[int, tuple[float, ...]]:
    """Alarms at the first instance of each audit with q > delta, and the exact probability of each."""
    visits = [
        next(((i.x, j.violation > 0) for i, j in result.judged if truth.q(i.x) > DELTA), None)
        for result in results
    ]
    met = [visit for visit in visits if visit is not None]
    return sum(alarm for _, alarm in met), tuple(look(setting.first, truth.q(x)).refuted for x, _ in met)


def second_looks(results: Sequence[Result], truth: Truth, setting: Setting) -> tuple[int, tuple[float, ...]]:
    """How many witnesses were confirmed, and the exact probability of that for each witness."""
    found = [result.counterexample for result in results if result.counterexample is not None]
    chances = tuple(look(setting.second, truth.q(example.instance.x)).refuted for example in found)
    return sum(example.confirmed for example in found), chances


def sum_law(chances: Sequence[float]) -> np.ndarray:
    """The law of the number of successes of independent trials with these probabilities."""
    law = np.ones(1)
    for p in chances:
        law = np.convolve(law, [1 - p, p])
    return law


def limits(successes: int, count: int) -> str:
    """A share with its exact (Clopper-Pearson) limits at 99 %, in per cent."""
    interval = binomtest(successes, count).proportion_ci(0.99, "exact")
    return f"{100 * successes / count:.3g} [{100 * interval.low:.2g}, {100 * interval.high:.3g}]"


def constant_row(truth: Truth, setting: Setting, count: int) -> str:
    """Observed and exact alarms per instance, and the share of every verdict."""
    q = truth.q(0)
    results = audits(truth, setting, count)
    alarmed, judged = alarms(results, count * (20 if q <= DELTA else 1))
    verdicts = Counter(result.verdict for result in results)
    exact = verdict_probabilities(setting, q)
    cells = [setting.name, truth.name]
    cells += [f"{limits(alarmed, judged)} of {judged}", f"{100 * look(setting.first, q).refuted:.3g}"]
    for verdict in VERDICTS:
        cells += [limits(verdicts[verdict], count), f"{100 * exact[verdict]:.3g}"]
    return f"| {' | '.join(cells)} |"


def varying_row(truth: Truth, setting: Setting, count: int) -> str:
    """Verdicts, and what is exact given the instances that were visited."""
    results = audits(truth, setting, count)
    verdicts = Counter(result.verdict for result in results)
    cells = [setting.name, truth.name, *(limits(verdicts[verdict], count) for verdict in VERDICTS)]
    for happened, chances in (first_visits(results, truth, setting), second_looks(results, truth, setting)):
        cells.append(f"{happened} of {len(chances)}, {sum(chances):.1f}")
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the two tables."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    print(f"{count} audits a row, master seeds 0 to {count - 1}, of {SHIPPED.instances} instances each;")
    print(f"delta = {DELTA}; shares in per cent.")
    for setting in (SHIPPED, COARSE):
        print(f"{setting.name}: level {setting.level:g}, second look {setting.confirm:g}.")
    heads = ["levels", "q", "alarms per instance", "exact"]
    heads += [head for verdict in VERDICTS for head in (str(verdict), "exact")]
    print(f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for setting in (SHIPPED, COARSE):
        for truth in CONSTANT:
            print(constant_row(truth, setting, count), flush=True)
    heads = ["levels", "q(x)", *map(str, VERDICTS), "first visits refuted", "second looks refuted"]
    print(f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    for setting in (SHIPPED, COARSE):
        for truth in (SLOPE, *NEEDLES, RAMP):
            print(varying_row(truth, setting, count), flush=True)
    for setting in (SHIPPED, COARSE):
        most = verdict_probabilities(setting, DELTA)[Verdict.REFUTED]
        print(f"\n{setting.name}: the true claim is REFUTED with probability at most {100 * most:.3g} %.")
    blind = 1 - (1 - len(NEEDLE) / (LARGEST + 1)) ** SHIPPED.instances
    print(f"\n{SHIPPED.instances} uniform draws reach the needle with probability {100 * blind:.3g} %.")


if __name__ == "__main__":
    main()
