"""The page docs/widths.md and its pictures from the evidence of `refute widths`: no number is typed by hand.

    refute widths --json docs/widths.json
    refute widths --grid digits --json docs/widths-digits.json
    python benchmarks/width_page.py docs/widths.json docs/widths-digits.json

writes docs/widths.md and the pictures of the first file, docs/images/widths-*.svg.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from refute.report import survey_text  # noqa: E402
from refute.report.read_json import read_survey  # noqa: E402
from refute.report.records.survey import SurveyRecord  # noqa: E402
from refute.report.svg import svg  # noqa: E402

PREFIX = "widths-"
INTRODUCTION = """# The measured widths

The table of W3: from which width on at least half of the initializations keep the promised rate, weak and
joint. What the columns mean, and what the numbers say of finding F2, is in
[theory/width.md](theory/width.md#w3-the-measured-widths); how to run it, in
[measure-widths.md](measure-widths.md). `python benchmarks/width_page.py {files}` writes this page from
{links}.

A threshold lies in its bracket (low, high]; all brackets of one survey hold at once with probability
{confidence:g}, if success never becomes less probable as the width grows. "bound / threshold" is the explicit
width of W1 over the bracket; the bound is for the smaller step of W1, also where the run uses the step of C2
and C3. "> 8192" says that the largest width that was tried is too small, "not tried" that none was. At the
start widths are tried up to 2^17, where the explicit width is not far beyond that; by the tube up to
m n d = 2^17, for at most 64 outputs n d, where the explicit width is at most 256 times beyond that."""
BESIDE = {
    "along the run": "rate for all time",
    "at the start, tube": "certified at the start by the tube",
    "at the start, one budget": "certified at the start",
}
"""The criteria that stand beside the explicit width in the first table of a survey."""


def page(surveys: Mapping[str, SurveyRecord]) -> str:
    """The page of surveys by file name; the pictures are those of the first one."""
    names = list(surveys)
    first = surveys[names[0]]
    files = " ".join(f"docs/{name}" for name in names)
    links = " and ".join(f"[{name}]({name})" for name in names)
    parts = [INTRODUCTION.format(files=files, links=links, confidence=1 - first.alpha)]
    for survey in surveys.values():
        parts += [f"## Grid `{survey.grid}`", _origin(survey)]
        parts += ["### Beside each other", _beside(survey)]
        parts += list(_tables(survey))
        parts += _laws(survey)
    parts.append("## Pictures")
    parts += [f"![{p.title}](images/{PREFIX}{p.id}.svg)\n\n{p.caption}" for p in first.plots]
    return "\n\n".join(parts) + "\n"


def _origin(survey: SurveyRecord) -> str:
    """Command, commit, device and cost."""
    where = survey.environment
    told = ", ".join(f"{name} {where[name]}" for name in ("python", "numpy", "torch") if name in where)
    return (
        f"    $ {survey.command}\n\n"
        f"Commit {survey.commit or 'unknown'}, started {survey.started}, device {survey.device}, "
        f"{survey.dtype}, {told}; training loop {where.get('training loop', 'unknown')}. "
        f"{survey_text.headline(survey)} {survey_text.cost(survey)}"
    )


def _beside(survey: SurveyRecord) -> str:
    """Each cell in a line: by regime the widths for all time along the run, at the start, and of W1."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for group in survey_text.groups(survey):
        for line in group.lines:
            criterion = line.question.rpartition(", ")[0]
            for arm, bracket in line.brackets.items():
                regime = arm.partition(" ")[0]
                cells = found.setdefault(line.label, {})
                cells.setdefault((regime, criterion), bracket)  # the first share that is asked for
                cells[regime, "W1"] = line.bounds[arm]
    columns = {**BESIDE, "W1": "W1"}
    regimes = dict.fromkeys(arm.partition(" ")[0] for arm in survey.arms)
    wanted = [(regime, kind) for regime in regimes for kind in columns]
    rows = [
        [label, *(cells.get((regime, columns[kind]), "–") for regime, kind in wanted)]
        for label, cells in found.items()
    ]
    return _table(["cell", *(f"{regime}, {kind}" for regime, kind in wanted)], rows)


def _tables(survey: SurveyRecord) -> Iterator[str]:
    for group in survey_text.groups(survey):
        for question in dict.fromkeys(line.question for line in group.lines):
            lines = [line for line in group.lines if line.question == question]
            yield f"### {question.capitalize()}{_asked(group)}"
            yield _table(_head(group), [_row(line) for line in lines])


def _asked(group: survey_text.Group) -> str:
    return "" if len(group.arms) > 1 else f", {group.arms[0]}"


def _head(group: survey_text.Group) -> list[str]:
    named = [f"{kind}{arm}" for kind in ("", "bound, ", "bound / threshold, ") for arm in group.arms]
    return ["cell", *named, group.compared or "ratio"]


def _row(line: survey_text.Line) -> list[str]:
    return [
        line.label,
        *line.brackets.values(),
        *line.bounds.values(),
        *line.slacks.values(),
        line.ratio,
    ]


def _laws(survey: SurveyRecord) -> list[str]:
    """The fitted exponents: intervals of the linear programs, of the logistic fit, and whether they agree."""
    rows = []
    for fit in survey.fits:
        factor = f", over log {fit.log_factor}" if fit.log_factor else ""
        head = [fit.family, fit.arm, fit.criterion + factor, str(fit.cells)]
        rows.append([*head, survey_text.law(fit), survey_text.curves(fit), f"{fit.miss:.3g}", fit.agreement])
    names = ["data", "regime", "criterion", "cells", "brackets", "logistic, 95 %", "miss", "agreement"]
    return ["### Exponents", _table(names, rows)]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main() -> int:
    """Write the page and its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    asked = parser.parse_args()
    surveys = {}
    for file in asked.files:
        try:
            surveys[file.name] = read_survey(file.read_bytes())
        except (OSError, ValueError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 2
    docs = ROOT / "docs"
    (docs / "widths.md").write_text(page(surveys), encoding="utf-8")
    for old in (docs / "images").glob(f"{PREFIX}*.svg"):
        old.unlink()
    for plot in next(iter(surveys.values())).plots:
        (docs / "images" / f"{PREFIX}{plot.id}.svg").write_text(svg(plot) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
