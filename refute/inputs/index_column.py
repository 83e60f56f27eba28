"""Whether a column of a text file numbers its rows and says nothing of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from refute.basics.errors import InputError
from refute.inputs.first_line import has_index
from refute.inputs.grid import shown
from refute.statement.json_codec import shortened

_FEW = 3
"""Rows from which on 0, 1, 2, ... or 1, 2, 3, ... in column 1 is no accident among numbers with decimals."""
_UNNAMED = "Unnamed: 0"
"""What pandas calls the index of a file that it read as a column, when it writes it again."""
_NAMES = {"index", "id", "_id", "idx", "row", "rows", "rownames", "row_names", "no", "no.", "nr", "#"}


@dataclass(frozen=True)
class Index:
    """Which column is an index, from 1; None if none is. decided: whether the header or the user says so."""

    column: int | None
    decided: bool
    note: str


def chosen_index(name: str, header: Sequence[str] | None, width: int, said: str | None) -> Index:
    """The column that the user or the header says is an index. Raises InputError if there is no such column.

    header: the cells of line 1 if they are names. said: what `--index-column` was given.
    """
    if said is None:
        if header is not None and has_index(header):
            return Index(1, True, "column 1 is an index and left out (its name is empty)")
        if header is not None and width > 1 and header[0] == _UNNAMED:
            return Index(1, True, f"column 1 is an index and left out ({_UNNAMED!r} is the name of one)")
        return Index(None, False, "no column is an index")
    note = f"as --index-column {shown(said)} says"
    if said == "no":
        return Index(None, True, f"no column is an index, {note}")
    column = _place(name, header, width, said)
    if width == 1:
        raise InputError(f"{name}: has one column, which cannot be an index")
    return Index(column, True, f"column {column} is an index and left out, {note}")


def _place(name: str, header: Sequence[str] | None, width: int, said: str) -> int:
    if said == "yes":
        return 1
    if said.isascii() and said.isdecimal():
        if len(said) > 18 or not 1 <= int(said) <= width:
            raise InputError(f"{name}: --index-column {shown(said)}: it has columns 1 to {width}")
        return int(said)
    places = [place for place, cell in enumerate(header or (), start=1) if cell == said]
    if len(places) == 1:
        return places[0]
    why = f"{len(places)} columns have that name" if header else "it has no header, so no column has a name"
    raise InputError(f"{name}: --index-column {shown(said)}: {why}; give its number, from 1")


@dataclass
class IndexWatch:
    """Looks at every row for an index that neither the header nor the user names.

    start: 0 or 1 while column 1 counts up from there. decimals: whether every cell beside column 1 was
    written with a point or an exponent, as pandas writes floats, so that whole numbers stand out.
    all_decimals: the same of every cell.
    """

    name: str
    header: Sequence[str] | None
    width: int
    decided: bool
    start: int | None = None
    decimals: bool = True
    all_decimals: bool = True
    rows: int = field(default=0)

    def see(self, row: Sequence[str]) -> None:
        """Look at the next row."""
        if self.rows == 0:
            self.start = {"0": 0, "1": 1}.get(row[0])
        elif self.start is not None and row[0] != str(self.start + self.rows):
            self.start = None
        if self.decimals and (self.start is not None or self.width < _FEW):
            self.decimals = all(map(_has_decimals, row[1:]))
            self.all_decimals = self.all_decimals and self.decimals and _has_decimals(row[0])
        self.rows += 1

    def judge(self, *, numbered: bool, rows: int, line: int) -> None:
        """Raise InputError where column 1 may be an index, or a line 0, 1 may be data."""
        if numbered and self.width < _FEW and not self.all_decimals:
            raise InputError(
                f"{self.name}, line {line}: may be a header that numbers the columns, or data; "
                "say which with --header yes or --header no"
            )
        if self.decided or self.width < 2 or rows < _FEW or self.start is None:
            return
        called = self.header is not None and self.header[0].lower() in _NAMES
        if self.decimals or called:
            what = f"column 1 ({shortened(self.header[0])})" if self.header is not None else "column 1"
            raise InputError(
                f"{self.name}: {what} counts the rows from {self.start} on and may be an index or data; "
                "say which with --index-column yes or --index-column no"
            )


def _has_decimals(cell: str) -> bool:
    return "." in cell or "e" in cell or "E" in cell
