"""Controls: planted statements of known truth, which every run sends through the pipeline of the claims.

An instrument that passes everything looks like one that finds nothing. So each run also judges statements
that must be refuted, that must stand and of which nothing can be said, and looks whether the verdicts, and
the trials behind them, come out as they must.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np
from hypothesis import strategies as st

from refute.audit.coin_trials import DELTA, wrong_trials
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import Profile
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.evidence.sequential import KAPPA
from refute.numerics.balls import Order
from refute.statement.claim import Claim
from refute.statement.claim_code import Comparisons, Trials, Unmet
from refute.statement.comparing import at_most, equal, settled
from refute.statement.comparison import Comparison
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Cost, Kind
from refute.statement.sibling import Sibling

_FALSE_FROM = 100
"""The least number on which the false equality fails: what a search should shrink to."""


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
    small = replace(profile, shrink_calls=dict.fromkeys(Cost, _FALSE_FROM))
    result = audit_claim(claim, small, master, Compute())
    if result.verdict is not control.expected:
        wrong = f"it is {result.verdict} and must be {control.expected}: {result.because}"
    else:
        wrong = control.wrong(result, master)
    return Controlled(claim.id, claim.title, control.expected, result.verdict, wrong)


def _coin(
    probability: float, instance: Instance, generators: Sequence[np.random.Generator], _: Compute
) -> Trials:
    """Coins that show nothing of the instance but through their stream."""
    coins = np.array([generator.random() for generator in generators])
    return Trials(failed=coins < probability, measured=coins)


def wrong_witness(result: Result, _: int) -> str:
    """What is wrong with the witness of the false equality: it must fail, and be the smallest that does."""
    witness = result.counterexample
    if witness is None or int(witness.instance.x) != _FALSE_FROM:
        found = witness.instance if witness else None
        return f"the smallest counterexample is x = {_FALSE_FROM}, and the search found {found!r}"
    return ""


def _false_equality(instance: Instance, _: Compute) -> Comparisons:
    x = instance.x
    return (equal("x = x, from 100 on x + 1", x, x + 1 if x >= _FALSE_FROM else x),)


def _blind_equality(instance: Instance, _: Compute) -> Comparisons:
    """Holds for every x, and would hold for any other number."""
    return (equal("x + 1 = x + 1", instance.x + 1, instance.x + 1, instance.x + 1),)


def _tie(instance: Instance, _: Compute) -> Comparisons:
    return (at_most("x <= x", instance.x * 1.0, instance.x * 1.0, 2.0**-40),)


def _never_known(_: Instance, comparison: Comparison) -> Comparison:
    return settled(comparison, lambda: Order.UNKNOWN)


def _just_above(instance: Instance, _: Compute) -> Comparisons:
    """False by less than any float near x + 1 can tell."""
    x = Fraction(instance.x + 1)
    return (at_most("x + 10^-30 <= x", x + Fraction(1, 10**30), x),)


def _never_met(_: Instance, __: Compute) -> Unmet:
    return Unmet("the premise is never met")


def _holds(instance: Instance, _: Compute) -> Comparisons:
    return (at_most("x <= x + 1", instance.x, instance.x + 1),)


def _broken(_: Instance, __: Compute) -> Comparisons:
    raise ArithmeticError("this control cannot be computed")


def _claim(name: str, statement: str, kind: Kind, falls: str = "", **parts: object) -> Claim:
    return Claim(
        id=name,
        title=statement,
        kind=kind,
        finding="",
        instances=st.builds(Instance, x=st.integers(0, 9999)),
        siblings=(Sibling("none", "none", "a control is its own test", falls=falls),),
        cost=Cost.SLOW,
        **parts,  # type: ignore[arg-type]
    )


def _coins(name: str, probability: float, expected: Verdict) -> Control:
    claim = _claim(
        name,
        f"a coin of {probability:g} fails with probability at most {DELTA:g}",
        Kind.WITH_PROBABILITY,
        draw=partial(_coin, probability),
        failure_probability=DELTA,
    )
    return Control(claim, expected, partial(wrong_trials, probability))


def _checked(
    name: str, statement: str, kind: Kind, falls: str, check: Callable[..., object], expected: Verdict
) -> Control:
    return Control(_claim(name, statement, kind, falls, check=check), expected)


CONTROLS: tuple[Control, ...] = (
    _coins("never fails", 0.0, Verdict.SUPPORTED),
    _coins("fails as often as claimed", DELTA, Verdict.SUPPORTED),
    _coins("fails four times as often", KAPPA * DELTA, Verdict.REFUTED),
    Control(
        _claim("false equality", "x = x + 1 from x = 100 on", Kind.EQUALITY, "x = x", check=_false_equality),
        Verdict.REFUTED,
        wrong_witness,
    ),
    _checked("true bound", "x <= x + 1", Kind.UPPER_BOUND, "x <= x + 1", _holds, Verdict.SUPPORTED),
    _checked(
        "blind equality",
        "x + 1 = x + 1 within x + 1",
        Kind.EQUALITY,
        "x + 1",
        _blind_equality,
        Verdict.UNDECIDED,
    ),
    _checked("tie", "x <= x within rounding", Kind.UPPER_BOUND, "x <= x", _tie, Verdict.UNDECIDED),
    Control(
        _claim(
            "tie that balls cannot settle",
            "x <= x within rounding",
            Kind.UPPER_BOUND,
            "x <= x",
            check=_tie,
            escalate=_never_known,
        ),
        Verdict.UNDECIDED,
    ),
    _checked(
        "false by less than floats can tell",
        "x + 10^-30 <= x",
        Kind.UPPER_BOUND,
        "x + 10^-30",
        _just_above,
        Verdict.REFUTED,
    ),
    _checked("part that cannot fail", "x <= x + 1", Kind.UPPER_BOUND, "y", _holds, Verdict.UNDECIDED),
    _checked("premise never met", "anything", Kind.UPPER_BOUND, "x", _never_met, Verdict.OUT_OF_REACH),
    Control(
        replace(
            _claim("class never met", "x <= x + 1", Kind.UPPER_BOUND, "x", check=_holds),
            classes={"x < 0": lambda instance: bool(instance.x < 0)},
        ),
        Verdict.OUT_OF_REACH,
    ),
    _checked("broken code", "anything", Kind.UPPER_BOUND, "x", _broken, Verdict.ERROR),
)
"""What every run must find, of each verdict that trials and checks can lead to."""
