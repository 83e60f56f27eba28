import re
from itertools import pairwise
from typing import Any

from refute.report.graph_drawing import drawing
from refute.report.page_filters import anchor
from tests.refute.sample_audit import read, sample
from tests.refute.sample_claims import claim

NODE = re.compile(r'<a href="#claim-(\w+)" class="([^"]*)".*?<rect x="([-\d.]+)" y="([-\d.]+)" width="(\d+)"')


def drawn(uses: dict[str, list[str]], **verdicts: str) -> str:
    claims: list[dict[str, Any]] = [
        claim(label, f"Title <{label}>", "kernels", verdicts.get(label, "SUPPORTED"), uses=used, siblings=[])
        for label, used in uses.items()
    ]
    return drawing(read(sample() | {"claims": claims, "plots": []}).claims, anchor)


CHAIN: dict[str, list[str]] = {"A1": [], "A2": [], "B1": ["A1", "A2"], "C1": ["B1"], "L1": [], "L2": []}


def test_a_claim_stands_below_all_that_it_uses_and_no_two_overlap() -> None:
    wide: dict[str, list[str]] = {f"A{k}": [] for k in range(40)} | {"B1": [f"A{k}" for k in range(40)]}
    loose: dict[str, list[str]] = {f"L{k}": [] for k in range(40)}
    for uses in (CHAIN, wide, loose):
        found = {label: (float(x), float(y)) for label, _, x, y, _ in NODE.findall(drawn(uses))}
        assert found.keys() == uses.keys()
        for label, used in uses.items():
            assert all(found[other][1] + 30 < found[label][1] for other in used)
        rows: dict[float, list[float]] = {}
        for x, y in found.values():
            rows.setdefault(y, []).append(x)
        for row in rows.values():
            ordered = sorted(row)
            assert all(b - a >= 64 for a, b in pairwise(ordered))
        (width,) = re.findall(r'viewBox="0 0 (\d+) ', drawn(uses))
        assert all(x >= 0 and x + 64 <= float(width) for x, _ in found.values())


def test_verdicts_and_what_rests_on_a_refuted_claim_are_marked() -> None:
    classes = {label: kinds for label, kinds, *_ in NODE.findall(drawn(CHAIN, A1="REFUTED"))}
    assert classes["A1"] == "REFUTED"
    assert classes["A2"] == classes["L1"] == "SUPPORTED"
    assert classes["B1"] == classes["C1"] == "SUPPORTED shaken"
    assert drawn(CHAIN, A1="REFUTED").count('class="fallen"') == 2
    assert "It rests on A1, which is refuted." in drawn(CHAIN, A1="REFUTED")


def test_a_drawing_is_a_function_of_its_claims_and_escapes_their_texts() -> None:
    assert drawn(CHAIN) == drawn(CHAIN)
    assert "Title &lt;A1&gt;" in drawn(CHAIN)
    assert drawn({}) == ""
    assert drawn({"A1": ["Z9"]}).count("<path") == 0
