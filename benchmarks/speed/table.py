"""The goals as a table in markdown, every number from a report.

python -m benchmarks.speed.table bench.json                             print it
python -m benchmarks.speed.table bench.json --into docs/benchmarks.md   put it between that page's marks
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.arguments import Parser

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"
HEADS = ("goal", "what; against", "needed", "measured, 1 thread", "measured, 2 threads", "command", "met")
WHY = "no ([why](#what-is-not-met))"

Row = dict[str, Any]


def markdown(report: dict[str, Any]) -> str:
    """The machine, the goals, the limits, growth and early decisions, as one text."""
    parts = [_machine(report), _table(HEADS, [_cells(group) for group in _groups(report["rows"])])]
    parts += [
        _left_out(report["left_out"]),
        _growth(report.get("growth", {})),
        _early(report.get("early", [])),
    ]
    return "\n\n".join(part for part in parts if part)


def _groups(rows: list[Row]) -> list[list[Row]]:
    """The rows of one comparison, one for each number of threads, in the order of the goals' numbers."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["goal"], row["what"], row["rival"]), []).append(row)
    return sorted(found.values(), key=lambda group: _number(group[0]["goal"]))


def _number(goal: str) -> int:
    return int(goal[1:]) if goal[1:].isdecimal() else 99


def _cells(group: list[Row]) -> tuple[str, ...]:
    first = group[0]
    by_threads = {row["threads"]: row for row in group}
    needed = "" if first["needed"] is None else f"{first['needed']:g}"
    command = " ".join(filter(None, (f"`--only {first['goal']}", first["asks"]))) + "`"
    measured = (_measured(by_threads[count]) if count in by_threads else "–" for count in (1, 2))
    return (first["goal"], f"{first['what']}; {first['rival']}", needed, *measured, command, _met(group))


def _met(group: list[Row]) -> str:
    """Whether the goal is met with every number of threads, or with which."""
    if any(row["met"] is None for row in group):
        return ""
    enough = [str(row["threads"]) for row in group if row["met"]]
    if len(enough) == len(group):
        return "yes"
    return f"with {' and '.join(enough)} only ([why](#what-is-not-met))" if enough else WHY


def _measured(row: Row) -> str:
    """Median and range; the part of the limit that our side reaches."""
    found = row["found"]
    words = f"{found['ratio']:.3g}"
    if found["low"] != found["high"]:
        words += f" ({found['low']:.3g} to {found['high']:.3g})"
    return words if row["share"] is None else f"{words}; {row['share']:.0%} of {row['of']}"


def _machine(report: dict[str, Any]) -> str:
    machine = report["machine"]
    limits = report["limits"]
    state = "quiet" if machine["quiet"] else "**not quiet**"
    versions = {"Python": machine["python"], "torch": machine["torch"]}
    versions |= {name: number for found in report["rivals"].values() for name, number in found.items()}
    lines = [
        f"`python -m benchmarks.speed {report['command']}`".replace(" `", "`"),
        f"on {machine['processor']}, {machine['cores']} processors, load {machine['load']:.2f} ({state});",
        ", ".join(f"{name} {number}" for name, number in versions.items()) + ";",
        f"training loop {machine['training']}.",
    ]
    heads = ("limit", *(f"{threads} thread{'s'[: int(threads) > 1]}" for threads in limits))
    names = list(dict.fromkeys(name for found in limits.values() for name in found))
    rows = [(name, *(f"{found[name]:.0f}" for found in limits.values())) for name in names]
    return "\n".join(lines) + "\n\n" + _table(heads, rows)


def _left_out(reasons: list[dict[str, Any]]) -> str:
    return "\n".join(f"- Left out with {entry['threads']} threads: {entry['why']}" for entry in reasons)


def _growth(found: dict[str, Row]) -> str:
    heads = ("a weak step against", "sizes", "microseconds", "slope")
    rows = [
        (axis, _list(row["sizes"], "g"), _list(row["microseconds"], ".0f"), f"{row['slope']:.2f}")
        for axis, row in found.items()
    ]
    return _table(heads, rows) if rows else ""


def _early(found: list[Row]) -> str:
    heads = ("data", "m", "regime", "steps run", "without proof", "allowed", "share run", "certified")
    rows = [
        (
            *(str(row[key]) for key in ("data", "m", "regime")),
            f"{min(row['steps'])} to {max(row['steps'])}",
            f"{row['horizon']:.0f}",
            str(row["allowed"]),
            f"{row['share']:.2%}",
            f"{row['certified']:.0%}",
        )
        for row in found
    ]
    return _table(heads, rows) if rows else ""


def _list(values: list[float], form: str) -> str:
    return ", ".join(format(value, form) for value in values)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def insert(page: str, table: str) -> str:
    """The page with the table between its marks; ValueError without both marks, in order."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"it needs the lines {BEGIN} and {END}, in this order")
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{after}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table or put it into a page; 2 and one line for a file that cannot be used."""
    parser = Parser(prog="python -m benchmarks.speed.table")
    parser.add_argument("report", type=Path, help="what `python -m benchmarks.speed` wrote")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="a markdown page with both marks")
    asked = parser.parse_args(argv)
    path = asked.report
    try:
        table = markdown(json.loads(path.read_text(encoding="utf-8")))
        path = asked.into
        if path is None:
            print(table)
        else:
            path.write_text(insert(path.read_text(encoding="utf-8"), table), encoding="utf-8")
    except OSError as error:
        parser.error(f"{error.filename}: {error.strerror}")
    except (ValueError, KeyError, TypeError) as error:
        reason = f"no {error} in it" if isinstance(error, KeyError) else error
        parser.error(f"{path}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
