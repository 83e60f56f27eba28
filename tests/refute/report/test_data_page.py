"""The page about data: all that was found, read back from its file, and harmless whatever the texts are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as changed

from refute.report.data_page import render
from refute.report.records.listings import (
    DataPageRecord,
    DataRecord,
    DroppedRow,
    FactRecord,
    StatementRecord,
)
from refute.statement.json_codec import converted, plain
from refute.statement.kinds import Status
from refute.statement.paper import DataTable
from refute.statement.plot import Axis, Plot, Series
from tests.refute.fuzzing import INJECTIONS, Tags
from tests.refute.report.test_fuzzed_evidence import FORMULAS

AXIS = Axis("rank", "log")
PAGE = DataPageRecord(
    tables=(DataTable("Pairs", ("pair", "distance"), (("0 and 1", "0.5"), ("0 and 2", "0.7")), "By norm."),),
    plots=(Plot("p", "Sizes", "All of them.", AXIS, AXIS, (Series("a", (1.0, 2.0), (3.0, 4.0)),)),),
    statements=(
        StatementRecord(
            id="K6",
            title="A bound",
            status=Status.CONJECTURE,
            statement="It holds that\n    x^2 >= 0.",
            assumptions="None.",
        ),
    ),
)
RECORD = DataRecord(
    paper="A paper",
    source="x.csv",
    samples="rows",
    counts=(2, 1797),
    read_as=("line 1 is data",),
    facts=(
        FactRecord(name="A1", value="true", holds=True),
        FactRecord(name="A2", value="false", holds=False),
        FactRecord(name="width", value="7", holds=None),
    ),
    dropped=(DroppedRow(row=2, repeats=0),),
    seed=5,
    device="cpu",
    environment={"refute": "0.2.0"},
    page=PAGE,
    conclusion="It applies.",
)


def test_the_page_tells_all_of_the_record() -> None:
    html = render(RECORD)
    told = ["A paper", "x.csv", "It applies.", "line 1 is data", "0 and 2", "By norm.", "Sizes", "None."]
    told += ["1 rows that repeat an earlier one were left out", "2 of 1\u202f797 rows", "conjecture", "0.2.0"]
    for said in told:
        assert said in html, said
    assert html.count("✓ holds") == 1 and html.count("✗ fails") == 1
    assert '<a class="csv" download="p.csv"' in html and "<msup>" in html
    assert '<details id="claim-K6">' in html


def test_a_page_that_could_not_be_made_says_so_and_keeps_the_facts() -> None:
    html = render(changed(RECORD, page=None))
    assert "could not be made" in html and "It applies." in html and "<svg" not in html
    assert "could not be made" not in render(RECORD)


def test_the_record_comes_back_from_its_file() -> None:
    assert converted(plain(RECORD), DataRecord) == RECORD


def test_a_table_has_a_cell_for_every_column() -> None:
    with pytest.raises(ValueError, match="table 'Pairs': row 1 has 1 cells for 2 columns"):
        replace(PAGE.tables[0], rows=(("0", "1"), ("0",)))


@pytest.mark.parametrize("injection", INJECTIONS)
def test_every_text_is_harmless(injection: str) -> None:
    plain_tags = Tags(render(RECORD))
    assert plain_tags.dangerous() == []
    data = poisoned(plain(RECORD), injection)
    tags = Tags(render(converted(data, DataRecord)))
    assert tags.dangerous() == []
    assert {tag for tag, *_ in tags.found} <= {tag for tag, *_ in plain_tags.found} | FORMULAS | {"mtext"}


FIXED = ("schema", "status", "id", "scale", "style", "samples")
"""Keys whose values are words of a closed set, or the names that links are made of."""


def poisoned(value: Any, injection: str, key: str = "") -> Any:
    """Every text with an injection after it."""
    if isinstance(value, dict):
        return {name: poisoned(inside, injection, name) for name, inside in value.items()}
    if isinstance(value, (list, tuple)):
        return [poisoned(inside, injection, key) for inside in value]
    return value + injection if isinstance(value, str) and key not in FIXED else value
