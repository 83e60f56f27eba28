"""The page of an audit: one self-contained file that needs no network, no script and no server."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from refute.audit.verdict import Verdict
from refute.basics.files import write_atomically
from refute.report import text as words
from refute.report.schema import validate
from refute.report.svg import svg
from refute.statement.instance import Instance
from refute.statement.plot import Plot

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 20_000  # characters of an instance on the page; the witness file has all of them
_WRAPPED = 90  # a line of prose that had room for more was ended on purpose


def write_page(audit: Mapping[str, Any], directory: Path) -> Path:
    """Write `directory/index.html`, whole or not at all, and return its path; the directory is created.

    Raises ValueError if the evidence has not the form that `refute.report.schema` checks, and OSError if the
    file cannot be written.
    """
    validate(audit)
    return write_atomically(directory / "index.html", render(audit))


def render(audit: Mapping[str, Any]) -> str:
    """The page as text; evidence is taken to be valid."""
    claims = audit["claims"]
    plots = [Plot.from_json(data) for data in audit["plots"]]
    homes = {plot.id: _home(plot, claims) for plot in plots}
    return (
        templates()
        .get_template("page.html")
        .render(
            audit=audit,
            chapters=_chapters(claims),
            plots=plots,
            homes=homes,
            labels={claim["id"] for claim in claims},
            tally=words.tally(claims),
            legend=words.LEGEND,
            headline=words.headline(claims),
            cut_short=words.cut_short(audit),
            budget=words.error_budget(audit),
            siblings=words.siblings_conclusion(claims),
            words=words,
        )
    )


def templates() -> Environment:
    """The templates of the pages, with the filters that they use."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": words.number,
        "share": lambda value: _unbroken(words.share(value)),
        "count": words.count,
        "duration": lambda seconds: _unbroken(words.duration(seconds)),
        "verdict": words.verdict_name,
        "sign": lambda verdict: words.LEGEND[Verdict(verdict)].sign,
        "passes": lambda verdict: Verdict(verdict).passes,
        "anchor": lambda label: "claim-" + re.sub(r"[^A-Za-z0-9]", "-", label),
        "prose": prose,
        "describe": lambda instance: Instance.from_json(instance).describe(),
        "pretty": pretty,
        "shell": shlex.quote,
        "svg": lambda plot: Markup(svg(plot)),  # our own drawing, whose texts are escaped
        "instances": _instances,
    }
    return environment


def _unbroken(figure: str) -> str:
    return figure.replace(" ", "\N{NO-BREAK SPACE}")


def prose(text: str) -> str:
    """Text without the line breaks that only kept its source narrow; a line that ended early stays a line."""
    lines = text.splitlines()
    joined = "\n".join(lines[:1])
    for before, line in pairwise(lines):
        wrapped = line.strip() and before.strip() and len(before) + 1 + len(line.split()[0]) > _WRAPPED
        joined += f" {line.strip()}" if wrapped else f"\n{line}"
    return joined


def pretty(instance: Mapping[str, Any]) -> str:
    """An instance as JSON, one value a line; cut, and said so, where it is too long for a page."""
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in instance.items()]
    text = "{\n" + ",\n".join(lines) + "\n}"
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\n… {len(text) - _LONGEST} more characters are in the JSON of the run"


def _chapters(claims: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    grouped = groupby(claims, key=lambda claim: claim["chapter"])
    return [(members[0]["chapter_title"], members) for _, group in grouped if (members := list(group))]


def _home(plot: Plot, claims: Sequence[Mapping[str, Any]]) -> str:
    """The claim under which the plot is drawn, once: the first of its own that was audited, else none."""
    audited = [claim["id"] for claim in claims]
    return next((label for label in plot.claims if label in audited), "")


def _instances(parts: Sequence[Mapping[str, Any]]) -> list[tuple[list[str], Mapping[str, Any]]]:
    """The worst instances of a claim, each once, with the parts of the statement whose worst it is."""
    distinct: list[tuple[list[str], Mapping[str, Any]]] = []
    for part in parts:
        labels = next((labels for labels, instance in distinct if instance == part["instance"]), None)
        if labels is None:
            distinct.append(([part["label"]], part["instance"]))
        else:
            labels.append(part["label"])
    return distinct
