"""Checkpoints: what a paper declares is read, and every other form is told with its file and its name."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.basics.errors import InputError
from refute.inputs import states
from refute.inputs.grid import LARGEST
from refute.inputs.states import given_values, read_state
from refute.statement.certified import ArrayField, Certified, Certifier, State, ValueField
from tests.refute.inputs.test_arrays import raw, zipped


def nothing(state: State, say: Any) -> Certified:
    raise AssertionError("nothing is certified here")


CERTIFIER = Certifier(
    arrays=(
        ArrayField("P", ("k", "d"), "row r is neuron r"),
        ArrayField("X", ("n", "d"), "row i is a sample", samples=True),
    ),
    values=(ValueField("step", "how far"), ValueField("kind", "which", words=("round", "square"))),
    part="row",
    certify=nothing,
    complaint=lambda state: "a step of 13 is bad luck" if state.numbers["step"] == 13 else "",
)
P = np.arange(6.0).reshape(3, 2)
X = np.arange(8.0).reshape(4, 2)
WHOLE: dict[str, Any] = {"P": P, "X": X, "step": 0.5, "kind": "round"}


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def state_of(path: Path, *pairs: str, columns: bool = False) -> State:
    return read_state(path, CERTIFIER, given_values(list(pairs), CERTIFIER), columns=columns)


def complaint(path: Path, *pairs: str, columns: bool = False) -> str:
    with pytest.raises(InputError) as caught:
        state_of(path, *pairs, columns=columns)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("dtype", ["<f8", ">f4", "<f2", "<i4"])
def test_what_is_declared_is_read_and_the_rest_is_left(tmp_path: Path, dtype: str) -> None:
    arrays = {**WHOLE, "P": P.astype(dtype), "momentum": np.zeros((2, 2, 2)), "log": np.array([b"text"])}
    path = saved(tmp_path / "a.npz", **arrays)
    state = state_of(path)
    assert state.source == str(path) and set(state.arrays) == {"P", "X"}
    assert state.arrays["P"].dtype == np.float64 and state.arrays["P"].tolist() == P.tolist()
    assert not state.arrays["P"].flags.writeable
    assert state.numbers == {"step": 0.5} and state.words == {"kind": "round"}


def test_single_precision_is_read_exactly(tmp_path: Path) -> None:
    state = state_of(saved(tmp_path / "a.npz", **{**WHOLE, "step": np.float32(0.1)}))
    assert state.numbers["step"] == float(np.float32(0.1)) != 0.1


@pytest.mark.parametrize("step", [0.5, np.array([0.5]), np.array([[0.5]]), "0.5", "5e-1"])
def test_a_number_may_have_any_form(tmp_path: Path, step: Any) -> None:
    assert state_of(saved(tmp_path / "a.npz", **{**WHOLE, "step": step})).numbers == {"step": 0.5}


def test_samples_are_rows_or_columns(tmp_path: Path) -> None:
    turned = saved(tmp_path / "a.npz", **{**WHOLE, "X": X.T})
    assert state_of(turned, columns=True).arrays["X"].tolist() == X.tolist()
    assert complaint(turned) == (
        ": X (n, d) has shape (2, 4), and P (k, d) has shape (3, 2), so d should be 2 and is 4"
        "; are its samples not its rows (--samples says which)?"
    )


def test_another_shape_names_both_arrays(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", **{**WHOLE, "P": P.T})
    assert complaint(path).startswith(": X (n, d) has shape (4, 2), and P (k, d) has shape (2, 3), so d")
    three = Certifier(
        (*CERTIFIER.arrays[:1], ArrayField("Q", ("k", "d"), "row r is neuron r")), (), "row", nothing
    )
    path = saved(tmp_path / "b.npz", P=P, Q=P.T)
    with pytest.raises(InputError, match=r"so k should be 3 and is 2; is it transposed \(row r is neuron r"):
        read_state(path, three, {}, columns=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"P": None},
            ": holds no array P; it holds X, step, kind; a checkpoint of this paper has P (k, d), X",
        ),
        ({"P": np.zeros((2, 2, 2))}, "[P]: has 3 dimensions; at most 2 are read"),
        ({"P": np.zeros(4)}, "[P]: has 1 dimensions; P (k, d) has 2 dimensions: row r is neuron r"),
        ({"P": "text"}, "[P]: is a text; P (k, d) has 2 dimensions"),
        ({"P": np.zeros((0, 2))}, "[P]: is empty: its shape is (0, 2)"),
        ({"P": P * 1j}, "[P]: holds complex128 values; an array of a checkpoint holds real numbers"),
        (
            {"X": np.where(X == 5, np.nan, X)},
            "[X], row 2, column 1 (counted from 0): nan is not a finite number",
        ),
        ({"X": np.where(X == 5, -np.inf, X)}, "[X], row 2, column 1 (counted from 0): -inf is not a finite"),
        ({"step": None}, ": holds no step (how far); give it by --set step=VALUE"),
        ({"step": np.inf}, "[step]: step is a finite number, and this is inf"),
        ({"step": "fast"}, "[step]: step is a finite number, and this is fast"),
        ({"step": [0.5, 0.5]}, "[step]: step is one number, and this has shape (2,)"),
        ({"step": 13}, ": a step of 13 is bad luck"),
        ({"kind": None}, ": holds no kind (which); give it by --set kind=VALUE"),
        ({"kind": "Round"}, "[kind]: kind is round or square, and this is 'Round'"),
        ({"kind": 1}, "[kind]: kind is round or square, and this is an array of numbers"),
        ({"kind": "x" * 2000}, "[kind]: is no text of at most 4096 bytes"),
        ({"kind": np.array([None])}, "[kind]: Object arrays cannot be loaded: pickles are never opened"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    arrays = {name: value for name, value in {**WHOLE, **change}.items() if value is not None}
    assert complaint(saved(tmp_path / "a.npz", **arrays)).startswith(said)


def test_a_value_is_given_where_the_file_has_none(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", P=P, X=X)
    state = state_of(path, "step=0.25", "kind=square")
    assert state.numbers == {"step": 0.25} and state.words == {"kind": "square"}


def test_nothing_overrides_anything(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", **WHOLE)
    assert state_of(path, "step=5e-1", "kind=round").numbers == {"step": 0.5}
    assert complaint(path, "step=0.25") == ": step is 0.5 in the file and 0.25 by --set; which is it?"
    assert complaint(path, "kind=square").startswith(": kind is 'round' in the file and 'square' by --set")
    single = saved(tmp_path / "b.npz", **{**WHOLE, "step": np.float32(0.1)})
    assert "0.10000000149011612 in the file and 0.1 by --set" in complaint(single, "step=0.1")


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["pace=1"], "--set pace=1: give NAME=VALUE with NAME one of step, kind"),
        (["step"], "--set step: give NAME=VALUE"),
        (["step=1", "step=1"], "--set step=1: step is given twice"),
        (["step=nan"], "--set step=nan: step is a finite number, and this is nan"),
        (["step=1_0"], "--set step=1_0: step is a finite number"),
        (["step=١"], "--set step=١: step is a finite number"),
        (["step="], "--set step=: step is a finite number"),
        (["kind=\x1b[2J"], "--set kind=\\x1b[2J: kind is round or square, and this is '\\\\x1b[2J'"),
    ],
)
def test_what_is_given_is_what_the_paper_declares(pairs: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        given_values(pairs, CERTIFIER)
    assert str(caught.value).startswith(said)


def test_only_plain_files_of_these_kinds_are_read(tmp_path: Path) -> None:
    assert complaint(tmp_path / "a.pt") == ": checkpoints are read from .npz and .safetensors files"
    assert complaint(tmp_path / "a.npz") == ": there is no such file"
    (tmp_path / "b.npz").write_bytes(b"")
    assert complaint(tmp_path / "b.npz") == ": the file is empty"
    (tmp_path / "c.npz").write_bytes(b"PK no archive")
    assert "is not a .npz file" in complaint(tmp_path / "c.npz")
    (tmp_path / "d.npz").mkdir()
    assert complaint(tmp_path / "d.npz") == ": is a directory, not a file"


def test_an_array_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(
            tmp_path / "a.npz", ("P.npy", raw("(1, 1)", bytes(8))), ("P.npy", raw("(1, 1)", bytes(8)))
        )
    assert complaint(path) == ": holds two arrays named P"


def test_sizes_are_known_before_anything_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.npz", ("P.npy", raw("(100000, 100000)")), ("X.npy", raw("(1, 1)", bytes(8))))
    tracemalloc.start()
    assert "at most 134217728 numbers" in complaint(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_all_arrays_together_have_to_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "a.npz", **WHOLE)
    assert LARGEST == 2**27
    monkeypatch.setattr("refute.inputs.grid.LARGEST", 13)
    assert "[X]: holds 14 rows of 1 numbers" in complaint(path)
    monkeypatch.setattr("refute.inputs.grid.LARGEST", 16)
    assert state_of(path).arrays["X"].size == 8


def test_damage_is_one_line(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.npz", **WHOLE).read_bytes()
    for cut in (3, 60, 200, len(whole) // 2, len(whole) - 3):
        (tmp_path / "b.npz").write_bytes(whole[:cut])
        assert complaint(tmp_path / "b.npz")
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        start = archive.getinfo("P.npy").header_offset + 160
    changed = bytearray(whole)
    changed[start] ^= 0xFF
    (tmp_path / "c.npz").write_bytes(changed)
    assert complaint(tmp_path / "c.npz")


def test_the_kinds_are_those_that_are_told() -> None:
    assert states.SUFFIXES == (".npz", ".safetensors")
