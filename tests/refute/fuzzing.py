"""What a command is held to whatever it is given, and how much of it a suite of tests gives.

Hypothesis draws 25 inputs for each example of the profile, shared by all readers: 625 in `make test`, 25000
with `pytest --profile deep`.
"""

from __future__ import annotations

import io
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from refute.cli import main as cli
from refute.report import page

TOY = Path(__file__).parent / "toy"
SECONDS = ((signal.ITIMER_PROF, signal.SIGPROF, 60.0), (signal.ITIMER_REAL, signal.SIGALRM, 600.0))
"""After which a command counts as hanging: seconds of work, of which the slowest takes about two, and seconds
that it waits, of which a busy machine may take many."""
ALLOWED = "\n"
"""The control characters that a command prints; an escape or a carriage return commands a terminal."""
INJECTIONS = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</style></svg><iframe src=//x>",
    "\x1b[2J\x1b]0;title\x07",
    "\r\x08\x7f\x9b31m",
    "[/red][link=x]",
    "\N{RIGHT-TO-LEFT OVERRIDE}x",
)
OWN_SCRIPT = f"<script>{page._script()}</script>"
"""The one script that a page has, once."""
HARMLESS = ("#", "data:,", "data:text/csv;charset=utf-8,")
"""Where a link may lead: in the page, nowhere, and to numbers that are saved."""


class HangError(BaseException):
    """A command took longer than SECONDS; a command that catches it ends with 3, which `run` refuses."""


def share(parts: int) -> settings:
    """The settings of a test that draws so many of the 25 inputs for each example of the profile."""
    return settings(
        max_examples=parts * settings().max_examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@dataclass(frozen=True)
class Ran:
    """What a command said and did. new: the files that are there after it and were not before."""

    code: int
    out: str
    err: str
    new: frozenset[Path]


def run(*arguments: str) -> Ran:
    """Run a command in the working directory, and hold it to what is true of every command.

    It ends in time with 0, 1, 2 or 3; says what is wrong in one line where that is 2, and then leaves no file
    behind; prints no traceback and nothing that a terminal obeys; opens no pickle.
    """
    before = _files()
    out, err = io.StringIO(), io.StringIO()
    with _no_pickle(), _in_time(), redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main(list(arguments))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 99
    ran = Ran(code, out.getvalue(), err.getvalue(), frozenset(_files() - before))
    told = ran.out + ran.err
    assert ran.code in (0, 1, 2, 3), ran
    assert "Traceback" not in told and "mistake of refute" not in told, ran
    assert not [sign for sign in told if _commands(sign)], ran
    if ran.code == 2:
        assert ran.err.startswith("refute") and ran.err.count("\n") == 1, ran
        assert not ran.new, ran
    assert not [path for path in ran.new if path.suffix == ".part"], ran
    return ran


def _commands(sign: str) -> bool:
    return (sign < " " and sign not in ALLOWED) or "\x7f" <= sign <= "\x9f" or "\u202a" <= sign <= "\u202e"


def _files() -> set[Path]:
    """All files below the working directory, without the name of the machine and what SQLite keeps open."""
    found = {Path(folder, name) for folder, _, names in os.walk(".") for name in names}
    return {path for path in found if not path.name.endswith(("-wal", "-shm", "machine-id"))}


@contextmanager
def _no_pickle() -> Iterator[None]:
    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("a pickle was opened")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("load", "loads", "Unpickler"):
            patch.setattr(pickle, name, opened)
        yield


@contextmanager
def _in_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise HangError

    before = [(timer, which, signal.signal(which, late)) for timer, which, _ in SECONDS]
    for timer, _, seconds in SECONDS:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for timer, which, handler in before:
            signal.setitimer(timer, 0)
            signal.signal(which, handler)


def _paper_modules() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in ("claims", "models")]


@contextmanager
def toy_paper(root: Path) -> Iterator[Path]:
    """A copy of the toy paper as the working directory, as the fixture `toy` makes it, for many inputs."""
    shutil.copytree(TOY, root, ignore=shutil.ignore_patterns("__pycache__"))
    kept = {name: sys.modules.pop(name) for name in _paper_modules()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(root), *sys.path])
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.chdir(root)
        yield root
        for name in _paper_modules():
            del sys.modules[name]
    sys.modules.update(kept)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file with some bytes changed, dropped, repeated or cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        end = at + draw(st.integers(0, 8))
        content[at:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(content[at:end]) * 3)))
    cut = draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    return bytes(content[:cut])


class Tags(HTMLParser):
    """The tags of a page with their attributes, as a browser would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str, str]] = set()
        self.feed(page.replace(OWN_SCRIPT, "", 1))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, name, value or "") for name, value in attrs} | {(tag, "", "")}

    def dangerous(self) -> list[tuple[str, str, str]]:
        """What could run code or load anything."""
        return [
            (tag, name, value)
            for tag, name, value in self.found
            if tag in ("script", "iframe", "object", "embed", "img", "base")
            or name.startswith("on")
            or name in ("action", "formaction")
            or (name in ("href", "src", "xlink:href") and not value.startswith(HARMLESS))
        ]
