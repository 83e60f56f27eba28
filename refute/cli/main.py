"""The command line of `refute`: what was asked for is answered, or refused in one line, with an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from refute.basics.errors import FAILED, INTERRUPTED, USAGE, RefuteError, one_line
from refute.cli.options import parser

if TYPE_CHECKING:
    from argparse import Namespace

    from rich.console import Console

PIPE_COLUMNS = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; usage errors and --help leave through SystemExit.

    0: nothing refuted; 1: refuted; 2: usage or input; 3: error in a claim; 130: Ctrl-C.
    """
    args = parser().parse_args(arguments)
    try:
        code = _command(args.command)(args, _console())
        sys.stdout.flush()
        return code
    except RefuteError as error:
        return _complain(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader has gone; without a place to write to, the interpreter would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        print("refute: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        # Python would end with 1, which means that something was refuted and nothing else.
        traceback.print_exception(error)
        return _complain(
            f"this is a mistake of refute and says nothing of the paper: {one_line(error)}", FAILED
        )


def _command(name: str) -> Callable[[Namespace, Console], int]:
    """The function `module.function` that answers a command; only now is its module imported."""
    module, _, function = name.rpartition(".")
    found: Callable[[Namespace, Console], int] = getattr(import_module(f"refute.cli.{module}"), function)
    return found


def _complain(message: str, code: int = USAGE) -> int:
    print(f"refute: {' '.join(message.split())}", file=sys.stderr)
    return code


def _console() -> Console:
    """The terminal as wide as it is; a file or a pipe as wide as the tables need."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal or "COLUMNS" in os.environ else Console(width=PIPE_COLUMNS)
