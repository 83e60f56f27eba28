"""How a command ends: 1 for a refutation and nothing else, and one line for whatever goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from refute.cli import main as cli
from tests.refute.cli.commands import falsify, raise_in, read, refute, start
from tests.refute.toy_files import N2, PAPER, change

MISTAKE = "refute: this is a mistake of refute and says nothing of the paper: "


def fail(*_: object) -> None:
    raise ZeroDivisionError("ours")


def leave(*_: object) -> None:
    raise SystemExit(1)


@pytest.mark.parametrize(("failing", "said"), [(fail, "ZeroDivisionError: ours"), (leave, "SystemExit: 1")])
def test_a_mistake_of_ours_is_one_line_and_3(
    toy: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    failing: object,
    said: str,
) -> None:
    monkeypatch.setattr("refute.cli.audit_commands.audit_record", failing)
    assert refute("run", "N3") == 3
    assert capsys.readouterr().err.endswith(f"{MISTAKE}{said} (--traceback prints all of it)\n")
    assert refute("run", "N3", "--traceback") == 3
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err and err.endswith(f"{MISTAKE}{said}\n")


def test_an_environment_that_lacks_something_is_3(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "refute.cli.options", None)
    assert refute("list") == 3
    assert "ModuleNotFoundError" in capsys.readouterr().err


def test_a_claim_that_leaves_is_an_error_of_the_claim(toy: Path) -> None:
    raise_in(toy, "SystemExit(1)")
    assert refute("run", "--json", "run.json") == 3
    claims = {claim["id"]: claim for claim in read(toy / "run.json")["claims"]}
    assert claims["N2"]["verdict"] == "ERROR" and claims["N2"]["because"].startswith("SystemExit: 1 (claims/")
    assert claims["N3"]["verdict"] == "PROVED"


def test_a_paper_that_leaves_while_it_is_imported_is_told(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(toy, N2, "import numpy as np\n", "import numpy as np\n\nraise SystemExit(1)\n")
    assert refute("run", "N3") == 2
    assert "n2_largest_uniform cannot be imported: SystemExit: 1" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_every_encoding_carries_the_table(toy: Path, encoding: str) -> None:
    falsify(toy)
    process = start(toy, "run", "N1", "N3", "--ledger", "none", PYTHONIOENCODING=encoding)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "x REFUTED" in out and "+ SUPPORTED" in out and "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("list | head -1", 0),
        ("list --json | head -1", 0),
        ("run N1 --ledger none | true", 0),
        ("run N3 --ledger none | true", 1),
        ("list >&-", 0),
        ("run N3 --ledger none >&- 2>&-", 1),
        ("run N7 2>&-", 2),
        ("--help | true", 0),
    ],
)
def test_a_stream_that_is_closed_changes_no_exit_code(toy: Path, line: str, code: int) -> None:
    falsify(toy)
    words, bar, reader = line.partition(" | ")
    script = f"(python -m refute.cli {words}; echo $? > code) {bar} {reader}".replace(
        "python", sys.executable
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=toy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (toy / "code").read_text(encoding="utf-8") == f"{code}\n"
    assert not [line for line in done.stderr.splitlines() if not line.startswith("[")]


def test_a_table_that_cannot_be_written_loses_no_refutation(toy: Path) -> None:
    falsify(toy)
    for claim, code in (("N1", 2), ("N3", 1)):
        script = (
            "import resource, sys; from refute.cli.main import main; "
            "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)); sys.exit(main())"
        )
        with (toy / "out.txt").open("w", encoding="utf-8") as out:
            done = subprocess.run(
                [sys.executable, "-B", "-c", script, "run", claim, "--ledger", "none"],
                cwd=toy,
                env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2])},
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                timeout=120,
                check=False,
            )
        assert "refute: stdout: File too large" in done.stderr.splitlines()
        assert done.returncode == code and "Traceback" not in done.stderr


PRESSED = """
import os, signal, sys
from refute.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
rest = [int(sys.argv.pop(1))]
def count(event, _):
    if event == "import":
        rest[0] -= 1
        if rest[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(count)
code = main()
print("not pressed" if rest[0] > 0 else "pressed too late")
sys.exit(code)
"""


@pytest.mark.parametrize("number", [1, 2, 5, 20, 80, 200, 400, 600])
def test_ctrl_c_at_any_import_is_one_line(toy: Path, number: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED, str(number), "run", "--ledger", "none"],
        cwd=toy,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "refute: interrupted\n")


def test_ctrl_c_during_the_work_is_no_traceback(toy: Path) -> None:
    process = start(toy, "run", "--profile", "deep", "--ledger", "none")
    assert process.stderr is not None
    assert process.stderr.readline().startswith("[1/3]")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "The audit was interrupted" in out
    assert "Traceback" not in err and "KeyboardInterrupt" not in err


def test_who_mutes_ctrl_c_is_not_interrupted(toy: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = start(toy, "list")
    finally:
        signal.signal(signal.SIGINT, before)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and out.startswith("Toy numbers")


ESCAPE = "\x1b]0;owned\x07\x1b[2J"


def test_no_text_of_others_commands_the_terminal(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, PAPER, 'title="Toy numbers"', f"title={ESCAPE!r}")
    (toy / ESCAPE).write_text("{}", encoding="utf-8")
    orders: tuple[tuple[str, ...], ...] = (
        ("run", ESCAPE),
        ("run", f"--{ESCAPE}"),
        ("frobnicate" + ESCAPE,),
        ("list",),
        ("replay", ESCAPE),
        ("report", ESCAPE, "out"),
        ("widths", "--grid", ESCAPE),
        ("ledger", ESCAPE),
    )
    for order in orders:
        refute(*order)
        printed = capsys.readouterr()
        assert "\\x1b" in printed.out + printed.err, order
        assert not {"\x1b", "\x07"} & {*printed.out, *printed.err}, order
