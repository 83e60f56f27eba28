"""The options of the commands that read numbers of somebody's own: `refute data` and `refute certify`."""

from __future__ import annotations

import argparse
from pathlib import Path

from refute.cli.option_types import delimiter, seed


def data(command: argparse.ArgumentParser) -> None:
    """The options of `refute data`."""
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
    command.set_defaults(command="audit_commands.data")


def certify(command: argparse.ArgumentParser) -> None:
    """The options of `refute certify`."""
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
