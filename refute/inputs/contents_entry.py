"""Adds a statement to the table of contents of a paper, in the source where the contents are written out."""

from __future__ import annotations

import ast
from pathlib import Path


def with_entry(source: str, chapter: str, label: str) -> str | None:
    """The source with `Entry("label")` behind the last entry of a chapter.

    None where it holds no dictionary that writes out the entries of that chapter. Raises SyntaxError for what
    is no Python.
    """
    lines = source.splitlines(keepends=True)
    for last, several_lines in _last_entries(ast.parse(source), chapter):
        assert last.end_lineno is not None and last.end_col_offset is not None
        row = last.end_lineno - 1
        indent = " " * (len(lines[last.lineno - 1]) - len(lines[last.lineno - 1].lstrip()))
        # Columns of the syntax tree count bytes.
        written = lines[row].encode()
        added = f',\n{indent}Entry("{label}")' if several_lines else f', Entry("{label}")'
        end = last.end_col_offset
        lines[row] = (written[:end] + added.encode() + written[end:]).decode()
        return "".join(lines)
    return None


def file_of_contents(root: Path, chapter: str) -> Path | None:
    """The module beside the front matter that writes out the entries of a chapter; None if none does."""
    for path in sorted((root / "claims").glob("*.py")):
        if any(True for _ in _last_entries(ast.parse(path.read_text(encoding="utf-8")), chapter)):
            return path
    return None


def _last_entries(tree: ast.Module, chapter: str) -> list[tuple[ast.expr, bool]]:
    """The last entry of every list of them for the chapter, and whether the list takes several lines."""
    found = []
    for node in ast.walk(tree):
        for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
            is_key = isinstance(key, ast.Constant) and key.value == chapter
            entries = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            if is_key and entries and all(map(_is_entry, entries)):
                found.append((entries[-1], value.lineno != value.end_lineno))
    return found


def _is_entry(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Entry"
