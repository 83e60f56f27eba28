"""The uses-graph of a paper: which claim builds on which, with a verdict on every node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from refute.audit.verdict import Verdict
from refute.inputs.registry import Book
from refute.statement.claim import Claim

NOT_JUDGED = "not judged"
"""The verdict of a claim of which there is no current evidence."""
_COLOURS = {
    Verdict.PROVED: "#0b6b4a",
    Verdict.SUPPORTED: "#4d9a7f",
    Verdict.REFUTED: "#b3261e",
    Verdict.UNDECIDED: "#8a5a00",
    Verdict.OUT_OF_REACH: "#5f6368",
    Verdict.ERROR: "#7b2d8e",
}


def graph(book: Book, chosen: Sequence[Claim], verdicts: Mapping[str, str]) -> dict[str, Any]:
    """The chosen claims and all that they build on, as JSON (docs/json.md), in reading order.

    verdicts: by label; the others are not judged. Edges go from a claim to one that it uses.
    """
    by_id = {claim.id: claim for claim in book.claims}
    wanted = {claim.id for claim in chosen}
    waiting = list(wanted)
    while waiting:
        below = set(by_id[waiting.pop()].uses) - wanted
        wanted |= below
        waiting += below
    claims = [claim for claim in book.claims if claim.id in wanted]
    return {
        "schema": "refute-graph/1",
        "nodes": [
            {
                "id": claim.id,
                "slug": claim.slug,
                "title": claim.title,
                "chapter": claim.chapter,
                "chapter_title": book.chapter_titles[claim.chapter],
                "kind": str(claim.kind),
                "status": str(claim.status),
                "finding": claim.finding,
                "verdict": verdicts.get(claim.id, NOT_JUDGED),
            }
            for claim in claims
        ],
        "edges": [{"from": claim.id, "to": used} for claim in claims for used in claim.uses],
    }


def text_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The graph as a list by chapter: every claim with its verdict, what it uses and what uses it."""
    chapter = None
    for node in found["nodes"]:
        if node["chapter"] != chapter:
            chapter = node["chapter"]
            yield from (() if node is found["nodes"][0] else ("",))
            yield node["chapter_title"].partition(":")[0]
        mark = "" if node["status"] == "theorem" else f" [{node['status']}]"
        yield f"  {node['id']:<4} {node['verdict'].replace('_', ' '):<12} {node['title']}{mark}"
        for word, labels in (
            ("uses", _ends(found, node, "from", "to")),
            ("used by", _ends(found, node, "to", "from")),
        ):
            if labels:
                yield f"  {'':<4} {'':<12}   {word} {', '.join(labels)}"


def _ends(found: Mapping[str, Any], node: Mapping[str, Any], here: str, there: str) -> list[str]:
    return [edge[there] for edge in found["edges"] if edge[here] == node["id"]]


def dot_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The graph in the language of Graphviz: chapters as clusters, an arrow from a claim to what it uses."""
    yield "digraph uses {"
    yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];'
    for chapter in dict.fromkeys(node["chapter"] for node in found["nodes"]):
        members = [node for node in found["nodes"] if node["chapter"] == chapter]
        yield f"  subgraph {_quoted('cluster_' + chapter)} {{"
        yield f"    label={_quoted(members[0]['chapter_title'])};"
        for node in members:
            verdict = node["verdict"]
            colour = _COLOURS[Verdict(verdict)] if verdict != NOT_JUDGED else "#9aa0a6"
            label = _quoted(node["id"], verdict.replace("_", " "))
            style = "" if node["status"] == "theorem" else ', style="rounded,filled,dashed"'
            told = f"label={label}, tooltip={_quoted(node['title'])}, color={_quoted(colour)}"
            yield f"    {_quoted(node['id'])} [{told}{style}];"
        yield "  }"
    for edge in found["edges"]:
        yield f"  {_quoted(edge['from'])} -> {_quoted(edge['to'])};"
    yield "}"


def _quoted(*lines: str) -> str:
    """A string of Graphviz; only quotation marks and backslashes mean something inside."""
    escaped: Iterable[str] = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
