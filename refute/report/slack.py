"""How tight the bounds are: of every bound of an audit the instance that came closest to equality."""

from __future__ import annotations

from collections.abc import Iterator

from refute.report.records.audit import AuditRecord
from refute.report.records.listings import SlackRow
from refute.report.text import number
from refute.statement.comparison import Relation

_SIGNS = {Relation.AT_MOST: "≤", Relation.AT_LEAST: "≥"}


def slack_rows(audit: AuditRecord) -> list[SlackRow]:
    """One row for every part of a statement that is an inequality, in reading order."""
    return [
        SlackRow(
            id=claim.id,
            part=part.label,
            relation=part.relation,
            slack=part.slack,
            measured=part.measured,
            bound=part.bound,
            equality_predicted=part.attained,
            trials=claim.alpha is not None,
            sizes=part.instance.describe(),
        )
        for claim in audit.claims
        for part in claim.parts
        if part.relation is not Relation.EQUAL
    ]


def markdown_lines(audit: AuditRecord) -> Iterator[str]:
    """The rows as a page of markdown, with what audit they are from."""
    rows = slack_rows(audit)
    yield "# How tight the bounds are"
    yield ""
    how = f"profile {audit.profile}, seed {audit.seed}, {audit.dtype} on {audit.device}"
    yield f"Of every inequality the worst instance of one audit ({how}), written by"
    yield "`refute slack`. Slack is the distance from equality as a share of the larger number: 0 is equality"
    yield "and 1 is far. How near a bound can be reached is what a search saw, no proof; where trials decide,"
    yield "it compares shares of failing trials. Equalities are left out."
    yield ""
    yield "| Claim | Part | Slack | Measured | | Bound | Equality predicted | Instance |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    yield from (_line(row) for row in rows)
    yield ""
    claims = {row.id for row in rows}
    tight = {row.id for row in rows if row.slack < 0.1}  # a tenth: near enough that a reader looks twice
    yield f"{len(rows)} bounds of {len(claims)} claims; {len(tight)} of these have one below 0.1."


def _line(row: SlackRow) -> str:
    cells = [
        row.id,
        _cell(row.part) + (" (trials)" if row.trials else ""),
        number(row.slack, 3),
        number(row.measured),
        _SIGNS[row.relation],
        number(row.bound),
        "yes" if row.equality_predicted else "no",
        _cell(row.sizes),
    ]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
