"""Typed records to JSON and back: the one place that knows how an instance is written inside of them.

Records are `msgspec.Struct`s and frozen dataclasses. Files are written by `refute.basics.files.write_json`
from what `plain` returns, because that refuses numbers that are not finite.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, TypeVar, get_origin

import msgspec

from refute.statement.instance import Instance

T = TypeVar("T")


class Head(msgspec.Struct, frozen=True):
    """What says of a file what it is, whatever else is in it; None where a key is missing."""

    schema: Any = None
    protocol: Any = None


def plain(record: Any) -> Any:
    """A record as dictionaries, lists or tuples, texts and numbers, keys in the order of its fields."""
    return msgspec.to_builtins(record, enc_hook=_written)


def read(text: bytes, form: type[T]) -> T:
    """The record in a JSON text. Keys that it has no field for are passed over.

    Raises ValueError, in one line that names the path of what is wrong: "claims[3].seconds: expected ...".
    """
    try:
        return msgspec.json.decode(text, type=form, dec_hook=_restored)
    except msgspec.DecodeError as error:
        raise ValueError(_sentence(str(error))) from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def converted(data: Any, form: type[T]) -> T:
    """The record in dictionaries and lists. Raises ValueError as `read` does."""
    try:
        return msgspec.convert(data, type=form, dec_hook=_restored)
    except msgspec.ValidationError as error:
        raise ValueError(_sentence(str(error))) from error


def head(text: bytes) -> Head:
    """The head of a JSON text, empty if it is no object. Raises ValueError if it is no JSON."""
    try:
        return msgspec.json.decode(text, type=Head)
    except msgspec.ValidationError:
        return Head()
    except msgspec.DecodeError as error:
        raise ValueError(_sentence(str(error))) from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def json_schema(form: type) -> dict[str, Any]:
    """The JSON Schema of a record, in which keys that are not named are allowed."""
    return msgspec.json.schema(form, schema_hook=_described)


def shortened(value: Any) -> str:
    """A value as it is quoted: at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _restored(form: type, value: Any) -> Any:
    if form is Instance:
        return Instance.from_json(value)
    if get_origin(form) is Counter:
        return Counter(value)
    raise TypeError(f"no record holds a {form.__name__}")


def _written(value: Any) -> Any:
    if isinstance(value, Instance):
        return value.to_json()
    if isinstance(value, float):  # a number of numpy that is a float as well
        return float(value)
    raise TypeError(f"no record holds a {type(value).__name__}")


def _described(form: type) -> dict[str, Any]:
    if form is not Instance:
        raise TypeError(f"no record holds a {form.__name__}")
    array = {
        "type": "object",
        "required": ["shape", "values"],
        "additionalProperties": False,
        "properties": {
            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "values": {"type": "array", "items": {"type": "number"}},
        },
    }
    return {
        "type": "object",
        "description": "An instance: a value or an array under each name.",
        "additionalProperties": {"anyOf": [{"type": ["number", "string", "boolean"]}, array]},
    }


_PLACE = re.compile(r"(?P<message>.*) - at (?P<key>`key` in )?`\$\.?(?P<path>.*)`", re.DOTALL)


def _sentence(message: str) -> str:
    """What msgspec says, its path first and in one line."""
    line = " ".join(message.removeprefix("Object ").split())
    if line.startswith(("Expected ", "Invalid ")):
        line = line[0].lower() + line[1:]
    found = _PLACE.fullmatch(line)
    if found is None:
        return line
    where = "a key of " if found["key"] else ""
    return f"{where}{found['path'] or 'the record'}: {found['message']}"
