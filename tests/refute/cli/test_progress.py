"""What is shown while a command works: a bar on a terminal, a line for each claim elsewhere."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.progress import Progress

from refute.audit.request import Request
from refute.cli.progress import claims_bar, describe, progress_on_stderr
from refute.statement.claim import Claim

CLAIMS = [SimpleNamespace(id="K1", slug="one"), SimpleNamespace(id="K2", slug="two")]
REQUEST = cast(Request, SimpleNamespace(claims=CLAIMS))
FIRST, SECOND = (cast(Claim, claim) for claim in CLAIMS)


def shown(progress: Progress) -> tuple[float, float | None, str]:
    (task,) = progress.tasks
    return task.completed, task.total, task.description


@pytest.mark.parametrize("disable", [True, False])
def test_the_bar_counts_the_claims_that_are_done_and_the_instances_of_one(
    capsys: pytest.CaptureFixture[str], disable: bool
) -> None:
    progress = Progress(disable=disable)
    begin, tick = claims_bar(progress, REQUEST)
    assert shown(progress) == (0, 2, "starting")
    begin(FIRST)
    assert shown(progress) == (0, 2, "K1 one")
    tick("whatever")
    tick("whatever")
    assert shown(progress) == (0, 2, "K1 one: 2 instances")
    begin(SECOND)
    tick("whatever")
    assert shown(progress) == (1, 2, "K2 two: 1 instances")
    assert capsys.readouterr().err == ("[1/2] K1 one\n[2/2] K2 two\n" if disable else "")


@pytest.mark.parametrize(("prefix", "told"), [((), "x"), (("plot: ",), "plot: x")])
def test_what_is_at_work_stands_next_to_the_bar(prefix: tuple[str, ...], told: str) -> None:
    progress = Progress(disable=True)
    describe(progress, progress.add_task("", total=1), *prefix)("x")
    assert shown(progress)[2] == told


@pytest.mark.parametrize("terminal", [True, False])
def test_bars_are_for_terminals_on_stderr_and_vanish(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    progress: Any = progress_on_stderr()
    assert progress.console.stderr and progress.disable is not terminal
    assert progress.live.transient
