"""`refute certify`: what the paper proves of somebody's checkpoints, for all later steps."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from refute.basics.errors import InputError
from refute.basics.files import check_writable
from refute.cli.common import paper_here
from refute.cli.outputs import Outputs
from refute.cli.printing import print_line
from refute.cli.progress import describe, progress_on_stderr
from refute.inputs.states import given_values, read_state
from refute.report.certify_json import certify_json
from refute.report.certify_text import first_proved, sequence_sentence, sequence_table, state_lines
from refute.statement.certified import Certified, Certifier, State


def certify(args: argparse.Namespace, console: Console) -> int:
    """Read every checkpoint, then certify each; 0 whether proved or not, as neither refutes anything."""
    paper = paper_here().paper
    if paper.certifier is None:
        raise InputError("this paper proves nothing of a checkpoint; its PAPER names no certifier")
    certifier = paper.certifier
    check_writable(args.json)
    given = given_values(args.set, certifier)
    states = [read_state(path, certifier, given, columns=args.samples == "columns") for path in args.files]
    _require_sequence(states, certifier)
    found = _certified(states, certifier)
    names = [state.source for state in states]
    for name, one in zip(names, found, strict=True) if len(found) == 1 else ():
        print_line(console, f"{name}: {one.proof}{f' by {one.by}' if one.by else ''}", style="bold")
        for line in state_lines(one, certifier.part):
            print_line(console, line)
    conclusion = found[0].conclusion if len(found) == 1 else sequence_sentence(names, found)
    if len(found) > 1:
        console.print(sequence_table(names, found))
        print_line(console, conclusion)
    outputs = Outputs(args.traceback)
    pairs = list(zip(names, found, strict=True))
    written = certify_json(paper.title, args.samples, given, pairs, first_proved(found), conclusion)
    outputs.json("the certificates", args.json, written)
    return outputs.code(0)


def _require_sequence(states: list[State], certifier: Certifier) -> None:
    """Raise InputError where a file is given twice, or holds no later state of the first one's run."""
    seen: set[Path] = set()
    for state in states:
        path = Path(state.source).resolve()
        if path in seen:
            raise InputError(f"{state.source}: is given twice")
        seen.add(path)
    for state in states[1:]:
        complaint = certifier.unlike(state, states[0])
        if complaint:
            raise InputError(f"{state.source}: belongs to no sequence with {states[0].source}: {complaint}")


def _certified(states: list[State], certifier: Certifier) -> list[Certified]:
    with progress_on_stderr() as progress:
        bar = progress.add_task("certifying", total=len(states) if len(states) > 1 else None)
        found = []
        for state in states:
            found.append(certifier.certify(state, describe(progress, bar, f"{Path(state.source).name}: ")))
            progress.advance(bar)
    return found
