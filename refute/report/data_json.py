"""What `refute data` writes: the keys of every such file, and the paper's own numbers between them."""

from __future__ import annotations

from refute.report.records.listings import DataRecord, DroppedRow, FactRecord
from refute.statement.json_codec import plain
from refute.statement.paper import DataReport
from refute.statement.table import Table


def data_json(table: Table, dropped: tuple[tuple[int, int], ...], report: DataReport) -> dict[str, object]:
    """The file as a dictionary. dropped: of each sample that was left out, itself and the one it repeats."""
    facts = tuple(FactRecord(name=fact.name, value=fact.value, holds=fact.holds) for fact in report.facts)
    record = DataRecord(
        source=table.name,
        samples=f"{table.noun}s",
        read_as=table.notes,
        facts=facts,
        dropped=tuple(DroppedRow(row=row, repeats=earlier) for row, earlier in dropped),
        conclusion=report.conclusion,
    )
    written = plain(record)
    conclusion = written.pop("conclusion")
    return {**written, **report.numbers, "conclusion": conclusion}
