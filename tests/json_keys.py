"""The keys of JSON files: those that docs/json.md documents, and those that are found."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.pages import ROOT

SCHEMAS = ROOT / "docs" / "json.md"


def documented() -> dict[str, set[str]]:
    """The keys of each record of docs/json.md: first column, in backticks, of the table below its heading."""
    records: dict[str, set[str]] = {}
    for section in re.split(r"^### ", SCHEMAS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, body = section.partition("\n")
        rows = re.findall(r"^\| ([^|]*) \|", body.partition("\n## ")[0], re.MULTILINE)
        records[name] = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    return records


NESTED = {
    "audit": {"budget": "budget", "claims": "claim", "plots": "plot", "omitted": "statement"},
    "graph": {"nodes": "node", "edges": "edge"},
    "claim": {
        **{"text": "text", "parts": "part", "proof": "step", "witness": "witness"},
        **{"siblings": "sibling", "measured": "measured"},
    },
    "measured": {"instance": "values"},
    "part": {"instance": "values"},
    "sibling": {"witness": "witness"},
    "witness": {"instance": "values", "findings": "finding"},
    "values": {"X": "instance", "W": "instance", "A": "instance"},
    "plot": {"x": "axis", "y": "axis", "series": "series", "marks": "mark"},
    "siblings": {"claims": "siblings of a claim"},
    "siblings of a claim": {"siblings": "sibling"},
    "data": {
        "facts": "fact",
        "dropped": "dropped row",
        "page": "data page",
        "table": "kernels of rows",
        "rows": "kernels of rows",
        "runs": "runs",
    },
    "data page": {"tables": "data table", "plots": "plot", "statements": "applied statement"},
    "certificates": {"states": "checkpoint"},
    "checkpoint": {
        **{"facts": "line", "conditions": "condition", "blamed": "blamed part"},
        **{"kernel_min": "enclosure", "kernel_max": "enclosure"},
    },
    "kernels of rows": dict.fromkeys(("lambda_0", "gamma_0", "kappa_0"), "enclosure"),
    "runs": dict.fromkeys(("weak", "joint"), "run"),
    "witness file": {"instance": "values", "findings": "finding"},
    "survey": {
        **{"batches": "batches", "rows": "row of a survey", "ratios": "ratio", "fits": "fit"},
        **{"plots": "plot"},
    },
    "row of a survey": {"thresholds": "threshold"},
    "fit": {"exponents": "exponent"},
}
"""Which record is under which key of which record."""


def keys_of(data: Any, record: str, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Collect the keys of every record inside `data`, which is one or a list of the given record, or null."""
    for item in data if isinstance(data, list) else [] if data is None else [data]:
        found.setdefault(record, set()).update(item)
        for key, inside in NESTED.get(record, {}).items():
            if key in item:
                keys_of(item[key], inside, found)
    return found


def written(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def agrees(found: dict[str, set[str]], *, but: tuple[str, ...] = ("values",)) -> None:
    """What was found is documented, and what is documented there was found."""
    known = documented()
    for record in found.keys() - set(but):
        assert found[record] == known[record], record
