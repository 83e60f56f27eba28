"""The scripts of `refute completion` in the shells themselves: commands, options, choices, files, labels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from refute.cli import main as cli
from refute.cli.completion_command import script
from refute.cli.options import _COMMANDS

ROOT = Path(__file__).resolve().parents[3]
NAMES = sorted(name for name, *_ in _COMMANDS)
BASH = """
source ./{script}
COMP_WORDS=(refute {words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_shtab_refute; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
WORDS: list[tuple[list[str], set[str]]] = [
    (["sib"], {"siblings"}),
    (["run", "--prof"], {"--profile"}),
    (["run", "--profile", ""], {"quick", "ci", "deep"}),
    (["completion", ""], {"bash", "zsh", "fish"}),
    (["explain", "N"], {"N1", "N2", "N3"}),
    (["replay", "witn"], {"witness.json"}),
    (["open", "fol"], {"folder"}),
]


@pytest.fixture
def place(toy: Path) -> Path:
    """The toy paper with a file and a folder, and a command `refute` beside it."""
    (toy / "witness.json").write_text("{}", encoding="utf-8")
    (toy / "folder").mkdir()
    (toy / "folder.txt").write_text("", encoding="utf-8")
    command = toy / "bin" / "refute"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m refute.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return toy


def said(place: Path, shell: str, code: str) -> str:
    """What a shell prints, without the user's own settings."""
    paths = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": paths, "PYTHONPATH": str(ROOT), "HOME": str(place)}
    plain = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    ran = subprocess.run(
        [shell, *plain, "-c", code], cwd=place, env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    return ran.stdout


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


def test_the_command_prints_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "bash"]) == 0
    assert capsys.readouterr().out == script("bash") + "\n"
    with pytest.raises(SystemExit) as left:
        cli.main(["completion", "tcsh"])
    assert left.value.code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_reads_its_script(shell: str, tmp_path: Path) -> None:
    text = script(shell)
    for name in NAMES:
        assert name in text
    assert "refute list --labels" in text
    needs(shell)
    (tmp_path / "script").write_text(text, encoding="utf-8")
    subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


@pytest.mark.parametrize(("words", "wanted"), WORDS)
def test_bash_completes(place: Path, words: list[str], wanted: set[str]) -> None:
    needs("bash")
    (place / "script").write_text(script("bash"), encoding="utf-8")
    typed = " ".join(f"'{word}'" for word in words)
    assert set(said(place, "bash", BASH.format(script="script", words=typed)).split()) == wanted


@pytest.mark.parametrize(("words", "wanted"), WORDS)
def test_fish_completes(place: Path, words: list[str], wanted: set[str]) -> None:
    needs("fish")
    (place / "script").write_text(script("fish"), encoding="utf-8")
    lines = said(place, "fish", f"source script; complete -C 'refute {' '.join(words)}'").splitlines()
    found = {line.partition("\t")[0].removesuffix("/") for line in lines}
    assert found >= wanted
    assert words[-1] != "fol" or "folder.txt" not in found


def test_zsh_loads_what_it_needs(place: Path) -> None:
    needs("zsh")
    (place / "script").write_text(script("zsh"), encoding="utf-8")
    code = 'autoload -Uz compinit; compinit -D -u; eval "$(<script)"; print -r -- $_comps[refute]'
    assert said(place, "zsh", code).strip() == "_shtab_refute"


def test_labels_are_printed_alone(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "--labels"]) == 0
    assert capsys.readouterr().out.split() == ["N1", "N2", "N3"]
