"""Who runs batches: this process alone, processes on this machine, or a cluster of dask.distributed.

All crews run the same function on the same batch and hand back the same outcomes. A worker that is killed
loses the batch it was at, which is then run again by another; the store is written by the command only.
"""

from __future__ import annotations

import signal
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from refute.basics.errors import InputError, SweepError
from refute.sweep.batches import Batch
from refute.sweep.worker import Done, Job, work

LIVES = 3
"""A batch that took so many workers with it is not tried again."""
_REFRESH = 5.0


class Crew(Protocol):
    """Batches go in, in any order they come out."""

    @property
    def size(self) -> int:
        """How many batches it can use at a time."""
        ...

    def submit(self, batch: Batch) -> None:
        """Have a batch run."""
        ...

    def take(self) -> Done:
        """Wait for a batch. Raises SweepError if one cannot be run at all."""
        ...


class Alone:
    """This process: a batch is run when it is taken."""

    size = 1

    def __init__(self, job: Job) -> None:
        self._job, self._waiting = job, deque[Batch]()

    def submit(self, batch: Batch) -> None:
        """Put it in the queue."""
        self._waiting.append(batch)

    def take(self) -> Done:
        """Run the first of the queue."""
        return work(self._job, self._waiting.popleft())


@dataclass
class _Member:
    """A process, our end of its pipe, and the batch it is at."""

    process: BaseProcess
    pipe: Connection
    batch: Batch | None = None


class Pool:
    """Processes on this machine. One that dies is replaced, and its batch given to another."""

    def __init__(self, job: Job, size: int) -> None:
        self.size = size
        self._job, self._waiting, self._lost = job, deque[Batch](), Counter[Batch]()
        self._members = [self._hire() for _ in range(size)]

    def submit(self, batch: Batch) -> None:
        """Give it to an idle process, or keep it until there is one."""
        self._waiting.append(batch)
        self._hand_out()

    def take(self) -> Done:
        """Wait until a process is done. Raises SweepError for a batch that killed LIVES processes."""
        while True:
            self._hand_out()
            busy: dict[Any, _Member] = {m.pipe: m for m in self._members if m.batch is not None}
            for pipe in wait(list(busy)):
                member = busy[pipe]
                try:
                    done: Done = member.pipe.recv()
                except (EOFError, OSError):
                    self._replace(member)
                    continue
                member.batch = None
                return done

    def dismiss(self) -> None:
        """End all processes at once; what they are at is lost and harms nobody."""
        for member in self._members:
            member.process.kill()
        for member in self._members:
            member.process.join()
            member.pipe.close()

    def _hire(self) -> _Member:
        # A fresh interpreter: one that is forked inherits the threads of numerical libraries half.
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, self._job), daemon=True)
        with _deaf():
            process.start()
        theirs.close()  # so that our end hears when the process dies
        return _Member(process, ours)

    def _hand_out(self) -> None:
        for member in list(self._members):
            if member.batch is None and self._waiting:
                member.batch = self._waiting.popleft()
                try:
                    member.pipe.send(member.batch)
                except OSError:
                    self._replace(member)

    def _replace(self, member: _Member) -> None:
        batch = member.batch
        member.process.kill()
        member.process.join()
        member.pipe.close()
        if batch is not None:
            self._lost[batch] += 1
            if self._lost[batch] >= LIVES:
                where = f"{batch.cell.describe()}, {batch.arm}, level {batch.level}"
                raise SweepError(f"{LIVES} processes died while they ran {where}; is there enough memory?")
            self._waiting.appendleft(batch)
        self._members[self._members.index(member)] = self._hire()


@contextmanager
def _deaf() -> Iterator[None]:
    """A process started inside never hears Ctrl-C, which reaches all processes: the command decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(pipe: Connection, job: Job) -> None:
    """Run batches until the command is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(work(job, pipe.recv()))


class Cluster:
    """Workers of dask.distributed; the scheduler gives the batches of one that dies to another."""

    def __init__(self, job: Job, client: Any, name: str) -> None:
        from distributed import as_completed

        self._job, self._client, self._name = job, client, name
        self._finished: Any = as_completed()
        self._size, self._looked = 1, -_REFRESH

    @property
    def size(self) -> int:
        """Two batches for every thread, so that none waits for us; a cluster may grow."""
        if time.monotonic() - self._looked > _REFRESH:
            self._size = max(2 * sum(self._client.nthreads().values()), 1)
            self._looked = time.monotonic()
        return self._size

    def submit(self, batch: Batch) -> None:
        """Send it. The function is pure: a batch that is run twice comes out the same."""
        self._finished.add(self._client.submit(work, self._job, batch, pure=False))

    def take(self) -> Done:
        """Wait for the next one. Raises SweepError where the cluster gives up or is gone."""
        try:
            done: Done = next(self._finished).result()
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())
            raise SweepError(f"the cluster at {self._name} lost a batch: {words}") from error
        return done


@contextmanager
def crew_of(job: Job, processes: int, scheduler: str | None) -> Iterator[Crew]:
    """The crew asked for, dismissed at the end. Raises InputError if there is no such cluster."""
    if scheduler is not None:
        with _connected(scheduler) as client:
            yield Cluster(job, client, scheduler)
    elif processes == 1:
        yield Alone(job)
    else:
        pool = Pool(job, processes)
        try:
            yield pool
        finally:
            pool.dismiss()


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--scheduler needs dask.distributed: pip install 'refute[cluster]'") from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise InputError(f"--scheduler {address}: {str(error) or 'no answer'}") from None
    try:
        yield client
    finally:
        client.close()
