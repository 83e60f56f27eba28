"""`refute data`: what the theory says of somebody's data, as lines, as JSON and as a page."""

from __future__ import annotations

import argparse
from functools import partial

from rich.console import Console

from refute.basics.errors import InputError
from refute.basics.streams import visible
from refute.cli.common import open_book
from refute.cli.outputs import Outputs, check_outputs, report_files
from refute.cli.printing import print_line
from refute.cli.progress import describe, progress_on_stderr
from refute.inputs.reading import Reading
from refute.inputs.refusals import require_admitted
from refute.inputs.registry import Book
from refute.inputs.same_points import dropped_line, without_repeats
from refute.inputs.tables import as_samples, choose_rows, read_table
from refute.report.data_json import Dropped, data_json, data_record, page_record
from refute.report.data_page import write_page
from refute.report.records.listings import DataPageRecord
from refute.statement.paper import DataReport, Paper
from refute.statement.table import Table


def data(args: argparse.Namespace, console: Console) -> int:
    """What the theory says of somebody's data; 0 whatever it says."""
    if (args.file is None) == (args.dataset is None):
        raise InputError("give exactly one of FILE and --dataset")
    book, compute = open_book(args.device, "float64")
    if book.paper.examine is None:
        raise InputError("the claims of this paper are not about data")
    check_outputs(report_files(args.report, args.json, "data.json"))
    with progress_on_stderr() as progress:
        progress.add_task(f"reading {visible(str(args.file or args.dataset))}", total=None)
        table, dropped = _read(args, book.paper)
    if args.drop_duplicates:
        print_line(console, dropped_line(table.name, dropped))
    chosen = choose_rows(table, args.rows, book.paper.default_rows, book.paper.least_rows)
    with progress_on_stderr() as progress:
        bar = progress.add_task("reading", total=None)
        found = book.paper.examine(table, chosen, compute, args.seed, describe(progress, bar))
    _print(console, table, chosen, found)
    outputs = Outputs(args.traceback)
    page = outputs.made("the figures", partial(_page, book, found)) if args.report else None
    record = data_record(book, (table, chosen), dropped, found, (args.seed, compute.device), page)
    written = data_json(record, found.numbers)
    outputs.json("the numbers", args.json, written)
    if args.report:
        outputs.json("the numbers", args.report / "data.json", written)
        index = args.report / "index.html"
        if outputs.attempt("the report", index, partial(write_page, record, args.report)):
            print_line(console, f"The report is in {index}")
    return outputs.code(0)


def _read(args: argparse.Namespace, paper: Paper) -> tuple[Table, Dropped]:
    """The table that was asked for, and which of its rows were left out because they repeat."""
    reading = Reading(
        header=None if args.header is None else args.header == "yes",
        index=args.index_column,
        delimiter=args.delimiter,
        columns=args.samples == "columns",
    )
    table = _offered(paper, args.dataset, reading) if args.dataset else read_table(args.file, reading)
    require_admitted(paper, table)
    if not args.drop_duplicates:
        return table, ()
    table, dropped = without_repeats(table)
    require_admitted(paper, table)
    return table, dropped


def _offered(paper: Paper, name: str, reading: Reading) -> Table:
    """A data set that the paper offers. Raises InputError where it offers none of that name."""
    if name not in paper.datasets:
        raise InputError(
            f"this paper offers no data set {name!r}; it has: {', '.join(paper.datasets) or 'none'}"
        )
    return as_samples(paper.datasets[name](), reading)


def _print(console: Console, table: Table, chosen: Table, found: DataReport) -> None:
    """The facts, one a line, and the conclusion."""
    width = max(len(fact.name) for fact in found.facts)
    read_as = f" ({'; '.join(table.notes)})" if table.notes else ""
    counts = f"{len(chosen.values)} of {len(table.values)} {table.noun}s"
    print_line(console, f"{table.name}: {counts}{read_as}", style="bold")
    for fact in found.facts:
        mark = {True: "holds", False: "FAILS", None: ""}[fact.holds]
        print_line(console, f"  {fact.name:<{width}}  {mark:<5}  {fact.value}")
    print_line(console, found.conclusion)


def _page(book: Book, found: DataReport) -> DataPageRecord:
    with progress_on_stderr() as progress:
        bar = progress.add_task("figures", total=None)
        return page_record(book, found, describe(progress, bar))
