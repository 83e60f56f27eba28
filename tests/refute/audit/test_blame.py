"""Blame: the deepest false claim below a refuted one is named, and nobody is blamed without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from claims.preliminaries.restrictions import pairs
from refute.audit.all_claims import with_blame
from refute.audit.blame import Blame, blame
from refute.audit.one_claim import audit_claim
from refute.audit.profiles import PROFILES, Profile
from refute.audit.verdict import Verdict
from refute.cli import main as cli
from refute.report.audit_json import blame_record
from refute.report.page import render
from refute.statement.claim import Claim
from refute.statement.claim_code import Comparisons, Unmet
from refute.statement.comparing import at_most
from refute.statement.instance import Instance
from refute.statement.kinds import Compute, Kind
from refute.statement.sibling import Sibling
from tests.json_keys import documented
from tests.refute.cli.commands import falsify
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json
from tests.refute.toy_files import N1, change

ROOT = Path(__file__).resolve().parents[3]
AT_TWO = Instance(x=2)
FEW = PROFILES["quick"]
FEW = Profile("few", dict.fromkeys(FEW.instances, 6), dict.fromkeys(FEW.shrink_calls, 2))
Check = Callable[[Instance, Compute], Comparisons | Unmet]


def below(limit: float) -> Check:
    """x <= limit."""
    return lambda instance, _: (at_most("x", instance.x, limit, rounding=0.0),)


def claim(label: str, check: Check, *uses: str, **changes: Any) -> Claim:
    return Claim(
        id=label,
        title=label,
        kind=Kind.UPPER_BOUND,
        finding="F1",
        instances=st.builds(Instance, x=st.integers(0, 3)),
        siblings=(Sibling("none", "x <= -1", "x is not negative", falls="x", check=below(-1)),),
        least=1,
        check=check,
        uses=uses,
        **changes,
    )


def raises(instance: Instance, _: Compute) -> Comparisons:
    raise ZeroDivisionError("nothing to divide by")


def found(top: Claim, *others: Claim) -> Blame:
    blamed = blame(top, AT_TWO, (top, *others), Compute(), 0)
    assert blamed is not None
    return blamed


def test_a_claim_that_uses_nothing_has_nobody_to_blame() -> None:
    assert blame(claim("A", below(1)), AT_TWO, (), Compute(), 0) is None


def test_the_false_claim_is_named_with_its_way_and_its_numbers() -> None:
    blamed = found(claim("A", below(1), "B"), claim("B", below(9), "C"), claim("C", below(1)))
    assert blamed.path == ("A", "B", "C")
    assert blamed.false == "C"
    assert blamed.sentence == (
        "A falls because C is false on this instance (by way of B): x: 2 <= 1 fails (slack -0.5, rounding 0)."
    )


def test_of_two_false_claims_on_a_way_the_deeper_one_is_named() -> None:
    assert found(claim("A", below(1), "B"), claim("B", below(1), "C"), claim("C", below(1))).false == "C"


def test_of_two_false_claims_side_by_side_the_first_one_is_named() -> None:
    assert found(claim("A", below(1), "C", "B"), claim("B", below(1)), claim("C", below(1))).false == "C"


def test_where_all_hold_the_claim_itself_is_left() -> None:
    blamed = found(claim("A", below(1), "B"), claim("B", below(9), "C"), claim("C", below(9)))
    assert blamed.false is None
    assert blamed.path == ("A",)
    assert blamed.held == ("C", "B")
    assert blamed.sentence == "The claims it rests on hold on this instance: C, B."


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (raises, "ZeroDivisionError: nothing to divide by"),
        (lambda *_: Unmet("x is even"), "x is even"),
        (lambda i, _: (at_most("x", i.x, i.width),), "the instance has no value named 'width'"),
        (lambda i, _: (at_most("x", i.x, 2, 1.0),), "it stayed undecided"),
    ],
)
def test_what_could_not_be_judged_is_neither_held_nor_false(check: Check, reason: str) -> None:
    blamed = found(claim("A", below(1), "B", "C"), claim("B", check), claim("C", below(9)))
    assert blamed.held == ("C",)
    assert reason in blamed.skipped["B"]
    assert reason in blamed.sentence


def test_what_is_lent_must_be_an_instance() -> None:
    lent: Any = ({"x": 1},)
    blamed = found(claim("A", below(1), "B", restrict_to={"B": lambda _: lent}), claim("B", below(1)))
    assert "A could not lend to it, TypeError: it lends {'x': 1}, which is no instance" in blamed.sentence


def test_a_lent_instance_replaces_the_own_one() -> None:
    half = claim("A", below(1), "B", restrict_to={"B": lambda instance: (Instance(x=instance.x / 2),)})
    assert found(half, claim("B", below(1))).held == ("B",)
    assert found(half, claim("B", below(0.5))).instance == Instance(x=1)


def test_every_lent_instance_is_tried() -> None:
    several = claim("A", below(1), "B", restrict_to={"B": lambda _: [Instance(x=k) for k in range(5)]})
    assert found(several, claim("B", below(3))).instance == Instance(x=4)


def test_a_claim_that_lends_nothing_or_cannot_says_so() -> None:
    empty = claim("A", below(1), "B", restrict_to={"B": lambda _: ()})
    assert found(empty, claim("B", below(1))).skipped == {"B": "this instance of A holds none of its own"}
    broken = claim("A", below(1), "B", restrict_to={"B": lambda instance: (instance.y,)})
    assert "AttributeError" in found(broken, claim("B", below(1))).skipped["B"]


def test_a_claim_is_restricted_only_to_those_it_uses() -> None:
    with pytest.raises(ValueError, match="A: is restricted to C, which it does not use"):
        claim("A", below(1), "B", restrict_to={"C": pairs})


def test_only_a_refuted_claim_is_blamed() -> None:
    true = claim("A", below(9), "B")
    false = claim("A", below(1), "B")
    for top, verdict in ((true, Verdict.SUPPORTED), (false, Verdict.REFUTED)):
        result = audit_claim(top, FEW, 0, Compute())
        blamed = with_blame(result, (top, claim("B", below(0))), Compute(), 0)
        assert blamed.verdict is verdict
        assert (blamed == result) == (verdict is Verdict.SUPPORTED)
    assert blamed.because.startswith("x: ")
    assert "A falls because B is false" in blamed.because


def test_blame_is_in_the_evidence_and_its_keys_are_documented(toy: Path) -> None:
    falsify(toy)
    change(toy, N1, "check=check,\n    escalate=escalate", "check=three_halves")
    assert cli.main(["run", "N1", "--json", "run.json"]) == 1
    (told,) = json.loads(Path("run.json").read_text())["claims"]
    assert told["blame"].keys() == documented()["blame"]
    assert told["blame"]["path"] == ["N1", "N3"]
    assert told["because"].endswith(told["blame"]["sentence"])
    assert "N1 falls because N3 is false on this instance: square of the sum" in told["because"]


def test_blame_is_on_the_page(toy: Path) -> None:
    top = claim("A", below(1), "K1")
    used = claim("K1", below(0))
    told = in_json(blame_record(found(top, used)))
    shown = sample()
    shown["claims"][1]["blame"] = told
    page = " ".join(render(read(shown)).split())
    assert '<a href="#claim-K1">K1</a>' in page
    assert "and K1 is false here:" in page
    assert "is false here" not in render(read(sample()))
    shown["claims"][1]["blame"] = told | {"path": "A"}
    with pytest.raises(ValueError, match=r"^claims\[1\]\.blame\.path: expected `array`"):
        read(shown)


def test_pytest_names_the_false_claim(toy: Path) -> None:
    falsify(toy)
    change(toy, N1, "check=check,\n    escalate=escalate", "check=three_halves")
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "claims/numbers/n1_square_of_sum.py",
            "-q",
            "-p",
            "no:cacheprovider",
        ],
        cwd=toy,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert "N1 falls because N3 is false on this instance" in told
    assert "instance of N3: Instance(x=" in told
