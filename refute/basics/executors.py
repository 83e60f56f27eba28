"""Who runs tasks: this process, processes on this machine (loky), or a cluster (dask.distributed).

All of them are a `concurrent.futures.Executor`. A task is a function of a module with arguments that can be
pickled; what comes out does not depend on who runs it. A worker that dies loses its task, which another one
runs again.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, ParamSpec, TypeVar

from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor, TerminatedWorkerError

from refute.basics.cluster import Members, connected
from refute.basics.interrupts import block_sigint, stop_if_asked, uninterrupted

P = ParamSpec("P")
T = TypeVar("T")

LIVES = 3
"""A task that took so many processes with it is given up. One death may be bad luck, such as a system without
memory; three in a row at one task hardly are. dask.distributed gives up at the fourth."""
# Several processes with several threads each would wait for each other.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""The variables by which libraries learn their number of threads. The first is the user's to set: all of a
process follow it, and have one thread otherwise."""
WAITING = "OMP_WAIT_POLICY"
"""The variable by which threads learn how to wait for each other. Beside other processes they sleep: one that
spins takes the processor from the thread that it waits for. The user's to set."""
_LOOK = 0.5
"""Seconds between two looks of a process for the command that started it: short, and costs nothing."""


class WorkersDied(Exception):
    """A task took LIVES processes with it."""


@dataclass(frozen=True)
class Workers:
    """Who works, in words; how to have a task run; and how many tasks in flight keep all busy just now.

    deaths: what there is to say of workers that died since it was asked last; their tasks run elsewhere.
    """

    name: str
    executor: Executor
    capacity: Callable[[], int]
    deaths: Callable[[], list[str]] = list

    @property
    def alone(self) -> bool:
        """Whether this process does everything itself, and hears what a task tells while it runs."""
        return isinstance(self.executor, InThisProcess)


@contextmanager
def open_executor(processes: int, scheduler: str | None = None) -> Iterator[Workers]:
    """The workers asked for; at the end, and after Ctrl-C at once, no process of theirs is left.

    processes: on this machine; one is this process, which runs a task when it is submitted. scheduler: the
    address of one of dask.distributed, used instead. Raises InputError if it does not answer.
    """
    name = name_of(processes, scheduler)
    if scheduler is not None:
        with connected(scheduler) as client:
            # impure: nothing is kept from an earlier command, which may have had other sources
            crew = Members(client)
            yield Workers(name, client.get_executor(pure=False), crew.capacity, crew.deaths)
        return
    executor = InThisProcess() if processes == 1 else Processes(processes)
    deaths = executor.deaths if isinstance(executor, Processes) else list
    with warnings.catch_warnings():
        # loky's advice to install psutil, or about the memory that tasks take, is of no use to a reader
        warnings.filterwarnings("ignore", category=UserWarning, module=r"loky\.")
        try:
            yield Workers(name, executor, lambda: processes, deaths)
        finally:
            with uninterrupted():
                executor.shutdown()


def name_of(processes: int, scheduler: str | None) -> str:
    """The workers in words."""
    if scheduler is not None:
        return f"the cluster at {scheduler}"
    return f"{processes} process{'es' if processes > 1 else ''}"


class InThisProcess(Executor):
    """Runs a task at once. KeyboardInterrupt and its like pass, so that Ctrl-C ends a task."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it, and hand back a future that is done.

        What a task answers that was interrupted is thrown away: the exception may have cut a library in half,
        which then raises another one that the task takes for an answer.
        """
        future: Future[T] = Future()
        stop_if_asked()
        try:
            found = fn(*args, **kwargs)
        except Exception as error:
            stop_if_asked()
            future.set_exception(error)
        else:
            stop_if_asked()
            future.set_result(found)
        return future


class Processes(Executor):
    """Processes on this machine: fresh interpreters, each a loky pool of one, served by a thread of its own.

    Fresh, because one that is forked inherits the threads of numerical libraries half. Pools of one, because
    loky gives up a whole pool when one of its processes dies, and cannot say at which task: here the pool
    holds one task, which is to blame, and no neighbour loses anything. Served by threads, because Python
    raises KeyboardInterrupt in the main thread only: Ctrl-C cuts nothing of loky's in half.
    """

    def __init__(self, count: int) -> None:
        self._dead: list[str] = []
        self._threads = ThreadPoolExecutor(count)
        self._pools: dict[int, ProcessPoolExecutor] = {}  # by thread
        self._opening = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it run. The future raises what the task raised, or WorkersDied."""
        with uninterrupted():
            return self._threads.submit(self._run, partial(fn, *args, **kwargs))

    def deaths(self) -> list[str]:
        """The processes that died at a task since this was asked last, each in a sentence."""
        said, self._dead = self._dead, []
        return said

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes at once, whatever is asked for; tasks that are not done are lost."""
        with self._opening:
            self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools.values():
            pool.shutdown(kill_workers=True)
        self._threads.shutdown()

    def _run(self, task: Callable[[], T]) -> T:
        for left in reversed(range(LIVES)):
            try:
                return self._start(task).result()
            except TerminatedWorkerError:
                fate = "runs again" if left else "is given up"
                self._dead.append(f"a process died; {_task_name(task)} {fate}")
        raise WorkersDied(f"{LIVES} processes died")

    def _start(self, task: Callable[[], T]) -> Future[T]:
        """Give a task to this thread's process. One that died idle is replaced, and the task not blamed."""
        pool = self._pools.get(threading.get_ident()) or self._open()
        future: Future[T]
        try:
            future = pool.submit(task)
        except BrokenProcessPool:
            future = self._open().submit(task)
        return future

    def _open(self) -> ProcessPoolExecutor:
        # Both libraries start a tracker of resources with the first process, and in some versions let the
        # thread hear SIGINT afterwards; so both are started first, then SIGINT is blocked.
        if os.name == "posix":
            resource_tracker.ensure_running()
        with self._opening:
            if self._closed:
                raise CancelledError
            settings = dict.fromkeys(THREADS, os.environ.get(THREADS[0]) or "1")
            settings[WAITING] = os.environ.get(WAITING) or "PASSIVE"
            pool = ProcessPoolExecutor(1, initializer=_begin, initargs=(os.getpid(),), env=settings)
            self._pools[threading.get_ident()] = pool
        block_sigint()
        return pool


def _begin(command: int) -> None:
    """What a process does first: be deaf to Ctrl-C, which reaches all processes, and watch the command."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(command,), daemon=True).start()


def _leave_with(command: int) -> None:
    """End this process when the command is gone: a process of loky holds its own pipe open and would wait."""
    while os.getppid() == command:
        time.sleep(_LOOK)
    os._exit(1)


def is_death(error: BaseException) -> bool:
    """Whether a task was given up because it took too many workers with it."""
    # By name: dask.distributed need not be installed.
    return isinstance(error, WorkersDied) or type(error).__name__ == "KilledWorker"


def _task_name(task: Any) -> str:
    """What a task calls itself: the last argument of its function may `describe` it."""
    described = getattr(task.args[-1], "describe", None) if task.args else None
    return str(described()) if callable(described) else "its task"
