"""The page in a real browser: Debian's chromium, driven by Playwright; axe-core looks for barriers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from refute.report.data_page import write_page as write_data_page
from refute.report.page import write_page
from tests.refute.report.test_data_page import RECORD
from tests.refute.report.test_headlines import headline
from tests.refute.sample_audit import read, sample

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="chromium is not installed (apt-get install chromium)"
)

DESK = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 844}
Theme = Literal["light", "dark"]


@dataclass
class Seen:
    """What the browser said and asked for while a page was open."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def ids(self) -> list[str]:
        """The claims that are shown."""
        shown = self.page.locator(".detail > article:not([hidden])")
        return [str(one.get_attribute("id")) for one in shown.all()]

    def entries(self) -> list[str]:
        """The labels of the list."""
        return [one.inner_text() for one in self.page.locator(".entry:not([hidden]) b").all()]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    audit = sample() | {"headlines": [headline()]}
    audit["plots"][0]["numbers"] = {"ratio": 6.7}
    audit["claims"][3]["uses"] = ["K1", "K7"]
    return write_page(read(audit), tmp_path_factory.mktemp("page")).as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


def opened(browser: Any, address: str, size: dict[str, int] = DESK, **options: Any) -> Seen:
    page = browser.new_context(viewport=size, accept_downloads=True, **options).new_page()
    seen = Seen(page)
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.goto(address)
    return seen


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
def test_axe_finds_nothing_serious(browser: Any, address: str, theme: Theme, size: dict[str, int]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    seen = opened(browser, address, size, color_scheme=theme)
    seen.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    for label in ("K1", "K7", "C3"):
        seen.page.evaluate(f"location.hash = '#claim-{label}'")
        seen.page.wait_for_selector(f"#claim-{label}:not([hidden])")
        found = axe.Axe().run(seen.page).response["violations"]
        serious = [
            (one["id"], node["html"][:200], node["failureSummary"])
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]
        assert serious == []


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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_about_data_is_in_the_same_house(
    browser: Any, tmp_path: Path, theme: Theme, size: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    seen = opened(browser, write_data_page(RECORD, tmp_path).as_uri(), size, color_scheme=theme)
    seen.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert seen.said == []
    assert {url.partition(":")[0] for url in seen.asked} <= {"file", "data"}
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    found = axe.Axe().run(seen.page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
