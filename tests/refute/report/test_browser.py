"""The page in a real browser: Debian's chromium, driven by Playwright; axe-core looks for barriers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.refute.report.in_chromium import CHROMIUM, DESK, PHONE, Theme, barriers, opened
from tests.refute.sample_audit import sample

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_opens_in_silence_asks_for_nothing_and_hides_nothing_sideways(
    browser: Any, address: str, theme: Theme, size: dict[str, int]
) -> None:
    seen = opened(browser, address, size, color_scheme=theme)
    assert seen.said == []
    assert {url.partition(":")[0] for url in seen.asked} <= {"file", "data"}
    assert [url for url in seen.asked if url.startswith("file")] == [address]
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(int(part) for part in paper.strip("rgb()").split(", ")) > 3 * 128
    assert light == (theme == "light")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_folded_or_open(
    browser: Any, address: str, theme: Theme, size: dict[str, int]
) -> None:
    seen = opened(browser, address, size, color_scheme=theme)
    assert barriers(seen) == []
    for label in ("K1", "K7", "C3"):
        seen.page.evaluate(f"location.hash = '#claim-{label}'")
        seen.page.wait_for_selector(f"#claim-{label}:not([hidden])")
        seen.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert barriers(seen) == []


def test_a_cell_that_holds_nothing_but_a_formula_has_a_name(browser: Any, address: str) -> None:
    seen = opened(browser, f"{address}#claim-K1")
    seen.page.evaluate("for (const one of document.querySelectorAll('#claim-K1 details')) one.open = true")
    session = seen.page.context.new_cdp_session(seen.page)
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    cell = session.send("DOM.querySelector", {"nodeId": root, "selector": "#claim-K1 .findings tbody th"})
    asked = {"nodeId": cell["nodeId"], "fetchRelatives": False}
    (found,) = session.send("Accessibility.getPartialAXTree", asked)["nodes"]
    assert (found["role"]["value"], found["name"]["value"]) == ("rowheader", "lambda_min(K)")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_button_lies_on_what_it_copies(browser: Any, address: str, size: dict[str, int]) -> None:
    seen = opened(browser, f"{address}#claim-K7", size)
    overlap = """(box) => {
        const text = document.createRange();
        text.selectNodeContents(box.querySelector("pre"));
        const button = box.querySelector("button").getBoundingClientRect();
        return [...text.getClientRects()].some((line) => line.right > button.left && line.left < button.right
            && line.bottom > button.top && line.top < button.bottom);
    }"""
    boxes = seen.page.locator("#claim-K7 .counterexample .copyable").all()
    assert len(boxes) >= 2
    for box in boxes:
        # Longer than a line, and shorter than a box that scrolls.
        box.locator("pre").evaluate("(one) => { one.textContent = 'refute replay witnesses/'.repeat(5) }")
        assert not box.evaluate(overlap)


def test_one_claim_is_shown_first_the_one_that_is_refuted(browser: Any, address: str) -> None:
    seen = opened(browser, address)
    assert seen.ids() == ["claim-K7"]
    assert seen.entries() == [claim["id"] for claim in sample()["claims"]]
    assert seen.page.evaluate("document.documentElement.scrollHeight") < 6 * DESK["height"]


def test_a_link_leads_to_its_claim_from_inside_and_from_outside(browser: Any, address: str) -> None:
    seen = opened(browser, f"{address}#claim-C2")
    assert seen.ids() == ["claim-C2"]
    seen.page.click('.graph a[href="#claim-K1"]')
    seen.page.wait_for_selector("#claim-K1:not([hidden])")
    assert seen.ids() == ["claim-K1"]
    assert seen.page.locator('.entries a[aria-current="true"]').get_attribute("href") == "#claim-K1"
    seen.page.go_back()
    seen.page.wait_for_selector("#claim-C2:not([hidden])")
    seen.page.click('a.thumb[href="#figure-residual"]')
    seen.page.wait_for_selector("#claim-C1:not([hidden])")
    assert seen.page.locator("#figure-residual").is_visible()


def test_keys_go_through_the_list_and_leave_fields_alone(browser: Any, address: str) -> None:
    seen = opened(browser, f"{address}#claim-K1")
    for key, shown in (("j", "K5"), ("j", "K7"), ("k", "K5"), ("k", "K1"), ("k", "K1")):
        seen.page.keyboard.press(key)
        seen.page.wait_for_selector(f"#claim-{shown}:not([hidden])")
        assert seen.ids() == [f"claim-{shown}"]
    seen.page.keyboard.press("/")
    seen.page.keyboard.type("jk")
    assert seen.page.input_value("input[name=text]") == "jk"
    assert seen.page.inner_text("output") == "0 of 8 claims"


def test_the_list_filters(browser: Any, address: str) -> None:
    seen = opened(browser, address)
    seen.page.select_option("select[name=finding]", "F2")
    assert seen.entries() == ["C2"]
    assert seen.ids() == ["claim-C2"]
    assert seen.page.inner_text("output") == "1 of 8 claims"
    seen.page.select_option("select[name=finding]", "")
    seen.page.select_option("select[name=verdict]", "PROVED")
    assert seen.entries() == ["K1"]
    seen.page.select_option("select[name=verdict]", "")
    seen.page.fill("input[name=text]", "lambda_min(K) sharp")
    assert seen.entries() == ["C3"]
    seen.page.keyboard.press("Tab")
    assert seen.page.locator(".chapter-name:not([hidden])").count() == 1
