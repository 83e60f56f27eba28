"""Tables that lose nothing, however narrow the terminal is."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from refute.report.columns import print_columns
from refute.report.terminal import print_siblings, print_table
from tests.refute.report.test_terminal import printed
from tests.refute.sample_audit import read, sample

NAMES = ("Claim", "Refuted", "Since")
ROWS = [("K1", "3", "2026-01-01"), ("[red]K2[/red]", "12", "–")]


def lines(width: int) -> list[str]:
    file = io.StringIO()
    print_columns(Console(file=file, width=width, color_system=None), NAMES, ROWS, right={"Refuted"})
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_columns_have_room() -> None:
    assert lines(32) == [
        "Claim         Refuted Since",
        "K1                  3 2026-01-01",
        "[red]K2[/red]      12 –",
    ]


def test_without_room_every_row_is_told_in_words() -> None:
    assert lines(31) == [
        "K1",
        "  refuted 3, since 2026-01-01",
        "[red]K2[/red]",
        "  refuted 12, since –",
    ]


@given(st.integers(20, 120))
def test_no_cell_is_cut(width: int) -> None:
    shown = "".join("".join(lines(width)).split())
    assert all("".join(cell.split()) in shown for row in ROWS for cell in row)
    assert max(map(len, lines(width))) <= width


@pytest.mark.parametrize("width", [20, 40, 79, 80, 100])
def test_a_narrow_terminal_loses_no_title_and_no_statement(width: int) -> None:
    audit = read(sample())
    for show in (print_table, print_siblings):
        found = printed(show, sample(), width=width)
        assert max(map(len, found)) <= width and "…" not in "".join(found)
    for wanted, show in (
        ([claim.title for claim in audit.claims], print_table),
        ([one.statement for claim in audit.claims for one in claim.siblings], print_siblings),
    ):
        if width < 80:  # one below the other: nothing comes between the words
            shown = "".join("".join(printed(show, sample(), width=width)).split())
            assert all("".join(text.split()) in shown for text in wanted)
        else:
            words = " ".join(printed(show, sample(), width=width)).split()
            assert all(set(text.split()) <= set(words) for text in wanted)
