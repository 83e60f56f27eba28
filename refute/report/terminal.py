"""The verdict table in the terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from refute.audit.environment import described
from refute.audit.verdict import Verdict
from refute.report import text
from refute.report.headlines import findings
from refute.report.margin import nearest, of_slack, told
from refute.report.records.audit import AgreementRecord, AgreementRow, AuditRecord, ClaimRecord, SiblingRecord
from refute.report.records.listings import SiblingsRecord
from refute.statement.kinds import Status

_STYLES: Mapping[Verdict, str] = {
    Verdict.PROVED: "bold green",
    Verdict.SUPPORTED: "green",
    Verdict.REFUTED: "bold red",
    Verdict.UNDECIDED: "bold yellow",
    Verdict.OUT_OF_REACH: "dim",
    Verdict.ERROR: "bold magenta",
}

NEAREST = "Nearest to failing"
_FIGURES = ("Instances", "Trials", NEAREST, "Time")
_WORDS = 12
"""Columns of a margin in words: `gap 0.41 of` over `its rounding`."""
_NARROW = 90
"""Columns below which a table would leave its statements no room: the figures alone take about seventy."""


def print_table(audit: AuditRecord, console: Console) -> None:
    """Print one line per claim, chapter by chapter, and a closing sentence: counts, error budget, time."""
    if console.width < _NARROW:
        _print_stacked(audit, console)
    else:
        console.print(_claims_table(audit))
    for claim in audit.claims:
        if not claim.verdict.passes:
            console.print(_reason(claim))
    if audit.agreement is not None:
        _print_agreement(audit.agreement, console)
    _print_findings(audit, console)
    console.print(Text(text.headline(audit.claims), style="bold"))
    if audit.interrupted:
        console.print(Text(text.cut_short(audit), style="bold"))
    if audit.claims:
        console.print(Text(text.tally_sentence(audit.claims)))
    wrong = any(control.wrong for control in audit.controls)
    console.print(Text(text.controls_conclusion(audit.controls), style="bold magenta" if wrong else ""))
    how = f"Seed {audit.seed}, profile {audit.profile}, {text.duration(audit.seconds)}."
    console.print(Text(f"{text.error_budget(audit)} {how}"))
    print_described(audit.environment, console)


def _print_findings(audit: AuditRecord, console: Console) -> None:
    """What was found of each finding whose numbers this audit measured."""
    for finding in findings(audit):
        if finding.sentence and finding.verdict is not None:
            line = Text(f"{finding.label} ", style="bold").append(_verdict(finding.verdict))
            console.print(line.append(f". {finding.sentence}", style="not bold"))


def print_described(environment: Mapping[str, str], console: Console) -> None:
    """Print in a line what the paper says of how it computed, and nothing if it says nothing."""
    facts = described(environment)
    if facts:
        console.print(Text("; ".join(f"{name}: {value}" for name, value in facts.items()) + "."))


def print_siblings(audit: AuditRecord | SiblingsRecord, console: Console) -> None:
    """Print one line per false sibling, and a closing sentence that names those that were not refuted."""
    labelled = [(f"{claim.id}~{one.name}", one) for claim in audit.claims for one in claim.siblings]
    if console.width < _NARROW:
        for label, sibling in labelled:
            head = Text(label, style="bold").append(" ").append(_sibling_verdict(sibling))
            _print_entry(console, head, Text(sibling.statement), sibling)
    else:
        table = _table("Sibling", "False statement", "Verdict", *_FIGURES)
        for label, sibling in labelled:
            table.add_row(Text(label), Text(sibling.statement), _sibling_verdict(sibling), *_figures(sibling))
        console.print(table)
    for label, sibling in labelled:
        if sibling.verdict is not Verdict.REFUTED and sibling.reason:
            line = Text(f"{label} ").append(_sibling_verdict(sibling))
            console.print(line.append(f": {told(sibling.reason)}"))
    console.print(Text(text.siblings_conclusion(audit.claims), style="bold"))


def _print_stacked(audit: AuditRecord, console: Console) -> None:
    """The table where its columns have no room: a few lines for each claim, and nothing left out."""
    chapter = None
    for claim in audit.claims:
        if claim.chapter != chapter:
            chapter = claim.chapter
            console.print(Text(claim.chapter_title.partition(":")[0], style="dim italic"))
        head = Text(claim.id, style="bold").append(" ").append(_verdict(claim.verdict))
        _print_entry(console, head, _title(claim), claim)


def _print_entry(console: Console, head: Text, statement: Text, found: ClaimRecord | SiblingRecord) -> None:
    figures = [f"{name.lower()} {value}" for name, value in zip(_FIGURES, _figures(found), strict=True)]
    if isinstance(found, ClaimRecord):
        figures.insert(1, f"reach {text.share(found.premise_reach)}")
    console.print(head)
    for line in (statement, Text(", ".join(figures))):
        console.print(Padding(line, (0, 0, 0, 2)))


def _claims_table(audit: AuditRecord) -> Table:
    table = _table("Claim", "Title", "Verdict", _FIGURES[0], "Reach", *_FIGURES[1:])
    chapter = None
    for claim in audit.claims:
        if claim.chapter != chapter:
            chapter = claim.chapter
            table.add_row("", Text(claim.chapter_title.partition(":")[0], style="dim italic"))
        instances, *figures = _figures(claim)
        reach = text.share(claim.premise_reach)
        table.add_row(Text(claim.id), _title(claim), _verdict(claim.verdict), instances, reach, *figures)
    return table


def _figures(found: ClaimRecord | SiblingRecord) -> tuple[str, str, str, str]:
    """Instances, trials, margin and time."""
    if isinstance(found, ClaimRecord):
        near = nearest(found)
    else:
        near = of_slack(found.worst_slack, refuted=found.verdict is Verdict.REFUTED)
    return (
        text.count(found.instances),
        text.count(found.trials) if found.trials else "–",
        near,
        text.duration(found.seconds),
    )


def _print_agreement(agreement: AgreementRecord, console: Console) -> None:
    """One line per claim, one column per variation; then every disagreement, and a closing sentence."""
    names = [variation.name for variation in agreement.variations if not variation.absent]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("Claim", agreement.reference.name, *names):
        table.add_column(Text(name), overflow="fold")  # a name may look like markup
    for label, reference, rows in text.agreement_rows(agreement):
        cells = [_agreement_cell(rows[name]) if name in rows else Text("–") for name in names]
        table.add_row(Text(label), _verdict(reference), *cells)
    console.print(table)
    for row in agreement.rows:
        if row.explanation:
            mark = "" if row.explained else "UNEXPLAINED: "
            console.print(Text(f"{row.id} in {row.variation}: {mark}{row.explanation}"))
    console.print(Text(text.agreement_conclusion(agreement), style="bold"))


def _agreement_cell(row: AgreementRow) -> Text:
    if not row.applicable:
        return Text(text.agreement_change(row), style="dim")
    verdict = Text("the same") if row.agrees else _verdict(row.verdict)
    return verdict.append(f", {text.agreement_change(row)}", style="not bold dim")


def _table(first: str, second: str, verdict: str, *figures: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=first == "Claim", overflow="fold")
    table.add_column(second, ratio=1, overflow="fold")
    table.add_column(verdict, no_wrap=True)
    for name in figures:
        words = name == NEAREST
        table.add_column(name, justify="right", no_wrap=not words, max_width=_WORDS if words else None)
    return table


def _title(claim: ClaimRecord) -> Text:
    title = Text(claim.title)
    if claim.status is not Status.THEOREM:
        title.append(f" ({claim.status})", style="italic")
    measured = text.measured(claim)
    if measured:
        title.append(f"; {measured}")
    # on a line of its own, where it is not wrapped
    return title.append(f"\n{text.shown(claim)}", style="bold yellow") if claim.shows else title


def _verdict(verdict: Verdict) -> Text:
    return _signed(verdict, _STYLES[verdict])


def _sibling_verdict(sibling: SiblingRecord) -> Text:
    """Green is what a false sibling must be: refuted."""
    return _signed(sibling.verdict, "green" if sibling.verdict is Verdict.REFUTED else "bold red")


def _signed(verdict: Verdict, style: str) -> Text:
    return Text(f"{text.LEGEND[verdict].sign} {text.verdict_name(verdict)}", style=style)


def _reason(claim: ClaimRecord) -> Text:
    line = Text(f"{claim.id} ").append(_verdict(claim.verdict)).append(f": {told(claim.because)}")
    if claim.witness is not None:
        line.append(f" Replay: refute replay {claim.witness.path or claim.witness.file}")
    return line
