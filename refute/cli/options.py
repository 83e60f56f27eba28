"""The options of every command, and which function answers it; nothing else is imported to read them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from refute.audit.profiles import DEFAULT, PROFILES
from refute.basics.errors import USAGE
from refute.basics.version import __version__

LEDGER = Path(".refute") / "ledger.sqlite"
STORE = Path(".refute") / "widths.sqlite"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read more; exit with the code for usage."""
        self.exit(USAGE, f"{self.prog}: {message} (`{self.prog} --help` explains)\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = _Parser(prog="refute", description="Audit theorems by trying to refute them.")
    top.add_argument("--version", action="version", version=f"refute {__version__}")
    actions = top.add_subparsers(required=True, metavar="COMMAND")

    listing = actions.add_parser("list", help="the claims of the paper in this folder")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(command="list_command.list_claims")

    graph = actions.add_parser("graph", help="which claim builds on which, with verdicts")
    graph.add_argument("ids", nargs="*", metavar="ID", help="these, and all that they build on")
    graph.add_argument("--format", choices=("text", "dot", "json"), default="text")
    source = graph.add_mutually_exclusive_group()
    source.add_argument("--audit", type=Path, metavar="AUDIT", help="verdicts of a stored audit")
    source.add_argument(
        "--ledger",
        type=_ledger,
        default=LEDGER,
        metavar="FILE",
        help="verdicts of current evidence, or none",
    )
    graph.set_defaults(command="read_commands.show_graph")

    slack = actions.add_parser("slack", help="how close every bound came to equality, as markdown")
    slack.add_argument("audit", type=Path, metavar="AUDIT", help="a stored audit, or a ledger for its newest")
    slack.add_argument("--json", action="store_true", help="print JSON")
    slack.set_defaults(command="read_commands.show_slack")

    run = actions.add_parser("run", help="audit claims; exit 1 if one is refuted")
    _common(run)
    run.add_argument(
        "--dtype",
        choices=("float64", "float32"),
        default="float64",
        help="float32 shows what survives; it decides nothing",
    )
    run.add_argument(
        "--agreement",
        action="store_true",
        help="judge the same instances in float32, on other threads and on another device as well",
    )
    run.add_argument(
        "--report", type=Path, metavar="DIR", help="write DIR/index.html; false siblings run as well"
    )
    run.add_argument(
        "--ledger",
        type=_ledger,
        default=LEDGER,
        metavar="FILE",
        help=f"where evidence accumulates, or none (default {LEDGER})",
    )
    run.set_defaults(command="audit_commands.run")

    siblings = actions.add_parser(
        "siblings", help="run the false siblings; exit 0 only if every one is refuted"
    )
    _common(siblings)
    siblings.set_defaults(command="audit_commands.siblings", dtype="float64")

    replay = actions.add_parser(
        "replay", help="judge one counterexample again; exit 1 while it still refutes"
    )
    replay.add_argument("witness", type=Path, metavar="WITNESS.json")
    replay.set_defaults(command="audit_commands.replay")

    data = actions.add_parser("data", help="does the theory apply to my data?")
    data.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help=".npy, .npz or .csv, one sample a row"
    )
    data.add_argument("--dataset", choices=("digits",), help="a bundled data set in place of a file")
    data.add_argument("--rows", metavar="ROWS", help="N rows spread evenly, a:b, or i,j,k (default: a few)")
    data.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    data.add_argument("--seed", type=_seed, default=0)
    data.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON")
    data.set_defaults(command="audit_commands.data")

    report = actions.add_parser("report", help="write the HTML report again from a stored audit")
    report.add_argument(
        "audit", type=Path, nargs="?", metavar="AUDIT", help="an audit or a ledger; default: DIR/audit.json"
    )
    report.add_argument("directory", type=Path, metavar="DIR")
    report.set_defaults(command="audit_commands.report")

    ledger = actions.add_parser("ledger", help="what is known, since when, and from how many machines")
    ledger.add_argument("file", type=Path, nargs="?", default=LEDGER, metavar="FILE")
    task = ledger.add_mutually_exclusive_group()
    task.add_argument("--json", action="store_true", help="print JSON")
    task.add_argument("--merge", type=Path, nargs="+", metavar="OTHER", help="add what other ledgers hold")
    ledger.set_defaults(command="ledger_command.show_or_merge")
    _widths(actions.add_parser("widths", help="from which width on training succeeds, measured"))
    return top


def _widths(widths: argparse.ArgumentParser) -> None:
    widths.add_argument("--grid", metavar="NAME", help="which cells; an unknown name lists them")
    widths.add_argument(
        "--regime",
        action="append",
        default=[],
        metavar="NAME",
        help="only this way to train; may be repeated",
    )
    widths.add_argument("--seed", type=_seed, default=0, help="master seed of the trials (default 0)")
    widths.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu")
    widths.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    crew = widths.add_mutually_exclusive_group()
    crew.add_argument(
        "--processes", type=_positive, metavar="N", help="default: one for each processor, at most 8"
    )
    crew.add_argument("--scheduler", metavar="ADDRESS", help="a running scheduler of dask.distributed")
    widths.add_argument(
        "--store",
        type=Path,
        default=STORE,
        metavar="FILE",
        help=f"where finished batches are kept (default {STORE})",
    )
    again = widths.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_true", help="go on with what is stored (this is the default)"
    )
    again.add_argument("--fresh", action="store_true", help="run stored batches again and compare them")
    widths.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    widths.add_argument("--report", type=Path, metavar="DIR", help="write DIR/index.html and DIR/widths.json")
    widths.set_defaults(command="widths_command.widths")


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", nargs="*", metavar="ID", help="labels or slugs; all claims by default")
    command.add_argument("--profile", choices=tuple(PROFILES), default=DEFAULT)
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument("--seed", type=_seed, default=0, help="master seed of search and trials (default 0)")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")


def _ledger(text: str) -> Path | None:
    return None if text == "none" else Path(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _seed(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer") from None
    if value < 0:
        raise argparse.ArgumentTypeError("a seed is not negative")
    return value
