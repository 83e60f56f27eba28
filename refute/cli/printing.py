"""How a command prints: as it stands, without markup, and nothing that a terminal would obey."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from refute.basics.streams import visible

_PIPE_COLUMNS = 100
_FEWEST = 20
"""Columns that every table can be laid out in."""


class _Terminal(Console):
    """A console for text of others: their control characters are spelled out, its own colours are sent."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What rich would send, with the text made visible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """Print nothing more; rich would exit with 1, which means that something was refuted."""
        self.quiet = True


def terminal(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr: as wide as the terminal, or as the tables need in a file or a pipe."""
    console = _Terminal(stderr=stderr)
    given = os.environ.get("COLUMNS", "").isdecimal()
    if not (console.is_terminal or given):
        console.width = _PIPE_COLUMNS
    console.width = max(console.width, _FEWEST)
    return console


def print_line(console: Console, line: str, style: str | None = None) -> None:
    """Print one line of text that may hold anything."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
