"""What is read is a plain file that fits, and nothing that could be waited for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from refute.basics.plain_files import other_kind, plain_bytes
from refute.cli import main as cli


def test_a_plain_file_is_read_whole_and_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").symlink_to("a")
    assert plain_bytes(tmp_path / "b", most=5) == b"12345"
    assert other_kind(tmp_path / "b") == ""


def test_what_does_not_fit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(OSError, match="is larger than the 4 bytes that are read"):
        plain_bytes(tmp_path / "a", most=4)
    with pytest.raises(OSError, match="is larger than the 268435456 bytes that are read"):
        plain_bytes(tmp_path / "a")


MAKERS = [(os.mkfifo, "a pipe"), (lambda path: path.symlink_to("/dev/zero"), "a device")]
COMMANDS = [
    ("replay", "x"),
    ("slack", "x"),
    ("graph", "--audit", "x"),
    ("report", "x", "page"),
    ("ledger", "x"),
]
COMMANDS += [("ledger", "new", "--merge", "x"), ("run", "N3", "--ledger", "x"), ("graph", "--ledger", "x")]


@pytest.mark.parametrize(("make", "kind"), MAKERS)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_waits_for_a_pipe_or_reads_a_device(
    toy: Path,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    make: Callable[[Path], None],
    kind: str,
) -> None:
    make(toy / "x")
    assert cli.main(list(command)) == 2
    err = capsys.readouterr().err
    assert f" is {kind}" in err or "is a device or a pipe" in err
    assert err.count("\n") == 1
    assert not (toy / "page").exists() and not (toy / "new").exists()


def test_what_remembers_the_contents_and_names_the_machine_is_read_as_well(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (toy / ".refute").mkdir()
    os.mkfifo(toy / ".refute" / "contents.json")
    assert cli.main(["list"]) == 0
    os.mkfifo(toy / ".refute" / "machine-id")
    capsys.readouterr()
    assert cli.main(["run", "N3"]) == 2
    assert "machine-id: is a pipe, not a file" in capsys.readouterr().err
