"""Reading a stored state, a checkpoint: the arrays and values that a paper declares, checked against it.

What a file says and what is given beside it must agree; nothing overrides anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from refute.basics.errors import InputError
from refute.inputs.arrays import names_in, read_named
from refute.inputs.grid import shown
from refute.inputs.safetensors_files import read_safetensors
from refute.inputs.tables import reading_errors, require_plain_file
from refute.statement.certified import ArrayField, Certifier, State, ValueField

SUFFIXES = (".npz", ".safetensors")

Found = Mapping[str, np.ndarray | str]


def given_values(pairs: list[str], certifier: Certifier) -> dict[str, str]:
    """The values of `--set NAME=VALUE`, by name. Raises InputError for what the paper does not declare."""
    fields = {field.name: field for field in certifier.values}
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or name not in fields:
            raise InputError(f"--set {shown(pair)}: give NAME=VALUE with NAME one of {', '.join(fields)}")
        if name in given:
            raise InputError(f"--set {shown(pair)}: {name} is given twice")
        given[name] = text
        _value(fields[name], text, f"--set {shown(pair)}")
    return given


def read_state(path: Path, certifier: Certifier, given: Mapping[str, str], *, columns: bool) -> State:
    """The state in a .npz or .safetensors file, with what is given beside it.

    columns: the columns of what holds samples are the samples. Raises InputError if the file cannot be read,
    lacks what the paper declares or holds it in another form, says something else than what is given, holds
    what is not finite, or if the paper cannot judge it.
    """
    found, there = _found(
        path, [*(array.name for array in certifier.arrays), *(value.name for value in certifier.values)]
    )
    arrays: dict[str, np.ndarray] = {}
    for array in certifier.arrays:
        if array.name not in found:
            raise InputError(_missing(path, array, certifier, there))
        arrays[array.name] = _array(path, array, found[array.name], columns=columns)
    _require_sizes(path, certifier, arrays)
    settled = {field.name: _settled(path, field, found, given) for field in certifier.values}
    numbers = {name: value for name, value in settled.items() if isinstance(value, float)}
    words = {name: value for name, value in settled.items() if isinstance(value, str)}
    state = State(str(path), arrays, numbers, words)
    complaint = certifier.complaint(state)
    if complaint:
        raise InputError(f"{path}: {complaint}")
    return state


def _found(path: Path, names: list[str]) -> tuple[Found, list[str]]:
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise InputError(f"{path}: checkpoints are read from {' and '.join(SUFFIXES)} files")
    with reading_errors(path, kind):
        require_plain_file(path)
        if kind == ".npz":
            return read_named(path, names), names_in(path)
        return read_safetensors(path, names)


def _missing(path: Path, array: ArrayField, certifier: Certifier, there: list[str]) -> str:
    listed = [shown(name) for name in there[:8]]
    holds = ", ".join([*listed, "..."] if len(there) > 8 else listed) or "nothing"
    wanted = ", ".join(f"{one.name} {_axes(one)}" for one in certifier.arrays)
    return f"{path}: holds no array {array.name}; it holds {holds}; a checkpoint of this paper has {wanted}"


def _axes(array: ArrayField) -> str:
    return f"({', '.join(array.axes)})"


def _array(path: Path, field: ArrayField, value: np.ndarray | str, *, columns: bool) -> np.ndarray:
    name = f"{path}[{field.name}]"
    if isinstance(value, str) or value.ndim != 2:
        what = "is a text" if isinstance(value, str) else f"has {value.ndim} dimensions"
        raise InputError(f"{name}: {what}; {field.name} {_axes(field)} has 2 dimensions: {field.meaning}")
    if 0 in value.shape:
        raise InputError(f"{name}: is empty: its shape is {value.shape}")
    finite = np.isfinite(value)
    for row, column in np.argwhere(~finite)[:1] if not finite.all() else ():
        said = f"{value[row, column]} is not a finite number"
        raise InputError(f"{name}, row {row}, column {column} (counted from 0): {said}")
    turned = np.ascontiguousarray(value.T if field.samples and columns else value)
    turned.setflags(write=False)
    return turned


def _require_sizes(path: Path, certifier: Certifier, arrays: Mapping[str, np.ndarray]) -> None:
    """Raise InputError where an axis of one array has not the size that it has in an earlier one."""
    sizes: dict[str, int] = {}
    of: dict[str, ArrayField] = {}
    for field in certifier.arrays:
        shape = arrays[field.name].shape
        for axis, size in zip(field.axes, shape, strict=True):
            if sizes.setdefault(axis, size) != size:
                other = of[axis]
                others = {name: sizes[name] for name in field.axes if of.get(name, field) is not field}
                raise InputError(
                    f"{path}: {field.name} {_axes(field)} has shape {shape}, and {other.name} {_axes(other)} "
                    f"has shape {arrays[other.name].shape}, so {axis} should be {sizes[axis]} and is {size}"
                    f"{_hint(field, shape, others)}"
                )
            of.setdefault(axis, field)


def _hint(field: ArrayField, shape: tuple[int, ...], sizes: Mapping[str, int]) -> str:
    """What would help, where the array turned around would fit. sizes: of its axes, by other arrays."""
    turned = zip(field.axes, reversed(shape), strict=True)
    if not all(sizes.get(axis, size) == size for axis, size in turned):
        return ""
    if field.samples:
        return "; are its samples not its rows (--samples says which)?"
    return f"; is it transposed ({field.meaning})?"


def _settled(path: Path, field: ValueField, found: Found, given: Mapping[str, str]) -> float | str:
    """The value that the file and what is given agree on."""
    place = f"{path}[{field.name}]"
    stored = _value(field, found[field.name], place) if field.name in found else None
    said = _value(field, given[field.name], f"--set {field.name}") if field.name in given else None
    if stored is None and said is None:
        raise InputError(
            f"{path}: holds no {field.name} ({field.meaning}); give it by --set {field.name}=VALUE"
        )
    if stored is not None and said is not None and stored != said:
        raise InputError(
            f"{path}: {field.name} is {stored!r} in the file and {said!r} by --set; which is it?"
        )
    value = stored if said is None else said
    assert value is not None
    return value


def _value(field: ValueField, value: np.ndarray | str, place: str) -> float | str:
    """A word of a field, or its finite number. Raises InputError that begins with the place."""
    if field.words:
        if isinstance(value, str) and value in field.words:
            return value
        told = repr(shown(value)) if isinstance(value, str) else "an array of numbers"
        raise InputError(f"{place}: {field.name} is {' or '.join(field.words)}, and this is {told}")
    if isinstance(value, str):
        number = _parsed(value)
    elif value.size == 1:
        number = float(value.reshape(-1)[0])
    else:
        raise InputError(f"{place}: {field.name} is one number, and this has shape {value.shape}")
    if not math.isfinite(number):
        told = shown(value) if isinstance(value, str) else repr(number)
        raise InputError(f"{place}: {field.name} is a finite number, and this is {told}")
    return number


def _parsed(text: str) -> float:
    """A number in ASCII, nan for any other text."""
    if not text.isascii() or "_" in text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return math.nan
