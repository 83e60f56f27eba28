"""The command `refute completion`: what a shell sources to complete commands, options, files and labels."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shtab
from rich.console import Console

from refute.cli.options import parser

LABELS = "refute list --labels 2>/dev/null"
"""Asked by the shell while a word is typed; outside a paper it says nothing."""
_FOLDERS = ("DIR",)


def completion(args: argparse.Namespace, _: Console) -> int:
    """Print the script of a shell."""
    print(script(args.shell))
    return 0


def script(shell: str) -> str:
    """The script for bash, zsh or fish, made by shtab from the options themselves."""
    top = parser()
    for action in _actions(top):
        if action.dest == "ids":
            _complete(action, shtab.cmd(LABELS))
        elif action.type is not None and action.metavar in _FOLDERS:
            _complete(action, shtab.DIRECTORY)
        elif _is_path(action):
            _complete(action, shtab.FILE)
    return str(shtab.complete(top, shell=shell))


def _complete(action: argparse.Action, how: Any) -> None:
    """Say how the values of an option are completed; shtab reads it from this attribute."""
    action.complete = how  # type: ignore[attr-defined]


def _is_path(action: argparse.Action) -> bool:
    return action.type is Path or getattr(action.type, "__name__", "") == "evidence"


def _actions(top: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Those of the parser and of all its commands."""
    for action in top._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
