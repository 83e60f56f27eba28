"""Docstrings as they are written here, in plain words, made into the reStructuredText that autodoc reads.

A parameter is described in running text, "name: what it is.", which becomes an entry of a list; a sentence of
errors, "Raises ...", a paragraph; indented lines a block of formulas, and words in backticks code.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from inspect import signature
from textwrap import indent
from typing import Any

from sphinx.application import Sphinx

_ERRORS = re.compile(r"(?:^|(?<=[.;?] ))Raises? (?=[A-Z])")
_ENTRY = re.compile(r"(?:^|(?<=[.;)] ))(\w+(?:, \w+)*): ")


def rst(docstring: str, names: Collection[str] = ()) -> str:
    """The docstring as reStructuredText; `names` are the parameters that it may describe."""
    return "\n\n".join(_paragraph(part, names) for part in re.split(r"\n{2,}", docstring.strip("\n")))


def _paragraph(text: str, names: Collection[str]) -> str:
    if text.startswith("    "):
        return "::\n\n" + text
    running = " ".join(text.split())
    errors = _ERRORS.search(running)
    told, raised = (running[: errors.start()], running[errors.start() :]) if errors else (running, "")
    if _ENTRY.search(raised):
        told, raised = running, ""
    found = [one for one in _ENTRY.finditer(told) if set(one[1].split(", ")) <= set(names)]
    if not found:
        return "\n\n".join(filter(None, (_escaped(told.strip()), _escaped(raised))))
    ends = [one.start() for one in found[1:]] + [len(told)]
    entries = [
        f"{', '.join(f'``{name}``' for name in one[1].split(', '))}\n"
        + indent(_escaped(told[one.end() : end].strip()), "    ")
        for one, end in zip(found, ends, strict=True)
    ]
    return "\n\n".join(filter(None, (_escaped(told[: found[0].start()].strip()), *entries, _escaped(raised))))


def _escaped(text: str) -> str:
    """Running text with its code marked and every sign that reStructuredText would read made plain."""
    parts = re.split(r"`([^`]+)`", text)
    parts[::2] = [re.sub(r"([\\*_|])", r"\\\1", part) for part in parts[::2]]
    return "``".join(parts)


def process(app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Rewrite the lines of one docstring in place, as autodoc asks."""
    names: Collection[str] = ()
    if what in ("class", "function", "method"):
        names = signature(found).parameters
    lines[:] = rst("\n".join(lines), names).splitlines()


def plain(
    app: Sphinx, what: str, name: str, found: Any, options: Any, arguments: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """A signature that Python can read: a default that is made for each record is shown as an ellipsis."""
    return (arguments.replace("<factory>", "...") if arguments else arguments), result


def setup(app: Sphinx) -> dict[str, bool]:
    """Be asked for every docstring and every signature."""
    app.connect("autodoc-process-signature", plain)
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
