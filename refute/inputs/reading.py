"""How a file of numbers is to be read, as far as its user says so; nothing else is imported to say it."""

from __future__ import annotations

from dataclasses import dataclass

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
"""The words for delimiters; any other one is given as the sign itself."""


@dataclass(frozen=True)
class Reading:
    """What the user says of a file; None where it is found out from the file.

    header: whether line 1 of a text file is one. index: "yes" (column 1), "no", the number of a column from
    1, or its name. delimiter: the sign between the cells of a line, a blank for any run of blanks and tabs.
    columns: whether the columns are the samples, in place of the rows.
    """

    header: bool | None = None
    index: str | None = None
    delimiter: str | None = None
    columns: bool = False


AS_FOUND = Reading()
"""Everything is found out from the file, and the rows are the samples."""
