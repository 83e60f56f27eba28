"""Ctrl-C at the right moment: steps that it must not cut in half, and processes that must not hear it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
