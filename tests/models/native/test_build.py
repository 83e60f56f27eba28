"""Building the compiled kernels: the cache, its key, and what happens where they cannot be built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from models.native import build
from models.training.compiled_loop import compiled_loop
from models.training.torch_loop import Setting
from tests.models.helpers import gaussian

ROOT = Path(build.__file__).parents[2]


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A build that remembers nothing, with an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    build.native.cache_clear()
    yield tmp_path
    build.native.cache_clear()


@pytest.mark.parametrize("below_make", ["", "-j2 --jobserver-auth=98,99"])
def test_without_a_compiler_torch_trains_and_one_line_says_why(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, below_make: str
) -> None:
    """Below a make of several jobs too, whose files are not open here: ninja goes as far as the compiler."""
    monkeypatch.setenv("MAKEFLAGS", below_make)
    monkeypatch.setenv("CXX", "no-such-compiler")
    found = build.native()
    assert found.library is None
    assert found.message.startswith("torch (descent.cpp could not be built: ")
    assert "no-such-compiler" in found.message
    assert "\n" not in found.message
    assert not list((fresh / "refute").iterdir())
    network, X = gaussian((1, 4, 2, 3), 0)
    rate = torch.full((1,), 0.1, dtype=torch.float64)
    assert compiled_loop(Setting(network.W, network.A, X, rate, 0.5, network.W, False)) is None


def test_the_switch_and_a_deleted_kernel_lead_to_torch(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(build.SWITCH, "0")
    assert build.native().message == "torch (REFUTE_NATIVE=0)"
    monkeypatch.delenv(build.SWITCH)
    build.native.cache_clear()
    monkeypatch.setattr(build, "HERE", fresh)
    assert build.native().message == "torch (models/native/descent.cpp is not there)"


def test_a_cache_that_cannot_be_written_leads_to_torch(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fresh / "refute").write_text("a file where a folder should be", encoding="utf-8")
    assert build.native().message.startswith("torch (descent.cpp could not be built: ")


@pytest.mark.parametrize("part", ["descent.cpp", "product.cpp", "lanes.hpp"])
def test_another_source_another_product(part: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = build._key()
    names = {part.name for part in build._parts()}
    assert names >= {build.LOOP, "lanes.hpp", "setup.py"}
    for name in names:
        shutil.copy(build.HERE / name, tmp_path)
    monkeypatch.setattr(build, "HERE", tmp_path)
    assert build._key() == before
    with (tmp_path / part).open("a", encoding="utf-8") as source:
        source.write("// one more line\n")
    assert build._key() != before


def test_set_up_says_in_one_line_what_will_train() -> None:
    command = [sys.executable, "-m", "models.native.build"]
    environment = {**os.environ, build.SWITCH: "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "training loop: torch (REFUTE_NATIVE=0)\n"
