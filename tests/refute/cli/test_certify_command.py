"""`refute certify` on the toy paper: what is printed, written and refused; exit code 0 proved or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.cli.main import main
from tests.refute.toy_files import change

STEEP = np.array([[1.0, 3.0]])
POINTS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.fixture
def checkpoints(toy: Path) -> Path:
    """Three checkpoints of one run, the first two of which are too steep."""
    for name, steep in (("a", 5.0), ("b", 4.0), ("c", 3.0)):
        saved(f"{name}.npz", steepness=np.array([[1.0, steep]]))
    return toy


def saved(name: str, **changes: Any) -> str:
    arrays = {"steepness": STEEP, "points": POINTS, "step": 0.5, "kind": "round", **changes}
    np.savez(name, **{key: value for key, value in arrays.items() if value is not None})
    return name


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = set(Path().rglob("*"))
    capsys.readouterr()
    assert main(["certify", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("refute: ") and said.err.count("\n") == 1
    assert set(Path().rglob("*")) == before
    return said.err.removeprefix("refute: ").rstrip()


def test_a_proof_is_printed_with_its_conditions(
    checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", "c.npz"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "c.npz: proved by N1",
        "  points  3",
        "  sum     21",
        "  kind    round",
        "  N1 step: holds: 1.5 < 2",
        "It comes to rest.",
    ]


def test_what_is_not_proved_is_no_refutation_and_names_who_is_to_blame(
    checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = set(checkpoints.iterdir())
    assert main(["certify", "a.npz"]) == 0
    assert capsys.readouterr().out.splitlines()[4:] == [
        "  N1 step: fails: 2.5, must be < 2",
        "  To blame:",
        "    parabola 1: is 2.5 steep",
        "It rolls off.",
    ]
    assert set(checkpoints.iterdir()) == before


def test_a_sequence_is_a_table_and_says_from_which_one_on(
    checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", "a.npz", "b.npz", "c.npz", "--json", "o.json"]) == 0
    out = capsys.readouterr().out
    assert "To blame" not in out
    assert [line.split()[:4] for line in out.splitlines()[1:4]] == [
        ["0", "a.npz", "not", "proved"],
        ["1", "b.npz", "not", "proved"],
        ["2", "c.npz", "proved", "N1"],
    ]
    sentence = "Proved from c.npz on: for all later steps from the state that is stored there."
    assert out.splitlines()[-1] == sentence
    found = json.loads(Path("o.json").read_text(encoding="utf-8"))
    assert (found["proved_from"], found["conclusion"]) == (2, sentence)
    assert [state["proof"] for state in found["states"]] == ["not proved", "not proved", "proved"]


def test_a_later_state_that_is_not_proved_is_told(
    checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certify", "c.npz", "a.npz"]) == 0
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .endswith("Not proved from the states stored later in a.npz, which takes nothing from it.")
    )
    assert main(["certify", "a.npz", "b.npz"]) == 0
    assert "None of the 2 checkpoints is proved, which refutes nothing." in capsys.readouterr().out


def test_the_json_file_has_the_papers_numbers_beside_every_key(checkpoints: Path) -> None:
    saved("d.npz", kind=None)
    assert main(["certify", "d.npz", "--set", "kind=square", "--json", "new/o.json"]) == 0
    found = json.loads(Path("new/o.json").read_text(encoding="utf-8"))
    (state,) = found["states"]
    assert (found["schema"], found["title"], found["given"]) == (
        "refute-certify/1",
        "Toy numbers",
        {"kind": "square"},
    )
    assert (state["source"], state["by"], state["largest"], state["first"]) == (
        "d.npz",
        "N1",
        1.5,
        [1.0, 2.0],
    )
    assert state["conditions"] == [
        {
            **{"by": "N1", "name": "step", "value": 1.5, "relation": "<", "bound": 2.0},
            **{"certainty": "holds", "note": ""},
        }
    ]


def test_columns_may_be_the_samples(checkpoints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved("d.npz", points=POINTS.T)
    assert main(["certify", "d.npz", "--samples", "columns", "--json", "o.json"]) == 0
    found = json.loads(Path("o.json").read_text(encoding="utf-8"))
    assert found["samples"] == "columns" and found["states"][0]["first"] == [1.0, 2.0]
    assert "(--samples says which)" in refused(capsys, "d.npz")


def test_what_does_not_belong_together_is_refused(
    checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved("d.npz", step=0.25)
    assert refused(capsys, "a.npz", "d.npz") == ("d.npz: belongs to no sequence with a.npz: the steps differ")
    assert refused(capsys, "a.npz", "b.npz", "a.npz") == "a.npz: is given twice"
    saved("e.npz", step=13)
    assert refused(capsys, "a.npz", "e.npz") == "e.npz: a step of 13 is bad luck"


def test_bad_input_is_one_line_and_nothing_is_written(
    checkpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, "z.npz", "--json", "o.json") == "z.npz: there is no such file"
    assert refused(capsys, "a.npz", "--set", "pace=1").startswith("--set pace=1: give NAME=VALUE")
    Path("folder").mkdir()
    assert "is a folder" in refused(capsys, "a.npz", "--json", "folder")
    with pytest.raises(SystemExit) as ended:
        main(["certify"])
    assert ended.value.code == 2


def test_a_paper_that_proves_nothing_says_so(checkpoints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(checkpoints, "claims/paper.py", "    certifier=CERTIFIER,\n", "")
    assert refused(capsys, "a.npz").startswith("this paper proves nothing of a checkpoint")


def test_many_blamed_parts_are_counted(checkpoints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved("d.npz", steepness=np.full((1, 8), 9.0), points=np.ones((2, 8)))
    assert main(["certify", "d.npz", "--json", "o.json"]) == 0
    assert "    and 3 more (--json FILE has all)" in capsys.readouterr().out.splitlines()
    assert len(json.loads(Path("o.json").read_text(encoding="utf-8"))["states"][0]["blamed"]) == 8


def test_a_mistake_of_the_paper_is_no_proof(checkpoints: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(checkpoints, "claims/slides.py", 'say("the parabolas")', 'raise ValueError("a slip")')
    assert main(["certify", "a.npz", "--json", "o.json"]) == 3
    assert "a slip" in capsys.readouterr().err and not Path("o.json").exists()
