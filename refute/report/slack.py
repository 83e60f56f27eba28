"""How tight the bounds are: of every bound of an audit the instance that came closest to equality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from refute.report import text as words
from refute.statement.comparison import Relation
from refute.statement.instance import Instance


def rows(audit: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for every part of a statement that is an inequality, in reading order (docs/json.md)."""
    return [
        {
            "id": claim["id"],
            "part": part["label"],
            "relation": part["relation"],
            "slack": part["slack"],
            "measured": part["measured"],
            "bound": part["bound"],
            "equality_predicted": bool(part.get("attained", False)),
            "trials": claim["alpha"] is not None,
            "sizes": Instance.from_json(part["instance"]).describe(),
        }
        for claim in audit["claims"]
        for part in claim["parts"]
        if part["relation"] != Relation.EQUAL
    ]


def markdown_lines(audit: Mapping[str, Any]) -> Iterator[str]:
    """The rows as a page of markdown, with what audit they are from."""
    found = rows(audit)
    yield "# How tight the bounds are"
    yield ""
    how = f"profile {audit['profile']}, seed {audit['seed']}, {audit['dtype']} on {audit['device']}"
    yield f"Of every inequality the worst instance of one audit ({how}), written by"
    yield "`refute slack`. Slack is the distance from equality as a share of the larger number: 0 is equality"
    yield "and 1 is far. How near a bound can be reached is what a search saw, no proof; where trials decide,"
    yield "it compares shares of failing initializations. Equalities are left out."
    yield ""
    yield "| Claim | Part | Slack | Measured | | Bound | Equality predicted | Instance |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for row in found:
        sign = {"<=": "≤", ">=": "≥"}[row["relation"]]
        predicted = "yes" if row["equality_predicted"] else "no"
        part = _cell(row["part"]) + (" (trials)" if row["trials"] else "")
        numbers = f"{words.number(row['slack'], 3)} | {words.number(row['measured'])} | {sign} | "
        yield (
            f"| {row['id']} | {part} | {numbers}{words.number(row['bound'])} | {predicted} | "
            f"{_cell(row['sizes'])} |"
        )
    yield ""
    claims, tight = ({row["id"] for row in found if row["slack"] < limit} for limit in (2, 0.1))
    yield f"{len(found)} bounds of {len(claims)} claims; {len(tight)} of these have one below 0.1."


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
