"""float32 decides nothing: it refutes nothing, passes nothing, and says so wherever it says anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refute.ledger.ledger import open_ledger
from tests.refute.cli.commands import falsify, raise_in, read, refute, witness, written
from tests.refute.cli.test_widths_command import edited


def test_a_false_claim_is_shown_and_not_refuted(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    falsify(toy)
    assert refute("run", "--dtype", "float32", "--json", "run.json", "--report", "out") == 0
    found = read(toy / "run.json")
    assert found["dtype"] == "float32"
    claims = {claim["id"]: claim for claim in found["claims"]}
    assert {claim["verdict"] for claim in claims.values()} == {"UNDECIDED"}
    assert [claims[name]["shows"] for name in ("N1", "N2", "N3")] == ["SUPPORTED", "SUPPORTED", "REFUTED"]
    assert claims["N3"]["because"].startswith("float32 decides nothing. It shows REFUTED: square of the sum")
    assert all(
        not claim["witness"] and not claim["siblings"] and not claim["blame"] for claim in claims.values()
    )
    assert not [name for name in written(toy) if "witnesses" in name]
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert not [line for line in lines if "REFUTED" in line and "float32" not in line]
    assert "float32 decides nothing, and nothing was refuted." in out
    assert "1 REFUTED (N3)" in " ".join(out.split()) and "3 UNDECIDED, as float32 decides nothing." in out
    page = (toy / "out/index.html").read_text(encoding="utf-8")
    assert page.count("float32 shows") >= 4
    ledger = open_ledger(Path(".refute/ledger.sqlite"), write=False)
    assert {dtype for (dtype,) in ledger.rows("SELECT dtype FROM evidence")} == {"float32"}
    ledger.close()


def test_float64_shows_nothing(toy: Path) -> None:
    assert refute("run", "N1", "--json", "run.json") == 0
    assert read(toy / "run.json")["claims"][0]["shows"] is None


def test_an_error_is_one_in_any_precision(toy: Path) -> None:
    raise_in(toy, "ZeroDivisionError")
    assert refute("run", "--dtype", "float32", "--json", "run.json") == 3
    assert [(one["verdict"], one["shows"]) for one in read(toy / "run.json")["claims"]] == [
        ("UNDECIDED", "SUPPORTED"),
        ("ERROR", None),
        ("UNDECIDED", "PROVED"),
    ]


def test_a_witness_of_float64_outlives_a_run_in_float32(toy: Path) -> None:
    falsify(toy)
    assert refute("run", "N3") == 1
    before = (toy / ".refute/witnesses/N3.json").read_bytes()
    assert refute("run", "N3", "--dtype", "float32") == 0
    assert (toy / ".refute/witnesses/N3.json").read_bytes() == before
    assert refute("replay", ".refute/witnesses/N3.json") == 1


@pytest.mark.parametrize(("x", "said"), [(3, "a violation"), (0, "no violation")])
def test_a_witness_in_float32_replays_with_0(
    toy: Path, capsys: pytest.CaptureFixture[str], x: int, said: str
) -> None:
    falsify(toy)
    assert refute("replay", witness(toy, claim="N3", dtype="float32", instance={"x": x, "y": 4})) == 0
    assert f"float32 shows {said} of N3, and decides nothing." in capsys.readouterr().out


def test_no_level_of_a_sweep_is_refuted_in_float32(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edited("64 * middle", "0.1 * middle")
    assert refute("widths", "--processes", "1", "--json", "s.json", "--dtype", "float32") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "In float32, which decides nothing: " in out and "sufficient levels did not suffice" in out
    assert json.loads((toy / "s.json").read_text(encoding="utf-8"))["dtype"] == "float32"
