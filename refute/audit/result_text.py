"""What parts of an audit found, as texts that travel between processes and wait for `--resume`.

The same numbers come back, to the last bit. A claim does not travel: it is code, which whoever reads the text
has loaded from the same sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from msgspec import Struct

from refute.audit.blame import Blame
from refute.audit.judgement import Judgement
from refute.audit.result import Counterexample, Failure, Result
from refute.audit.verdict import Verdict
from refute.statement.claim import Claim
from refute.statement.claim_code import Step
from refute.statement.instance import Instance
from refute.statement.json_codec import converted, plain

T = TypeVar("T")


class _Found(Struct, frozen=True, kw_only=True):
    """The fields of a Result, but for its claim and its siblings."""

    verdict: Verdict
    because: str
    judged: tuple[tuple[Instance, Judgement], ...]
    proof: tuple[Step, ...]
    lemmas: tuple[Step, ...]
    counterexample: Counterexample | None
    blame: Blame | None
    classes: Mapping[str, int]
    seconds: float
    level: float
    failure: Failure | None
    shows: Verdict | None


def text_of(record: Any) -> str:
    """Any record of the audit as JSON, all of whose numbers come back as they are."""
    return json.dumps(plain(record))


def record_of(text: str, form: type[T]) -> T:
    """The record in a text that `text_of` wrote. Raises ValueError."""
    return converted(json.loads(text), form)


def result_text(result: Result) -> str:
    """A result without its siblings, which have texts of their own."""
    own = {one.name: getattr(result, one.name) for one in fields(Result)}
    return text_of(_Found(**{name: own[name] for name in _Found.__struct_fields__}))


def result_of(text: str, claim: Claim) -> Result:
    """The result of a claim in a text. Raises ValueError."""
    found = record_of(text, _Found)
    return Result(claim, **{name: getattr(found, name) for name in _Found.__struct_fields__})
