"""A page that is opened in Debian's chromium, and what the browser said and asked for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

CHROMIUM = shutil.which("chromium")
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


def opened(browser: Any, address: str, size: dict[str, int] = DESK, **options: Any) -> Seen:
    page = browser.new_context(viewport=size, accept_downloads=True, **options).new_page()
    seen = Seen(page)
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.goto(address)
    return seen


def barriers(seen: Seen) -> list[tuple[str, str, str]]:
    """What axe-core finds on the page: the rule, the element, what to do."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    return [
        (one["id"], node["html"][:200], node["failureSummary"])
        for one in axe.Axe().run(seen.page).response["violations"]
        for node in one["nodes"]
    ]
