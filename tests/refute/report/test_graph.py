"""The uses-graph: every claim and every edge once, in three forms, with the verdict that evidence bears."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from refute.audit.verdict import Verdict
from refute.cli import main as cli
from refute.inputs.registry import discover
from refute.report.graph import dot_lines, graph, text_lines
from tests.refute.toy_files import N1, N3, change

TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|->|[\w#.]+|[{}\[\]=,;])')


def refute(*arguments: object) -> int:
    return cli.main([str(word) for word in arguments])


def shown(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    capsys.readouterr()
    assert refute("graph", *arguments) == 0
    return capsys.readouterr().out


def parsed(dot: str) -> tuple[dict[str, dict[str, str]], list[tuple[str, str]]]:
    """Nodes with attributes, and edges, of the part of Graphviz' language that is written here."""
    tokens = []
    at = 0
    while at < len(dot.rstrip()):
        found = TOKEN.match(dot, at)
        assert found, dot[at : at + 40]
        tokens.append(found[1])
        at = found.end()
    assert tokens[:3] == ["digraph", "uses", "{"] and tokens.count("{") == tokens.count("}")
    nodes: dict[str, dict[str, str]] = {}
    edges = []
    for place, token in enumerate(tokens):
        if token == "->":
            assert tokens[place + 2] == ";"
            edges.append((json.loads(tokens[place - 1]), json.loads(tokens[place + 1])))
        if token == "[" and tokens[place - 1] != "node":
            inside = tokens[place + 1 : tokens.index("]", place)]
            assert inside[1::4] == ["="] * len(inside[1::4]) and set(inside[3::4]) <= {","}
            nodes[json.loads(tokens[place - 1])] = dict(
                zip(inside[0::4], map(json.loads, inside[2::4]), strict=True)
            )
    return nodes, edges


def test_the_three_forms_say_the_same(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, "--format", "json"))
    assert [node["id"] for node in found["nodes"]] == ["N1", "N2", "N3"]
    assert found["edges"] == [{"from": "N1", "to": "N3"}]
    assert {node["verdict"] for node in found["nodes"]} == {"not judged"}
    nodes, edges = parsed(shown(capsys, "--format", "dot"))
    assert list(nodes) == ["N1", "N2", "N3"] and edges == [("N1", "N3")]
    assert nodes["N1"]["label"] == "N1\nnot judged"
    assert shown(capsys).splitlines() == [
        "Numbers, small ones",
        "  N1   not judged   The square of a sum is at most twice the sum of the squares",
        "                      uses N3",
        "  N2   not judged   The largest of k uniform numbers is large",
        "  N3   not judged   The binomial formula",
        "                      used by N1",
    ]


def test_a_chosen_claim_comes_with_all_that_it_builds_on(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(toy, N3, 'id="N3"', 'id="N3", uses=("N2",)')
    assert [node["id"] for node in json.loads(shown(capsys, "N1", "--format", "json"))["nodes"]] == [
        *("N1", "N2", "N3")
    ]
    assert [node["id"] for node in json.loads(shown(capsys, "n3", "--format", "json"))["nodes"]] == [
        *("N2", "N3")
    ]


def test_titles_cannot_break_the_quotes(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(toy, N3, "N3. The binomial formula.", r"""N3. a "quoted" \\ title; -> [x].""")
    nodes, _ = parsed(shown(capsys, "--format", "dot"))
    assert nodes["N3"]["tooltip"] == 'a "quoted" \\ title; -> [x]'


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it(toy: Path) -> None:
    book = discover(toy)
    dot = "\n".join(dot_lines(graph(book, book.claims, {"N1": Verdict.OUT_OF_REACH})))
    subprocess.run(["dot", "-Tsvg"], input=dot, text=True, check=True, capture_output=True)


def verdicts(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, str]:
    found: dict[str, Any] = json.loads(shown(capsys, "--format", "json", *arguments))
    return {node["id"]: node["verdict"] for node in found["nodes"]}


def test_verdicts_come_from_current_evidence(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "N1", "N3") == 0
    assert verdicts(capsys) == {"N1": "SUPPORTED", "N2": "not judged", "N3": "PROVED"}
    assert verdicts(capsys, "--ledger", "none") == dict.fromkeys(("N1", "N2", "N3"), "not judged")
    (toy / N1).write_text((toy / N1).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert verdicts(capsys)["N1"] == "not judged"


def test_a_counterexample_in_the_ledger_outlives_a_later_pass(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The search of a later audit may miss what an earlier one found; the verdict stays REFUTED."""
    change(toy, N1, "2 * x * x + 2 * y * y, rounding", "2 * x * x + 2 * y * y - LESS[0], rounding")
    change(toy, N1, "CLAIM = Claim(", "LESS = [9e9]\nCLAIM = Claim(")
    assert refute("run", "N1") == 1
    sys.modules["claims.numbers.n1_square_of_sum"].LESS[0] = 0
    assert refute("run", "N1", "--seed", "1") == 0
    assert verdicts(capsys)["N1"] == "REFUTED"


def test_verdicts_of_a_stored_audit(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refute("run", "N3", "--ledger", "none", "--json", "a.json") == 0
    assert verdicts(capsys, "--audit", "a.json") == {"N1": "not judged", "N2": "not judged", "N3": "PROVED"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("N9",), "no claim is called 'n9'"),
        (("--audit", "none.json"), "none.json: No such file"),
        (("--audit", "claims/paper.py"), "claims/paper.py is not a stored audit"),
        (("--ledger", "claims/paper.py"), "is not a ledger"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    toy: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert refute("graph", *arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_conjectures_are_marked(toy: Path) -> None:
    change(toy, N3, 'id="N3"', 'id="N3", status=Status.CONJECTURE')
    change(toy, N3, "Step, equal", "Step, equal, Status")
    book = discover(toy)
    found = graph(book, book.claims, {})
    assert "  N3   not judged   The binomial formula [conjecture]" in list(text_lines(found))
    assert "dashed" in parsed("\n".join(dot_lines(found)))[0]["N3"]["style"]
