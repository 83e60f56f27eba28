"""The options of every command, and which function answers it; nothing else is imported to read them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from refute.audit.profiles import DEFAULT, PROFILES
from refute.basics.errors import USAGE
from refute.basics.streams import visible
from refute.basics.version import __version__
from refute.cli.input_options import certify, data
from refute.cli.option_types import evidence, positive, seed
from refute.statement.kinds import Kind

LEDGER = Path(".refute") / "ledger.sqlite"
STORE = Path(".refute") / "widths.sqlite"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read more; exit with the code for usage."""
        said = visible(" ".join(message.split()))
        self.exit(USAGE, f"{self.prog}: {said} (`{self.prog} --help` explains)\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = _Parser(prog="refute", description="Audit theorems by trying to refute them.")
    top.add_argument("--version", action="version", version=f"refute {__version__}")
    actions = top.add_subparsers(required=True, metavar="COMMAND")
    for name, summary, declare in _COMMANDS:
        command = actions.add_parser(name, help=summary)
        declare(command)
        command.add_argument(
            "--traceback",
            action="store_true",
            help="print all that Python says of an error; of an ERROR of a claim with its instance",
        )
    return top


def _list(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(command="list_command.list_claims")


def _new(command: argparse.ArgumentParser) -> None:
    command.add_argument("what", metavar="DIR", help="the folder of a new paper; or the word claim")
    command.add_argument("id", nargs="?", metavar="ID", help="after claim: the label of a new claim, like D3")
    command.add_argument("--kind", choices=tuple(map(str, Kind)), default=str(Kind.UPPER_BOUND))
    command.add_argument("--title", metavar="TEXT", help="what the claim says, in one line")
    command.add_argument("--chapter", metavar="NAME", help="which chapter it goes to (default: the last)")
    command.set_defaults(command="new_command.new")


def _graph(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", nargs="*", metavar="ID", help="these, and all that they build on")
    command.add_argument("--format", choices=("text", "dot", "json"), default="text")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--audit", type=Path, metavar="AUDIT", help="verdicts of a stored audit")
    where = "of current evidence, or none"
    source.add_argument("--ledger", type=evidence, default=LEDGER, metavar="FILE", help=where)
    command.set_defaults(command="read_commands.show_graph")


def _slack(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "audit", type=Path, metavar="AUDIT", help="a stored audit, or a ledger for its newest"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(command="read_commands.show_slack")


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", nargs="+", metavar="ID", help="labels or slugs")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--audit", type=Path, metavar="AUDIT", help="evidence of a stored audit")
    source.add_argument("--ledger", type=Path, default=LEDGER, metavar="FILE", help="of its newest audit")
    command.set_defaults(command="explain_command.explain")


def _open(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "directory", type=Path, nargs="?", metavar="DIR", help="default: the newest report in this folder"
    )
    command.set_defaults(command="explain_command.open_report")


def _run(command: argparse.ArgumentParser) -> None:
    _common(command)
    command.add_argument(
        "--dtype",
        choices=("float64", "float32"),
        default="float64",
        help="float32 shows what survives; it decides nothing",
    )
    command.add_argument(
        "--agreement",
        action="store_true",
        help="judge the same instances in float32, on other threads and on another device as well",
    )
    command.add_argument(
        "--report", type=Path, metavar="DIR", help="write DIR/index.html; false siblings run as well"
    )
    command.add_argument(
        "--ledger",
        type=evidence,
        default=LEDGER,
        metavar="FILE",
        help=f"where evidence accumulates, or none (default {LEDGER})",
    )
    command.set_defaults(command="audit_commands.run")


def _siblings(command: argparse.ArgumentParser) -> None:
    _common(command)
    command.set_defaults(command="audit_commands.siblings", dtype="float64")


def _replay(command: argparse.ArgumentParser) -> None:
    command.add_argument("witness", type=Path, metavar="WITNESS.json")
    command.set_defaults(command="audit_commands.replay")


def _report(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "audit", type=Path, nargs="?", metavar="AUDIT", help="an audit or a ledger; default: DIR/audit.json"
    )
    command.add_argument("directory", type=Path, metavar="DIR")
    command.set_defaults(command="audit_commands.report")


def _ledger(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, nargs="?", default=LEDGER, metavar="FILE")
    task = command.add_mutually_exclusive_group()
    task.add_argument("--json", action="store_true", help="print JSON")
    task.add_argument("--merge", type=Path, nargs="+", metavar="OTHER", help="add what other ledgers hold")
    command.set_defaults(command="ledger_command.show_or_merge")


def _widths(command: argparse.ArgumentParser) -> None:
    command.add_argument("--grid", metavar="NAME", help="which cells; an unknown name lists them")
    command.add_argument(
        "--regime",
        action="append",
        default=[],
        metavar="NAME",
        help="only this way to train; may be repeated",
    )
    command.add_argument("--seed", type=seed, default=0, help="master seed of the trials (default 0)")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="cpu")
    command.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    _crew(command)
    command.add_argument(
        "--store",
        type=Path,
        default=STORE,
        metavar="FILE",
        help=f"where finished batches are kept (default {STORE})",
    )
    again = command.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_true", help="go on with what is stored (this is the default)"
    )
    again.add_argument("--fresh", action="store_true", help="run stored batches again and compare them")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    command.add_argument(
        "--report", type=Path, metavar="DIR", help="write DIR/index.html and DIR/widths.json"
    )
    command.set_defaults(command="widths_command.widths")


def _crew(command: argparse.ArgumentParser) -> None:
    """Who works."""
    crew = command.add_mutually_exclusive_group()
    crew.add_argument(
        "--processes", type=positive, metavar="N", help="default: one for each processor, at most 8"
    )
    crew.add_argument("--scheduler", metavar="ADDRESS", help="a running scheduler of dask.distributed")


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", nargs="*", metavar="ID", help="labels, slugs, chapters; all by default")
    command.add_argument("--profile", choices=tuple(PROFILES), default=DEFAULT)
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument("--seed", type=seed, default=0, help="master seed of search and trials (default 0)")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    _crew(command)
    command.add_argument("--resume", action="store_true", help="go on where this command was interrupted")


_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("new", "a paper that runs at once, or a claim with places to fill in", _new),
    ("list", "the claims of the paper in this folder", _list),
    ("graph", "which claim builds on which, with verdicts", _graph),
    ("slack", "how close every bound came to equality, as markdown", _slack),
    ("explain", "one claim: its statement, what a pass does not show, its last evidence", _explain),
    ("run", "audit claims; exit 1 if one is refuted", _run),
    ("siblings", "run the false siblings; exit 0 only if every one is refuted", _siblings),
    ("replay", "judge one counterexample again; exit 1 while it still refutes", _replay),
    ("data", "does the theory apply to my data?", data),
    ("certify", "is my own run proved to converge, from this checkpoint on?", certify),
    ("report", "write the HTML report again from a stored audit", _report),
    ("open", "open the last report in a browser", _open),
    ("ledger", "what is known, since when, and from how many machines", _ledger),
    ("widths", "from which size on trials succeed, measured", _widths),
)
"""In the order of the help: the name of each command, a line on it, and what declares its options."""
