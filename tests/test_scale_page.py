"""What docs/scale.md configures: files that parse, environments and commands that exist."""

from __future__ import annotations

import ast
import configparser
import re
import shlex
from pathlib import Path

import pytest

from refute.cli.options import parser

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```$", (ROOT / "docs" / "scale.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def tox_environments() -> set[str]:
    """The environments of tox.ini, its braces expanded."""
    config = configparser.ConfigParser()
    config.read(ROOT / "tox.ini", encoding="utf-8")
    listed = config["tox"]["env_list"]
    found: set[str] = set()
    for item in re.findall(r"[^,{\s]*(?:\{[^}]*\}[^,{\s]*)*", listed):
        parts = [part.split(",") for part in re.split(r"[{}]", item)]
        names = [""]
        for part in parts:
            names = [name + choice.strip() for name in names for choice in part]
        found |= {name for name in names if name}
    return found


def test_the_clusters_are_python_and_say_that_they_are_not_tested_here() -> None:
    slurm, kubernetes = blocks("python")
    for text in (slurm, kubernetes):
        ast.parse(text)
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    assert page.count("Not tested here") == 2


def test_the_sections_of_tox_name_environments_that_there_are() -> None:
    (text,) = blocks("ini")
    config = configparser.ConfigParser()
    config.read_string(text)
    named = {
        name.strip()
        for line in config["gh"]["python"].strip().splitlines()
        for name in line.partition("=")[2].split(",")
    }
    assert {"py311-locked", "lint", "types"} <= named <= tox_environments()


def test_the_workflow_runs_commands_that_there_are() -> None:
    yaml = pytest.importorskip("yaml", reason="comes with the extra `cluster`")
    (text,) = blocks("yaml")
    steps = yaml.safe_load(text)["jobs"]["audit"]["steps"]
    commands = [shlex.split(step["run"]) for step in steps if "run" in step]
    assert [words[0] for words in commands] == ["make", ".venv/bin/refute", ".venv/bin/python"]
    options = parser().parse_args(commands[1][1:])
    written = {str(options.report), str(options.json), commands[2][-1].partition("=")[2]}
    assert set(steps[-1]["with"]["path"].split()) == written
    assert "setup:" in (ROOT / "Makefile").read_text("utf-8")
