"""The uses-graph of an audit as a drawing: foundations above, what rests on them below, every node a link."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

from refute.report.records.audit import ClaimRecord
from refute.report.rests_on import shaken
from refute.report.text import LEGEND, verdict_name

_WIDTH = 1120
_NODE = (64, 30)
_ROOM = 74
"""The least distance between the middles of two claims side by side."""
_LAYER = 84
"""From one row of claims to the next."""

Place = tuple[float, float]


def drawing(claims: Sequence[ClaimRecord], anchor: Callable[[str], str]) -> str:
    """One <svg> element; empty for no claim. anchor: the id of the part of the page about a claim.

    Equal claims give equal bytes. A claim that rests on a refuted one is marked.
    """
    if not claims:
        return ""
    width, places = _places(claims)
    bottom = max(y for _, y in places.values()) + _NODE[1]
    fallen = shaken(claims)
    edges = "".join(_edges(claims, places))
    nodes = "".join(_node(claim, places[claim.id], fallen.get(claim.id, ()), anchor) for claim in claims)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 {width} {bottom:.0f}" '
        f'role="group" aria-label="Which claim uses which">{edges}{nodes}</svg>'
    )


def _places(claims: Sequence[ClaimRecord]) -> tuple[int, Mapping[str, Place]]:
    """The width of the drawing and the middle of every node.

    Layers are networkx's; below them stand the claims that neither use nor are used.
    """
    import networkx  # slow to import, and only pages need it

    labels = [claim.id for claim in claims]
    graph = networkx.DiGraph()
    graph.add_nodes_from(labels)
    graph.add_edges_from((used, claim.id) for claim in claims for used in claim.uses if used in labels)
    loose = [label for label in labels if graph.degree(label) == 0]
    graph.remove_nodes_from(loose)
    layers = [sorted(layer, key=labels.index) for layer in networkx.topological_generations(graph)]
    width = max(_WIDTH, _ROOM * max(map(len, layers), default=0))
    order = dict(enumerate(layers))
    spread = networkx.multipartite_layout(graph, subset_key=order, align="horizontal") if layers else {}
    found: dict[str, Place] = {
        label: (width / 2 + float(spread[label][0]) * (width - _NODE[0] - 4) / 2, _NODE[1] + _LAYER * row)
        for row, layer in order.items()
        for label in layer
    }
    in_a_row = width // _ROOM
    for index, label in enumerate(loose):
        row, column = divmod(index, in_a_row)
        found[label] = (
            (column + 0.5) * width / in_a_row,
            _NODE[1] + _LAYER * len(layers) + 1.4 * _NODE[1] * row,
        )
    return width, found


def _edges(claims: Sequence[ClaimRecord], places: Mapping[str, Place]) -> Iterator[str]:
    """A curve from every used claim down to the one that uses it."""
    refuted = {claim.id for claim in claims if claim.verdict == "REFUTED"}
    fallen = refuted | shaken(claims).keys()
    for claim in claims:
        for used in claim.uses:
            if used in places:
                x, y = places[used]
                u, v = places[claim.id]
                y += _NODE[1] / 2
                v -= _NODE[1] / 2
                bend = (v - y) / 2
                kind = ' class="fallen"' if used in fallen else ""
                path = f"M{x:.1f} {y:.1f}C{x:.1f} {y + bend:.1f} {u:.1f} {v - bend:.1f} {u:.1f} {v:.1f}"
                yield f'<path d="{path}"{kind}/>'


def _node(claim: ClaimRecord, place: Place, fallen: Sequence[str], anchor: Callable[[str], str]) -> str:
    x, y = place
    width, height = _NODE
    said = f"{claim.id}, {verdict_name(claim.verdict)}: {claim.title}"
    if fallen:
        said += f" It rests on {', '.join(fallen)}, which is refuted."
    kind = f"{claim.verdict}{' shaken' if fallen else ''}{' guess' if claim.status == 'conjecture' else ''}"
    return (
        f'<a href="#{anchor(claim.id)}" class="{kind}" aria-label="{escape(said)}">'
        f"<title>{escape(said)}</title>"
        f'<rect x="{x - width / 2:.1f}" y="{y - height / 2:.1f}" width="{width}" height="{height}" rx="5"/>'
        f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="middle">{escape(claim.id)} '
        f"{LEGEND[claim.verdict].sign}</text></a>"
    )
