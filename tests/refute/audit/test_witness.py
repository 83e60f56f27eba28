"""A witness survives the way to the file and back, and a damaged file says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refute import Compute, Instance
from refute.audit.judgement import judge
from refute.audit.one_claim import audit_claim
from refute.audit.verdict import Verdict
from refute.audit.witness import Dtype, Witness, find_target, load_witness, save_witness
from refute.basics.errors import WitnessError
from refute.basics.files import write_json
from refute.statement.kinds import DTYPES
from tests.refute.planted import CPU, SMALL, below, gamble, planted
from tests.refute.statement.test_instance import FIELDS

X = np.array([[1.0, 1 / 3], [5e-324, -1e300]])
WITNESS = Witness("K1", None, 7, Compute("cuda", "float32"), Instance(X=X, m=64, law="gaussian"))
JUDGEMENT = judge(planted(check=below(0)), Instance(x=1), CPU, 0)


def test_a_saved_witness_is_loaded_bit_by_bit(tmp_path: Path) -> None:
    path = save_witness(WITNESS, JUDGEMENT, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "K1.json"
    assert load_witness(path) == WITNESS
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["schema"] == "refute-witness/1" and data["protocol"] == 1
    assert data["findings"][0]["outcome"] == "violated"


@given(FIELDS, st.integers(0, 2**64))
def test_any_instance_survives(tmp_path_factory: pytest.TempPathFactory, fields: Any, seed: int) -> None:
    witness = Witness("K1", "false", seed, CPU, Instance(**fields))
    path = save_witness(witness, JUDGEMENT, tmp_path_factory.mktemp("witness"))
    assert path.name == "K1~false.json" and load_witness(path) == witness


@pytest.mark.parametrize("claim", [planted(check=below(500)), gamble(0.7)], ids=["check", "trials"])
def test_a_found_witness_replays(tmp_path: Path, claim: Any) -> None:
    result = audit_claim(claim, SMALL, 3, CPU)
    assert result.verdict is Verdict.REFUTED and result.counterexample is not None
    example = result.counterexample
    path = save_witness(Witness("P1", None, 3, CPU, example.instance), example.judgement, tmp_path)
    loaded = load_witness(path)
    again = judge(find_target(loaded, (claim,)), loaded.instance, loaded.compute, loaded.seed)
    assert again == example.judgement and again.violation > 0


@pytest.mark.parametrize("value", [2**53 + 1, 2**64, -(10**30), 5e-324, -1.7976931348623157e308, 1e23, True])
def test_numbers_of_any_size_survive_exactly(tmp_path: Path, value: float) -> None:
    witness = Witness("K1", None, 2**70, CPU, Instance(x=value, X=np.array([float(value)])))
    loaded = load_witness(save_witness(witness, JUDGEMENT, tmp_path))
    assert loaded == witness
    assert type(loaded.instance.x) is type(value) and loaded.instance.x == value


def test_every_precision_can_be_replayed() -> None:
    assert tuple(Dtype) == DTYPES


def test_a_witness_finds_its_claim_or_sibling() -> None:
    claim = planted()
    assert find_target(Witness("P1", None, 0, CPU, Instance()), (claim,)) is claim
    assert find_target(Witness("P1", "less", 0, CPU, Instance()), (claim,)).id == "P1~less"
    with pytest.raises(WitnessError, match="about claim P2, which this paper does not have"):
        find_target(Witness("P2", None, 0, CPU, Instance()), (claim,))
    with pytest.raises(WitnessError, match="about sibling 'more' of P1, which it does not have"):
        find_target(Witness("P1", "more", 0, CPU, Instance()), (claim,))


def damaged(**changes: Any) -> str:
    data = {
        "schema": "refute-witness/1",
        "protocol": 1,
        "claim": "K1",
        "sibling": None,
        "seed": 0,
        "device": "cpu",
        "dtype": "float64",
        "instance": {"x": 1},
        **changes,
    }
    return json.dumps({name: value for name, value in data.items() if value != "GONE"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not a JSON file"),
        ("{", "is not a JSON file"),
        ('{"schema": ' + "[" * 10**5, "is not a JSON file: it is nested too deeply"),
        ("\udcff", "is not a JSON file"),
        ("[]", "is not a witness file (no schema 'refute-witness/1')"),
        ("null", "is not a witness file"),
        (damaged(schema="refute-audit/1"), "is not a witness file"),
        (damaged(schema="GONE"), "is not a witness file"),
        (damaged(protocol=2), "was made with trial protocol 2, this is protocol 1"),
        (damaged(protocol="GONE"), "was made with trial protocol None"),
        (damaged(claim="GONE"), "is damaged: missing required field `claim`"),
        (damaged(claim=3), "is damaged: claim: expected `str`, got `int`"),
        (damaged(sibling="GONE"), "is damaged: missing required field `sibling`"),
        (damaged(sibling=[]), "is damaged: sibling: expected `str | null`, got `array`"),
        (damaged(seed="GONE"), "is damaged: missing required field `seed`"),
        (damaged(seed="1"), "is damaged: seed: expected `int`, got `str`"),
        (damaged(seed=1.5), "is damaged: seed: expected `int`, got `float`"),
        (damaged(seed=True), "is damaged: seed: expected `int`, got `bool`"),
        (damaged(seed=-1), "is damaged: seed: expected `int` >= 0"),
        (damaged(device=None), "is damaged: device: expected `str`, got `null`"),
        (damaged(dtype="float16"), "is damaged: dtype: invalid enum value 'float16'"),
        *((damaged(level=x), "is damaged: level: expected `float`") for x in (0.0, 1.0, "1", 1)),
        (damaged(findings=[{"label": "x"}]), "is damaged: findings[0]: missing required field"),
        (damaged(instance="GONE"), "is damaged: missing required field `instance`"),
        (damaged(instance=[]), "is damaged: instance: an instance is an object with one entry a value"),
        (damaged(instance={"x": float("nan")}), "is not a JSON file: JSON is malformed"),
        (damaged(instance={"x": "\ud800"}), "is not a JSON file"),
        (damaged(instance={"\ud800": 1}), "is not a JSON file"),
        (damaged(instance={"x": [1]}), "is damaged: instance: x is a list"),
        (damaged(instance={"X": {"shape": [2], "values": [1.0]}}), "instance: X: 1 values do not fill"),
        (damaged(instance={"X": {"shape": [1], "values": [10**400]}}), "instance: X: its values or its"),
        (damaged(instance={"X": {"shape": [0, 2**70], "values": []}}), "is damaged: instance: "),
        (damaged().replace('{"x": 1}', '{"x": 1e999}'), "is damaged: instance[...]: Number out of range"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "witness.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(WitnessError) as found:
        load_witness(path)
    assert str(found.value).startswith(f"{path}") and message in str(found.value)
    assert "\n" not in str(found.value)


def test_the_sample_that_is_damaged_above_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "witness.json"
    path.write_text(damaged(), encoding="utf-8")
    assert load_witness(path) == Witness("K1", None, 0, CPU, Instance(x=1))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WitnessError, match=r"gone\.json: No such file or directory"):
        load_witness(tmp_path / "gone.json")
    with pytest.raises(WitnessError, match="Is a directory"):
        load_witness(tmp_path)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"x": 1})
    for broken in ({"x": float("nan")}, {"x": object()}):
        with pytest.raises((ValueError, TypeError)):
            write_json(path, broken)
    assert json.loads(path.read_text(encoding="utf-8")) == {"x": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]
