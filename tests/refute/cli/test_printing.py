"""What the command prints: its version, lines as wide as the terminal, one line for what nobody foresaw."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console, ConsoleDimensions

from refute import __version__
from refute.cli import main as cli
from refute.cli.printing import print_line

ROOT = Path(__file__).resolve().parents[3]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"refute {__version__}\n"


@pytest.mark.parametrize(("columns", "width"), [(None, 100), ("63", 63), ("3", 20), ("0", 20), ("x", 100)])
def test_what_is_no_terminal_is_as_wide_as_it_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str | None, width: int
) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE", "LINES"):
        monkeypatch.delenv(name, raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    assert cli._console().width == width


def test_a_terminal_keeps_its_own_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(Console, "is_terminal", property(lambda _: True))
    monkeypatch.setattr(Console, "size", property(lambda _: ConsoleDimensions(71, 9)))
    assert cli._console().width == 71


def test_a_line_is_printed_as_it_is() -> None:
    file = io.StringIO()
    console = Console(file=file, width=20, force_terminal=True, color_system="truecolor", no_color=False)
    line = "[bold]K1[/bold] 3.25 'quoted' https://arxiv.org True None " * 2
    print_line(console, line)
    assert file.getvalue() == line + "\n"


def test_a_heading_is_bold() -> None:
    file = io.StringIO()
    console = Console(file=file, width=20, force_terminal=True, color_system="truecolor")
    print_line(console, "A title", style="bold")
    assert file.getvalue() == "\x1b[1mA title\x1b[0m\n"


@pytest.mark.parametrize("arguments", [("--help",), ("run", "--help"), ("--version",)])
def test_what_only_reads_options_imports_nothing_large(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from refute.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\n"
        "except SystemExit:\n"
        "    large = {'numpy', 'scipy', 'hypothesis', 'rich', 'torch', 'msgspec', 'jinja2', 'sqlite3'}\n"
        "    print('large:', *sorted(large & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, *arguments]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1].split() == ["large:"]


def test_what_nobody_foresaw_is_no_refutation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("refute.cli.list_command.list_claims", fail)
    assert cli.main(["list"]) == 3
    *_, last = capsys.readouterr().err.splitlines()
    assert last == (
        "refute: this is a mistake of refute and says nothing of the paper: ZeroDivisionError: two lines"
        " (--traceback prints all of it)"
    )
