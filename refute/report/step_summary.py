"""The summary of an audit as a page of a continuous integration shows it, in the markdown of GitHub."""

from __future__ import annotations

from refute.report import text
from refute.report.margin import nearest
from refute.report.records.audit import AuditRecord, ClaimRecord

_HEAD = (
    "| Claim | Statement | Verdict | Instances | Trials | Nearest to failing |",
    "| --- | --- | --- | --: | --: | --: |",
)


def step_summary(audit: AuditRecord) -> str:
    """A headline, a table of the claims, why some did not pass, and what chance may have decided."""
    headline = f"**{text.headline(audit.claims)}** {text.cut_short(audit)}".rstrip()
    lines = [f"## {_plain(audit.title)}", "", headline]
    if audit.claims:
        lines += ["", *_HEAD, *map(_row, audit.claims)]
    failing = [claim for claim in audit.claims if not claim.verdict.passes]
    if failing:
        lines += ["", *(f"- **{claim.id}**: {_plain(claim.because)}" for claim in failing)]
    how = f"Seed {audit.seed}, profile {audit.profile}, {text.duration(audit.seconds)}."
    sentences = [
        text.error_budget(audit),
        text.siblings_conclusion(audit.claims) if any(claim.siblings for claim in audit.claims) else "",
        text.controls_conclusion(audit.controls),
        how,
    ]
    return "\n".join([*lines, "", " ".join(filter(None, sentences)), ""])


def _row(claim: ClaimRecord) -> str:
    sign = text.LEGEND[claim.verdict].sign
    cells = (
        claim.id,
        _plain(claim.title),
        f"{sign} {text.verdict_name(claim.verdict)}",
        text.count(claim.instances),
        text.count(claim.trials) if claim.trials else "–",
        nearest(claim),
    )
    return f"| {' | '.join(cells)} |"


def _plain(words: str) -> str:
    """Words in which markdown has no say, on one line."""
    line = " ".join(words.split())
    for mark in "\\`*_|<>[]#~":
        line = line.replace(mark, f"\\{mark}")
    return line
