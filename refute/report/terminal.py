"""The verdict table in the terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refute.audit.environment import described
from refute.audit.verdict import Verdict
from refute.report import text as words

_STYLES: Mapping[Verdict, str] = {
    Verdict.PROVED: "bold green",
    Verdict.SUPPORTED: "green",
    Verdict.REFUTED: "bold red",
    Verdict.UNDECIDED: "bold yellow",
    Verdict.OUT_OF_REACH: "dim",
    Verdict.ERROR: "bold magenta",
}


def print_table(audit: Mapping[str, Any], console: Console) -> None:
    """Print one line per claim, chapter by chapter, and a closing sentence: counts, error budget, time."""
    table = _table("Claim", "Title", "Verdict", "Instances", "Reach", "Trials", "Slack", "Time")
    chapter = None
    for claim in audit["claims"]:
        if claim["chapter"] != chapter:
            chapter = claim["chapter"]
            table.add_row("", Text(claim["chapter_title"].partition(":")[0], style="dim italic"))
        table.add_row(
            Text(claim["id"]),
            _title(claim),
            _verdict(claim["verdict"]),
            words.count(claim["instances"]),
            words.share(claim["premise_reach"]),
            words.count(claim["trials"]) if claim["trials"] else "–",
            words.number(claim["worst_slack"], 2),
            words.duration(claim["seconds"]),
        )
    console.print(table)
    for claim in audit["claims"]:
        if not Verdict(claim["verdict"]).passes:
            console.print(_reason(claim["id"], claim))
    if audit.get("agreement"):
        _print_agreement(audit["agreement"], console)
    seconds = words.duration(audit["seconds"])
    console.print(Text(words.headline(audit["claims"]), style="bold"))
    if words.cut_short(audit):
        console.print(Text(words.cut_short(audit), style="bold"))
    if audit["claims"]:
        console.print(Text(words.tally_sentence(audit["claims"])))
    console.print(
        Text(f"{words.error_budget(audit)} Seed {audit['seed']}, profile {audit['profile']}, {seconds}.")
    )
    if told := described(audit["environment"]):
        console.print(Text("; ".join(f"{name}: {value}" for name, value in told.items()) + "."))


def print_siblings(audit: Mapping[str, Any], console: Console) -> None:
    """Print one line per false sibling, and a closing sentence that names those that were not refuted."""
    table = _table("Sibling", "False statement", "Verdict", "Instances", "Trials", "Slack", "Time")
    for claim in audit["claims"]:
        for sibling in claim["siblings"]:
            table.add_row(
                Text(f"{claim['id']}~{sibling['name']}"),
                Text(sibling["statement"]),
                _verdict(sibling["verdict"], wanted=Verdict.REFUTED),
                words.count(sibling["instances"]),
                words.count(sibling["trials"]) if sibling["trials"] else "–",
                words.number(sibling["worst_slack"], 2),
                words.duration(sibling["seconds"]),
            )
    console.print(table)
    for claim in audit["claims"]:
        for sibling in claim["siblings"]:
            if sibling["verdict"] != Verdict.REFUTED and sibling.get("reason"):
                label = Text(f"{claim['id']}~{sibling['name']} ")
                label.append(_verdict(sibling["verdict"], wanted=Verdict.REFUTED))
                console.print(label.append(f": {sibling['reason']}"))
    console.print(Text(words.siblings_conclusion(audit["claims"]), style="bold"))


def _print_agreement(agreement: Mapping[str, Any], console: Console) -> None:
    """One line per claim, one column per variation; then every disagreement, and a closing sentence."""
    names = [variation["name"] for variation in agreement["variations"] if not variation["absent"]]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("Claim", agreement["reference"]["name"], *names):
        table.add_column(name, overflow="fold")
    for label, reference, rows in words.agreement_rows(agreement):
        cells = [_agreement_cell(rows[name]) if name in rows else Text("–") for name in names]
        table.add_row(Text(label), _verdict(reference), *cells)
    console.print(table)
    for row in agreement["rows"]:
        if row["explanation"]:
            mark = "" if row["explained"] else "UNEXPLAINED: "
            console.print(Text(f"{row['id']} in {row['variation']}: {mark}{row['explanation']}"))
    console.print(Text(words.agreement_conclusion(agreement), style="bold"))


def _agreement_cell(row: Mapping[str, Any]) -> Text:
    verdict = Text("the same") if row["agrees"] else _verdict(row["verdict"])
    return verdict.append(f", {words.agreement_change(row)}", style="not bold dim")


def _table(first: str, second: str, verdict: str, *figures: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=first == "Claim", overflow="fold")
    table.add_column(second, ratio=1, overflow="fold")
    table.add_column(verdict, no_wrap=True)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _title(claim: Mapping[str, Any]) -> Text:
    title = Text(claim["title"])
    if claim["status"] != "theorem":
        title.append(f" ({claim['status']})", style="italic")
    measured = words.measured(claim)
    return title.append(f"; {measured}") if measured else title


def _verdict(verdict: str, wanted: Verdict | None = None) -> Text:
    known = Verdict(verdict)
    style = _STYLES[known] if wanted is None else "green" if known is wanted else "bold red"
    return Text(f"{words.LEGEND[known].sign} {words.verdict_name(verdict)}", style=style)


def _reason(label: str, claim: Mapping[str, Any]) -> Text:
    line = Text(f"{label} ").append(_verdict(claim["verdict"])).append(f": {claim['because']}")
    if claim["witness"]:
        line.append(f" Replay: refute replay {claim['witness'].get('path', claim['witness']['file'])}")
    return line
