"""The uses-graph of a paper: which claim builds on which, with a verdict on every node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from refute.audit.verdict import Verdict
from refute.inputs.registry import Book
from refute.report.records.listings import EdgeRecord, GraphRecord, NodeRecord
from refute.report.text import verdict_name
from refute.statement.claim import Claim
from refute.statement.kinds import Status

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


def graph(book: Book, chosen: Sequence[Claim], verdicts: Mapping[str, Verdict]) -> GraphRecord:
    """The chosen claims and all that they build on, in reading order.

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
    return GraphRecord(
        nodes=tuple(_node(book, claim, verdicts.get(claim.id)) for claim in claims),
        edges=tuple(EdgeRecord(claim.id, used) for claim in claims for used in claim.uses),
    )


def _node(book: Book, claim: Claim, verdict: Verdict | None) -> NodeRecord:
    return NodeRecord(
        id=claim.id,
        slug=claim.slug,
        title=claim.title,
        chapter=claim.chapter,
        chapter_title=book.chapter_titles[claim.chapter],
        kind=claim.kind,
        status=claim.status,
        finding=claim.finding,
        verdict=NOT_JUDGED if verdict is None else verdict.value,
    )


def text_lines(found: GraphRecord) -> Iterator[str]:
    """The graph as a list by chapter: every claim with its verdict, what it uses and what uses it."""
    chapter = None
    for node in found.nodes:
        if node.chapter != chapter:
            chapter = node.chapter
            yield from (() if node is found.nodes[0] else ("",))
            yield node.chapter_title.partition(":")[0]
        mark = "" if node.status is Status.THEOREM else f" [{node.status}]"
        yield f"  {node.id:<4} {verdict_name(node.verdict):<12} {node.title}{mark}"
        uses = [edge.used for edge in found.edges if edge.claim == node.id]
        used_by = [edge.claim for edge in found.edges if edge.used == node.id]
        for relation, labels in (("uses", uses), ("used by", used_by)):
            if labels:
                yield f"  {'':<4} {'':<12}   {relation} {', '.join(labels)}"


def dot_lines(found: GraphRecord) -> Iterator[str]:
    """The graph in the language of Graphviz: chapters as clusters, an arrow from a claim to what it uses."""
    yield "digraph uses {"
    yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="sans-serif"];'
    for chapter in dict.fromkeys(node.chapter for node in found.nodes):
        members = [node for node in found.nodes if node.chapter == chapter]
        yield f"  subgraph {_quoted('cluster_' + chapter)} {{"
        yield f"    label={_quoted(members[0].chapter_title)};"
        for node in members:
            yield f"    {_quoted(node.id)} [{_attributes(node)}];"
        yield "  }"
    for edge in found.edges:
        yield f"  {_quoted(edge.claim)} -> {_quoted(edge.used)};"
    yield "}"


def _attributes(node: NodeRecord) -> str:
    colour = _COLOURS[Verdict(node.verdict)] if node.verdict != NOT_JUDGED else "#9aa0a6"
    label = _quoted(node.id, verdict_name(node.verdict))
    style = "" if node.status is Status.THEOREM else ', style="rounded,filled,dashed"'
    return f"label={label}, tooltip={_quoted(node.title)}, color={_quoted(colour)}{style}"


def _quoted(*lines: str) -> str:
    """A string of Graphviz; only quotation marks and backslashes mean something inside."""
    escaped: Iterable[str] = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
