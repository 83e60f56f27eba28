"""What the fields of a record must be: each of its type, or a mistake that names the record and the field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Types = Mapping[str, type | tuple[type, ...]]
"""By the name of a field what its value must be an instance of."""


def typed(where: str, record: Any, types: Types) -> None:
    """Raise TypeError, with the label and the field, for a field of another type than it must have."""
    for name, wanted in types.items():
        value = getattr(record, name)
        if not isinstance(value, wanted):
            first = wanted[0] if isinstance(wanted, tuple) else wanted
            raise TypeError(f"{where}: {name} is a {first.__name__}, not {_kind_of(value)}")


def all_of(where: str, name: str, values: Iterable[object], wanted: type) -> None:
    """Raise TypeError, with the label and the field, for a value in the field that is no `wanted`."""
    for value in values:
        if not isinstance(value, wanted):
            raise TypeError(f"{where}: {name} holds {_kind_of(value)}, which is no {wanted.__name__}")


def functions(where: str, named: Mapping[str, object]) -> None:
    """Raise TypeError, with the label and the name, for what is there and cannot be called."""
    for name, function in named.items():
        if function is not None and not callable(function):
            raise TypeError(f"{where}: {name} is a function, not {_kind_of(function)}")


def _kind_of(value: object) -> str:
    """What a wrong value is, for a message: its text if that is short, and its type."""
    text = repr(value)
    return f"{text if len(text) <= 40 else '...'} ({type(value).__name__})"
