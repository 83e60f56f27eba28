"""Controls: planted statements of known truth, which every run sends through the pipeline of the claims.

An instrument that passes everything looks like one that finds nothing. So each run also judges statements
that must be refuted, that must stand and of which nothing can be said, and looks whether the verdicts, and
the trials behind them, come out as they must.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from hypothesis import strategies as st

from refute.audit import control_statements as planted
from refute.audit.coin_trials import DELTA, wrong_trials
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import Profile
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.sequential import KAPPA
from refute.statement.claim import Claim
from refute.statement.claim_code import Check, Draw
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Cost, Kind
from refute.statement.sibling import Sibling


@dataclass(frozen=True)
class Control:
    """A planted statement: its claim, the verdict that it must get, and what else must be true of the result.

    wrong: what is wrong with a result of the right verdict, in words; empty if nothing is.
    """

    claim: Claim
    expected: Verdict
    wrong: Callable[[Result, int], str] = lambda _, __: ""


@dataclass(frozen=True)
class Controlled:
    """What came of a control. wrong: why it is not as it must be; empty if it is."""

    name: str
    statement: str
    expected: Verdict
    verdict: Verdict
    wrong: str


def run_controls(profile: Profile, master: int) -> tuple[Controlled, ...]:
    """Audit every control in the run's profile and seed. What their code raises is what is wrong."""
    return tuple(run_control(number, profile, master) for number in range(len(CONTROLS)))


def run_control(number: int, profile: Profile, master: int) -> Controlled:
    """Audit one control, by its place in CONTROLS."""
    control = CONTROLS[number]
    claim = control.claim
    small = replace(profile, shrink_calls=dict.fromkeys(Cost, planted.FALSE_FROM))
    result = audit_claim(claim, small, master, Compute())
    if result.verdict is not control.expected:
        wrong = f"it is {result.verdict} and must be {control.expected}: {result.because}"
    else:
        wrong = control.wrong(result, master)
    return Controlled(claim.id, claim.title, control.expected, result.verdict, wrong)


def wrong_witness(result: Result, _: int) -> str:
    """What is wrong with the witness of the false equality: it must fail, and be the smallest that does."""
    witness = result.counterexample
    if witness is None or int(witness.instance.x) != planted.FALSE_FROM:
        found = witness.instance if witness else None
        return f"the smallest counterexample is x = {planted.FALSE_FROM}, and the search found {found!r}"
    return ""


def _coins(name: str, probability: float, expected: Verdict) -> Control:
    title = f"a coin of {probability:g} fails with probability at most {DELTA:g}"
    tossed = _trials(name, title, partial(planted.coin, probability), expected)
    return replace(tossed, wrong=partial(wrong_trials, probability))


def _trials(name: str, title: str, draw: Draw, expected: Verdict) -> Control:
    claim = planted.statement(name, title, Kind.WITH_PROBABILITY, draw=draw, failure_probability=DELTA)
    return Control(claim, expected)


def _bound(name: str, title: str, expected: Verdict, **parts: object) -> Control:
    return Control(planted.bound(name, title, **parts), expected)


def _equality(name: str, title: str, check: Check) -> Claim:
    return planted.statement(name, title, Kind.EQUALITY, "x", check=check)


def _lower(name: str, title: str, check: Check) -> Control:
    return Control(planted.statement(name, title, Kind.LOWER_BOUND, "x", check=check), Verdict.REFUTED)


_HERE = Sibling("none", "none", "a control is its own test", falls="x", examples=(planted.OUTSIDE,))
_LAST = {
    "classes": {
        "x >= 0": lambda instance: bool(instance.x >= 0),
        "x < 0": lambda instance: bool(instance.x < 0),
    },
    "strata": {
        "x >= 0": st.builds(Instance, x=st.integers(0, planted.LARGEST)),
        "x < 0": st.builds(Instance, x=st.integers(-9, -1)),
    },
}

CONTROLS: tuple[Control, ...] = (
    _coins("never fails", 0.0, Verdict.SUPPORTED),
    _coins("fails as often as claimed", DELTA, Verdict.SUPPORTED),
    _coins("fails four times as often", KAPPA * DELTA, Verdict.REFUTED),
    _trials("fails three times in eleven", f"at most {DELTA:g}", planted.by_turns, Verdict.UNDECIDED),
    _trials("mean over a batch", "trials that depend on others", planted.averaged, Verdict.ERROR),
    _trials("trials of one seed", "trials that draw nothing of their own", planted.same_coin, Verdict.ERROR),
    Control(
        _equality("false equality", "x = x + 1 from x = 100 on", planted.false_equality),
        Verdict.REFUTED,
        wrong_witness,
    ),
    _bound("true bound", "x <= x + 1", Verdict.SUPPORTED, check=planted.holds),
    Control(
        _equality("blind equality", "x + 1 = x + 1 within x + 1", planted.blind_equality), Verdict.UNDECIDED
    ),
    _bound("tie", "x <= x within rounding", Verdict.UNDECIDED, check=planted.tie),
    _bound(
        "tie that balls cannot settle",
        "x <= x within rounding",
        Verdict.UNDECIDED,
        check=planted.tie,
        escalate=planted.never_known,
    ),
    _bound(
        "false by less than floats can tell", "x + 10^-30 <= x", Verdict.REFUTED, check=planted.just_above
    ),
    _lower("false lower bound", "x >= x + 1", planted.too_low),
    _lower("the same by less than floats can tell", "x - 10^-30 >= x", planted.just_below),
    _bound(
        "false at an example",
        "x is not negative",
        Verdict.REFUTED,
        check=planted.not_negative,
        examples=(planted.OUTSIDE,),
    ),
    _bound(
        "false at an example of a sibling",
        "x is not negative",
        Verdict.REFUTED,
        check=planted.not_negative,
        siblings=(_HERE,),
    ),
    _bound(
        "false in its last class", "x is not negative", Verdict.REFUTED, check=planted.not_negative, **_LAST
    ),
    Control(
        planted.statement("part that cannot fail", "x <= x + 1", Kind.UPPER_BOUND, "y", check=planted.holds),
        Verdict.UNDECIDED,
    ),
    _bound("derivation that closes", "x <= x + 1", Verdict.PROVED, check=planted.holds, proof=planted.closes),
    _bound(
        "derivation that does not",
        "x <= x + 1",
        Verdict.UNDECIDED,
        check=planted.holds,
        proof=planted.does_not_close,
    ),
    _bound(
        "part of a derivation that does not",
        "x <= x + 1",
        Verdict.UNDECIDED,
        check=planted.holds,
        lemmas=planted.does_not_close,
    ),
    _bound("premise never met", "anything", Verdict.OUT_OF_REACH, check=planted.never_met),
    _bound(
        "premise met too seldom",
        "x <= x + 1",
        Verdict.OUT_OF_REACH,
        check=planted.seldom_met,
        examples=(Instance(x=0),),
        least=1,
        minimum_reach=0.9,
    ),
    _bound(
        "too few instances", "x <= x + 1", Verdict.OUT_OF_REACH, check=planted.holds, least=planted.LARGEST
    ),
    _bound(
        "class never met",
        "x <= x + 1",
        Verdict.OUT_OF_REACH,
        check=planted.holds,
        classes={"x < 0": lambda instance: bool(instance.x < 0)},
    ),
    _bound(
        "class met outside of the premise",
        "x <= x + 1",
        Verdict.OUT_OF_REACH,
        check=planted.small_met,
        classes={"x >= 5000": lambda instance: bool(2 * instance.x > planted.LARGEST)},
    ),
    Control(planted.falls_elsewhere(), Verdict.UNDECIDED),
    Control(planted.outside_its_class(), Verdict.UNDECIDED),
    _bound("broken code", "anything", Verdict.ERROR, check=planted.broken),
)
"""What every run must find, of each verdict that trials and checks can lead to."""
