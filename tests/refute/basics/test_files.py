"""Files that are there whole or not at all, and outputs that are no plain files."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from refute.basics.errors import InputError
from refute.basics.files import check_writable, write_atomically, write_json


def test_a_file_is_replaced_whole_and_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.txt"
    assert write_atomically(path, "one") == path
    assert write_atomically(path, "two\n") == path
    assert path.read_text(encoding="utf-8") == "two\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [found.name for found in path.parent.iterdir()] == ["a.txt"]


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_atomically(tmp_path / "a.txt", "before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("refute.basics.files.os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "after")
    assert path.read_text(encoding="utf-8") == "before"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_a_number_that_is_not_finite_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        write_json(tmp_path / "a.json", {"x": float("nan")})
    assert not list(tmp_path.iterdir())


def test_a_link_is_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "a.txt"
    write_atomically(target, "before")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    write_atomically(link, "after")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "after"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert write_atomically(pipe, "through") == pipe
    reader.join(timeout=30)
    assert received == ["through"]
    assert pipe.is_fifo()


def test_what_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    check_writable(None)
    check_writable(tmp_path / "not" / "yet" / "there.json")
    with pytest.raises(InputError, match="is a folder, and a file is to be written there"):
        check_writable(tmp_path)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=r"file is not a folder, so .* cannot be written"):
        check_writable(tmp_path / "file" / "a.json")
