"""The command `refute list`: the table of contents, from memory where no source has changed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import msgspec
from rich.console import Console

from refute.cli.printing import print_line
from refute.inputs.contents import Contents, ListEntry, Omission, contents
from refute.statement.kinds import Status


def list_claims(args: argparse.Namespace, console: Console) -> int:
    """Every statement in reading order, those that no claim checks with the reason."""
    found = contents(Path.cwd())
    if args.json:
        print(json.dumps([msgspec.to_builtins(entry) for entry in found.entries.values()], indent=1))
        return 0
    if args.labels:
        print("\n".join(found.entries))
        return 0
    _print(found, console)
    return 0


def _print(found: Contents, console: Console) -> None:
    print_line(console, found.title, style="bold")
    for title, labels in found.chapters.values():
        print_line(console, f"\n{title}", style="bold")
        for label in labels:
            entry = found.entries.get(label)
            print_line(console, _claim(entry) if entry else _omission(found.omissions[label]))
    for finding, reason in found.unchecked.items():
        print_line(console, f"\nNot checked: {finding} {reason}")


def _claim(entry: ListEntry) -> str:
    mark = "" if entry.status is Status.THEOREM else f" [{entry.status}]"
    return f"  {entry.id:<4} {entry.slug:<24} {entry.kind!s:<17} {entry.finding}  {entry.title}{mark}"


def _omission(entry: Omission) -> str:
    labels = f"{entry.id:<4} {'not checked':<24} {'':<17} {entry.finding}"
    return f"  {labels}  {entry.line}. {entry.reason}"
