"""The form of an audit's evidence, "refute-audit/1": what a page or a table can rely on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from refute.audit.verdict import Verdict
from refute.report import forms
from refute.statement.comparison import Outcome, Relation
from refute.statement.instance import Instance
from refute.statement.kinds import Cost, Kind, Status
from refute.statement.plot import Plot

SCHEMA = "refute-audit/1"


def validate(audit: Any) -> None:
    """Check that evidence has the form that reports need; further keys are allowed.

    Raises ValueError that names the path of the first thing wrong, as in "claims[3].parts[0].slack: ...".
    """
    schema = audit.get("schema") if isinstance(audit, Mapping) else None
    if schema != SCHEMA:
        raise ValueError(
            f"schema: expected {SCHEMA!r}, found {forms.show(schema)}; is this the evidence of an audit?"
        )
    _AUDIT(audit, "")
    for name in ("claims", "plots"):
        twice = [key for key, count in Counter(item["id"] for item in audit[name]).items() if count > 1]
        if twice:
            raise ValueError(f"{name}: {twice[0]} is there twice")


_INSTANCE = forms.restored(Instance.from_json)
_FINDING = {
    "label": forms.text,
    "relation": forms.word(Relation),
    "measured": forms.real,
    "bound": forms.real,
    "rounding": forms.amount,
    "slack": forms.real,
    "outcome": forms.word(Outcome),
}
_WITNESS = forms.record(
    {
        "file": forms.text,
        "instance": _INSTANCE,
        "findings": forms.listed(forms.record(_FINDING)),
        "summary": forms.text,
        "confirmed": forms.flag,
    }
)
_SIBLING = forms.record(
    {
        "name": forms.text,
        "statement": forms.text,
        "because": forms.text,
        "verdict": forms.word(Verdict),
        "instances": forms.count,
        "trials": forms.count,
        "seconds": forms.amount,
        "worst_slack": forms.maybe(forms.real),
        "witness": forms.maybe(_WITNESS),
    },
    dict.fromkeys(("falls", "where", "reason"), forms.text),
)
_WORDS = ("heading", "statement", "assumptions", "symbols", "refuted_by", "not_shown", "source")
_MEASURED = forms.record(
    {
        "median": forms.real,
        **dict.fromkeys(("low", "high"), forms.maybe(forms.real)),
        "level": forms.share,
        "trials": forms.count,
        "instance": _INSTANCE,
    }
)
_STEP = {"label": forms.text, "closed": forms.flag, "detail": forms.text}
_BLAME = forms.record(
    {
        "false": forms.maybe(forms.text),
        "path": forms.listed(forms.text),
        "instance": forms.maybe(_INSTANCE),
        "findings": forms.listed(forms.record(_FINDING)),
        "held": forms.listed(forms.text),
        "skipped": forms.table(forms.text),
        "sentence": forms.text,
    }
)
_CLAIM = forms.record(
    {
        **dict.fromkeys(
            ("id", "slug", "title", "chapter", "chapter_title", "finding", "because"), forms.text
        ),
        "kind": forms.word(Kind),
        "status": forms.word(Status),
        "cost": forms.word(Cost),
        "uses": forms.listed(forms.text),
        "text": forms.record(dict.fromkeys(_WORDS, forms.text)),
        "verdict": forms.word(Verdict),
        **dict.fromkeys(("instances", "trials", "undecided", "ties", "steps", "horizon"), forms.count),
        "premise_reach": forms.share,
        **dict.fromkeys(("alpha", "power", "failure_probability"), forms.maybe(forms.share)),
        "worst_slack": forms.maybe(forms.real),
        "parts": forms.listed(forms.record({**_FINDING, "instance": _INSTANCE})),
        "classes": forms.table(forms.count),
        "unmet": forms.table(forms.count),
        **dict.fromkeys(("proof", "lemmas"), forms.listed(forms.record(_STEP))),
        "seconds": forms.amount,
        "witness": forms.maybe(_WITNESS),
        "siblings": forms.listed(_SIBLING),
    },
    {"blame": _BLAME, "measured": _MEASURED},
)
_VARIATION = forms.record(
    {
        **dict.fromkeys(("name", "device", "dtype", "absent"), forms.text),
        "threads": forms.count,
        "seconds": forms.amount,
    }
)
_ROW = forms.record(
    {
        **dict.fromkeys(("id", "variation", "explanation"), forms.text),
        **dict.fromkeys(("reference", "verdict"), forms.word(Verdict)),
        **dict.fromkeys(("agrees", "explained", "identical"), forms.flag),
        **dict.fromkeys(("changed", "lost"), forms.count),
        "slack_change": forms.maybe(forms.amount),
    }
)
_AGREEMENT = forms.record(
    {"reference": _VARIATION, "variations": forms.listed(_VARIATION), "rows": forms.listed(_ROW)}
)
_AUDIT = forms.record(
    {
        **dict.fromkeys(("schema", "title", "source", "profile", "device", "dtype", "started"), forms.text),
        "environment": forms.table(forms.text),
        "seed": forms.whole,
        "seconds": forms.amount,
        "budget": forms.record(
            {"level_per_instance": forms.share, "instances": forms.count, "bound": forms.amount}
        ),
        "claims": forms.listed(_CLAIM),
        "plots": forms.listed(forms.restored(Plot.from_json)),
    },
    {"agreement": _AGREEMENT},
)
