"""Executors one by one: who runs a task, who is blamed for a death, and who is left at the end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, wait
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from refute.basics import interrupts
from refute.basics.errors import InputError
from refute.basics.executors import LIVES, WAITING, InThisProcess, WorkersDied, name_of, open_executor
from tests.refute.basics.tasks import die, double, fail, hears_ctrl_c, once, pid, setting


def gone(process: int) -> bool:
    """Whether a process is no more, within ten seconds."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def marks(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / str(number)).touch()
    return folder


@pytest.mark.parametrize("processes", [1, 2])
def test_tasks_come_back_with_what_they_return_or_raise(processes: int) -> None:
    with open_executor(processes) as workers:
        assert workers.capacity() == processes
        futures = [workers.executor.submit(double, number) for number in range(5)]
        assert [future.result() for future in futures] == [0, 2, 4, 6, 8]
        with pytest.raises(ValueError, match="no such luck"):
            workers.executor.submit(fail, "no such luck").result()
        assert workers.executor.submit(double, 4).result() == 8


@pytest.mark.parametrize(("wanted", "found"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_of_a_worker_sleep_while_they_wait_unless_the_user_wants_another_way(
    wanted: str | None, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(WAITING, raising=False)
    if wanted:
        monkeypatch.setenv(WAITING, wanted)
    with open_executor(2) as workers:
        assert workers.executor.submit(setting, WAITING).result() == found


def test_one_process_is_this_one_and_runs_a_task_at_once() -> None:
    with open_executor(1) as workers:
        future = workers.executor.submit(pid)
        assert future.done() and future.result() == os.getpid()


def test_a_ctrl_c_that_python_swallowed_ends_the_next_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "_asked", threading.Event())
    with suppress(KeyboardInterrupt):
        interrupts._raise(signal.SIGINT, None)
    with open_executor(1) as workers, pytest.raises(KeyboardInterrupt):
        workers.executor.submit(pid)


def test_in_this_process_ctrl_c_passes() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InThisProcess().submit(interrupted)


def test_processes_stay_until_the_end_and_none_is_left_then() -> None:
    with open_executor(2) as workers:
        seen = {workers.executor.submit(pid).result() for _ in range(6)}
        wait([workers.executor.submit(double, 1, 0.2) for _ in range(2)])
        seen |= {workers.executor.submit(pid).result() for _ in range(6)}
        assert len(seen) <= 2 and os.getpid() not in seen
        begun = time.monotonic()
        workers.executor.submit(double, 1, 60.0)
        late = [workers.executor.submit(double, 1, 60.0) for _ in range(3)]
    assert time.monotonic() - begun < 30
    assert all(gone(process) for process in seen) and all(future.done() for future in late)
    with pytest.raises(RuntimeError):
        workers.executor.submit(pid)


def test_processes_are_deaf_to_ctrl_c_and_this_one_is_not() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    with open_executor(2) as workers:
        futures = [workers.executor.submit(hears_ctrl_c) for _ in range(4)]
        assert not any(future.result() for future in futures)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == before


def test_a_task_whose_process_dies_is_run_again_and_its_neighbour_only_once(tmp_path: Path) -> None:
    lives = marks(tmp_path / "lives", LIVES - 1)
    with open_executor(2) as workers:
        neighbour = workers.executor.submit(once, tmp_path / "mark", 1.0)
        while not (tmp_path / "mark").exists():
            time.sleep(0.01)
        assert workers.executor.submit(die, lives).result() == "alive"
        assert neighbour.result() == "run\n"
    assert list(lives.iterdir()) == []


def test_a_task_that_kills_whoever_runs_it_is_given_up_and_nobody_else_is_blamed(tmp_path: Path) -> None:
    lives = marks(tmp_path / "lives", 20)
    with open_executor(2) as workers:
        neighbours = [workers.executor.submit(double, number, 0.05) for number in range(20)]
        with pytest.raises(WorkersDied, match=f"^{LIVES} processes died$"):
            workers.executor.submit(die, lives).result()
        assert [future.result() for future in neighbours] == [2 * number for number in range(20)]
    assert len(list(lives.iterdir())) == 20 - LIVES


def test_a_process_that_dies_idle_is_replaced_and_costs_no_life(tmp_path: Path) -> None:
    lives = marks(tmp_path / "lives", LIVES - 1)
    with open_executor(2) as workers:
        for _ in range(2):
            idle = workers.executor.submit(pid).result()
            os.kill(idle, signal.SIGKILL)
            assert gone(idle)
            time.sleep(0.2)
        assert workers.executor.submit(die, lives).result() == "alive"


def test_nothing_is_started_after_the_end() -> None:
    with open_executor(2) as workers:
        pass
    open_pool = workers.executor._open  # type: ignore[attr-defined]
    with pytest.raises(CancelledError):
        open_pool()


def test_workers_have_a_name() -> None:
    assert [name_of(n, None) for n in (1, 2)] == ["1 process", "2 processes"]
    assert name_of(2, "tcp://a:1") == "the cluster at tcp://a:1"


class Client:
    """A cluster that runs what it is given at once."""

    def __init__(self, address: str = "there", timeout: str = "") -> None:
        if "nowhere" in address:
            raise OSError("no answer from nowhere" if "said" in address else "")
        self.threads = {"one": 2, "two": 1}
        self.closed = False
        self.lost = False

    def nthreads(self) -> dict[str, int]:
        if self.lost:
            raise OSError("lost the connection")
        return self.threads

    def get_executor(self, **how: Any) -> Any:
        assert how == {"pure": False}
        return SimpleNamespace(client=self, submit=self.submit)

    def submit(self, task: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return InThisProcess().submit(task, *arguments)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=Client))


def test_a_cluster_runs_tasks_and_is_let_go(cluster: None) -> None:
    with open_executor(2, "there") as workers:
        executor: Any = workers.executor
        assert workers.name == "the cluster at there"
        assert executor.submit(double, 3).result() == 6
        assert not executor.client.closed
    assert executor.client.closed


def test_the_size_of_a_cluster_is_looked_at_now_and_then(
    cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    with open_executor(1, "there") as workers:
        executor: Any = workers.executor
        assert workers.capacity() == 6
        executor.client.threads = {}
        clock.now += 4.9
        assert workers.capacity() == 6
        clock.now += 0.2
        assert workers.capacity() == 1
        executor.client.threads = {"one": 1}
        clock.now += 5.5
        assert workers.capacity() == 2
        executor.client.lost = True
        clock.now += 5.5
        assert workers.capacity() == 1


@pytest.mark.parametrize(
    ("address", "message"), [("nowhere", "no answer"), ("said nowhere", "no answer from nowhere")]
)
def test_a_cluster_that_does_not_answer_is_a_mistake_of_the_user(
    cluster: None, address: str, message: str
) -> None:
    with pytest.raises(InputError, match=f"^--scheduler {address}: {message}$"), open_executor(1, address):
        pass


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'refute\[cluster\]'"), open_executor(1, "there"):
        pass


@pytest.mark.parametrize("raises", [False, True])
def test_what_an_interrupted_task_answers_is_thrown_away(
    raises: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that is cut in half may raise something else, which a task reports as its answer."""
    asked = threading.Event()
    monkeypatch.setattr(interrupts, "_asked", asked)

    def task() -> str:
        asked.set()
        if raises:
            raise AssertionError
        return "an ERROR"

    with pytest.raises(KeyboardInterrupt):
        InThisProcess().submit(task)
