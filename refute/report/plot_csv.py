"""The numbers of a plot as CSV, one row a point."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

from refute.statement.plot import Plot

_COLUMNS = ("x", "y", "low", "high", "value")


def csv_text(plot: Plot) -> str:
    """Columns series, x, y, low, high and value, the last three empty where a series has none.

    Numbers are written so that they read back as the same float64.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["series", *_COLUMNS])
    for series in plot.series:
        columns = series.columns()
        for at in range(len(series.x)):
            row = [repr(columns[name][at]) if name in columns else "" for name in _COLUMNS]
            writer.writerow([series.label, *row])
    return out.getvalue()


def csv_link(plot: Plot) -> str:
    """The same as the address of a link."""
    return data_link(csv_text(plot))


def data_link(text: str) -> str:
    """CSV as the address of a link, which needs no file and no network."""
    return "data:text/csv;charset=utf-8," + quote(text, safe=",-._()=|^")
