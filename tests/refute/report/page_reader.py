"""A page of an audit, read tag by tag."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import Any

from refute.report.page import render
from tests.refute.sample_audit import read

VOID = {"meta", "link", "br", "input"}


class Reader(HTMLParser):
    """What a browser would see: elements, their ids, their targets and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag == "math":  # read as it was written, like by a screen reader
            self.words.append(dict(attrs)["alttext"] or "")
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href", "action"):
                self.links.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "math" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def shown(audit: dict[str, Any]) -> Reader:
    return Reader(render(read(audit)))
