"""What is installed: wheel and sdist are built offline and used; licence, version and citation agree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import refute

ROOT = Path(__file__).resolve().parents[1]
BUILD = "from setuptools import build_meta; import sys; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "sympy", "sklearn", "distributed", "matplotlib"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
from refute.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""The command line where some packages are not to be found."""


def python(folder: Path, *arguments: str, path: Path | None = None) -> str:
    """What Python prints, run in a folder, with one more on its path."""
    environment = {**os.environ, "PYTHONPATH": str(path or ""), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is built from; building writes beside its sources."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "refute", folder / "refute", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def built(sources: Path, what: str, folder: Path) -> Path:
    return folder / python(sources, "-c", BUILD, what, str(folder)).split()[-1]


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(sources, "build_wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the wheel is installed, alone and without an index."""
    folder = tmp_path_factory.mktemp("installed")
    python(
        folder, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(folder), str(wheel)
    )
    return folder


def test_the_wheel_holds_the_instrument_and_all_that_it_reads(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "refute").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= held
    assert {name.partition("/")[0] for name in held} == {"refute", f"refute-{refute.__version__}.dist-info"}


def test_sdist_and_wheel_hold_the_same(sources: Path, wheel: Path, tmp_path: Path) -> None:
    archive = built(sources, "build_sdist", tmp_path)
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    assert (unpacked / "LICENSE").is_file()
    again = built(unpacked, "build_wheel", tmp_path)
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_what_is_installed_writes_and_audits_a_paper(installed: Path, tmp_path: Path) -> None:
    where = python(tmp_path, "-c", "import refute; print(refute.__file__)", path=installed)
    assert where.startswith(str(installed))
    python(tmp_path, "-m", "refute.cli", "new", "mine", path=installed)
    told = python(tmp_path / "mine", "-m", "refute.cli", "run", "--report", "page", path=installed)
    assert "2 SUPPORTED" in told
    assert (tmp_path / "mine" / "page" / "index.html").is_file()


def test_the_instrument_needs_neither_torch_nor_sympy_nor_matplotlib(installed: Path, tmp_path: Path) -> None:
    """Nor scikit-learn, nor distributed: with none of them to be found it does the same."""
    python(tmp_path, "-c", WITHOUT, "new", "mine", path=installed)
    python(tmp_path / "mine", "-c", WITHOUT, "run", "--ledger", "none", "--report", "page", path=installed)
    needed = {re.split(r"[><=\[;! ]", text)[0] for text in project()["dependencies"]}
    assert not needed & {"torch", "sympy", "scikit-learn", "distributed", "matplotlib"}


def project() -> dict[str, Any]:
    """The metadata that pyproject.toml states."""
    stated: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return stated


def test_licence_and_version_are_stated_once_and_alike(installed: Path) -> None:
    (told,) = metadata.distributions(name="refute", path=[str(installed)])
    assert told.metadata["License-Expression"] == project()["license"] == "MIT"
    assert told.metadata["License-File"] == "LICENSE"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n")
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\nversion: {refute.__version__}\n" in citation and "\nlicense: MIT\n" in citation
    assert told.version == refute.__version__
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"(?m)^## (\[Unreleased\] )?{re.escape(refute.__version__)}$", changes)
