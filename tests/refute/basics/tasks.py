"""Tasks for the tests of executors: functions of a module, as the workers need them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path


def pid() -> int:
    return os.getpid()


def setting(name: str) -> str | None:
    return os.environ.get(name)


def double(number: int, pause: float = 0.0) -> int:
    time.sleep(pause)
    return 2 * number


def fail(message: str) -> None:
    raise ValueError(message)


def die(lives: Path) -> str:
    """Take a file from the folder and die; survive where there is none."""
    for file in sorted(lives.iterdir()):
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def once(mark: Path, pause: float) -> str:
    """Leave a mark of this run, and take a while."""
    with mark.open("a", encoding="utf-8") as file:
        file.write("run\n")
    time.sleep(pause)
    return mark.read_text(encoding="utf-8")


def hears_ctrl_c() -> bool:
    """Whether SIGINT reaches this process: it is neither blocked in a new thread nor ignored."""
    blocked: list[bool] = []
    thread = threading.Thread(
        target=lambda: blocked.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set()))
    )
    thread.start()
    thread.join()
    return not (blocked[0] and signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
