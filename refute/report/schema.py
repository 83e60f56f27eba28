"""The form of an audit's evidence, "refute-audit/1": what a page or a table can rely on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from refute.claim import Cost, Kind, Status
from refute.finding import Outcome, Relation
from refute.instance import Instance
from refute.report.plot import Plot
from refute.verdict import Verdict

SCHEMA = "refute-audit/1"

_Check = Callable[[Any, str], None]


def validate(audit: Any) -> None:
    """Check that evidence has the form that reports need; further keys are allowed.

    Raises ValueError that names the path of the first thing wrong, as in "claims[3].parts[0].slack: ...".
    """
    schema = audit.get("schema") if isinstance(audit, Mapping) else None
    if schema != SCHEMA:
        raise ValueError(
            f"schema: expected {SCHEMA!r}, found {_show(schema)}; is this the evidence of an audit?"
        )
    _AUDIT(audit, "")
    for name in ("claims", "plots"):
        twice = [key for key, count in Counter(item["id"] for item in audit[name]).items() if count > 1]
        if twice:
            raise ValueError(f"{name}: {twice[0]} is there twice")


def _fail(path: str, expected: str, value: Any) -> None:
    raise ValueError(f"{path or 'the evidence'}: expected {expected}, found {_show(value)}")


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        _fail(path, "a text", value)


def _flag(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        _fail(path, "true or false", value)


def _real(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        _fail(path, "a finite number", value)


def _amount(value: Any, path: str) -> None:
    _real(value, path)
    if value < 0:
        _fail(path, "a number that is not negative", value)


def _share(value: Any, path: str) -> None:
    _amount(value, path)
    if value > 1:
        _fail(path, "a number from 0 to 1", value)


def _whole(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        _fail(path, "a whole number", value)


def _count(value: Any, path: str) -> None:
    _whole(value, path)
    if value < 0:
        _fail(path, "a count", value)


def _word(words: type[Any]) -> _Check:
    known = [str(word) for word in words]

    def check(value: Any, path: str) -> None:
        if value not in known:
            _fail(path, f"one of {', '.join(known)}", value)

    return check


def _maybe(check: _Check) -> _Check:
    def checked(value: Any, path: str) -> None:
        if value is not None:
            check(value, path)

    return checked


def _list(check: _Check) -> _Check:
    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str):
            _fail(path, "a list", value)
        for index, item in enumerate(value):
            check(item, f"{path}[{index}]")

    return checked


def _table(check: _Check) -> _Check:
    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            _fail(path, "an object", value)
        for name, item in value.items():
            check(item, f"{path}.{name}" if path else str(name))

    return checked


def _record(fields: Mapping[str, _Check], optional: Mapping[str, _Check] | None = None) -> _Check:
    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            _fail(path, "an object", value)
        for name, check in fields.items():
            below = f"{path}.{name}" if path else name
            if name not in value:
                raise ValueError(f"{below}: is missing")
            check(value[name], below)
        for name, check in (optional or {}).items():
            if value.get(name) is not None:
                check(value[name], f"{path}.{name}" if path else name)

    return checked


def _restored(restore: Callable[[Any], Any]) -> _Check:
    """What a record of ours must be able to read back."""

    def checked(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            _fail(path, "an object", value)
        try:
            restore(value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from error

    return checked


_INSTANCE = _restored(Instance.from_json)
_FINDING = {
    "label": _text,
    "relation": _word(Relation),
    "measured": _real,
    "bound": _real,
    "rounding": _amount,
    "slack": _real,
    "outcome": _word(Outcome),
}
_WITNESS = _record(
    {
        "file": _text,
        "instance": _INSTANCE,
        "findings": _list(_record(_FINDING)),
        "summary": _text,
        "confirmed": _flag,
    }
)
_SIBLING = _record(
    {
        "name": _text,
        "statement": _text,
        "because": _text,
        "verdict": _word(Verdict),
        "instances": _count,
        "trials": _count,
        "seconds": _amount,
        "worst_slack": _maybe(_real),
        "witness": _maybe(_WITNESS),
    }
)
_WORDS = ("heading", "statement", "assumptions", "symbols", "refuted_by", "not_shown", "source")
_STEP = {"label": _text, "closed": _flag, "detail": _text}
_BLAME = _record(
    {
        "false": _maybe(_text),
        "path": _list(_text),
        "instance": _maybe(_INSTANCE),
        "findings": _list(_record(_FINDING)),
        "held": _list(_text),
        "skipped": _table(_text),
        "sentence": _text,
    }
)
_CLAIM = _record(
    {
        **dict.fromkeys(("id", "slug", "title", "chapter", "chapter_title", "finding", "because"), _text),
        "kind": _word(Kind),
        "status": _word(Status),
        "cost": _word(Cost),
        "uses": _list(_text),
        "text": _record(dict.fromkeys(_WORDS, _text)),
        "verdict": _word(Verdict),
        **dict.fromkeys(("instances", "trials", "undecided", "ties", "steps", "horizon"), _count),
        "premise_reach": _share,
        **dict.fromkeys(("alpha", "power", "failure_probability"), _maybe(_share)),
        "worst_slack": _maybe(_real),
        "parts": _list(_record({**_FINDING, "instance": _INSTANCE})),
        "classes": _table(_count),
        "unmet": _table(_count),
        **dict.fromkeys(("proof", "lemmas"), _list(_record(_STEP))),
        "seconds": _amount,
        "witness": _maybe(_WITNESS),
        "siblings": _list(_SIBLING),
    },
    {"blame": _BLAME},
)
_VARIATION = _record(
    {
        **dict.fromkeys(("name", "device", "dtype", "absent"), _text),
        "threads": _count,
        "seconds": _amount,
    }
)
_ROW = _record(
    {
        **dict.fromkeys(("id", "variation", "explanation"), _text),
        **dict.fromkeys(("reference", "verdict"), _word(Verdict)),
        **dict.fromkeys(("agrees", "explained", "identical"), _flag),
        **dict.fromkeys(("changed", "lost"), _count),
        "slack_change": _maybe(_amount),
    }
)
_AGREEMENT = _record({"reference": _VARIATION, "variations": _list(_VARIATION), "rows": _list(_ROW)})
_AUDIT = _record(
    {
        **dict.fromkeys(("schema", "title", "source", "profile", "device", "dtype", "started"), _text),
        "environment": _table(_text),
        "seed": _whole,
        "seconds": _amount,
        "budget": _record({"level_per_instance": _share, "instances": _count, "bound": _amount}),
        "claims": _list(_CLAIM),
        "plots": _list(_restored(Plot.from_json)),
    },
    {"agreement": _AGREEMENT},
)
