"""What a fresh clone relies on: the one command that tests everything, and files that stand on their own."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import refute
from refute.inputs.registry import is_claim_file

ROOT = Path(__file__).resolve().parents[1]
PARAGRAPHS = ("Statement", "Assumptions", "Symbols", "Refuted by", "A pass does not show", "Source")
CLAIM_FILES = sorted(filter(is_claim_file, (ROOT / "claims").glob("*/*.py")))
GENERATED = {".venv", ".git", ".tox", ".refute", ".hypothesis", "audit-report", "build", "__pycache__"}
CACHES = ("_cache", ".egg-info")
TEXTS = {".py", ".md", ".toml", ".ini", ".txt", ".yml", ".yaml", ".cfg", ".css", ".html", ".js", ".json", ""}


def own_files() -> list[Path]:
    """The files of the repository, without environments, caches and what an audit writes."""
    found = []
    for folder, inner, files in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in GENERATED and not name.endswith(CACHES)]
        found += [Path(folder, name) for name in files if Path(name).suffix in TEXTS]
    return found


def test_the_automation_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    commands = [
        line.strip()
        for line in script.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    assert commands[-1] == "make test"
    assert script.stat().st_mode & 0o111 == 0o111
    assert script.read_text(encoding="utf-8").startswith("#!")


def recipe(target: str) -> str:
    """The lines of a target. They are read and not run: even a dry run of make would follow $(MAKE)."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    (lines,) = re.findall(rf"(?m)^{target}:.*\n((?:\t.*\n)*)", makefile)
    return str(lines)


def test_make_knows_its_targets() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("audit", "test", "setup"):
        assert re.search(rf"(?m)^make {target}\b", listed)
    assert "refute run" in recipe("audit") and "--report" in recipe("audit")
    for part in (" setup ", " lint ", " types ", " suite"):
        assert part in recipe("test")
    assert "-m pytest" in recipe("suite")


def test_make_test_leaves_no_test_out() -> None:
    (options,) = re.findall(r"-m pytest(.*)", recipe("suite"))
    assert not re.search(r"\s(-k|-m|--deselect|--ignore|-x|--maxfail)\b|\|\|", options)


def test_every_claim_is_written_in_its_paragraphs() -> None:
    assert len(CLAIM_FILES) >= 10
    for path in CLAIM_FILES:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        label = path.stem.partition("_")[0].upper()
        assert docstring.startswith(f"{label}. "), path
        found = re.findall(rf"(?m)^({'|'.join(PARAGRAPHS)})\. +\S", docstring)
        assert found == list(PARAGRAPHS), path


def test_the_house_has_its_front_pages() -> None:
    for name in ("README.md", "pyproject.toml", "Makefile", "tox.ini", "claims/paper.py", "refute/py.typed"):
        assert (ROOT / name).is_file(), name


def test_nothing_refers_to_folders_outside_the_repository() -> None:
    outside = "../" + "shared"
    elsewhere = "/work/" + "shared"
    for path in own_files():
        text = path.read_text(encoding="utf-8")
        assert outside not in text and elsewhere not in text, path


def lines_of(path: Path) -> int:
    """The lines of a module; of a claim without its declaration, most of which are its siblings.

    Every part of a statement needs one, and they belong beside it: a list does not make a file hard to read.
    """
    text = path.read_text("utf-8")
    return len(text.partition("\nCLAIM = Claim(")[0].splitlines())


def test_no_module_and_no_test_is_longer_than_250_lines() -> None:
    rooms = ("claims", "models", "refute", "tests", "examples")
    modules = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): lines for path in modules if (lines := lines_of(path)) > 250}
    assert long == {}


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == refute.__version__


def test_what_is_public_is_there_and_typed() -> None:
    """The names that are imported on request are those that type checkers are told of."""
    tree = ast.parse((ROOT / "refute" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert set(refute.__all__) <= typed and set(refute._HOMES) == set(refute.__all__) - {"__version__"}
    for name in refute.__all__:
        assert getattr(refute, name) is not None
    with pytest.raises(AttributeError, match="module 'refute' has no attribute 'nothing'"):
        refute.nothing  # noqa: B018


def test_nothing_is_left_unfinished() -> None:
    marks = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "Not" + "ImplementedError", "X" * 3 + r"\b")))
    for path in own_files():
        if path.suffix == ".py":
            assert not marks.search(path.read_text(encoding="utf-8")), path
