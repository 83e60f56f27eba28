"""The parser of all commands; nothing else is imported to read what was asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn

from refute.basics.errors import USAGE
from refute.basics.streams import visible
from refute.basics.version import __version__
from refute.cli import command_options as declare
from refute.cli.examples import epilog


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to read more; exit with the code for usage."""
        said = visible(" ".join(message.split()))
        self.exit(USAGE, f"{self.prog}: {said} (`{self.prog} --help` explains)\n")


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = _Parser(
        prog="refute",
        description="Audit theorems by trying to refute them.",
        epilog="refute COMMAND --help has examples; docs/index.md leads through a first audit.",
    )
    top.add_argument("--version", action="version", version=f"refute {__version__}")
    actions = top.add_subparsers(required=True, metavar="COMMAND")
    for name, summary, add_options in _COMMANDS:
        command = actions.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=epilog(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        add_options(command)
        command.add_argument(
            "--traceback",
            action="store_true",
            help="print all that Python says of an error; of an ERROR of a claim with its instance",
        )
    return top


_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("new", "a paper that runs at once, or a claim with places to fill in", declare.new_options),
    ("list", "the claims of the paper in this folder", declare.list_options),
    ("graph", "which claim builds on which, with verdicts", declare.graph_options),
    ("slack", "how close every bound came to equality, as markdown", declare.slack_options),
    (
        "explain",
        "one claim: its statement, what a pass does not show, its last evidence",
        declare.explain_options,
    ),
    ("run", "audit claims; exit 1 if one is refuted", declare.run_options),
    ("siblings", "run the false siblings; exit 0 only if every one is refuted", declare.siblings_options),
    ("replay", "judge one counterexample again; exit 1 while it still refutes", declare.replay_options),
    ("data", "does the theory apply to my data?", declare.data_options),
    ("certify", "is my own run proved to converge, from this checkpoint on?", declare.certify_options),
    ("report", "write the HTML report again from a stored audit", declare.report_options),
    ("open", "open the last report in a browser", declare.open_options),
    ("ledger", "what is known, since when, and from how many machines", declare.ledger_options),
    ("widths", "from which size on trials succeed, measured", declare.widths_options),
    ("completion", "what bash, zsh or fish needs to complete all this", declare.completion_options),
)
"""In the order of the help: the name of each command, a line on it, and what declares its options."""
