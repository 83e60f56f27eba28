"""`make gpu` where there is none, and how its parts share the time, simulated: no machine here has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import on_gpu
from benchmarks.on_gpu import Outcome, Part, ended, main, parts


def test_without_a_gpu_nothing_is_run_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert main(["--out", str(tmp_path / "out")]) == 2
    assert "nothing was run" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_time_that_a_part_leaves_goes_to_those_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float] = []
    codes = iter((0, None, 1))

    def simulated(part: Part, seconds: float) -> Outcome:
        allowed.append(seconds)
        return Outcome(part, next(codes), 10.0, "said")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "a GPU")
    monkeypatch.setattr(on_gpu, "ended", simulated)
    assert main(["--minutes", "5", "--out", str(tmp_path)]) == 1
    assert allowed == pytest.approx([90.0, 290.0 * 0.4 / 0.7, 280.0])
    written = (tmp_path / "gpu.md").read_text(encoding="utf-8")
    assert "On a GPU" in written
    assert [word in written for word in ("passed", "cut off", "failed (1)")] == [True] * 3
    assert (tmp_path / "audit-on-the-GPU.txt").read_text(encoding="utf-8") == "said"


def test_the_shares_are_all_of_the_time_and_every_part_exists() -> None:
    assert sum(part.share for part in parts(Path("out"))) == pytest.approx(1.0)
    assert {part.arguments[1] for part in parts(Path("out"))} == {"pytest", "refute.cli"}


@pytest.mark.parametrize(("code", "word"), [("print('a')", "passed"), ("raise SystemExit(3)", "failed (3)")])
def test_a_part_ends_as_its_command_does(code: str, word: str) -> None:
    assert ended(Part("one", "", ("-c", code), 1.0), 60.0).word == word


def test_a_part_whose_time_is_over_is_cut_off_and_not_passed() -> None:
    found = ended(
        Part("one", "", ("-c", "print('begun', flush=True); import time; time.sleep(60)"), 1.0), 3.0
    )
    assert found.word == "cut off" and found.printed in ("begun\n", "")
