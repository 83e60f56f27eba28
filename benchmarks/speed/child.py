"""The other end of outside.py: a rival's process, its results, and its seconds whenever we ask."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np

from benchmarks.speed.sizes import LeftOutError

SCRIPT = Path(__file__).with_name("outside.py")
PATIENCE = 300.0
"""Seconds after which a rival counts as stuck: its first call compiles, for about half a minute."""
PAUSE = 0.2
"""Seconds of rest before a rival's call and after it: threads of either side may still be spinning."""


@dataclass
class Child:
    """A running rival. checked: its result in float64 for few neurons; timed: for all; see outside.py."""

    route: str
    process: subprocess.Popen[str]
    complaints: IO[str]
    checked: np.ndarray
    timed: np.ndarray

    def seconds(self) -> float:
        """Seconds of one more call, on its own clock."""
        time.sleep(PAUSE)
        answer = _ask(self, "seconds")
        time.sleep(PAUSE)
        return answer

    def mebibytes(self) -> float:
        """MiB that one more call needs beyond what the process holds."""
        return _ask(self, "mebibytes")


def versions(python: str, library: str) -> dict[str, str]:
    """What `python` has of a library; LeftOutError says in one line why it cannot be used."""
    if shutil.which(python) is None:
        raise LeftOutError(f"{python} is not a program: name the python of an environment with {library}")
    asked = subprocess.run([python, SCRIPT, library], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise LeftOutError(f"{python} cannot run {library}: {_last(asked.stderr)}")
    found: dict[str, str] = json.loads(asked.stdout.splitlines()[-1])
    return found


@contextmanager
def child(python: str, route: str, threads: int, arrays: Mapping[str, np.ndarray]) -> Iterator[Child]:
    """Start a rival on these inputs; it is warm when this returns, and ends with the block."""
    with TemporaryDirectory() as folder, open(Path(folder, "errors"), "w+", encoding="utf-8") as complaints:
        inputs = Path(folder, "inputs.npz")
        results = Path(folder, "results.npz")
        np.savez(inputs, **arrays)  # type: ignore[arg-type]
        command = [python, str(SCRIPT), route, str(threads), str(inputs), str(results)]
        process = _start(command, threads, complaints)
        try:
            empty = np.empty(0)
            started = Child(route, process, complaints, empty, empty)
            _answer(started, "ready")
            with np.load(results) as file:
                started.checked = file["checked"]
                started.timed = file["timed"]
            yield started
        finally:
            process.kill()
            process.communicate()


def _start(command: list[str], threads: int, complaints: IO[str]) -> subprocess.Popen[str]:
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads))}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=complaints, text=True, env=environment, bufsize=1
    )


def _ask(rival: Child, question: str) -> float:
    assert rival.process.stdin is not None
    try:
        rival.process.stdin.write(f"{question}\n")
    except BrokenPipeError:
        raise LeftOutError(f"{rival.route} ended: {_complaint(rival)}") from None
    return float(_answer(rival, question))


def _answer(rival: Child, question: str) -> Any:
    """The value under this key of the next line."""
    assert rival.process.stdout is not None
    if not select.select([rival.process.stdout], [], [], PATIENCE)[0]:
        raise LeftOutError(f"{rival.route} did not answer within {PATIENCE:.0f} s")
    line = rival.process.stdout.readline()
    if not line:
        raise LeftOutError(f"{rival.route} ended: {_complaint(rival)}")
    try:
        return json.loads(line)[question]
    except (ValueError, KeyError, TypeError):
        raise LeftOutError(f"{rival.route} answered {line.strip()!r}, asked for {question}") from None


def _complaint(rival: Child) -> str:
    rival.complaints.seek(0)
    return _last(rival.complaints.read())


def _last(errors: str) -> str:
    return next((line.strip() for line in reversed(errors.splitlines()) if line.strip()), "it said nothing")
