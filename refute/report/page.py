"""The page of an audit: one self-contained file that needs no network, no script and no server."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from refute.basics.files import write_atomically
from refute.ledger.queries import Known
from refute.report import text
from refute.report.records.audit import AuditRecord, ClaimRecord, PartRecord
from refute.report.svg import svg
from refute.statement.instance import Instance
from refute.statement.plot import Plot

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 20_000  # characters of an instance on the page; the witness file has all of them
_WRAPPED = 90  # a line of prose that had room for more was ended on purpose
_FORMULA = " " * 4


def write_page(audit: AuditRecord, directory: Path, evidence: Known | None = None) -> Path:
    """Write `directory/index.html`, whole or not at all, and return its path; the directory is created.

    evidence: what a ledger knows of the paper, from this audit and all others. Raises OSError if the file
    cannot be written.
    """
    return write_atomically(directory / "index.html", render(audit, evidence))


def render(audit: AuditRecord, evidence: Known | None = None) -> str:
    """The page as text."""
    page = templates().get_template("page.html")
    return page.render(
        audit=audit,
        evidence=evidence,
        chapters=_chapters(audit.claims),
        plots=audit.plots,
        homes={plot.id: _home(plot, audit.claims) for plot in audit.plots},
        labels={claim.id for claim in audit.claims},
        tally=text.tally(audit.claims),
        legend=text.LEGEND,
        headline=text.headline(audit.claims),
        cut_short=text.cut_short(audit),
        budget=text.error_budget(audit),
        siblings=text.siblings_conclusion(audit.claims),
        controls=text.controls_conclusion(audit.controls),
        text=text,
    )


@cache
def templates() -> Environment:
    """The templates of the pages, with the filters that they use; compiled once."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": text.number,
        "share": lambda value: _unbroken(text.share(value)),
        "count": text.count,
        "duration": lambda seconds: _unbroken(text.duration(seconds)),
        "verdict": text.verdict_name,
        "sign": lambda verdict: text.LEGEND[verdict].sign,
        "anchor": lambda label: "claim-" + re.sub(r"[^A-Za-z0-9]", "-", label),
        "prose": prose,
        "pretty": pretty,
        "shell": shlex.quote,
        "svg": lambda plot: Markup(svg(plot)),  # our own drawing, whose texts are escaped
        "instances": _instances,
    }
    return environment


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


def pretty(instance: Instance) -> str:
    """An instance as JSON, one value a line; cut, and said so, where it is too long for a page."""
    values = instance.to_json()
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()]
    shown = "{\n" + ",\n".join(lines) + "\n}"
    if len(shown) <= _LONGEST:
        return shown
    return f"{shown[:_LONGEST]}\n… {len(shown) - _LONGEST} more characters are in the JSON of the run"


def _chapters(claims: Sequence[ClaimRecord]) -> list[tuple[str, list[ClaimRecord]]]:
    grouped = groupby(claims, key=lambda claim: claim.chapter)
    chapters = [list(members) for _, members in grouped]
    return [(members[0].chapter_title, members) for members in chapters]


def _home(plot: Plot, claims: Sequence[ClaimRecord]) -> str:
    """The claim under which the plot is drawn, once: the first of its own that was audited, else none."""
    audited = [claim.id for claim in claims]
    return next((label for label in plot.claims if label in audited), "")


def _instances(parts: Sequence[PartRecord]) -> list[tuple[list[str], Instance]]:
    """The worst instances of a claim, each once, with the parts of the statement whose worst it is."""
    labels: dict[Instance, list[str]] = {}
    for part in parts:
        labels.setdefault(part.instance, []).append(part.label)
    return [(names, instance) for instance, names in labels.items()]
