"""The JSON Schemas of all files, made from the types of the records.

`python -m refute.report.json_schemas DIR` writes them.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from refute.audit.witness import WitnessFile
from refute.basics.files import write_atomically
from refute.inputs.contents import ListEntry
from refute.ledger.queries import Known
from refute.report.records.audit import AuditRecord
from refute.report.records.certify import CertifyRecord
from refute.report.records.listings import DataRecord, GraphRecord, SiblingsRecord, SlackRow
from refute.report.records.survey import SurveyRecord
from refute.statement.json_codec import json_schema

_FORMS: Mapping[str, Any] = {
    "audit": AuditRecord,
    "siblings": SiblingsRecord,
    "data": DataRecord,
    "certify": CertifyRecord,
    "widths": SurveyRecord,
    "witness": WitnessFile,
    "ledger": Known,
    "graph": GraphRecord,
    "slack": list[SlackRow],
    "list": list[ListEntry],
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """The text of every schema by the name of its file."""
    return {f"{name}.json": _text(form) for name, form in _FORMS.items()}


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder, which is created. Raises OSError."""
    for name, text in schemas().items():
        write_atomically(folder / name, text)


def _text(form: Any) -> str:
    return json.dumps({"$schema": _DIALECT, **_settled(json_schema(form))}, indent=1) + "\n"


def _settled(value: Any) -> Any:
    """The schema without what versions of Python and msgspec do differently, and with `schema` required."""
    if isinstance(value, list):
        return [_settled(item) for item in value]
    if not isinstance(value, dict):
        return value
    settled = {name: _settled(item) for name, item in value.items()}
    if isinstance(settled.get("anyOf"), list):
        settled["anyOf"] = sorted(settled["anyOf"], key=json.dumps)
    if settled.get("default") in (
        {},
        [],
    ):  # said by some versions only; `required` says that it may be absent
        del settled["default"]
    if "schema" in settled.get("properties", ()):  # written and demanded always, a default in the types only
        settled["required"] = ["schema", *settled["required"]]
    if isinstance(settled.get("description"), str):
        settled["description"] = inspect.cleandoc(settled["description"])
    return settled


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
