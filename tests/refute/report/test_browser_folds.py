"""What is folded on the page, in a real browser: opened when needed, searched, saved, copied, printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.refute.report.in_chromium import CHROMIUM, opened
from tests.refute.sample_audit import sample

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)


def test_what_is_folded_opens_and_holds_its_numbers(browser: Any, address: str) -> None:
    seen = opened(browser, f"{address}#claim-C1")
    table = seen.page.locator("#claim-C1 table.findings").first
    assert not table.is_visible()
    seen.page.click("#claim-C1 summary:has-text('The worst of every part')")
    assert table.is_visible()
    row = table.locator("tr.holds").first
    looks = row.evaluate("(row) => [getComputedStyle(row).color, getComputedStyle(row).whiteSpace]")
    assert looks == [seen.page.evaluate("getComputedStyle(document.body).color"), "normal"]


def test_a_copied_formula_is_what_was_written(browser: Any, address: str) -> None:
    seen = opened(browser, f"{address}#claim-K1", permissions=["clipboard-read", "clipboard-write"])
    seen.page.evaluate("getSelection().selectAllChildren(document.querySelector('#claim-K1 .statement'))")
    seen.page.keyboard.press("Control+c")
    copied = seen.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == sample()["claims"][0]["text"]["statement"]
    seen.page.evaluate("for (const one of document.querySelectorAll('#claim-K1 details')) one.open = true")
    first = "document.querySelector('#claim-K1 .findings tbody tr')"
    seen.page.evaluate(f"getSelection().selectAllChildren({first})")
    seen.page.keyboard.press("Control+c")
    assert seen.page.evaluate("navigator.clipboard.readText()").count("lambda_min(K)") == 1
    seen.page.goto(f"{address}#claim-K7")
    seen.page.locator("#claim-K7 .counterexample .copyable button").first.click()
    assert seen.page.evaluate("navigator.clipboard.readText()") == "refute replay witnesses/K7.json"


def test_the_numbers_of_a_figure_can_be_saved(browser: Any, address: str) -> None:
    seen = opened(browser, f"{address}#figure-residual")
    with seen.page.expect_download() as waiting:
        seen.page.click("#figure-residual a.csv")
    assert waiting.value.suggested_filename == "residual.csv"
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert text.startswith("series,x,y,low,high,value\nweak: residual,0.0,1.0,")


def test_what_is_folded_of_a_claim_is_no_part_of_the_page_before_it_is_needed(
    browser: Any, address: str
) -> None:
    seen = opened(browser, address)
    count = "document.getElementsByTagName('*').length"
    before = seen.page.evaluate(count)
    assert seen.page.locator("#claim-K7 details").count() > 0
    assert seen.page.locator("#claim-C1 details").count() == 0
    assert seen.page.locator("#claim-C1 .statement").count() == 1
    seen.page.fill("input[name=text]", "no such word on this page")
    assert seen.page.evaluate(count) < before + 5
    seen.page.fill("input[name=text]", "")
    seen.page.goto(f"{address}#figure-residual")
    seen.page.wait_for_selector("#claim-C1 #figure-residual", state="visible")
    assert seen.page.locator("#claim-K1 details").count() == 0
    assert seen.page.locator("#claim-C1 .copyable > button").count() > 0


@pytest.mark.parametrize("cause", ["Control+f", "print"])
def test_the_search_of_the_browser_and_print_have_all_of_the_page(
    browser: Any, address: str, cause: str
) -> None:
    seen = opened(browser, address)
    if cause == "print":
        assert seen.page.pdf()[:4] == b"%PDF"
    else:
        seen.page.keyboard.press(cause)
    seen.page.wait_for_function("document.querySelectorAll('article noscript').length === 0")
    for claim in sample()["claims"]:
        assert seen.page.locator(f"#claim-{claim['id']} details").count() > 0
        boxes = seen.page.locator(f"#claim-{claim['id']} .copyable")
        assert boxes.count() == boxes.locator("> button").count()


def test_the_list_is_searched_in_what_is_folded(browser: Any, address: str) -> None:
    seen = opened(browser, address)
    seen.page.fill("input[name=text]", "too-near")
    assert seen.entries() == ["C3"]


def test_without_its_script_the_page_reads_from_top_to_bottom(browser: Any, address: str) -> None:
    seen = opened(browser, address, java_script_enabled=False)
    assert seen.ids() == [f"claim-{claim['id']}" for claim in sample()["claims"]]
    assert not seen.page.locator(".filters").is_visible()
    for claim in sample()["claims"]:
        assert seen.page.locator(f"#claim-{claim['id']} .statement").is_visible()
        assert seen.page.locator(f"#claim-{claim['id']} summary").last.is_visible()
        assert seen.page.locator(f"#claim-{claim['id']} noscript details").count() > 0


def test_print_shows_every_claim_and_no_control(browser: Any, address: str) -> None:
    seen = opened(browser, address)
    seen.page.emulate_media(media="print")
    for claim in sample()["claims"]:
        assert seen.page.locator(f"#claim-{claim['id']} .statement").is_visible()
    assert not seen.page.locator(".filters").is_visible()
    assert not seen.page.locator(".copyable button").first.is_visible()


def test_printed_nothing_is_cut_or_hidden_in_a_fold(browser: Any, address: str) -> None:
    """A sheet of A4 has room for 688 pixels between its margins; Chromium shrinks what is wider."""
    seen = opened(browser, f"{address}#claim-K7", {"width": 688, "height": 970})
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    seen.page.emulate_media(media="print")
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 688
    for claim in sample()["claims"]:
        assert seen.page.locator(f"#claim-{claim['id']} details dl.text").is_visible()
    shown = seen.page.locator("#claim-K7 .counterexample pre")
    assert shown.count() == 3 and all(one.is_visible() for one in shown.all())
    assert not seen.page.locator("#claim-K1 .siblings .witness").first.is_visible()
    assert not seen.page.locator("#claim-K1 .program").first.is_visible()
    link = seen.page.locator("#claim-K5 .kind a").first
    line = link.evaluate("(one) => getComputedStyle(one).textDecorationLine")
    assert line == "underline"
