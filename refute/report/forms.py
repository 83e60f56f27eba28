"""Forms of JSON values: a form is a check that raises ValueError with the path of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Form = Callable[[Any, str], None]


def fail(path: str, expected: str, value: Any) -> None:
    """Say what was expected at a path."""
    raise ValueError(f"{path or 'the evidence'}: expected {expected}, found {show(value)}")


def show(value: Any) -> str:
    """A value as it is quoted: at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def text(value: Any, path: str) -> None:
    """A text."""
    if not isinstance(value, str):
        fail(path, "a text", value)


def flag(value: Any, path: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        fail(path, "true or false", value)


def real(value: Any, path: str) -> None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        fail(path, "a finite number", value)


def amount(value: Any, path: str) -> None:
    """A number that is not negative."""
    real(value, path)
    if value < 0:
        fail(path, "a number that is not negative", value)


def share(value: Any, path: str) -> None:
    """A number from 0 to 1."""
    amount(value, path)
    if value > 1:
        fail(path, "a number from 0 to 1", value)


def whole(value: Any, path: str) -> None:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        fail(path, "a whole number", value)


def count(value: Any, path: str) -> None:
    """A whole number that is not negative."""
    whole(value, path)
    if value < 0:
        fail(path, "a count", value)


def word(words: type[Any]) -> Form:
    """One of the words of an enumeration."""
    known = [str(word) for word in words]

    def check(value: Any, path: str) -> None:
        if value not in known:
            fail(path, f"one of {', '.join(known)}", value)

    return check


def maybe(check: Form) -> Form:
    """The form, or null."""

    def checked(value: Any, path: str) -> None:
        if value is not None:
            check(value, path)

    return checked


def listed(check: Form) -> Form:
    """A list of which every item has the form."""

    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            fail(path, "a list", value)
        for index, item in enumerate(value):
            check(item, f"{path}[{index}]")

    return checked


def table(check: Form) -> Form:
    """An object of which every value has the form, under whatever name."""

    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            fail(path, "an object", value)
        for name, item in value.items():
            check(item, f"{path}.{name}" if path else str(name))

    return checked


def record(fields: Mapping[str, Form], optional: Mapping[str, Form] | None = None) -> Form:
    """An object with these fields, and with the optional ones where they are there and not null."""

    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            fail(path, "an object", value)
        for name, check in fields.items():
            below = f"{path}.{name}" if path else name
            if name not in value:
                raise ValueError(f"{below}: is missing")
            check(value[name], below)
        for name, check in (optional or {}).items():
            if value.get(name) is not None:
                check(value[name], f"{path}.{name}" if path else name)

    return checked


def restored(restore: Callable[[Any], Any]) -> Form:
    """What a record of ours must be able to read back."""

    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            fail(path, "an object", value)
        try:
            restore(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from error

    return checked
