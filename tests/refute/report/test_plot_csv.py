import csv
import io
from urllib.parse import unquote

from refute import Axis, Plot, Series
from refute.report.plot_csv import csv_link, csv_text

PLOT = Plot(
    *("a-plot", "Title", "Caption", Axis("x"), Axis("y")),
    (
        Series("a, b", (0.1, 1e-300), (1 / 3, 2.0)),
        Series("band", (1.0,), (2.0,), "band", (1.5,), (2.5,)),
    ),
)


def test_every_number_reads_back_as_it_was() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(PLOT))))
    assert [row["series"] for row in rows] == ["a, b", "a, b", "band"]
    assert [float(row["x"]) for row in rows] == [0.1, 1e-300, 1.0]
    assert [float(row["y"]) for row in rows] == [1 / 3, 2.0, 2.0]
    assert [row["low"] for row in rows] == ["", "", "1.5"]
    assert [row["high"] for row in rows] == ["", "", "2.5"]


def test_the_link_holds_the_same_text() -> None:
    head, _, body = csv_link(PLOT).partition(",")
    assert head == "data:text/csv;charset=utf-8"
    assert unquote(body) == csv_text(PLOT)
    assert "#" not in body and '"' not in body
