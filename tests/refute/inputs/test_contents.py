"""The table of contents that is remembered: what it is worth, and when it is read anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from refute.basics.errors import PaperError
from refute.inputs import contents as module
from refute.inputs.contents import MEMORY, contents
from refute.inputs.registry import discover
from tests.refute.toy_files import N1, N3, PAPER, change

ROOT = Path(__file__).resolve().parents[3]


def test_the_contents_are_those_of_the_book(toy: Path) -> None:
    found = contents(toy)
    book = discover(toy)
    assert list(found.entries) == [claim.id for claim in book.claims]
    for claim in book.claims:
        line = found.entries[claim.id]
        assert (line.title, line.slug, line.uses) == (claim.title, claim.slug, claim.uses)
        assert (line.kind, line.status, line.cost) == (claim.kind, claim.status, claim.cost)
        assert line.siblings == tuple(sibling.name for sibling in claim.siblings)
    assert found.title == book.paper.title
    assert [label for _, labels in found.chapters.values() for label in labels] == [
        entry.id for entry in book.paper.entries
    ]


def test_what_is_remembered_is_the_same_and_imports_nothing_of_the_paper(toy: Path) -> None:
    first = contents(toy)
    code = (
        "import sys; from pathlib import Path; from refute.inputs.contents import contents\n"
        "found = contents(Path.cwd())\n"
        "print(found.title, not {'claims', 'numpy', 'hypothesis', 'torch'} & set(sys.modules))"
    )
    environment = {"PYTHONPATH": str(ROOT)}
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=toy, env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout == "Toy numbers True\n"
    assert contents(toy) == first


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The papers that were imported."""
    roots: list[Path] = []

    def counted(root: Path) -> object:
        roots.append(root)
        return discover(root)

    monkeypatch.setattr("refute.inputs.registry.discover", counted)
    return roots


@pytest.mark.parametrize("file", [N1, PAPER, "claims/numbers/helper.py", "models/new.py"])
def test_any_source_that_changes_is_read(toy: Path, reads: list[Path], file: str) -> None:
    contents(toy)
    contents(toy)
    assert len(reads) == 1
    (toy / file).parent.mkdir(exist_ok=True)
    with (toy / file).open("a", encoding="utf-8") as source:
        source.write("# a comment\n")
    contents(toy)
    assert len(reads) == 2


def test_another_reader_reads_again(
    toy: Path, reads: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents(toy)
    monkeypatch.setattr(module, "_READERS", ("statement/*.py",))
    contents(toy)
    assert len(reads) == 2


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[1]", b'{"sources": 3}', b"\xff"])
def test_what_is_damaged_is_not_believed(toy: Path, reads: list[Path], damaged: bytes) -> None:
    first = contents(toy)
    (toy / MEMORY).write_bytes(damaged)
    assert contents(toy) == first
    assert len(reads) == 2
    assert contents(toy) == first and len(reads) == 2


def test_where_nothing_can_be_written_nothing_is_lost(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module, "write_json", refuse)
    assert contents(toy).title == "Toy numbers"
    assert not (toy / MEMORY).exists()


def test_a_mistake_is_told_and_not_remembered(toy: Path) -> None:
    change(toy, N3, 'id="N3"', 'id="N8"')
    for _ in range(2):
        with pytest.raises(PaperError, match="N8"):
            contents(toy)
