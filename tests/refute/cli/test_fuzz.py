"""Argument lists of any kind: no traceback, no hang, no exit code 1 without a refutation, no partial file.

200 at profile quick, 2000 at ci, 20000 at deep.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, example, given, settings

from refute.audit.profiles import PROFILES
from refute.basics.errors import LedgerError
from refute.ledger.ledger import is_ledger, open_ledger
from refute.sweep.store import STORE
from tests.refute.cli.argument_lists import LISTS
from tests.refute.cli.commands import falsify, refute

EXAMPLES = 20 * settings().max_examples if settings().max_examples >= 100 else 200
SECONDS = 60
"""A command on the toy paper takes less than one."""
CODES = {0, 1, 2, 3, 130}


@pytest.fixture
def playground(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toy paper one of whose claims is false, small profiles, and a folder of files to take for others."""
    falsify(toy)
    for name, profile in PROFILES.items():
        few = dict.fromkeys(profile.instances, 3)
        small = replace(profile, instances=few, shrink_calls=few, agrees=False)
        monkeypatch.setitem(PROFILES, name, small)
    monkeypatch.setattr("refute.audit.courses.CONTROLS", ())
    given_files = tmp_path / "given"
    (given_files / "folder").mkdir(parents=True)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert refute("run", "N3", "--json", given_files / "audit.json", "--ledger", "l.sqlite") == 1
    shutil.move("l.sqlite", given_files / "ledger.sqlite")
    shutil.move(".refute/witnesses/N3.json", given_files / "witness.json")
    shutil.rmtree(".refute")
    (given_files / "cut.sqlite").write_bytes((given_files / "ledger.sqlite").read_bytes()[:5000])
    (given_files / "empty").write_bytes(b"")
    (given_files / "text.csv").write_text("1,2\n3,4\n", encoding="utf-8")
    np.savez(given_files / "state.npz", steepness=np.ones((1, 2)), points=np.ones((3, 2)), step=0.5)
    (given_files / "link").symlink_to("target")
    (given_files / "loop").symlink_to("loop")
    shutil.copytree(toy, given_files / "paper", symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return given_files


def answered(arguments: list[str]) -> tuple[int, str, str]:
    """The exit code and what is printed. In a thread: Hypothesis would not search inside of a search."""
    out = io.StringIO()
    err = io.StringIO()
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(refute(*arguments)), daemon=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        thread.start()
        thread.join(SECONDS)
    assert codes, f"it hangs or raises: {err.getvalue()[:2000]}"
    return codes[0], out.getvalue(), err.getvalue()


def whole(path: Path) -> bool:
    """Whether a file that a command wrote is all there."""
    if is_ledger(path):
        try:
            open_ledger(path, write=False).close()
        except LedgerError:  # a store of widths, then
            open_ledger(path, write=False, form=STORE).close()
        return True
    text = path.read_text(encoding="utf-8")
    if text.startswith("<!doctype"):
        return text.rstrip().endswith("</html>")
    if path.suffix == ".py":  # of a new paper, or a new claim
        return compile(text, path, "exec") is not None and text[-1:] in ("", "\n")
    if path.suffix in (".ini", ".md", ".toml", ".txt", ".yml") or path.name == ".gitignore":
        return text.endswith("\n")
    return len(text) == 32 or json.loads(text) is not None  # the name of a machine has 32 digits


def state() -> dict[str, bytes]:
    """Every file that is there, but what `refute list` remembers and what SQLite keeps beside a ledger."""
    files = [path for path in Path().rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    files = [
        path for path in files if path.name != "contents.json" and not path.name.endswith(("-shm", "-wal"))
    ]
    return {str(path): path.read_bytes() for path in files if ".hypothesis" not in path.parts}


def renewed(playground: Path) -> None:
    """The paper as it was at first, and beside it what the arguments name."""
    for path in Path().iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.copytree(playground / "paper", ".", symlinks=True, dirs_exist_ok=True)
    shutil.copytree(playground, "w", symlinks=True, ignore=shutil.ignore_patterns("paper"))


@given(LISTS)
@example(["new", "¨"])
@example(["new", 'a\n"b\\'])
@example(["new", "claim", "N9", "--title", "a\u2028b"])
@example(["new", "claim", "N9"])
@example(["run", "N3", "--json", "/dev/stdout"])
@example(["siblings", "--json", "w/audit.json"])
@example(["replay", "w/witness.json", "--traceback"])
@example(["run", "N3", "--json", "w/new/deep/er", "--report", "w/new"])
@example(["run", "--dtype", "float32", "--seed", "9" * 40])
@example(["widths", "--processes", "1", "--json", "w/link"])
@example(["replay", "w/witness.json"])
@example(["certify", "w/state.npz", "--set", "kind=round", "--json", "w/link"])
@example(["report", "w/ledger.sqlite", "w/new"])
@example(["run", "N1", "--json", "w/new", "--report", "w/new"])
@example(["widths", "--grid", "small", "--store", "w/empty", "--processes", "1"])
@example(["ledger", "w/cut.sqlite"])
@example(["ledger", "w/new", "--merge", "w/ledger.sqlite", "w/cut.sqlite"])
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_arguments_bring_it_down(playground: Path, arguments: list[str]) -> None:
    renewed(playground)
    before = state()
    code, out, err = answered(arguments)
    event(f"exit code {code}")
    said = out + err
    assert code in CODES and code != 3, said[:2000]
    assert "Traceback" not in said and not {"\x1b", "\x07", "\u202e"} & set(said)
    if code == 1:
        assert "REFUTED" in said or " refutes N3" in said or "did not suffice" in said
    after = state()
    changed = {name: data for name, data in after.items() if before.get(name) != data}
    if code == 2:
        assert err.startswith("refute"), said[:2000]
        assert not changed and before.keys() == after.keys()
    assert not [name for name in after if name.endswith(".part")]
    assert all(whole(Path(name)) for name in changed)
    assert (Path("w/loop").is_symlink() and Path("w/link").is_symlink()) or code in (0, 1)
