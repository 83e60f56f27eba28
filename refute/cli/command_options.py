"""The options of every command: a function for each declares them and says which function answers it."""

from __future__ import annotations

import argparse
from pathlib import Path

from refute.audit.profiles import DEFAULT, PROFILES
from refute.cli.option_types import LEDGER, STORE, delimiter, evidence, positive, seed
from refute.statement.kinds import Kind


def list_options(command: argparse.ArgumentParser) -> None:
    """Of `refute list`."""
    how = command.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print JSON")
    how.add_argument("--labels", action="store_true", help="print the labels of the claims alone")
    command.set_defaults(command="list_command.list_claims")


def new_options(command: argparse.ArgumentParser) -> None:
    """Of `refute new`."""
    command.add_argument("what", metavar="DIR", help="the folder of a new paper; or the word claim")
    command.add_argument("id", nargs="?", metavar="ID", help="after claim: the label of a new claim, like D3")
    command.add_argument("--kind", choices=tuple(map(str, Kind)), default=str(Kind.UPPER_BOUND))
    command.add_argument("--title", metavar="TEXT", help="what the claim says, in one line")
    command.add_argument("--chapter", metavar="NAME", help="which chapter it goes to (default: the last)")
    command.set_defaults(command="new_command.new")


def graph_options(command: argparse.ArgumentParser) -> None:
    """Of `refute graph`."""
    command.add_argument("ids", nargs="*", metavar="ID", help="these, and all that they build on")
    command.add_argument("--format", choices=("text", "dot", "json"), default="text")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--audit", type=Path, metavar="AUDIT", help="verdicts of a stored audit")
    where = "of current evidence, or none"
    source.add_argument("--ledger", type=evidence, default=LEDGER, metavar="FILE", help=where)
    command.set_defaults(command="read_commands.show_graph")


def slack_options(command: argparse.ArgumentParser) -> None:
    """Of `refute slack`."""
    command.add_argument(
        "audit", type=Path, metavar="AUDIT", help="a stored audit, or a ledger for its newest"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(command="read_commands.show_slack")


def explain_options(command: argparse.ArgumentParser) -> None:
    """Of `refute explain`."""
    command.add_argument("ids", nargs="+", metavar="ID", help="labels or slugs")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--audit", type=Path, metavar="AUDIT", help="evidence of a stored audit")
    source.add_argument("--ledger", type=Path, default=LEDGER, metavar="FILE", help="of its newest audit")
    command.set_defaults(command="explain_command.explain")


def open_options(command: argparse.ArgumentParser) -> None:
    """Of `refute open`."""
    command.add_argument(
        "directory", type=Path, nargs="?", metavar="DIR", help="default: the newest report in this folder"
    )
    command.set_defaults(command="explain_command.open_report")


def run_options(command: argparse.ArgumentParser) -> None:
    """Of `refute run`."""
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


def siblings_options(command: argparse.ArgumentParser) -> None:
    """Of `refute siblings`."""
    _common(command)
    command.set_defaults(command="audit_commands.siblings", dtype="float64")


def replay_options(command: argparse.ArgumentParser) -> None:
    """Of `refute replay`."""
    command.add_argument("witness", type=Path, metavar="WITNESS.json")
    command.set_defaults(command="audit_commands.replay")


def data_options(command: argparse.ArgumentParser) -> None:
    """Of `refute data`."""
    command.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help=".npy, .npz, .csv, .tsv or .parquet"
    )
    command.add_argument("--dataset", metavar="NAME", help="a data set that the paper offers")
    command.add_argument(
        "--samples", choices=("rows", "columns"), default="rows", help="what a sample is (default rows)"
    )
    command.add_argument(
        "--header", choices=("yes", "no"), help="whether line 1 of a text file names the columns"
    )
    command.add_argument(
        "--index-column",
        metavar="COLUMN",
        help="a column that numbers the rows: yes (the first), no, its number from 1, or its name",
    )
    command.add_argument(
        "--delimiter",
        type=delimiter,
        metavar="SIGN",
        help="what separates cells: comma, semicolon, tab, space, or the sign itself",
    )
    command.add_argument(
        "--rows", metavar="ROWS", help="N rows spread evenly, a:b, or i,j,k (default: a few)"
    )
    command.add_argument(
        "--drop-duplicates",
        action="store_true",
        help="leave out rows that repeat an earlier one; says which",
    )
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument("--seed", type=seed, default=0)
    command.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON")
    command.add_argument(
        "--report",
        type=Path,
        metavar="DIR",
        help="write DIR/index.html and DIR/data.json: spectra, pairs, runs",
    )
    command.set_defaults(command="data_command.data")


def certify_options(command: argparse.ArgumentParser) -> None:
    """Of `refute certify`."""
    command.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help=".npz or .safetensors; several: in their order"
    )
    command.add_argument(
        "--samples", choices=("rows", "columns"), default="rows", help="what a sample is (default rows)"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value that the files lack; may be repeated",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the numbers as JSON")
    command.set_defaults(command="certify_command.certify")


def report_options(command: argparse.ArgumentParser) -> None:
    """Of `refute report`."""
    command.add_argument(
        "audit", type=Path, nargs="?", metavar="AUDIT", help="an audit or a ledger; default: DIR/audit.json"
    )
    command.add_argument("directory", type=Path, metavar="DIR")
    command.set_defaults(command="audit_commands.report")


def ledger_options(command: argparse.ArgumentParser) -> None:
    """Of `refute ledger`."""
    command.add_argument("file", type=Path, nargs="?", default=LEDGER, metavar="FILE")
    task = command.add_mutually_exclusive_group()
    task.add_argument("--json", action="store_true", help="print JSON")
    task.add_argument("--merge", type=Path, nargs="+", metavar="OTHER", help="add what other ledgers hold")
    command.set_defaults(command="ledger_command.show_or_merge")


def widths_options(command: argparse.ArgumentParser) -> None:
    """Of `refute widths`."""
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


def completion_options(command: argparse.ArgumentParser) -> None:
    """Of `refute completion`."""
    command.add_argument("shell", choices=("bash", "zsh", "fish"))
    command.set_defaults(command="completion_command.completion")


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
