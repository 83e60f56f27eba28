"""The page of an audit: one self-contained file that needs no network and no server.

Its one script lists, filters and shows one claim at a time; without it the page reads from top to bottom.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path

from markupsafe import Markup

from refute.basics.files import write_atomically
from refute.ledger.queries import Known
from refute.report import text
from refute.report.graph_drawing import drawing
from refute.report.headlines import findings
from refute.report.margin import MEANING, tightest
from refute.report.page_filters import TEMPLATES, anchor, templates
from refute.report.records.audit import AuditRecord, ClaimRecord
from refute.report.rests_on import dependants, shaken
from refute.statement.plot import Plot


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
        findings=findings(audit),
        chapters=_chapters(audit.claims),
        filters=_filters(audit),
        dependants=dependants(audit.claims),
        shaken=shaken(audit.claims),
        graph=Markup(drawing(audit.claims, anchor)),  # our own drawing, whose texts are escaped
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
        margin_meaning=MEANING,
        tightest=tightest(audit.claims),
        text=text,
        script=Markup(_script()),
        script_hash=_hashed(_script()),
    )


@cache
def _script() -> str:
    return (TEMPLATES / "page.js").read_text(encoding="utf-8")


def _hashed(script: str) -> str:
    """What the page's policy lets run: this script and no other."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _chapters(claims: Sequence[ClaimRecord]) -> list[tuple[str, list[ClaimRecord]]]:
    grouped = groupby(claims, key=lambda claim: claim.chapter)
    chapters = [list(members) for _, members in grouped]
    return [(members[0].chapter_title, members) for members in chapters]


def _filters(audit: AuditRecord) -> Mapping[str, Mapping[str, str]]:
    """By what the list of claims can be narrowed: for each name its values, and the words for them."""
    claims = audit.claims
    return {
        "finding": {claim.finding: claim.finding for claim in claims},
        "chapter": {claim.chapter: claim.chapter_title.partition(":")[0] for claim in claims},
        "verdict": {verdict: text.verdict_name(verdict) for verdict in text.tally(claims)},
        "kind": {claim.kind: claim.kind for claim in claims},
    }


def _home(plot: Plot, claims: Sequence[ClaimRecord]) -> str:
    """The claim under which the plot is drawn, once: the first of its own that was audited, else none."""
    audited = [claim.id for claim in claims]
    return next((label for label in plot.claims if label in audited), "")
