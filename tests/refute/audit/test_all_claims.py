"""An audit of the toy paper: its record, its witnesses and its exit code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from refute import Claim, Cost, Instance
from refute.audit.all_claims import Record, alone, audit_claims, exit_code
from refute.audit.one_claim import audit_claim, audit_siblings
from refute.audit.profiles import Profile
from refute.audit.request import Request
from refute.audit.result import Result
from refute.audit.verdict import Verdict
from refute.audit.witness import load_witness, save_witnesses
from refute.evidence.search import MORE
from refute.inputs.registry import Book, discover
from refute.report.audit_json import audit_record, sibling_records
from tests.refute.planted import CPU, SMALL, below, gamble, planted
from tests.refute.sample_audit import read
from tests.refute.sample_claims import in_json

TINY = Profile("tiny", dict.fromkeys(Cost, 10), dict.fromkeys(Cost, 30))


def record_of(*verdicts: Verdict, interrupted: bool = False) -> Record:
    return Record(results=[Result(planted(), verdict, "") for verdict in verdicts], interrupted=interrupted)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((), 0),
        ((Verdict.PROVED, Verdict.SUPPORTED), 0),
        ((Verdict.UNDECIDED, Verdict.OUT_OF_REACH), 0),
        ((Verdict.SUPPORTED, Verdict.ERROR), 3),
        ((Verdict.REFUTED, Verdict.ERROR), 1),
        ((Verdict.ERROR, Verdict.REFUTED), 1),
    ],
)
def test_exit_codes(verdicts: tuple[Verdict, ...], code: int) -> None:
    assert exit_code(record_of(*verdicts)) == code
    assert exit_code(record_of(*verdicts, interrupted=True)) == 130


def test_the_planned_budget_counts_searched_instances_and_examples_of_claims_with_trials() -> None:
    shown = (Instance(x=1), Instance(x=2), Instance(x=3))
    claims = (planted(examples=shown), gamble(0.0, examples=shown), gamble(0.0, id="P2"))
    request = Request(claims, TINY, 0, CPU, levels={"P1": 2.0**-10, "P2": 2.0**-12})
    assert request.planned == 2.0**-10 * (10 + 3 + MORE) + 2.0**-12 * (10 + MORE)


def audited(book: Book, witnesses: Path, with_siblings: bool) -> Any:
    request = Request(book.claims, TINY, 5, CPU, with_siblings)
    record = audit_claims(request)
    save_witnesses(record.results, 5, CPU, witnesses)
    return in_json(audit_record(book, request, record, witnesses))


def test_the_record_of_the_toy_paper_is_what_reports_rely_on(toy: Path) -> None:
    found = audited(discover(toy), toy / "witnesses", True)
    assert in_json(read(found)) == found
    assert (found["seed"], found["profile"], found["interrupted"]) == (5, "tiny", False)
    assert found["title"] == "Toy numbers"
    claims = {claim["id"]: claim for claim in found["claims"]}
    assert {label: claim["verdict"] for label, claim in claims.items()} == {
        "N1": "SUPPORTED",
        "N2": "SUPPORTED",
        "N3": "PROVED",
    }
    assert found["budget"]["instances"] == claims["N2"]["instances"]
    saved = {path.name for path in (toy / "witnesses").iterdir()}
    assert saved == {"N1~three-halves.json", "N2~half.json", "N3~no-mixed-term.json"}
    for claim in claims.values():
        for sibling in claim["siblings"]:
            assert sibling["verdict"] == "REFUTED"
            assert load_witness(Path(sibling["witness"]["path"])).label == f"{claim['id']}~{sibling['name']}"


def test_a_run_without_siblings_writes_nothing(toy: Path) -> None:
    audited(discover(toy), toy / "witnesses", False)
    assert not (toy / "witnesses").exists()


def test_ctrl_c_keeps_what_is_finished(toy: Path) -> None:
    book = discover(toy)

    def begin(label: str) -> None:
        if label == "N3":
            raise KeyboardInterrupt

    request = Request(book.claims, TINY, 0, CPU)
    record = audit_claims(request, crew=replace(alone(request), begun=begin))
    assert record.interrupted and exit_code(record) == 130
    assert [result.claim.id for result in record.results] == ["N1", "N2"]
    found = audit_record(book, request, record, toy / "witnesses")
    assert read(in_json(found)) == found
    assert found.interrupted is True


def test_claims_and_instances_are_announced(toy: Path) -> None:
    begun: list[str] = []
    ticks: list[str] = []
    book = discover(toy)
    request = Request(book.claims, TINY, 0, CPU)
    record = audit_claims(
        request, crew=replace(alone(request, ticks.append), begun=begun.append, ended=begun.append)
    )
    assert begun == [label for label in ("controls", "N1", "N2", "N3") for _ in range(2)]
    # An instance of two strata is judged in both and counted once.
    assert set(ticks) == {"N1", "N2", "N3"}
    assert len(ticks) >= sum(len(result.judged) for result in record.results)


def test_a_witness_is_saved_only_for_a_counterexample(tmp_path: Path) -> None:
    save_witnesses([audit_claim(planted(), SMALL, 0, CPU)], 0, CPU, tmp_path)
    assert not list(tmp_path.iterdir())
    result = audit_claim(planted(check=below(500)), SMALL, 4, CPU)
    save_witnesses([result], 4, CPU, tmp_path / "witnesses")
    assert result.counterexample is not None and result.counterexample.confirmed
    loaded = load_witness(tmp_path / "witnesses" / "P1.json")
    assert loaded.instance == result.counterexample.instance
    assert (loaded.seed, loaded.compute, loaded.sibling) == (4, CPU, None)


def test_siblings_are_described_with_their_witness(tmp_path: Path) -> None:
    pairs = audit_siblings(planted(), SMALL, 0, CPU)
    (found,) = in_json(sibling_records(pairs, tmp_path))
    assert not list(tmp_path.iterdir()), "describing writes nothing"
    save_witnesses((result for _, result in pairs), 0, CPU, tmp_path)
    assert Path(found["witness"]["path"]) == tmp_path / "P1~less.json"
    assert (found["name"], found["verdict"]) == ("less", "REFUTED")
    assert (found["statement"], found["because"]) == ("x <= 500", "1000 is larger")
    assert load_witness(tmp_path / "P1~less.json").sibling == "less"


def chained() -> tuple[Claim, ...]:
    """A false claim that uses another false one."""
    return (planted(id="A", check=below(500), uses=("B",)), planted(id="B", check=below(400)))


def test_what_is_kept_has_its_blame(tmp_path: Path) -> None:
    claims = chained()
    kept: list[Result] = []
    request = Request(claims[:1], SMALL, 0, CPU, book=claims)
    record = audit_claims(request, kept.append)
    assert kept == record.results
    assert kept[0].blame is not None and kept[0].blame.false == "B"
    assert "A falls because B is false" in kept[0].because


def test_ctrl_c_during_the_blame_keeps_the_refutation(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    claims = chained()
    kept: list[Result] = []
    monkeypatch.setattr("refute.audit.pieces.blame", interrupted)
    request = Request(claims, SMALL, 0, CPU, book=claims)
    record = audit_claims(request, kept.append)
    assert record.interrupted and [result.claim.id for result in kept] == ["A"]
    assert kept[0].verdict is Verdict.REFUTED and kept[0].blame is None
