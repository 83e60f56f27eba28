"""`refute data`: what it prints, the files it writes, and its page, which nothing in a file can spoil."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from refute.cli import main as cli
from tests.refute.fuzzing import INJECTIONS, Tags
from tests.refute.toy_files import change

EXAMINE = '''

def examine(table, chosen, compute, seed, say):
    """Three facts about the rows chosen."""
    facts = (DataFact("length", str(len(chosen.values)), True), DataFact("seed", str(seed), False))
    numbers = {"rows": list(chosen.rows), "dtype": compute.dtype}
    return DataReport((*facts, DataFact("sum of all", str(table.values.sum()))), numbers, "That is all.")


PAPER = Paper('''


@pytest.fixture
def numbers(toy: Path) -> Path:
    """A toy paper that has something to say of data, and data."""
    change(
        toy,
        "claims/paper.py",
        "refute.statement.paper import ",
        "refute.statement.paper import DataFact, DataReport, ",
    )
    change(toy, "claims/paper.py", "\n\nPAPER = Paper(", EXAMINE)
    change(toy, "claims/paper.py", "    resolve_device=resolve_device,\n", RESOLVED)
    (toy / "x.csv").write_text("1,2\n3,4\n5,6\n", encoding="utf-8")
    return toy


RESOLVED = "    resolve_device=resolve_device,\n    examine=examine,\n    default_rows=2,\n"


def test_facts_are_printed_and_a_file_is_written_only_where_it_is_asked_for(
    numbers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(numbers.iterdir())
    assert cli.main(["data", "x.csv", "--seed", "5"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  length      holds  2",
        "  seed        FAILS  5",
        "  sum of all         21.0",
        "That is all.",
    ]
    assert set(numbers.iterdir()) == before
    assert cli.main(["data", "x.csv", "--json", "found.json"]) == 0
    found = json.loads((numbers / "found.json").read_text("utf-8"))
    assert (found["schema"], found["conclusion"]) == ("refute-data/1", "That is all.")
    assert len(found["rows"]) == 2 and found["dtype"] == "float64"


def test_rows_are_chosen_by_the_option_and_a_few_without_it(
    numbers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, count in (([], 2), (["--rows", "1:3"], 2), (["--rows", "0"], 0), (["--rows", "3"], 3)):
        capsys.readouterr()
        code = cli.main(["data", "x.csv", *options])
        assert code == (0 if count else 2)
        assert not count or f": {count} of 3 rows" in capsys.readouterr().out


def test_data_sets_are_those_that_the_paper_offers(numbers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "--dataset", "squares"]) == 2
    assert "this paper offers no data set 'squares'; it has: none" in capsys.readouterr().err
    offered = "    datasets={'squares': lambda: Table(np.eye(2) * 4, 'squares', (0, 1))},\n"
    change(numbers, "claims/paper.py", RESOLVED, RESOLVED + offered)
    top = "import numpy as np\nfrom refute.statement.table import Table\n"
    change(numbers, "claims/paper.py", "from refute.statement.paper", f"{top}from refute.statement.paper")
    sys.modules.pop("claims.paper", None)
    assert cli.main(["data", "--dataset", "squares"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "squares: 2 of 2 rows"


def test_the_file_says_where_it_came_from_and_whether_each_assumption_holds(numbers: Path) -> None:
    assert cli.main(["data", "x.csv", "--json", "found.json"]) == 0
    found = json.loads((numbers / "found.json").read_text("utf-8"))
    assert found["source"] == "x.csv"
    assert found["dropped"] == []
    assert [(fact["name"], fact["holds"]) for fact in found["facts"]] == [
        ("length", True),
        ("seed", False),
        ("sum of all", None),
    ]


def test_repeated_rows_are_kept_unless_they_are_to_be_dropped(
    numbers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (numbers / "x.csv").write_text("1,2\n3,4\n1,2\n5,6\n", encoding="utf-8")
    assert cli.main(["data", "x.csv"]) == 0
    assert "2 of 4 rows" in capsys.readouterr().out
    assert cli.main(["data", "x.csv", "--drop-duplicates", "--json", "found.json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "x.csv: dropped 1 row that repeats an earlier one: row 2 (same as row 0)",
        "x.csv: 2 of 3 rows (line 1 is data; no column is an index; cells are separated by commas)",
    ]
    assert json.loads((numbers / "found.json").read_text("utf-8"))["dropped"] == [{"row": 2, "repeats": 0}]


def test_too_few_rows_may_be_left(numbers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(numbers, "claims/paper.py", "    default_rows=2,\n", "    default_rows=2,\n    least_rows=2,\n")
    (numbers / "x.csv").write_text("1,2\n1,2\n", encoding="utf-8")
    assert cli.main(["data", "x.csv", "--drop-duplicates"]) == 2
    assert "x.csv: has 1 row; at least 2 data points are needed" in capsys.readouterr().err


def test_a_paper_that_refuses_nothing_takes_zeros_repeats_and_a_single_row(
    numbers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As least squares, for which neither is a difficulty."""
    for text, total in (("0,0\n1,2\n", "3.0"), ("1,2\n1,2\n", "6.0"), ("0,0\n", "0.0")):
        (numbers / "x.csv").write_text(text, encoding="utf-8")
        assert cli.main(["data", "x.csv"]) == 0
        assert f"  sum of all         {total}" in capsys.readouterr().out.splitlines()


def test_a_paper_says_which_rows_it_refuses(numbers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = 'refuses={"the sum is odd": lambda values: (values.sum(axis=1) % 2).nonzero()[0]}'
    change(numbers, "claims/paper.py", "    default_rows=2,\n", f"    default_rows=2,\n    {refused},\n")
    (numbers / "x.csv").write_text("1,1\n2,4\n1,2\n", encoding="utf-8")
    assert cli.main(["data", "x.csv", "--json", "found.json"]) == 2
    assert capsys.readouterr().err.endswith("x.csv, row 2 (line 3): the sum is odd\n")
    assert not (numbers / "found.json").exists()


def test_what_a_text_file_was_taken_for_is_always_said(
    numbers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (numbers / "x.csv").write_text(",a,b\n0,1.5,2\n1,3,4\n2,5,6\n", encoding="utf-8")
    assert cli.main(["data", "x.csv", "--json", "found.json"]) == 0
    read_as = [
        "line 1 is a header (a, b)",
        "column 1 is an index and left out (its name is empty)",
        "cells are separated by commas",
    ]
    assert capsys.readouterr().out.startswith(f"x.csv: 2 of 3 rows ({'; '.join(read_as)})\n")
    found = json.loads((numbers / "found.json").read_text("utf-8"))
    assert (found["read_as"], found["samples"]) == (read_as, "rows")


def test_options_of_data_arrive(numbers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (numbers / "x.csv").write_text("7|1\n8|2\n9|2\n", encoding="utf-8")
    arguments = ["data", "x.csv", "--delimiter", "|", "--header", "yes", "--index-column", "2"]
    assert cli.main(arguments) == 0
    assert "  sum of all         17.0" in capsys.readouterr().out.splitlines()
    assert cli.main([*arguments[:4], "--samples", "columns", "--json", "found.json"]) == 0
    assert "x.csv: 2 of 2 columns (line 1 is data;" in capsys.readouterr().out
    assert json.loads((numbers / "found.json").read_text("utf-8"))["samples"] == "columns"


PAGED = '''

def page(say):
    """What a page shows of it."""
    say("drawing")
    axis = Axis("rank")
    plot = Plot("sizes", "Sizes", "As found.", axis, axis, (Series("size", (1.0, 2.0), (3.0, 4.0)),))
    table = DataTable("Pairs <b>", ("pair", "distance"), (("0 and 1", "0.5"),), "A note.")
    return DataPage((table,), (plot,), ("N1",))


PAPER = Paper('''


@pytest.fixture
def paged(numbers: Path) -> Path:
    """The same, with a page."""
    change(numbers, "claims/paper.py", "\n\nPAPER = Paper(", PAGED)
    change(numbers, "claims/paper.py", '"That is all.")', '"That is all.", page)')
    names = "DataFact, DataPage, DataReport, DataTable, "
    change(numbers, "claims/paper.py", "DataFact, DataReport, ", names)
    plots = "from refute.statement.plot import Axis, Plot, Series\nfrom refute.statement.paper"
    change(numbers, "claims/paper.py", "from refute.statement.paper", plots)
    return numbers


def test_the_page_and_its_numbers_are_written_where_they_are_asked_for(
    paged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["data", "x.csv", "--report", "out", "--json", "found.json"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The report is in out/index.html"
    assert sorted(path.name for path in (paged / "out").iterdir()) == ["data.json", "index.html"]
    found = json.loads((paged / "out/data.json").read_text("utf-8"))
    assert found == json.loads((paged / "found.json").read_text("utf-8"))
    assert (found["paper"], found["counts"], found["seed"]) == ("Toy numbers", [2, 3], 0)
    assert [one["id"] for one in found["page"]["statements"]] == ["N1"]
    html = (paged / "out/index.html").read_text("utf-8")
    for said in ("Pairs &lt;b&gt;", "A note.", "Sizes", "As found.", "2 of 3 rows", "That is all.", "N1"):
        assert said in html
    assert 'download="sizes.csv"' in html and "✗ fails" in html and "✓ holds" in html
    assert Tags(html).dangerous() == []


def test_without_a_page_none_is_made(paged: Path) -> None:
    change(paged, "claims/paper.py", 'say("drawing")', "1 / 0")
    assert cli.main(["data", "x.csv", "--json", "found.json"]) == 0
    assert json.loads((paged / "found.json").read_text("utf-8"))["page"] is None


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [("1 / 0", 3, "ZeroDivisionError"), ('return DataPage((), (), ("N9",))', 2, "no claim is called 'n9'")],
)
def test_figures_that_fail_cost_no_fact_and_no_file(
    paged: Path, capsys: pytest.CaptureFixture[str], fault: str, code: int, said: str
) -> None:
    change(paged, "claims/paper.py", 'say("drawing")', fault)
    assert cli.main(["data", "x.csv", "--report", "out"]) == code
    printed = capsys.readouterr()
    assert "That is all." in printed.out
    assert printed.err.startswith("refute: the figures failed: ") and said in printed.err
    assert printed.err.count("\n") == 1
    assert json.loads((paged / "out/data.json").read_text("utf-8"))["page"] is None
    assert "could not be made" in (paged / "out/index.html").read_text("utf-8")


@pytest.mark.parametrize("options", [["--report", "file"], ["--json", "file/x.json"]])
def test_every_output_is_tried_before_the_work(
    paged: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    (paged / "file").write_text("", encoding="utf-8")
    assert cli.main(["data", "x.csv", *options]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1


def test_names_in_a_file_are_harmless_on_its_page(paged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the file itself and of its columns, both of which the page tells."""
    for at, injection in enumerate(INJECTIONS):
        name = injection.replace("/", "-")
        head = injection.replace('"', "'").replace("\r", " ")
        (paged / f"{name}.csv").write_text(f'"{head}","b"\n1,2\n3,4\n', encoding="utf-8")
        assert cli.main(["data", f"{name}.csv", "--delimiter", "comma", "--report", f"out{at}"]) == 0
        assert "line 1 is a header (" in capsys.readouterr().out
        tags = Tags((paged / f"out{at}" / "index.html").read_text("utf-8"))
        assert tags.dangerous() == []
