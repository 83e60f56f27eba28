import re
from typing import Any

import pytest

from refute.report.margin import margin, nearest, of_slack, sentence, tightest, told
from refute.report.page import render
from refute.statement.comparison import Comparison, Outcome, Relation
from refute.statement.real_numbers import Means
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import claim, finding, part

EQUAL = Relation.EQUAL
MOST = Relation.AT_MOST


def said(relation: Relation, measured: float, bound: float, rounding: float, **more: Any) -> str:
    return margin(Comparison("it", relation, measured, bound, rounding, **more).record())


def test_an_equality_tells_its_gap_in_units_of_its_rounding() -> None:
    assert said(EQUAL, 1.0, 1.0 + 2.0**-50, 2.0**-49) == "gap 0.5 of its rounding"
    assert said(EQUAL, 1.0, 1.0, 2.0**-49) == "no gap"
    assert said(EQUAL, 1.0, 1.5, 0.125) == "off by 0.33, 4 roundings"
    assert said(EQUAL, 1.0, 1.5, 0.0) == "past by 0.33"


def test_a_bound_tells_its_distance() -> None:
    assert said(MOST, 0.9, 1.0, 1e-9) == "0.1 away"
    assert said(Relation.AT_LEAST, 1.0, 0.9, 1e-9) == "0.1 away"
    assert said(MOST, 1.0, 1.0, 0.0) == "attained"
    assert said(MOST, 1.0 + 2.0**-51, 1.0, 2.0**-50, attained=True) == "within rounding"
    assert said(MOST, 2.0, 1.0, 0.0) == "past by 0.5"
    assert said(MOST, 1.0 + 1e-16, 1.0, 1e-15, settled=Outcome.HOLDS, means=Means.BALLS) == "attained"


def test_an_equality_that_balls_decided_names_them() -> None:
    assert said(EQUAL, 1.0, 1.1, 0.2, settled=Outcome.HOLDS, means=Means.BALLS) == "settled in balls"
    assert said(EQUAL, 1.0, 1.1, 0.2, settled=Outcome.TIE) == "undecided"


@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("gap", [-0.5, -1e-16, 0.0, 1e-16, 0.5])
def test_no_margin_carries_a_sign(relation: Relation, gap: float) -> None:
    for settled in (None, *Outcome):
        assert not re.search(r"(^|\s)-", said(relation, 1.0 + gap, 1.0, 1e-15, settled=settled))


def test_the_nearest_part_of_a_claim_is_a_failure_then_an_open_tie_then_a_bound() -> None:
    equality = part("equal", 1.0, 1.0, "==")
    near = part("near", 0.99, 1.0)
    far = part("far", 0.5, 1.0)
    broken = part("broken", 2.0, 1.0)

    def of(*parts: dict[str, Any]) -> str:
        made = sample() | {"claims": [claim("K1", "A title", "kernels", "SUPPORTED", parts=list(parts))]}
        return nearest(read(made).claims[0])

    assert of() == "–"
    assert of(equality) == margin(read_part(equality))
    assert of(equality, far, near) == "0.01 away"
    assert of(equality, far, near, broken) == "past by 0.5"


def read_part(found: dict[str, Any]) -> Any:
    made = sample() | {"claims": [claim("K1", "A title", "kernels", "SUPPORTED", parts=[found])]}
    return read(made).claims[0].parts[0]


def test_a_sentence_tells_its_slack_in_words() -> None:
    assert (
        told("x: 2 <= 1 fails (slack -0.5, rounding 2e-16)")
        == "x: 2 <= 1 fails (past by 0.5, rounding 2e-16)"
    )
    assert told("x is inside rounding (slack -9.3e-16)") == "x is inside rounding (past by 9.3e-16)"
    assert told("x holds (slack 0.07, rounding 0)") == "x holds (0.07 away, rounding 0)"
    assert told("little slack is left") == "little slack is left"


def test_the_page_shows_no_bare_negative_slack() -> None:
    page = render(read(sample()))
    assert finding("x", 0.75, 0.5)["slack"] < 0
    assert "-0.333" not in page
    assert "0.75 &lt;= 0.5 fails (past by 0.333, rounding 2e-16)" in page
    assert "How near the statement came to failing" in page


def test_a_comparison_is_told_with_its_margin_in_the_place_of_its_slack() -> None:
    equal = Comparison("K (slack 1, x)", Relation.EQUAL, 1.0, 1.0 + 2.0**-52, 2.0**-50)
    said = "K (slack 1, x): 1 == 1 holds (gap 0.25 of its rounding, rounding 8.9e-16)"
    assert sentence(equal) == said
    bound = Comparison("a", Relation.AT_MOST, 0.5, 1.0, 0.0, detail="one more fact")
    assert sentence(bound) == "a: 0.5 <= 1 holds (0.5 away, rounding 0); one more fact"
    assert "fails (past by 0.5, rounding 0)" in sentence(Comparison("a", Relation.AT_MOST, 2.0, 1.0, 0.0))


@pytest.mark.parametrize(
    ("slack", "refuted", "said"),
    [
        (None, False, "–"),
        (0.125, False, "0.12 away"),
        (0.0, False, "attained"),
        (-1e-15, False, "within rounding"),
        (-0.25, True, "past by 0.25"),
        (0.0, True, "past"),
    ],
)
def test_where_the_slack_is_all_that_is_known_it_is_told_in_words(
    slack: float | None, refuted: bool, said: str
) -> None:
    assert of_slack(slack, refuted=refuted) == said


def test_the_tightest_are_bounds_and_the_nearest_comes_first() -> None:
    audit = sample()
    claims = audit["claims"]
    for one in claims:
        one["parts"] = []
    claims[1]["parts"] = [part("far", 0.5, 1.0)]
    claims[2]["parts"] = [part("same", 1.0, 1.0, "==")]
    claims[3]["parts"] = [part("near", 1 - 1e-6, 1.0), part("far", 0.1, 1.0)]
    claims[4]["parts"] = [part("past", 2.0, 1.0)]
    claims[0]["parts"], claims[0]["verdict"] = [part("fallen", 3.0, 1.0)], "REFUTED"
    claims[4]["verdict"] = "UNDECIDED"  # seen, and not yet confirmed
    order = [claims[at]["id"] for at in (4, 3, 1)]
    assert [one.id for one in tightest(read(audit).claims)] == order
    assert [one.id for one in tightest(read(audit).claims, most=1)] == order[:1]
    html = render(read(audit))
    line = html[html.index("Nearest to failing.</b>") :].partition("</p>")[0]
    assert line.index(f">{order[0]}</a>, past by 0.5;") < line.index(f">{order[1]}</a>, 1e-6 away;")
    assert line.endswith(f">{order[2]}</a>, 0.5 away.")
