"""The toy paper, copied to where a test may change it and run it."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

collect_ignore = ["toy"]

TOY = Path(__file__).parent / "toy"


def paper_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in ("claims", "models")]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the toy paper as the working directory; no other paper is imported while the test runs."""
    root = tmp_path / "paper"
    shutil.copytree(TOY, root, ignore=shutil.ignore_patterns("__pycache__"))
    kept = {name: sys.modules.pop(name) for name in paper_modules()}
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(root)
    yield root
    for name in paper_modules():
        del sys.modules[name]
    sys.modules.update(kept)
