"""A label is added to the contents where they are written out, and nothing else of the file changes."""

from pathlib import Path

import pytest

from refute.inputs.contents_entry import file_of_contents, with_entry

SEVERAL = """PAPER = Paper(
    title="Größen",
    contents={
        "sums": (
            Entry("S1"),  # the first
            Entry("S2", "später", reason="r", finding="F1"),
        ),
        "later": [Entry("L1"), Entry("L2")],
    },
)
"""


def test_an_entry_goes_behind_the_last_one_of_its_chapter() -> None:
    added = with_entry(SEVERAL, "sums", "D3")
    assert added == SEVERAL.replace('finding="F1"),\n', 'finding="F1"),\n            Entry("D3"),\n')
    added = with_entry(SEVERAL, "later", "D3")
    assert added == SEVERAL.replace('Entry("L2")', 'Entry("L2"), Entry("D3")')


@pytest.mark.parametrize("source", ["", "x = {'sums': entries}", "x = {'sums': ()}", "x = {'sums': (f(1),)}"])
def test_contents_that_are_not_written_out_are_left_alone(source: str) -> None:
    assert with_entry(source, "sums", "D3") is None


def test_the_contents_may_stand_beside_the_front_matter(tmp_path: Path) -> None:
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "paper.py").write_text("from claims.contents import CONTENTS\n", "utf-8")
    assert file_of_contents(tmp_path, "sums") is None
    (tmp_path / "claims" / "contents.py").write_text(SEVERAL, "utf-8")
    assert file_of_contents(tmp_path, "sums") == tmp_path / "claims" / "contents.py"
