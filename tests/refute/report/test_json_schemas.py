"""The JSON Schemas that are shipped are those that the types of the records make, and name every key."""

from __future__ import annotations

import json
from pathlib import Path

from refute.report.json_schemas import schemas, write_schemas
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import in_json

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = ROOT / "refute" / "report" / "schemas"


def test_the_committed_schemas_are_made_from_the_types(tmp_path: Path) -> None:
    write_schemas(tmp_path / "new")
    made = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "new").iterdir()}
    assert made == schemas()
    assert made == {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()}


def test_the_page_about_json_links_every_schema() -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert all(f"(../refute/report/schemas/{name})" in page for name in schemas())


def test_a_schema_names_the_keys_in_their_order_and_their_limits() -> None:
    forms = json.loads(schemas()["audit.json"])["$defs"]
    audit = in_json(read(sample()))
    claim = forms["ClaimRecord"]["properties"]
    assert list(forms["AuditRecord"]["properties"]) == list(audit)
    assert list(claim) == list(audit["claims"][0])
    assert claim["premise_reach"] == {"type": "number", "minimum": 0.0, "maximum": 1.0}
    assert claim["instances"] == {"type": "integer", "minimum": 0}
    assert set(forms["Verdict"]["enum"]) >= {one["verdict"] for one in audit["claims"]}
