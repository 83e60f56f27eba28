from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute.basics.errors import InputError
from refute.report.svg import PALETTE, svg
from refute.statement.json_codec import converted, plain, read
from refute.statement.plot import Axis, Mark, Plot, Series
from tests.refute.sample_audit import plots

SPACE = "{http://www.w3.org/2000/svg}"
HEAT = Series("weak", (4.0, 8.0, 4.0), (2.0, 2.0, 3.0), "heat", value=(10.0, 20.0, 300.0))


def plot(**changes: Any) -> Plot:
    series = Series("measured", (1.0, 2.0, 4.0), (0.5, 0.25, 0.125), "points")
    whole = Plot("a-plot", "Title", "Caption", Axis("x"), Axis("y"), (series,), (Mark(2.0, "here"),), ("K1",))
    return replace(whole, **changes)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.text(), st.booleans())
def test_a_plot_survives_a_trip_through_json(numbers: list[float], label: str, band: bool) -> None:
    values = tuple(numbers)
    series = Series(label, values, values, "band", values, values) if band else Series(label, values, values)
    before = plot(series=(series,))
    assert read(json.dumps(plain(before)).encode(), Plot) == before


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda: Series("s", (1.0,), (1.0, 2.0)), "series 's': y has 2 values, x has 1"),
        (lambda: Series("s", (), ()), "series 's': x has 0 values"),
        (lambda: Series("s", (1.0,), (math.nan,)), "series 's': y holds a number that is not finite"),
        (lambda: Series("s", (math.inf,), (1.0,)), "series 's': x holds a number that is not finite"),
        (lambda: Series("s", (1.0,), (1.0,), "band"), "a band or bars, and nothing else, has low"),
        (lambda: Series("s", (1.0,), (1.0,), "line", (0.0,), (2.0,)), "a band or bars"),
        (lambda: Series("s", (1.0,), (1.0,), "band", (2.0,), (1.0,)), "series 's': low exceeds high"),
        (lambda: Series("s", (1.0,), (1.0,), "bars"), "a band or bars, and nothing else, has low"),
        (lambda: Series("s", (1.0,), (1.0,), "heat"), "a heat map, and nothing else, has values"),
        (lambda: Series("s", (1.0,), (1.0,), value=(1.0,)), "a heat map, and nothing else, has values"),
        (lambda: Series("s", (1.0,), (1.0,), "heat", value=(0.0,)), "of positive values"),
        (lambda: plot(series=(HEAT, Series("s", (1.0,), (1.0,)))), "do not share a plot"),
        (lambda: Series("s", (1.0,), (1.0,), "dotted"), "the style is one of line, points, dashed, band"),  # type: ignore[arg-type]
        (lambda: Axis("x", "cubic"), "the scale of an axis is one of linear, log, not 'cubic'"),  # type: ignore[arg-type]
        (lambda: plot(id="Two Words"), "a plot's id is lower-case letters"),
        (lambda: plot(series=()), "plot a-plot: there is no series to draw"),
        (lambda: plot(marks=(Mark(math.nan, "?"),)), "a mark stands at a number that is not finite"),
        (lambda: plot(x=Axis("x", "log"), marks=(Mark(0.0, "0"),)), "the x axis is logarithmic and 0 is not"),
        (
            lambda: plot(y=Axis("y", "log"), series=(Series("s", (1.0,), (2.0,), "band", (-1.0,), (3.0,)),)),
            "the y axis is logarithmic and -1 is not positive",
        ),
    ],
)
def test_a_plot_that_cannot_be_drawn_cannot_be_made(break_it: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        break_it()


@pytest.mark.parametrize("name", ["id", "title", "caption", "x", "y", "series", "marks", "claims"])
def test_json_without_a_key_or_with_a_wrong_one_is_refused(name: str) -> None:
    data = plain(plot())
    if name not in ("marks", "claims"):  # a plot may do without
        with pytest.raises(ValueError, match=rf"^missing required field `{name}`$"):
            converted({key: value for key, value in data.items() if key != name}, Plot)
    with pytest.raises(ValueError, match=rf"^{name}: expected `\w+`, got `int`$"):
        converted({**data, name: 7}, Plot)


def test_json_with_texts_for_numbers_is_refused() -> None:
    data = json.loads(json.dumps(plain(plot())))
    data["series"][0]["y"][1] = "0.25"
    with pytest.raises(ValueError, match=r"^series\[0\]\.y\[1\]: expected `float`, got `str`$"):
        converted(data, Plot)


def tree(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def test_the_drawing_is_the_same_every_time_and_leaves_no_trace() -> None:
    before = dict(mpl.rcParams)
    drawings = {svg(converted(plots()[0], Plot)) for _ in range(2)}
    assert len(drawings) == 1
    assert dict(mpl.rcParams) == before
    assert not re.search(r"<\?xml|<!DOCTYPE|<metadata|<style|\b20\d\d-\d\d-\d\d", drawings.pop())


def test_two_drawings_share_no_id_and_point_only_into_themselves() -> None:
    drawings = [svg(plot(id="one")), svg(plot(id="one-more")), svg(plot(id="two"))]
    found = [re.findall(r'\bid="([^"]+)"', drawn) for drawn in drawings]
    everything = [name for names in found for name in names]
    assert len(set(everything)) == len(everything)
    for names, drawn in zip(found, drawings, strict=True):
        targets = re.findall(r'(?:url\(|href=")#([^")]+)', drawn)
        assert targets
        assert set(targets) <= set(names)


def test_heat_maps_and_bars_survive_a_trip_through_json() -> None:
    bars = Series("bars", (1.0,), (2.0,), "bars", (1.0,), (4.0,))
    for series in ((HEAT, replace(HEAT, label="joint")), (bars,)):
        before = plot(series=series, marks=())
        assert read(json.dumps(plain(before)).encode(), Plot) == before


def test_heat_maps_stand_side_by_side_with_their_values() -> None:
    joint = replace(HEAT, label="joint", value=(1.0, 2.0, 4.0))
    drawn = tree(svg(plot(series=(HEAT, joint), marks=())))
    texts = ["".join(element.itertext()) for element in drawn.iter(f"{SPACE}text")]
    assert {"weak", "joint", "10", "20", "300", "1"} <= set(texts)
    colours = re.findall(r"fill: (#[0-9a-f]{6})", svg(plot(series=(HEAT, joint), marks=())))
    assert len(set(colours)) >= 6


def test_bars_reach_from_low_to_high() -> None:
    short, long = (
        svg(plot(series=(Series("s", (1.0, 2.0), (2.0, 2.0), "bars", (low, 2.0), (4.0, 2.0)),), marks=()))
        for low in (1.0, 1.5)
    )
    assert short != long


def test_every_point_is_drawn_once_and_once_more_in_the_legend() -> None:
    uses = [use for use in tree(svg(plot())).iter(f"{SPACE}use") if PALETTE[0] in (use.get("style") or "")]
    assert len(uses) == 3 + 1


@pytest.mark.parametrize(
    "label", ["λ_min(H_W)", "5 $ and 7 $", "a & <b>", r"\alpha^2_i", "名前", "مرحبا", "50 %"]
)
def test_texts_appear_as_they_are_written(label: str) -> None:
    series = Series(label, (1.0,), (1.0,))
    drawn = tree(svg(plot(title=label, caption=label, x=Axis(label), y=Axis(label), series=(series,))))
    texts = ["".join(element.itertext()) for element in drawn.iter()]
    assert len([text for text in texts if text == label]) >= 5


def test_a_label_that_begins_with_an_underscore_is_in_the_legend() -> None:
    drawn = tree(svg(plot(series=(Series("_private", (1.0,), (1.0,)),))))
    assert any("_private" in "".join(element.itertext()) for element in drawn.iter(f"{SPACE}text"))


def test_the_drawing_is_described_and_takes_the_ink_of_its_page() -> None:
    drawn = svg(plot(title="The title"))
    root = tree(drawn)
    assert root.get("role") == "img"
    described = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert [described[name] for name in (root.get("aria-labelledby") or "").split()] == [
        "The title",
        "Caption",
    ]
    colours = set(re.findall(r"#[0-9a-f]{6}\b", drawn))
    assert colours == {PALETTE[0]}
    assert "currentColor" in drawn


def test_separate_values_on_a_log_axis_are_its_ticks() -> None:
    widths = (16.0, 64.0, 100.0, 2048.0)
    drawn = plot(x=Axis("m", "log"), series=(Series("s", widths, widths),), marks=())
    texts = {"".join(element.itertext()) for element in tree(svg(drawn)).iter(f"{SPACE}text")}
    assert {"16", "64", "100", "2048"} <= texts


def luminance(colour: str) -> float:
    """Relative luminance as the Web Content Accessibility Guidelines define it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("background", ["#ffffff", "#f5f3ec", "#1d2026"])
@pytest.mark.parametrize("colour", PALETTE)
def test_every_curve_stands_out_on_light_and_on_dark(colour: str, background: str) -> None:
    light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_without_matplotlib_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refute.report.svg.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"drawn by matplotlib: pip install 'refute\[plots\]'"):
        svg(plot())
