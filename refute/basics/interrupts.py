"""Ctrl-C at the right moment: steps that it must not cut in half, and processes that must not hear it."""

from __future__ import annotations

import _thread
import gc
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from refute.basics.errors import INTERRUPTED

_asked = threading.Event()
"""Whether Ctrl-C was heard by a command that owns its process."""
_LATER = 0.05
"""Seconds after which Ctrl-C is heard again where it came at the wrong moment: longer than such a moment."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """What is done inside is done whole: Ctrl-C is heard, and takes effect at the end.

    Python calls its handler in the main thread between any two instructions, whichever thread the system gave
    the signal to; so the handler itself steps back, and no mask of signals would do. In another thread there
    is nothing to hold off. Short steps only: the user waits.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    heard: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _, frame: heard.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            before(signal.SIGINT, heard[0])


def block_sigint() -> None:
    """This thread, and every thread and process that it starts from now on, never hears Ctrl-C."""
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def leave_on_ctrl_c() -> None:
    """For a command that owns its process: until `raise_on_ctrl_c`, Ctrl-C ends the process with one line.

    While modules are imported nothing is there to be kept, and a KeyboardInterrupt in the middle of an import
    may be swallowed, or told as another error. Who ignores Ctrl-C goes on ignoring it.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def raise_on_ctrl_c() -> None:
    """From now on Ctrl-C raises KeyboardInterrupt again, where it ended the process."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, _raise)


def ignore_ctrl_c() -> None:
    """The work is done, and what the interpreter does at its end is not to be interrupted."""
    if signal.getsignal(signal.SIGINT) in (_leave, _raise):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def leaving_on_ctrl_c() -> Iterator[None]:
    """While modules are imported Ctrl-C ends the process, if it is the command's own; else as it was."""
    if signal.getsignal(signal.SIGINT) is not _raise:
        yield
        return
    signal.signal(signal.SIGINT, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _raise)


def _leave(_: int, __: FrameType | None) -> None:
    with suppress(OSError):
        os.write(2, b"refute: interrupted\n")
    os._exit(INTERRUPTED)


def _raise(_: int, frame: FrameType | None) -> None:
    _asked.set()
    if _is_ignored(frame):
        threading.Timer(_LATER, _press).start()
        return
    raise KeyboardInterrupt


def _press() -> None:
    """Ctrl-C for the main thread, from another one; it wakes from a sleep where threads have signals."""
    if hasattr(signal, "pthread_kill"):  # not on Windows
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


def _is_ignored(frame: FrameType | None) -> bool:
    """Whether Python prints what is raised here and goes on: a callback of the garbage collector runs.

    Hypothesis has one.
    """
    callbacks = {getattr(callback, "__code__", None) for callback in gc.callbacks}
    while frame is not None:
        if frame.f_code in callbacks:
            return True
        frame = frame.f_back
    return False


def stop_if_asked() -> None:
    """Raise KeyboardInterrupt again where Python ignored the command's own, as in a `__del__`."""
    if _asked.is_set():
        raise KeyboardInterrupt
