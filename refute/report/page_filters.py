"""The templates of the pages, and how they write numbers, words and instances."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from refute.report import counterexample, spread, text
from refute.report.formulas import html
from refute.report.margin import margin, nearest, told
from refute.report.plot_csv import csv_link
from refute.report.records.audit import PartRecord
from refute.report.svg import svg
from refute.statement.instance import Instance

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 20_000  # characters of an instance on the page; the witness file has all of them
_WRAPPED = 90  # a line of prose that had room for more was ended on purpose
_FORMULA = " " * 4


@cache
def templates() -> Environment:
    """The templates of the pages, with the filters that they use; compiled once."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= _FILTERS
    return environment


def anchor(label: str) -> str:
    """The id of the part of the page about a claim."""
    return "claim-" + re.sub(r"[^A-Za-z0-9]", "-", label)


def _unbroken(figure: str) -> str:
    return figure.replace(" ", "\N{NO-BREAK SPACE}")


def prose(paragraph: str) -> str:
    """Text without the line breaks that only kept its source narrow.

    A line that ended early stays a line, and so does a formula: what is indented by four.
    """
    lines = paragraph.splitlines()
    joined = "\n".join(lines[:1])
    for before, line in pairwise(lines):
        formula = line.startswith(_FORMULA) or before.startswith(_FORMULA)
        both = bool(line.strip() and before.strip()) and not formula
        wrapped = both and len(before) + 1 + len(line.split()[0]) > _WRAPPED
        joined += f" {line.strip()}" if wrapped else f"\n{line}"
    return joined


def formulas(paragraph: str) -> Markup:
    """Text with its formulas as mathematics; a line that is indented by four stands by itself."""
    shown = Markup("")
    for line in prose(paragraph).splitlines():
        if line.startswith(_FORMULA):
            depth = (len(line) - len(line.lstrip())) // len(_FORMULA)
            shown += Markup('<span class="display" style="--depth:{}">{}</span>').format(
                depth, html(line.strip(), display=True)
            )
        else:
            shown += (
                Markup('<span class="text-line">{}</span>').format(html(line)) if line else Markup("<br>")
            )
    return shown


def pretty(instance: Instance) -> str:
    """An instance as JSON, one value a line; cut, and said so, where it is too long for a page."""
    values = instance.to_json()
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()]
    shown = "{\n" + ",\n".join(lines) + "\n}"
    if len(shown) <= _LONGEST:
        return shown
    return f"{shown[:_LONGEST]}\n… {len(shown) - _LONGEST} more characters are in the JSON of the run"


def _instances(parts: Sequence[PartRecord]) -> list[tuple[list[str], Instance]]:
    """The worst instances of a claim, each once, with the parts of the statement whose worst it is."""
    labels: dict[Instance, list[str]] = {}
    for part in parts:
        labels.setdefault(part.instance, []).append(part.label)
    return [(names, instance) for instance, names in labels.items()]


# Markup: drawings of our own, whose texts are escaped.
_FILTERS: Mapping[str, Callable[..., Any]] = {
    "number": text.number,
    "share": lambda value: _unbroken(text.share(value)),
    "count": text.count,
    "duration": lambda seconds: _unbroken(text.duration(seconds)),
    "verdict": text.verdict_name,
    "sign": lambda verdict: text.LEGEND[verdict].sign,
    "anchor": anchor,
    "prose": prose,
    "formulas": formulas,
    "line": html,
    "pretty": pretty,
    "shell": shlex.quote,
    "svg": lambda plot: Markup(svg(plot)),
    "small_svg": lambda plot: Markup(svg(plot, small=True)),
    "csv": csv_link,
    "spread": lambda parts: Markup(spread.drawing(parts)),
    "spread_csv": spread.csv_link,
    "margin": margin,
    "nearest": nearest,
    "told": told,
    "instances": _instances,
    "program": counterexample.program,
    "picture": lambda instance: Markup(counterexample.picture(instance)),
}
