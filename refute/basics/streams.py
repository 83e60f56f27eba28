"""The standard streams of a command: none of them can bring it down, whatever they are connected to.

A stream that is closed leads nowhere. A reader that has gone is no failure: what it would have read is
dropped, and the command ends with the exit code of its work. Any other failure to write, such as a full disk,
is kept and told at the end. What an encoding cannot carry is written in another way.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FALLBACK = "refute.fallback"
_STAND_IN = {
    "■": "#",
    "✓": "+",
    "✗": "x",
    "∅": "0",
    "–": "-",
    "—": "-",
    "…": "...",
    "·": ".",
    "×": "x",
    "≤": "<=",
    "≥": ">=",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
}
"""What is written for a character that a stream cannot carry; the signs of a table keep their width."""
_TURNS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
"""Characters that change the direction of what follows, and so what a line seems to say."""


def visible(text: str) -> str:
    r"""The text with every control character but line breaks and tabs spelled out: "\x1b" for an escape.

    A terminal obeys control characters; names and files of others must not command it.
    """
    return "".join(_spelled(one) if _commands(one) else one for one in text)


def tell(message: str) -> None:
    """Say something in one line on stderr."""
    line = " ".join(part.strip() for part in message.splitlines() if part.strip())
    print(visible(line), file=sys.stderr, flush=True)


def own_streams() -> None:
    """Replace stdout and stderr by streams that never raise; for a command that owns its process.

    Streams that something else has replaced already, such as a test, are left alone.
    """
    codecs.register_error(_FALLBACK, _fall_back)
    for number in range(3):
        _open_if_closed(number)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _patient(1, sys.stdout)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _patient(2, sys.stderr)


def output_failure() -> str:
    """Why stdout could not be written, empty if it could. Whatever was printed is written first."""
    sys.stdout.flush()
    sink = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    failure = sink.failure if isinstance(sink, _Sink) else None
    if failure is None or isinstance(failure, BrokenPipeError):
        return ""
    return failure.strerror or str(failure)


class _Sink(io.RawIOBase):
    """A file descriptor to write to. The first failure is kept, and everything after it dropped."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def write(self, data: ReadableBuffer) -> int:
        size = memoryview(data).nbytes
        while self.failure is None:
            try:
                return os.write(self._number, data)
            except BlockingIOError:  # whoever shares it has made it non-blocking
                select.select([], [self._number], [])
            except OSError as error:
                self.failure = error
        return size


def _patient(number: int, before: TextIO | None) -> TextIO:
    if before is not None:
        with suppress(OSError):
            before.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Sink(number)),
        encoding=getattr(before, "encoding", None) or "utf-8",
        errors=_FALLBACK,
        line_buffering=number == 2 or os.isatty(number),
    )


def _open_if_closed(number: int) -> None:
    """Without this, the next file that is opened, a ledger say, would get the number of a standard stream."""
    try:
        os.fstat(number)
    except OSError:
        os.open(os.devnull, os.O_RDWR)


def _fall_back(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_STAND_IN.get(one) or _spelled(one) for one in missing), error.end


def _commands(one: str) -> bool:
    code = ord(one)
    return (code < 0x20 and one not in "\n\t") or 0x7F <= code < 0xA0 or code in _TURNS


def _spelled(one: str) -> str:
    return (
        one.encode("ascii", "backslashreplace").decode("ascii") if ord(one) > 0x7F else f"\\x{ord(one):02x}"
    )
