"""The command line of `refute`: what was asked for is answered, or refused in one line, with an exit code.

Little is imported at first, so that Ctrl-C and a closed stream are looked after from the beginning.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from refute.basics.errors import FAILED, INTERRUPTED, USAGE, RefuteError, one_line, print_traceback
from refute.basics.interrupts import ignore_ctrl_c, leave_on_ctrl_c, raise_on_ctrl_c
from refute.basics.streams import output_failure, own_streams, tell

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence

    from rich.console import Console


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; usage errors and --help leave through SystemExit.

    0: nothing refuted; 1: refuted; 2: usage or input; 3: error in a claim, or in refute; 130: Ctrl-C.
    arguments: None for those of the process, whose streams and whose Ctrl-C are then looked after as well.
    """
    if arguments is None:
        leave_on_ctrl_c()
        own_streams()
    try:
        args = _parsed(arguments)
    except Exception as error:  # an environment without what the command line needs
        return _mistake(error, whole=False)
    code = _answer(args)
    if failure := output_failure():
        tell(f"refute: stdout: {failure}")
        code = code or USAGE
    if arguments is None:
        ignore_ctrl_c()
    return code


def _parsed(arguments: Sequence[str] | None) -> Namespace:
    from refute.cli.options import parser

    return parser().parse_args(arguments)


def _answer(args: Namespace) -> int:
    """Run the command; whatever it raises becomes one line and an exit code."""
    try:
        command = _command(args.command)
        console = _console()
        raise_on_ctrl_c()
        return command(args, console)
    except RefuteError as error:
        return _complain(str(error), error.exit_code)
    except OSError as error:
        if args.traceback:
            print_traceback(error)
        return _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)
    except BaseException as error:
        # SystemExit too: the code of a paper may raise it. Python would end with 1, or with what that says;
        # and 1 means that something was refuted, and nothing else.
        return _mistake(error, whole=args.traceback)


def _command(name: str) -> Callable[[Namespace, Console], int]:
    """The function `module.function` that answers a command; only now is its module imported."""
    module, _, function = name.rpartition(".")
    found: Callable[[Namespace, Console], int] = getattr(import_module(f"refute.cli.{module}"), function)
    return found


def _complain(message: str, code: int = USAGE) -> int:
    tell(f"refute: {message}")
    return code


def _mistake(error: BaseException, *, whole: bool) -> int:
    if whole:
        print_traceback(error)
    hint = "" if whole else " (--traceback prints all of it)"
    said = f"this is a mistake of refute and says nothing of the paper: {one_line(error)}{hint}"
    return _complain(said, FAILED)


def _console() -> Console:
    from refute.cli.printing import terminal

    return terminal()
