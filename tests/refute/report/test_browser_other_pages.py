"""The pages about data and about widths in a real browser: they are in the same house as that of an audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from refute.report.data_page import write_page as write_data_page
from refute.report.read_json import read_survey
from refute.report.survey_page import write_page as write_survey_page
from tests.refute.report.in_chromium import CHROMIUM, DESK, PHONE, Theme, barriers, opened
from tests.refute.report.test_data_page import RECORD

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)
DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture(scope="module", params=["data", "widths"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    if request.param == "data":
        return write_data_page(RECORD, folder).as_uri()
    return write_survey_page(read_survey((DOCS / "widths-digits.json").read_bytes()), folder).as_uri()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_is_silent_and_without_barriers(
    browser: Any, page: str, theme: Theme, size: dict[str, int]
) -> None:
    seen = opened(browser, page, size, color_scheme=theme)
    seen.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert seen.said == []
    assert {url.partition(":")[0] for url in seen.asked} <= {"file", "data"}
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert barriers(seen) == []


def test_a_wide_table_scrolls_and_does_not_grow_tall(browser: Any, tmp_path: Path) -> None:
    """On a phone a row was half as tall as the screen: its last column, out of sight, had a word a line."""
    written = write_survey_page(read_survey((DOCS / "widths.json").read_bytes()), tmp_path)
    seen = opened(browser, written.as_uri(), PHONE)
    heights = seen.page.evaluate("[...document.querySelectorAll('tbody tr')].map((row) => row.offsetHeight)")
    assert heights and max(heights) < PHONE["height"] / 5


def test_printed_nothing_is_cut(browser: Any, page: str) -> None:
    seen = opened(browser, page, {"width": 688, "height": 970})
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 688
