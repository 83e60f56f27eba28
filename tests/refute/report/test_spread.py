"""How near every instance came: the numbers that are kept, and a drawing that holds all of them."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import unquote

import pytest

from refute.report.spread import MOST, by_part, csv_link, drawing, margins
from refute.statement.comparison import Comparison, Relation
from tests.refute.fuzzing import INJECTIONS, Tags
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import part


def bound(measured: float, label: str = "bound") -> Comparison:
    return Comparison(label, Relation.AT_MOST, measured, 1.0, 1e-15)


def equality(gap: float, rounding: float = 1.0) -> Comparison:
    return Comparison("equality", Relation.EQUAL, 8.0 + gap, 8.0, rounding)


def drawn(*rows: tuple[str, str, list[float]]) -> str:
    audit = sample()
    audit["claims"][0]["parts"] = [
        {**part(label, 0.5, 1.0, relation), "margins": values} for label, relation, values in rows
    ]
    return drawing(read(audit).claims[0].parts)


def test_a_bound_keeps_its_slack_and_an_equality_its_gap_in_roundings() -> None:
    assert margins([bound(0.75), bound(1.0), bound(0.5)]) == (0.0, 0.25, 0.5)
    assert margins([equality(0.25), equality(-0.5), equality(0.0)]) == (0.0, 0.25, 0.5)
    assert margins([equality(0.25, 0.0), equality(0.0, 0.0)]) == (0.0,)
    assert margins([bound(0.123456789)]) == (0.8765,)
    assert margins([]) == ()


def test_of_many_the_nearest_the_farthest_and_the_median_are_kept() -> None:
    kept = margins([bound(1 - k / 1000) for k in range(1000)])
    assert len(kept) == MOST
    assert (kept[0], kept[-1]) == (0.0, 0.999)
    assert abs(kept[MOST // 2] - 0.5) <= 0.001
    assert list(kept) == sorted(set(kept))
    assert len(margins([bound(1 - k / 1000) for k in range(MOST)])) == MOST


def test_comparisons_are_told_apart_by_their_parts() -> None:
    found = by_part([bound(0.5, "a"), bound(0.25, "b"), bound(0.75, "a")])
    assert {label: len(each) for label, each in found.items()} == {"a": 2, "b": 1}


def marks(svg: str) -> list[dict[int, float]]:
    """Of every strip where its marks stand, and how far each reaches."""
    paths = re.findall(r'<path d="([^"]+)"', svg)
    strokes = [re.findall(r"M(\d+) -([\d.]+)v([\d.]+)", path) for path in paths]
    assert all(float(whole) == 2 * float(half) for one in strokes for _, half, whole in one)
    return [{int(place): float(half) for place, half, _ in one} for one in strokes]


def test_every_margin_has_a_mark_and_the_nearest_stand_where_the_axis_begins() -> None:
    svg = drawn(("a", "<=", [-0.5, 0.0, 1e-4, 0.01, 1.0]), ("b", "<=", [0.1]))
    assert svg.count("<svg") == 1
    first, second = marks(svg)
    assert len(first) == 4 and len(second) == 1  # two stand at the left edge
    places = sorted(first)
    assert places[0] == 40
    assert places[2] - places[1] == pytest.approx(places[3] - places[2], abs=1)
    assert "share of the larger number" in svg and "≤ 0" in svg
    assert "a, 3 instances, nearest -0.5, median 0.0001, farthest 1" in svg


def test_the_more_instances_lie_at_a_place_the_longer_is_its_mark() -> None:
    (found,) = marks(drawn(("a", "<=", [0.0] * 20 + [0.01] * 5 + [0.5])))
    many, few, one = (reach for _, reach in sorted(found.items()))
    assert one == 3.0 < few < many < 10.0
    (alone,) = marks(drawn(("a", "<=", [0.0] * MOST)))
    assert alone == {40: 10.0}


def test_a_part_is_one_path_however_many_instances_it_has() -> None:
    counts = [drawn(("a", "<=", [(k + 1) / many for k in range(many)])).count("<path") for many in (1, MOST)]
    assert counts == [1, 1]


def test_bounds_and_equalities_have_axes_of_their_own() -> None:
    svg = drawn(("b", "==", [1e-3, 0.5]), ("a", "<=", [0.2, 0.5]))
    assert svg.count("<svg") == 2
    assert svg.index("share of the larger number") < svg.index("units of its rounding")
    assert "b, 3 instances, nearest 0.5, median 0.5, farthest 0.001" in svg


def test_distances_below_every_axis_are_drawn_as_none() -> None:
    svg = drawn(("a", "<=", [1e-300, 5e-324, 0.5]))
    (found,) = marks(svg)
    assert len(found) == 2 and min(found) == 40
    alone = drawn(("a", "<=", [0.0, 0.0]))
    assert [list(one) for one in marks(alone)] == [[40]]


def test_audits_of_earlier_versions_have_no_drawing() -> None:
    assert drawn(("a", "<=", [])) == ""


def test_labels_are_text(capsys: pytest.CaptureFixture[str]) -> None:
    for injection in INJECTIONS:
        tags = Tags(drawn((injection, "<=", [0.5])))
        assert tags.dangerous() == []
        assert {tag for tag, *_ in tags.found} <= {"svg", "g", "text", "tspan", "line", "path"}


def test_the_numbers_can_be_saved() -> None:
    claim = read(sample()).claims[0]
    link = csv_link(claim.parts)
    assert link.startswith("data:text/csv;charset=utf-8,")
    rows = list(csv.DictReader(io.StringIO(unquote(link.partition(",")[2]))))
    assert len(rows) == sum(len(each.margins) for each in claim.parts) > 0
    assert {row["unit"] for row in rows} <= {"share", "roundings"}
    assert [float(row["margin"]) for row in rows[:3]] == [0.0, 0.25, 0.5]
