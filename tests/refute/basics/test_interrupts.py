"""Ctrl-C cuts no step in half, and is not forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from refute.basics.interrupts import block_sigint, uninterrupted


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """Listen to Ctrl-C also where these tests run in the background of a shell that mutes it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pressed(done: list[str]) -> None:
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        done.append("the rest of the step")
    done.append("what comes after")


def nested(done: list[str]) -> None:
    with uninterrupted():
        pressed(done)
        done.append("the rest of the outer step")
    done.append("what comes after that")


def failing(done: list[str]) -> None:
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
        raise ValueError


def test_ctrl_c_takes_effect_at_the_end_of_a_step() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        pressed(done)
    assert done == ["the rest of the step"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_steps_may_hold_steps() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        nested(done)
    assert done == ["the rest of the step", "what comes after", "the rest of the outer step"]


def test_ctrl_c_is_not_forgotten_where_a_step_fails() -> None:
    with pytest.raises(KeyboardInterrupt) as told:
        failing([])
    assert isinstance(told.value.__context__, ValueError)


def test_an_undisturbed_step_changes_nothing() -> None:
    with uninterrupted():
        pass
    with pytest.raises(ValueError, match="mine"), uninterrupted():
        raise ValueError("mine")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_who_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_in_another_thread_there_is_nothing_to_hold_off_and_it_alone_is_deaf() -> None:
    found: list[bool] = []

    def run() -> None:
        with uninterrupted():
            block_sigint()
            found.append(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set()))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [True] and signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


BEGIN = """
import os, signal
from refute.basics.interrupts import *
def press():
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000): pass
def caught():
    try:
        press()
    except KeyboardInterrupt:
        return True
    return False
signal.signal(signal.SIGINT, signal.default_int_handler)
"""
LEFT = (130, "", "refute: interrupted\n")


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("leave_on_ctrl_c(); press(); print('on')", LEFT),
        ("leave_on_ctrl_c(); raise_on_ctrl_c(); print(caught())", (0, "True\n", "")),
        ("raise_on_ctrl_c(); print(caught())", (0, "True\n", "")),
        ("leave_on_ctrl_c(); raise_on_ctrl_c()\nwith leaving_on_ctrl_c(): press()", LEFT),
        (
            "leave_on_ctrl_c(); raise_on_ctrl_c()\nwith leaving_on_ctrl_c(): pass\nprint(caught())",
            (0, "True\n", ""),
        ),
        ("with leaving_on_ctrl_c(): print(caught())", (0, "True\n", "")),
        ("ignore_ctrl_c(); print(caught())", (0, "True\n", "")),
        ("leave_on_ctrl_c(); ignore_ctrl_c(); print(caught())", (0, "False\n", "")),
        ("leave_on_ctrl_c(); raise_on_ctrl_c(); ignore_ctrl_c(); print(caught())", (0, "False\n", "")),
        (
            "signal.signal(signal.SIGINT, signal.SIG_IGN); leave_on_ctrl_c(); print(caught())",
            (0, "False\n", ""),
        ),
    ],
)
def test_a_process_that_is_the_commands_own_leaves_or_raises(code: str, ending: tuple[int, str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == ending


LOST = """
import gc, signal, sys, time
from refute.basics.executors import InThisProcess
from refute.basics.interrupts import leave_on_ctrl_c, raise_on_ctrl_c
signal.signal(signal.SIGINT, signal.default_int_handler)
leave_on_ctrl_c()
raise_on_ctrl_c()
def collected(phase, _):
    if phase == "start":
        signal.raise_signal(signal.SIGINT)
        sum(range(9))
class Dying:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        sum(range(9))
try:
    if sys.argv[1] == "gc":
        gc.callbacks.append(collected)
        gc.collect()
        time.sleep(60)
    else:
        Dying()
    print("went on")
except KeyboardInterrupt:
    print("heard")
gc.callbacks.clear()
try:
    InThisProcess().submit(print, "another piece")
except KeyboardInterrupt:
    print("no other piece")
"""


@pytest.mark.parametrize(("where", "first", "ignored"), [("gc", "heard", 0), ("del", "went on", 1)])
def test_a_ctrl_c_that_python_would_ignore_is_heard_as_soon_as_can_be(
    where: str, first: str, ignored: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOST, where], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.splitlines() == [first, "no other piece"]
    assert done.stderr.count("Exception ignored") == ignored
