"""A small table in the terminal: columns where they have room, words for each row where they have none."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_ROOM = 10_000
"""More columns than any table needs."""


def print_columns(
    console: Console, names: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()
) -> None:
    """Print rows of cells below the names of their columns; nothing is ever cut off.

    right: the names of the columns that are aligned there.
    """
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(Text(name), justify="right" if name in right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    if Measurement.get(console, console.options.update(width=_ROOM), table).maximum <= console.width:
        console.print(table)
        return
    for first, *rest in rows:
        console.print(Text(first, style="bold"))
        words = [f"{name.lower()} {cell}" for name, cell in zip(names[1:], rest, strict=True)]
        console.print(Padding(Text(", ".join(words)), (0, 0, 0, 2)))
