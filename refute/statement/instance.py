"""An instance: one point of the set that a claim's "for all" ranges over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

Value = np.ndarray | int | float | str | bool


class Instance:
    """Named values, immutable: `Instance(X=data, m=64, law="fair")`, read as `instance.X`.

    Values are real arrays (kept as read-only float64), integers, floats, strings and booleans. Two instances
    are equal exactly when their canonical bytes are; these ignore the order of the names, dtype, strides,
    layout and the sign of zero, and nothing else. Raises ValueError for a value that is not finite, a number
    in an array that is no float64, or a name that an instance has itself (`key`, `fields`, ...), and
    TypeError for any other type.
    """

    __slots__ = ("_fields",)

    def __init__(self, /, **fields: Any) -> None:
        for name in fields:
            if name in _RESERVED:
                raise ValueError(f"{name} cannot name a value: an instance has that attribute itself")
        admitted = {name: _admit(name, value) for name, value in sorted(fields.items())}
        object.__setattr__(self, "_fields", admitted)

    @property
    def fields(self) -> Mapping[str, Value]:
        """The values by name, names in alphabetical order."""
        return dict(self._fields)

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_fields")[name]
        except KeyError:
            raise AttributeError(f"the instance has no value named {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("an instance cannot be changed; use .replace()")

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def replace(self, **fields: Any) -> Instance:
        """A copy with some values changed or added."""
        return Instance(**{**self._fields, **fields})

    def canonical(self) -> bytes:
        """Bytes that identify the instance's values and nothing of how they are stored."""
        return b"".join(
            _frame(name.encode()) + _frame(_encode(value)) for name, value in self._fields.items()
        )

    @property
    def key(self) -> str:
        """A short name for the instance: 16 hexadecimal digits of a hash of its canonical bytes."""
        return blake2b(self.canonical(), digest_size=8).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instance) and self.canonical() == other.canonical()

    def __hash__(self) -> int:
        return hash(self.canonical())

    def __repr__(self) -> str:
        return f"Instance({', '.join(f'{name}={_exact(value)}' for name, value in self._fields.items())})"

    def describe(self) -> str:
        """One line for people: shapes of arrays, values of scalars."""
        return ", ".join(_brief(name, value) for name, value in self._fields.items())

    def to_json(self) -> dict[str, Any]:
        """A JSON value from which `from_json` restores the instance exactly."""
        return {name: _to_json(value) for name, value in self._fields.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Instance:
        """Restore an instance. Raises ValueError or TypeError if the data are not what `to_json` writes."""
        if not isinstance(data, Mapping):
            raise TypeError(f"an instance is an object with one entry a value, not a {type(data).__name__}")
        return cls(**{name: _from_json(name, value) for name, value in data.items()})


_RESERVED = frozenset(dir(Instance))
"""The names of an instance's own attributes: a value of that name would hide behind them."""


def _admit(name: str, value: Any) -> Value:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            raise ValueError(f"{name} is {value}, and an instance holds finite numbers only")
        if float(value) != value:
            raise ValueError(f"{name} is {value!r}, and an instance holds float64 numbers")
        return float(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        array = np.array(value, dtype=np.float64, order="C")
        array += 0.0
        if _loses(value, array):
            raise ValueError(f"{name} holds {value.dtype} numbers that are no float64 numbers")
        if not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(
                f"{name}{list(where)} is {array[where]}, and an instance holds finite numbers only"
            )
        array.setflags(write=False)
        return array
    kind = f"{value.dtype} array" if isinstance(value, np.ndarray) else type(value).__name__
    raise TypeError(f"{name} is a {kind}; an instance holds real arrays, numbers, strings and booleans")


def _loses(value: np.ndarray, array: np.ndarray) -> bool:
    """Whether finite numbers changed on the way to float64: integers beyond 2^53, longer floats."""
    if value.dtype.itemsize < 8 or value.dtype == np.float64:
        return False
    if value.dtype.kind in "iu":
        return any(int(a) != int(b) for a, b in zip(value.ravel(), array.ravel(), strict=True))
    return bool((value != array).any())


def _encode(value: Value) -> bytes:
    if isinstance(value, np.ndarray):
        return b"a" + ",".join(map(str, value.shape)).encode() + b":" + value.astype("<f8").tobytes()
    if isinstance(value, bool):
        return b"b1" if value else b"b0"
    if isinstance(value, str):
        return b"s" + value.encode()
    if isinstance(value, float) and not value.is_integer():
        return b"f" + value.hex().encode()
    return b"i" + str(int(value)).encode()


def _frame(part: bytes) -> bytes:
    return len(part).to_bytes(8, "little") + part


def _brief(name: str, value: Value) -> str:
    if isinstance(value, np.ndarray):
        return f"{name} {'x'.join(map(str, value.shape))}"
    return f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value!r}"


def _exact(value: Value) -> str:
    return repr(value.tolist() if isinstance(value, np.ndarray) else value)


def _to_json(value: Value) -> Any:
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "values": value.ravel().tolist()}
    return value


def _from_json(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"shape", "values"}:
        raise ValueError(f"{name}: an array needs exactly 'shape' and 'values'")
    values = value["values"]
    shape = value["shape"]
    if not isinstance(values, list) or not all(type(number) in (int, float) for number in values):
        raise ValueError(f"{name}: the values of an array are a list of numbers")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise ValueError(f"{name}: the shape of an array is a list of sizes")
    if len(values) != math.prod(shape):
        raise ValueError(f"{name}: {len(values)} values do not fill the shape {shape}")
    try:
        if any(float(number) != number for number in values):
            raise ValueError(f"{name}: its values hold an integer that is no float64 number")
        return np.array(values, dtype=np.float64).reshape(shape)
    except OverflowError:
        raise ValueError(f"{name}: its values or its shape are too large for an array of float64") from None
