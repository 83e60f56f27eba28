"""What a paper refuses of data: fewer rows than it needs, and rows of which it has nothing to say."""

from __future__ import annotations

from refute.basics.errors import InputError
from refute.statement.paper import Paper
from refute.statement.table import Table


def require_admitted(paper: Paper, table: Table) -> None:
    """Raise InputError, naming the first sample that is refused, unless the paper admits the whole table."""
    count = len(table.values)
    if count < paper.least_rows:
        noun = f"{count or 'no'} {table.noun}{'s' * (count != 1)}"
        raise InputError(f"{table.name}: has {noun}; {at_least(paper.least_rows, 'data point')}")
    for reason, found_in in paper.refuses.items():
        for row in found_in(table.values)[:1]:
            raise InputError(f"{table.name}, {table.label(int(row))}: {reason}")


def at_least(count: int, noun: str) -> str:
    """How many are needed, in words."""
    return f"at least {count} {noun}{'s are' if count != 1 else ' is'} needed"
