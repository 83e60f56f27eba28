"""How a command prints a line: as it stands, without markup, highlighting or wrapping."""

from __future__ import annotations

from rich.console import Console


def print_line(console: Console, line: str, style: str | None = None) -> None:
    """Print one line of text that may hold anything."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
