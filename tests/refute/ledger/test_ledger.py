"""The ledger: what audits found is in it once, stays, and is never taken for more than it was."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path

import pytest

from refute.ledger.ledger import spent_by
from tests.refute.ledger.ledgers import FILE, in_folder, refute, shown
from tests.refute.toy_files import N1, N2, N3, change

ROOT = Path(__file__).resolve().parents[3]


def test_a_run_is_in_the_ledger_and_counts_once(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "--json", "run.json", "--seed", "7") == 0
    ran = {claim["id"]: claim for claim in json.loads(Path("run.json").read_text("utf-8"))["claims"]}
    first = shown(capsys)
    for label in ("N1", "N2", "N3"):
        assert first[label]["instances"] == ran[label]["instances"]
        assert first[label]["trials"] == ran[label]["trials"]
        assert first[label]["worst_slack"] == ran[label]["worst_slack"]
        assert (first[label]["machines"], first[label]["refutations"]) == (1, 0)
    assert refute("run", "--seed", "7") == 0
    again = shown(capsys)
    assert (first["N1"]["runs"], again["N1"]["runs"], again["runs"]) == (1, 2, 2)
    assert again["N1"]["instances"] == first["N1"]["instances"] and again["N1"]["disputed"] == 0
    assert again["N2"]["level_spent"] == first["N2"]["level_spent"] == spent_by(1)
    assert refute("ledger") == 0
    assert "3 audits" not in (out := capsys.readouterr().out) and "2 audits." in out


def test_a_changed_statement_makes_its_own_evidence_stale(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refute("run")
    before = shown(capsys)
    change(toy, N2, '"""N2.', '"""N2. ')
    after = shown(capsys)
    assert after["N2"]["stale_instances"] == before["N2"]["instances"] and after["N2"]["instances"] == 0
    assert after["N2"]["stale_statements"] == 1 and after["N2"]["level_spent"] == 0
    assert after["N1"] == before["N1"] and after["N3"] == before["N3"]
    capsys.readouterr()
    assert refute("ledger") == 0 and "Stale instances were" in capsys.readouterr().out


def test_a_refutation_is_remembered(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N3, "check=partial(check, 2)", "check=partial(check, 0)")
    change(toy, N2, "draw=partial(draw, 1 / 20)", "draw=partial(draw, 1 / 2)")
    assert refute("run") == 1
    found = shown(capsys)
    assert found["N3"]["refutations"] >= 1 and found["N2"]["refutations"] >= 1
    assert (found["N2"]["confirmed"], found["N3"]["confirmed"], found["N1"]["refutations"]) == (1, 1, 0)


def test_float32_is_kept_apart(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refute("run", "N1", "--dtype", "float32")
    found = shown(capsys)["N1"]
    assert found["float32_instances"] > 100
    assert (found["instances"], found["runs"], found["since"], found["worst_slack"]) == (0, 0, None, None)


def test_a_killed_run_keeps_the_claims_it_finished(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(
        toy,
        N2,
        "    least = share",
        "    open('reached', 'w').close()\n    time.sleep(60)\n    least = share",
    )
    change(toy, N2, "from functools import partial", "import time\nfrom functools import partial")
    process = in_folder(toy, "-m", "refute.cli", "run")
    deadline = time.monotonic() + 60
    while not Path("reached").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = shown(capsys)
    assert found["N1"]["instances"] > 100 and found["N2"]["instances"] == found["N3"]["instances"] == 0
    assert refute("report", FILE, "out") == 2
    assert "holds no audit that ended" in capsys.readouterr().err


def test_ctrl_c_keeps_the_claims_that_are_finished(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N2, "    least = share", "    raise KeyboardInterrupt\n    least = share")
    assert refute("run") == 130
    found = shown(capsys)
    assert found["N1"]["instances"] > 100 and found["N2"]["instances"] == 0


def test_the_newest_audit_in_a_ledger_becomes_a_page(toy: Path) -> None:
    assert refute("run") == 0
    assert refute("run", "N3") == 0
    assert refute("report", FILE, "out") == 0
    page = Path("out/index.html").read_text("utf-8")
    assert "The binomial formula" in page and "The largest of k uniform numbers is large" not in page


def test_an_error_verdict_leaves_no_evidence(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N1, '    """Both sides in floating point."""', "    raise ZeroDivisionError")
    assert refute("run") == 3
    assert shown(capsys)["N1"]["instances"] == 0


def test_every_key_of_the_ledger_is_documented(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refute("run", "N3")
    found = shown(capsys)
    section = (ROOT / "docs/json.md").read_text("utf-8").partition("## `refute ledger --json`")[2]
    _, whole, claim = section.partition("\n## ")[0].split("\n### ")
    rows = [re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE) for part in (whole, claim)]
    documented = [set(re.findall(r"`(\w+)`", " ".join(part))) for part in rows]
    assert documented == [set(found) - {"N1", "N2", "N3"}, set(found["claims"][0])]
