"""What `refute data` writes: the keys of every such file, and the paper's own numbers between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from refute.audit.environment import environment
from refute.inputs.registry import Book
from refute.report.records.listings import (
    DataPageRecord,
    DataRecord,
    DroppedRow,
    FactRecord,
    StatementRecord,
)
from refute.statement.claim import Claim
from refute.statement.json_codec import plain
from refute.statement.paper import DataReport
from refute.statement.table import Table

Dropped = tuple[tuple[int, int], ...]
"""Of each sample that was left out, itself and the one it repeats."""


def data_record(
    book: Book,
    tables: tuple[Table, Table],
    dropped: Dropped,
    report: DataReport,
    computed: tuple[int, str],
    page: DataPageRecord | None,
) -> DataRecord:
    """The record of what was found. tables: the whole one and what was chosen. computed: seed and device."""
    table, chosen = tables
    seed, device = computed
    return DataRecord(
        paper=book.paper.title,
        source=table.name,
        samples=f"{table.noun}s",
        counts=(len(chosen.values), len(table.values)),
        read_as=table.notes,
        facts=tuple(FactRecord(name=fact.name, value=fact.value, holds=fact.holds) for fact in report.facts),
        dropped=tuple(DroppedRow(row=row, repeats=earlier) for row, earlier in dropped),
        seed=seed,
        device=device,
        environment=environment(book.paper),
        page=page,
        conclusion=report.conclusion,
    )


def page_record(book: Book, report: DataReport, tell: Callable[[str], None]) -> DataPageRecord:
    """What the page shows beside the facts. Raises what the code of the paper raises.

    InputError where it names a claim that it does not have.
    """
    if report.page is None:
        return DataPageRecord(tables=(), plots=(), statements=())
    page = report.page(tell)
    statements = tuple(map(_statement, book.find(page.claims) if page.claims else ()))
    return DataPageRecord(tables=page.tables, plots=page.plots, statements=statements)


def data_json(record: DataRecord, numbers: Mapping[str, Any]) -> dict[str, object]:
    """The file as a dictionary."""
    written = plain(record)
    conclusion = written.pop("conclusion")
    return {**written, **numbers, "conclusion": conclusion}


def _statement(claim: Claim) -> StatementRecord:
    assert claim.text is not None, "the book has read every docstring"
    return StatementRecord(
        id=claim.id,
        title=claim.title,
        status=claim.status,
        statement=claim.text.statement,
        assumptions=claim.text.assumptions,
    )
