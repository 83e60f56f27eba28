"""What is read as the evidence of an audit, and how it is said what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from refute.report.read_json import read_audit
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json

OPTIONAL = {"means", "remarks", "alternative", "detail", "attained", "settled", "settled_bits"}
OPTIONAL |= {"falls", "where", "reason", "schema", "style", "scale", "marks", "judged", "margins"}
FREE = {
    "environment",
    "classes",
    "unmet",
    "findings",
    "instance",
    "remarks",
}  # objects with keys of their own
Path = tuple[str | int, ...]


def keys(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all keys that the form requires; of a list the last item only."""
    if isinstance(value, dict):
        for name, item in value.items():
            trials_measured = name == "measured" and not isinstance(item, float)
            if name not in OPTIONAL and not trials_measured and (path or name != "findings"):
                yield (*path, name)
            if name not in FREE or isinstance(item, list):
                yield from keys(item, (*path, name))
    elif isinstance(value, list) and value:
        yield from keys(value[-1], (*path, len(value) - 1))


def rich() -> dict[str, Any]:
    """The sample with its richest claim last, and every list in it filled."""
    audit = sample()
    claim = audit["claims"].pop(2)
    claim["proof"] = deepcopy(audit["claims"][0]["proof"])
    claim["lemmas"] = deepcopy(audit["claims"][0]["proof"])
    claim["uses"] = ["K1"]
    audit["claims"].append(claim)
    audit["plots"].reverse()
    return audit


def spelled(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def holder(audit: Any, path: Path) -> Any:
    for step in path[:-1]:
        audit = audit[step]
    return audit


def complaint(audit: Any) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        read(audit)
    return str(caught.value)


def required() -> list[Path]:
    audit = rich()
    del audit["plots"]
    return list(keys(audit))


def test_a_record_survives_a_trip_through_json() -> None:
    for audit in (read(sample()), read(rich())):
        assert read(in_json(audit)) == audit


@pytest.mark.parametrize("path", required(), ids=spelled)
def test_a_key_that_is_missing_is_named(path: Path) -> None:
    audit = rich()
    del holder(audit, path)[path[-1]]
    place = f"{spelled(path[:-1])}: " if path[:-1] else ""
    assert complaint(audit) == f"{place}missing required field `{path[-1]}`"


@pytest.mark.parametrize("path", required(), ids=spelled)
def test_a_value_of_the_wrong_type_is_named(path: Path) -> None:
    audit = rich()
    holder(audit, path)[path[-1]] = [[1]]
    assert complaint(audit).startswith(spelled(path))


def test_further_keys_are_allowed() -> None:
    audit = rich()
    for path in required():
        place = holder(audit, path)
        place["something new"] = 1
    read(audit)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), "refute-audit/2", "schema: expected 'refute-audit/1', found 'refute-audit/2'"),
        (("seconds",), float("nan"), "JSON is malformed: invalid character"),
        (("seconds",), -1.0, "seconds: expected `float` >= 0.0"),
        (("seconds",), "1", "seconds: expected `float`, got `str`"),
        (("seed",), 1.5, "seed: expected `int`, got `float`"),
        (("seed",), True, "seed: expected `int`, got `bool`"),
        (("claims", 3, "verdict"), "FINE", "claims[3].verdict: invalid enum value 'FINE'"),
        (("claims", 3, "kind"), "guess", "claims[3].kind: invalid enum value 'guess'"),
        (("claims", 3, "premise_reach"), 1.5, "claims[3].premise_reach: expected `float` <= 1.0"),
        (("claims", 3, "instances"), -1, "claims[3].instances: expected `int` >= 0"),
        (("claims", 3, "parts", 0, "slack"), "x", "claims[3].parts[0].slack: expected `float`, got `str`"),
        (("claims", 3, "parts", 0, "instance"), {"X": {"shape": [2]}}, "claims[3].parts[0].instance: X: "),
        (("claims", 3, "classes"), {"n = 2": "many"}, "claims[3].classes[...]: expected `int`, got `str`"),
        (("claims", 4, "measured", "level"), 2, "claims[4].measured.level: expected `float` <= 1.0"),
        (("claims", 4, "measured", "median"), None, "claims[4].measured.median: expected `float`, got"),
        (("claims", 4, "measured", "low"), "x", "claims[4].measured.low: expected `float | null`, got `str`"),
        (("claims", 3, "text"), "words", "claims[3].text: expected `object`, got `str`"),
        (("claims", 3, "siblings"), "none", "claims[3].siblings: expected `array`, got `str`"),
        (("claims", 3, "id"), "K1", "claims: K1 is there twice"),
        (("plots", 0, "id"), "Not An Id", "plots[0]: a plot's id is "),
        (("plots", 1, "id"), "residual", "plots: residual is there twice"),
    ],
)
def test_an_impossible_value_is_explained(path: Path, value: Any, message: str) -> None:
    audit = sample()
    holder(audit, path)[path[-1]] = value
    assert complaint(audit).startswith(message)


@pytest.mark.parametrize("audit", [None, [], "text", {}, {"schema": "refute-witness/1"}])
def test_what_is_no_audit_at_all_is_refused(audit: Any) -> None:
    assert complaint(deepcopy(audit)).endswith("is this the evidence of an audit?")


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b'{"a": 1', b'{"title": ' + b"[" * 10**5])
def test_what_is_no_json_is_refused_in_one_line(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        read_audit(text)
