from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refute.report.margin import told
from refute.report.page import render, write_page
from refute.report.page_filters import pretty, prose
from refute.report.text import LEGEND
from refute.statement.instance import Instance
from tests.refute.report.page_reader import Reader, shown
from tests.refute.sample_audit import read, sample


@cache
def page_of_the_sample() -> str:
    return render(read(sample()))


def test_the_page_is_balanced_and_its_ids_and_links_are_sound() -> None:
    page = Reader(page_of_the_sample())
    assert page.open == []
    assert [name for name, times in Counter(page.ids).items() if times > 1] == []
    inside = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)


def test_the_page_needs_nothing_but_itself() -> None:
    page = Reader(page_of_the_sample())
    outside = {link for link in page.links if not link.startswith("#")}
    assert {link.partition(";")[0] for link in outside} == {"data:,", "data:text/csv"}
    assert not page.tags.keys() & {"img", "iframe", "object", "embed"}
    assert page.handlers == []
    assert not re.search(r"@import|url\((?!#)", page_of_the_sample())


def test_the_policy_of_the_page_lets_its_own_script_run_and_no_other() -> None:
    page = page_of_the_sample()
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy


def test_everything_that_was_found_is_on_the_page() -> None:
    audit = sample()
    text = shown(audit).text
    for claim in audit["claims"]:
        pieces = [
            claim["id"],
            claim["title"],
            told(claim["because"]),
            claim["chapter_title"],
            *claim["text"].values(),
        ]
        pieces.remove(claim["text"]["heading"])
        pieces += [part["label"] for part in claim["parts"]] + [*claim["classes"], *claim["unmet"]]
        pieces += ["Exponent -0.5 [-0.531, unbounded]: the median of 17"] if claim["measured"] else []
        pieces += [step["label"] for step in (*claim["proof"], *claim["lemmas"])] + [*claim["remarks"]]
        for sibling in claim["siblings"]:
            pieces += [sibling["name"], sibling["statement"], sibling["because"]]
            pieces += [sibling["falls"], sibling["where"]]
            pieces += [sibling["reason"]] if sibling["verdict"] != "REFUTED" else []
            if sibling["witness"]:
                pieces.append(sibling["witness"]["file"])
        assert [piece for piece in pieces if " ".join(piece.split()) not in text] == []
    for piece in (
        audit["title"],
        audit["source"],
        audit["started"],
        "quick",
        "71.3 s",
        "7.5e-5",
        "Linux-6.1",
    ):
        assert piece in text


def test_the_verdict_table_comes_before_any_claim() -> None:
    page = page_of_the_sample()
    rows = page[page.index('<table class="verdicts"') : page.index("</table>")]
    assert page.index("</table>") < page.index("<article")
    labels = re.findall(r'<th scope="row"><a href="#claim-(\w+)">', rows)
    assert labels == [claim["id"] for claim in sample()["claims"]]


def test_an_open_verdict_never_looks_like_a_pass() -> None:
    rows = re.findall(
        r'<tr class="(pass|open) (\w+)">\s*<th.*?<td>(.*?)</td>', page_of_the_sample(), re.DOTALL
    )
    assert {verdict for look, verdict, _ in rows if look == "pass"} == {"PROVED", "SUPPORTED"}
    looks = {verdict: cell for _, verdict, cell in rows}
    assert set(looks) == {str(verdict) for verdict in LEGEND}
    for verdict, entry in LEGEND.items():
        assert entry.meaning.startswith("A pass") == verdict.passes
        assert f">{entry.sign}</span>{verdict.replace('_', ' ')}</span>" in looks[verdict]
    assert len({entry.sign for entry in LEGEND.values()}) == len(LEGEND)


def test_a_sibling_that_lives_is_called_a_failure() -> None:
    text = Reader(page_of_the_sample()).text
    assert text.count("the instrument should have refuted it") == 1
    assert "1 of 8 false siblings was not refuted: C3~too-near." in text


def test_a_plot_is_drawn_once_and_pointed_to_from_its_other_claims() -> None:
    page = Reader(page_of_the_sample())
    other = sum(page_of_the_sample().count(f'<figure class="{name}">') for name in ("points", "spreads"))
    assert page.tags["figcaption"] == 2 + other
    assert page.links.count("#figure-eigenvalue") == 1
    alone = sample()
    alone["claims"] = alone["claims"][:1]
    assert [name for name in shown(alone).ids if name.startswith("figure-")] == [
        "figure-residual",
        "figure-eigenvalue",
    ]
    assert "Further figures" in shown(alone).text


def poisoned(value: Any, venom: str) -> Any:
    """The same evidence with the venom in every free text."""
    fixed = {"schema", "kind", "status", "cost", "verdict", "relation", "outcome", "scale", "style", "claims"}
    fixed |= {"settled", "means"}
    if isinstance(value, dict):
        return {
            name: item if name in fixed and isinstance(item, str) else poisoned(item, venom)
            for name, item in value.items()
            if name != "instance"
        } | ({"instance": {"X": venom}} if "instance" in value else {})
    if isinstance(value, list):
        return [poisoned(item, venom) for item in value]
    return value + venom if isinstance(value, str) else value


def test_texts_can_carry_no_markup_into_the_page() -> None:
    venom = """'"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"""
    audit = poisoned(sample(), venom)
    for plot, good in zip(audit["plots"], sample()["plots"], strict=True):
        plot["id"] = good["id"]
    audit["claims"][0]["classes"] = {venom: 3}
    audit["environment"][venom] = venom
    audit["environment"]["refute"] = venom
    page = shown(audit)
    assert page.tags["script"] == 1
    assert "img" not in page.tags
    assert page.handlers == []
    assert page.open == []
    assert "{{ 7 * 7 }}" in page.text


def test_an_audit_of_nothing_still_makes_a_page() -> None:
    audit = {
        **sample(),
        "claims": [],
        "plots": [],
        "budget": {"level_per_instance": 0, "instances": 0, "bound": 0},
    }
    assert "No claim was audited." in shown(audit).text


def test_an_interrupted_audit_says_so() -> None:
    assert "The audit was interrupted" in shown({**sample(), "plots": [], "interrupted": True}).text
    assert "The audit was interrupted" not in shown({**sample(), "plots": [], "interrupted": False}).text


def test_optional_evidence_may_be_absent() -> None:
    audit = {**sample(), "plots": []}
    del audit["findings"]
    for claim in audit["claims"]:
        del claim["remarks"], claim["alternative"]
        for part in claim["parts"]:
            for name in ("detail", "attained", "settled", "settled_bits"):
                part.pop(name, None)
    assert shown(audit).open == []


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_page(read(sample()), tmp_path / "new" / "report")
    assert target == tmp_path / "new" / "report" / "index.html"
    assert [path.name for path in target.parent.iterdir()] == ["index.html"]
    assert target.read_text(encoding="utf-8") == page_of_the_sample()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("refute.basics.files.os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_page(read({**sample(), "title": "Another"}), target.parent)
    assert [path.name for path in target.parent.iterdir()] == ["index.html"]
    assert target.read_text(encoding="utf-8") == page_of_the_sample()


def test_prose_loses_the_breaks_of_its_source_only() -> None:
    wrapped = "a" * 60 + " " + "b" * 35
    assert prose(f"{wrapped}\nmore words\n") == f"{wrapped} more words"
    assert prose("For all x:\n  f(x) <= 1.\n\nNext.") == "For all x:\n  f(x) <= 1.\n\nNext."
    assert prose("") == ""
    formula = f"{wrapped}\n    f(x) <= {'1 + ' * 20}1,\nwith more words."
    assert prose(formula) == formula


def test_a_long_instance_is_cut_and_says_so() -> None:
    short = Instance(X=np.array([0.1]), m=3)
    assert pretty(short) == '{\n  "X": {"shape": [1], "values": [0.1]},\n  "m": 3\n}'
    long = Instance(X=np.full(9999, 0.125))
    assert pretty(long).endswith("more characters are in the JSON of the run")
    assert len(pretty(long)) < 21_000
