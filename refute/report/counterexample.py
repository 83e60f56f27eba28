"""A counterexample to take away: a program that shows it again, and a picture of data that can be seen."""

from __future__ import annotations

from html import escape

import numpy as np

from refute.report.records.audit import ClaimRecord, SiblingRecord
from refute.statement.instance import Instance

_MOST_POINTS = 64
_SIDE = 220
_RADIUS = 88


def program(claim: ClaimRecord, instance: Instance, sibling: SiblingRecord | None = None) -> str:
    """A Python program that judges the instance again where the paper is; empty where trials decide.

    Trials are drawn from seeds that the witness file holds, so `refute replay` is their program. A claim that
    was not read from a file of a paper, and so has no slug, has none either.
    """
    if not claim.slug or claim.trials or (sibling is not None and sibling.trials):
        return ""
    module = f"claims.{claim.chapter}.{claim.id.lower()}_{claim.slug.replace('-', '_')}"
    judged = "CLAIM"
    choice = []
    if sibling is not None:
        judged = "variant"
        choice = [f"variant = CLAIM.as_sibling({{s.name: s for s in CLAIM.siblings}}[{sibling.name!r}])"]
    lines = [
        f"# in the folder that holds claims/: {claim.id}{f'~{sibling.name}' if sibling else ''}",
        "import numpy as np",
        "",
        f"from {module} import CLAIM",
        "from refute import Compute, Instance",
        "",
        f"instance = {_call(instance)}",
        *choice,
        f"for comparison in {judged}.check(instance, Compute()):",
        "    print(comparison.sentence())",
    ]
    return "\n".join(lines)


def _call(instance: Instance) -> str:
    values = [f"    {name}={_literal(value)},\n" for name, value in instance.fields.items()]
    return f"Instance(\n{''.join(values)})"


def _literal(value: object) -> str:
    """Python for a value, to the last bit. An empty array keeps its shape."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    numbers = repr(value.tolist())
    return f"np.array({numbers}, dtype=float)" if value.size else f"np.zeros({value.shape})"


def picture(instance: Instance) -> str:
    """The columns of X as points of a plane or of space, an <svg> element; empty if X cannot be seen so."""
    X = instance.fields.get("X")
    if not isinstance(X, np.ndarray) or X.ndim != 2 or not _visible(X):
        return ""
    largest = float(np.abs(X).max()) or 1.0  # first, as squares of the largest floats overflow
    reach = float(np.linalg.norm(X / largest, axis=0).max()) or 1.0
    size = largest * reach
    points = _projected(X / largest / reach)
    dots = "".join(_dot(index, point) for index, point in enumerate(points.T, start=1))
    d, n = X.shape
    seen = "" if d == 2 else ", seen along the direction (1, 1, 1); the axes are dashed"
    words = f"The {n} columns of X as points in {d} dimensions, the circle has the radius {size:.4g}{seen}."
    axes = "" if d == 2 else "".join(_axis(end) for end in _projected(np.eye(3)).T)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="points" viewBox="0 0 {_SIDE} {_SIDE}" role="img" '
        f'aria-label="{escape(words)}"><circle cx="{_SIDE / 2}" cy="{_SIDE / 2}" r="{_RADIUS}" class="rim"/>'
        f"{axes}{dots}</svg><figcaption>{escape(words)}</figcaption>"
    )


def _visible(X: np.ndarray) -> bool:
    return X.shape[0] in (2, 3) and 1 <= X.shape[1] <= _MOST_POINTS


def _projected(X: np.ndarray) -> np.ndarray:
    """Places on the drawing (2, n) of points (2, n) or (3, n) of length at most 1."""
    if len(X) == 3:
        across = np.array([-1.0, 1.0, 0.0]) / np.sqrt(2)
        up = np.array([-1.0, -1.0, 2.0]) / np.sqrt(6)
        X = np.stack([across @ X, up @ X])
    places: np.ndarray = _SIDE / 2 + _RADIUS * np.stack([X[0], -X[1]])
    return places


def _dot(index: int, place: np.ndarray) -> str:
    x, y = place
    towards = (place - _SIDE / 2) / max(float(np.linalg.norm(place - _SIDE / 2)), 1e-9)
    tx, ty = place + 13 * towards
    return (
        f'<line x1="{_SIDE / 2}" y1="{_SIDE / 2}" x2="{x:.2f}" y2="{y:.2f}" class="ray"/>'
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="4"/>'
        f'<text x="{tx:.2f}" y="{ty + 4:.2f}" text-anchor="middle">{index}</text>'
    )


def _axis(place: np.ndarray) -> str:
    return f'<line x1="{_SIDE / 2}" y1="{_SIDE / 2}" x2="{place[0]:.2f}" y2="{place[1]:.2f}" class="axis"/>'
