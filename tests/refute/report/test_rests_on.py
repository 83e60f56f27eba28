from typing import Any

from refute.report.page import render
from refute.report.rests_on import dependants, shaken
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import claim


def audit(**verdicts: str) -> dict[str, Any]:
    uses = {"A1": [], "B1": ["A1"], "C1": ["B1", "Z9"], "D1": []}
    claims = [
        claim(label, f"Title {label}", "kernels", verdicts.get(label, "SUPPORTED"), uses=used, siblings=[])
        for label, used in uses.items()
    ]
    return sample() | {"claims": claims, "plots": []}


def test_what_uses_a_claim_is_found_through_others_too() -> None:
    found = dependants(read(audit()).claims)
    assert found == {"A1": ("B1", "C1"), "B1": ("C1",), "C1": (), "D1": ()}


def test_a_refuted_claim_marks_all_that_rests_on_it_and_nothing_else() -> None:
    assert shaken(read(audit()).claims) == {}
    made = audit(A1="REFUTED")
    assert shaken(read(made).claims) == {"B1": ("A1",), "C1": ("A1",)}
    page = render(read(made))
    assert page.count("which is refuted: what was found here stands") == 2
    assert 'class="SUPPORTED shaken"' in page
    assert 'shaken"' not in render(read(audit())).partition("</style>")[2]
