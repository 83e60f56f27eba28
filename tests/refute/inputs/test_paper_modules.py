"""Several papers in one process: each has its own claims and models, and no others on the path are taken."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path

import pytest

from refute.basics.errors import PaperError
from refute.inputs.paper_modules import paper_at_work
from refute.inputs.registry import discover
from tests.refute.toy_files import N1, PAPER, change

USES_MODELS = "\nfrom models.scale import SCALE\n\n\ndef check("


def with_models(root: Path, scale: int) -> None:
    """Give a paper a models/ of its own, which a claim imports."""
    (root / "models").mkdir()
    (root / "models" / "__init__.py").write_text(f'"""Scale {scale}."""\n', "utf-8")
    (root / "models" / "scale.py").write_text(f"SCALE = {scale}\n", "utf-8")
    change(root, N1, "\n\ndef check(", USES_MODELS)


@pytest.fixture
def two(toy: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two papers whose modules have the same names."""
    other = tmp_path / "other"
    shutil.copytree(toy, other)
    with_models(toy, 1)
    with_models(other, 2)
    change(other, PAPER, "Toy numbers", "Other numbers")
    return toy, other


def scale_of(module: str) -> int:
    return int(sys.modules[module].SCALE)


def test_each_paper_is_read_from_its_own_folder(two: tuple[Path, Path]) -> None:
    first, second = two
    for root, title, scale in ((first, "Toy numbers", 1), (second, "Other numbers", 2)) * 2:
        book = discover(root)
        assert book.paper.title == title
        assert scale_of(book.claims[0].module) == scale
        assert str(sys.modules["models"].__file__).startswith(str(root))


def test_a_paper_that_is_entered_again_has_the_same_modules(two: tuple[Path, Path]) -> None:
    first, second = two
    discover(first)
    module = sys.modules["models.scale"]
    discover(second)
    assert sys.modules["models.scale"] is not module
    discover(first)
    assert sys.modules["models.scale"] is module


def test_a_paper_at_work_leaves_all_as_it_was(two: tuple[Path, Path]) -> None:
    first, second = two
    discover(first)
    path, module = list(sys.path), sys.modules["models.scale"]
    for _ in range(2):
        with paper_at_work(second):
            discover(second)
            assert importlib.import_module("models.scale").SCALE == 2
        assert sys.modules["models.scale"] is module and sys.path == path
    with pytest.raises(ZeroDivisionError), paper_at_work(second):
        raise ZeroDivisionError
    assert importlib.import_module("models.scale") is module and sys.path == path


def test_a_paper_that_is_not_on_the_path_leaves_nothing_behind(
    two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second = two
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if "paper" not in entry])
    with paper_at_work(second):
        discover(second)
    assert "claims" not in sys.modules and str(second) not in sys.path


def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package `models` that is no paper's, first on the path."""
    folder = tmp_path / "elsewhere"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "__init__.py").write_text("", "utf-8")
    (folder / "models" / "scale.py").write_text("SCALE = 3\n", "utf-8")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


def test_a_package_elsewhere_cannot_take_the_place_of_the_papers_own(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_models(toy, 1)
    elsewhere(tmp_path, monkeypatch)
    assert importlib.import_module("models.scale").SCALE == 3
    assert scale_of(discover(toy).claims[0].module) == 1


@pytest.mark.parametrize("own", [False, True])
def test_models_from_elsewhere_are_refused_with_their_folder(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """The paper has no models/, or one that is no package, which yields to any that is."""
    with_models(toy, 1)
    (toy / "models" / "__init__.py").unlink()
    if not own:
        shutil.rmtree(toy / "models")
    folder = elsewhere(tmp_path, monkeypatch)
    with pytest.raises(PaperError, match=f"imports models from {folder}, which is not the paper in {toy}"):
        discover(toy)
