"""Standard streams of any kind: closed, full, abandoned, or of an encoding that cannot carry a sign."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from refute.basics.streams import output_failure, tell, visible

ROOT = Path(__file__).resolve().parents[3]
SIGNS = "■ ✓ ✗ ? ∅ ! – … “a” ≤ 1\N{NARROW NO-BREAK SPACE}000 λ \ud800"
BEGIN = "import os, sys\nfrom refute.basics.streams import output_failure, own_streams\n"


def python(code: str, *, shell: str = "", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run code in a process of its own. shell: redirections."""
    command = f'"$@" {shell}'
    return subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-c", BEGIN + code],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", '# + x ? 0 ! - ... "a" <= 1 000 \\u03bb \\ud800'),
        ("latin-1", '# + x ? 0 ! - ... "a" <= 1 000 \\u03bb \\ud800'),
        ("cp1252", "# + x ? 0 ! – … “a” <= 1 000 \\u03bb \\ud800"),
        ("utf-8", SIGNS.replace("\ud800", "\\ud800")),
    ],
)
def test_what_an_encoding_cannot_carry_is_written_in_another_way(encoding: str, expected: str) -> None:
    done = python(f"own_streams()\nprint({SIGNS!a})", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding) == expected + "\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_closed_stream_leads_nowhere_and_no_file_takes_its_number(closed: str, tmp_path: Path) -> None:
    code = f"own_streams()\nfile = open({str(tmp_path / 'x')!r}, 'w')\nprint('a')\nos.write(1, b'b')\n"
    done = python(f"{code}assert file.fileno() > 2\nassert not output_failure()", shell=closed)
    assert done.returncode == 0 and done.stderr == b""
    assert (tmp_path / "x").read_text(encoding="utf-8") == ""


def test_a_reader_that_has_gone_is_no_failure() -> None:
    code = "own_streams()\nfor _ in range(10 ** 5): print('line')\nsys.exit(5 if output_failure() else 0)"
    done = python(code, shell="| head -1; true")
    assert (done.stdout, done.stderr) == (b"line\n", b"")


def test_any_other_failure_is_kept_and_told(tmp_path: Path) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    code = f"{limit}own_streams()\nprint('x' * 9000)\nprint('y')\nprint(output_failure(), file=sys.stderr)"
    done = python(code, shell=f"> {tmp_path / 'out'}")
    assert (done.returncode, done.stderr) == (0, b"File too large\n")
    assert (tmp_path / "out").stat().st_size == 4096


def test_one_that_somebody_made_non_blocking_is_waited_for() -> None:
    code = "os.set_blocking(1, False)\nown_streams()\nprint('x' * 10 ** 6)\nassert not output_failure()"
    done = python(code, shell="| (sleep 0.3; wc -c)")
    assert (done.stdout.split(), done.stderr) == ([b"1000001"], b"")


def test_replaced_streams_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    tell("two\nlines \x1b[31m")
    assert capsys.readouterr().err == "two lines \\x1b[31m\n"
    print("kept")
    assert output_failure() == "" and capsys.readouterr().out == "kept\n"


def test_control_characters_are_spelled_out() -> None:
    assert visible("\x1b]0;x\x07 \x7f\x9b\u202e") == "\\x1b]0;x\\x07 \\x7f\\x9b\\u202e"
    assert visible("é ✓\n\tλ") == "é ✓\n\tλ"
