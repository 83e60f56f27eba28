"""The planted statements that the controls audit: their code, and what else makes them claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from refute.numerics.balls import Order
from refute.statement.claim import Claim
from refute.statement.claim_code import Comparisons, Step, Trials, Unmet
from refute.statement.comparing import at_least, at_most, equal, settled
from refute.statement.comparison import Comparison
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Cost, Kind
from refute.statement.sibling import Sibling

FALSE_FROM = 100
"""The least number on which the false equality fails: what a search should shrink to."""
LARGEST = 9999
OUTSIDE = Instance(x=-1)
"""What the strategy of no control constructs."""
TURNS = 3, 11
"""Of so many trials in a row so many fail: too many to certify a tenth, and too few to refute it."""


def statement(name: str, title: str, kind: Kind, falls: str = "", **parts: object) -> Claim:
    """A planted statement of numbers 0, ..., LARGEST as a claim. parts: its code, and other fields."""
    fields = {
        "instances": st.builds(Instance, x=st.integers(0, LARGEST)),
        "siblings": (Sibling("none", "none", "a control is its own test", falls=falls),),
        **parts,
    }
    return Claim(id=name, title=title, kind=kind, finding="", cost=Cost.SLOW, **fields)  # type: ignore[arg-type]


def bound(name: str, title: str, **parts: object) -> Claim:
    """The same of an upper bound on x."""
    return statement(name, title, Kind.UPPER_BOUND, "x", **parts)


def coin(
    probability: float, instance: Instance, generators: Sequence[np.random.Generator], _: Compute
) -> Trials:
    """Coins that show nothing of the instance but through their stream."""
    coins = np.array([generator.random() for generator in generators])
    return Trials(failed=coins < probability, measured=coins)


def averaged(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    """What each trial measures is the mean of all that were asked for together."""
    mean = float(np.mean([generator.random() for generator in generators]))
    return Trials(np.zeros(len(generators), dtype=bool), measured=np.full(len(generators), mean))


def same_coin(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    """Every trial tosses a coin of its own seed."""
    tossed = float(np.random.default_rng([0]).random())
    return Trials(np.zeros(len(generators), dtype=bool), measured=np.full(len(generators), tossed))


def by_turns(_: Instance, generators: Sequence[np.random.Generator], __: Compute) -> Trials:
    """TURNS, whatever is drawn: a trial reads its number where its stream has it."""
    failing, every = TURNS
    numbers = [int(generator.bit_generator.state["state"]["counter"][3]) for generator in generators]
    coins = np.array([generator.random() for generator in generators])
    return Trials(np.array(numbers) * failing % every < failing, measured=coins)


def false_equality(instance: Instance, _: Compute) -> Comparisons:
    """Fails from FALSE_FROM on."""
    x = instance.x
    return (equal("x = x, from 100 on x + 1", x, x + 1 if x >= FALSE_FROM else x),)


def blind_equality(instance: Instance, _: Compute) -> Comparisons:
    """Holds for every x, and would hold for any other number."""
    return (equal("x + 1 = x + 1", instance.x + 1, instance.x + 1, instance.x + 1),)


def tie(instance: Instance, _: Compute) -> Comparisons:
    """Inside its rounding."""
    return (at_most("x <= x", instance.x * 1.0, instance.x * 1.0, 2.0**-40),)


def never_known(_: Instance, comparison: Comparison) -> Comparison:
    """Balls of no precision tell."""
    return settled(comparison, lambda: Order.UNKNOWN)


def just_above(instance: Instance, _: Compute) -> Comparisons:
    """False by less than any float near x + 1 can tell."""
    x = Fraction(instance.x + 1)
    return (at_most("x + 10^-30 <= x", x + Fraction(1, 10**30), x),)


def just_below(instance: Instance, _: Compute) -> Comparisons:
    """The same from below."""
    x = Fraction(instance.x + 1)
    return (at_least("x - 10^-30 >= x", x - Fraction(1, 10**30), x),)


def too_low(instance: Instance, _: Compute) -> Comparisons:
    """A false lower bound."""
    return (at_least("x >= x + 1", instance.x, instance.x + 1),)


def never_met(_: Instance, __: Compute) -> Unmet:
    """No premise at all."""
    return Unmet("the premise is never met")


def seldom_met(instance: Instance, compute: Compute) -> Comparisons | Unmet:
    """The premise is met at 0 alone."""
    return holds(instance, compute) if instance.x == 0 else Unmet("the premise is x = 0")


def small_met(instance: Instance, compute: Compute) -> Comparisons | Unmet:
    """The premise is met by the smaller half."""
    return holds(instance, compute) if 2 * instance.x < LARGEST else Unmet("the premise is x < 5000")


def holds(instance: Instance, _: Compute) -> Comparisons:
    """True."""
    return (at_most("x <= x + 1", instance.x, instance.x + 1),)


def not_negative(instance: Instance, _: Compute) -> Comparisons:
    """Fails below 0."""
    return (at_most("x", -instance.x, 0),)


def two_parts(instance: Instance, _: Compute) -> Comparisons:
    """The first of two parts fails, the second holds."""
    return (at_most("x + 1 <= x", instance.x + 1, instance.x), at_most("y", instance.x, instance.x + 1))


def broken(_: Instance, __: Compute) -> Comparisons:
    """Raises."""
    raise ArithmeticError("this control cannot be computed")


def closes() -> tuple[Step, ...]:
    """A derivation of one step that closes."""
    return (Step("x < x + 1", True),)


def does_not_close() -> tuple[Step, ...]:
    """One with a second step that does not."""
    return (Step("x < x + 1", True), Step("x + 1 < x", False))


def falls_elsewhere() -> Claim:
    """A false sibling whose other part is to fail than the one that does."""
    claim = bound("falls by another part", "x + 1 <= x, which is to fail by y", check=two_parts)
    (sibling,) = claim.siblings
    return replace(claim, aim=replace(sibling, falls="y"))


def outside_its_class() -> Claim:
    """A false sibling that falls, and not in the class in which it is to fall."""
    where = Sibling("none", "none", "a control is its own test", falls="x", where="negative")
    title = "x + 1 <= x, which is to fail below 0"
    classes = {"negative": lambda instance: bool(instance.x < 0)}
    return replace(bound("falls in another class", title, check=two_parts, classes=classes), aim=where)
