"""Files that are there whole or not at all, and outputs that are no plain files."""

from __future__ import annotations

import os
import subprocess
import sys
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
    with pytest.raises(OSError, match="No space left") as told:
        write_atomically(path, "after")
    assert told.value.filename == str(path)
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


def test_what_is_tried_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b.json")
    (tmp_path / "c.json").write_text("old", encoding="utf-8")
    check_writable(tmp_path / "c.json")
    assert [found.name for found in tmp_path.iterdir()] == ["c.json"]
    assert (tmp_path / "c.json").read_text(encoding="utf-8") == "old"


def test_a_folder_that_cannot_take_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"/proc cannot be written to: "):
        check_writable(Path("/proc/refute.json"))
    with pytest.raises(InputError, match="File name too long"):
        check_writable(tmp_path / ("x" * 300))


def test_a_file_that_may_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.json").write_text("old", encoding="utf-8")
    monkeypatch.setattr("refute.basics.files.os.access", lambda *_: False)
    with pytest.raises(InputError, match=r"mine.json cannot be written: Permission denied"):
        check_writable(tmp_path / "mine.json")


def test_a_new_file_obeys_the_umask_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        path = write_atomically(tmp_path / "a.txt", "one")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    write_atomically(path, "two")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_to_nothing_is_followed_and_one_to_itself_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("there.txt")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "there.txt").read_text(encoding="utf-8") == "new" and (tmp_path / "link").is_symlink()
    (tmp_path / "loop").symlink_to("loop")
    for write in (check_writable, lambda path: write_atomically(path, "x")):
        with pytest.raises((InputError, OSError), match="Too many levels of symbolic links"):
            write(tmp_path / "loop")
    assert (tmp_path / "loop").is_symlink()


def test_a_pipe_is_waited_for_and_its_reader_may_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)
    monkeypatch.setattr("refute.basics.files.PATIENCE", 0.1)
    with pytest.raises(OSError, match="nobody reads from this pipe"):
        write_atomically(pipe, "x")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    threading.Timer(0.3, os.close, (reader,)).start()
    with pytest.raises(OSError, match="Broken pipe") as told:
        write_atomically(pipe, "x" * 10**6)
    assert told.value.filename == str(pipe) and pipe.is_fifo()


def test_a_link_to_a_pipe_or_a_device_is_written_through(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_text(encoding="utf-8")))
    reader.start()
    write_atomically(tmp_path / "link", "through")
    reader.join(timeout=30)
    check_writable(tmp_path / "null")
    write_atomically(tmp_path / "null", "nowhere")
    assert received == ["through"]
    assert Path("/dev/null").is_char_device() and sorted(found.name for found in tmp_path.iterdir()) == [
        "link",
        "null",
        "pipe",
    ]


@pytest.mark.parametrize("name", ["/dev/stdout", "/proc/self/fd/1"])
@pytest.mark.parametrize("shell", ["> out.txt", "| cat > out.txt"])
def test_stdout_by_another_name_gets_both_texts(tmp_path: Path, name: str, shell: str) -> None:
    code = (
        "from pathlib import Path\nfrom refute.basics.files import check_writable, write_atomically\n"
        f"path = Path({name!r})\nprint('table', flush={shell.startswith('|')})\n"
        "check_writable(path)\nwrite_atomically(path, 'json')"
    )
    done = subprocess.run(
        ["sh", "-c", f'"$0" -c "$1" {shell}', sys.executable, code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "table\njson"
