"""Sliding down parabolas: what `refute certify` reads and proves of the toy paper's checkpoints."""

from collections.abc import Callable

from refute import (
    ArrayField,
    Blamed,
    Certainty,
    Certified,
    Certifier,
    Condition,
    Line,
    Proof,
    State,
    ValueField,
)


def certify(state: State, say: Callable[[str], None]) -> Certified:
    """Every point shrinks by 1 - step a steepness, unless some steepness is 2 / step or more."""
    say("the parabolas")
    steep = state.arrays["steepness"][0]
    shares = state.numbers["step"] * steep
    bad = [place for place, share in enumerate(shares) if not 0 < share < 2]
    proof = Proof.NOT_PROVED if bad else Proof.PROVED
    holds = Certainty.FAILS if bad else Certainty.HOLDS
    return Certified(
        proof=proof,
        by="" if bad else "N1",
        facts=(
            Line("points", str(len(state.arrays["points"]))),
            Line("sum", f"{state.arrays['points'].sum():g}"),
            Line("kind", state.words["kind"]),
        ),
        conditions=(Condition("N1", "step", float(max(shares)), "<", 2.0, holds),),
        blamed=tuple(Blamed(place, float(shares[place]), f"is {shares[place]:g} steep") for place in bad),
        blame="To blame:" if bad else "",
        conclusion="It rolls off." if bad else "It comes to rest.",
        numbers={"largest": float(max(shares)), "first": state.arrays["points"][0].tolist()},
    )


def complaint(state: State) -> str:
    """A step of 13 is bad luck."""
    return "a step of 13 is bad luck" if state.numbers["step"] == 13 else ""


def unlike(state: State, first: State) -> str:
    """A sequence has one step."""
    return "" if state.numbers["step"] == first.numbers["step"] else "the steps differ"


CERTIFIER = Certifier(
    arrays=(
        ArrayField("steepness", ("one", "d"), "one row"),
        ArrayField("points", ("n", "d"), "a row is a point", samples=True),
    ),
    values=(ValueField("step", "how far"), ValueField("kind", "what it is", words=("round", "square"))),
    part="parabola",
    certify=certify,
    complaint=complaint,
    unlike=unlike,
)
