"""Every option of every command: what it is called, what it is without it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from refute.cli import main as cli
from refute.cli.main import _command
from refute.cli.option_types import LEDGER as EVIDENCE
from refute.cli.options import parser

CREW: dict[str, Any] = {"processes": None, "scheduler": None, "resume": False}
COMMON: dict[str, Any] = {
    "ids": [],
    "profile": "quick",
    "device": "auto",
    "seed": 0,
    "json": None,
    **CREW,
}
WIDTHS: dict[str, Any] = {
    "grid": None,
    "regime": [],
    "seed": 0,
    "device": "cpu",
    "dtype": "float64",
    **CREW,
    "store": Path(".refute/widths.sqlite"),
    "fresh": False,
    "json": None,
    "report": None,
    "command": "widths_command.widths",
}
RUN = {
    **COMMON,
    "dtype": "float64",
    "agreement": False,
    "report": None,
    "ledger": EVIDENCE,
    "command": "audit_commands.run",
}
FILE = {"samples": "rows", "header": None, "index_column": None, "delimiter": None}
DATA = {"file": None, "dataset": None, "rows": None, "device": "auto", "seed": 0, "json": None, **FILE}
DATA = {**DATA, "drop_duplicates": False, "report": None}
LEDGER = {"file": EVIDENCE, "json": False, "merge": None, "command": "ledger_command.show_or_merge"}
DEFAULTS: dict[str, dict[str, Any]] = {
    "new d": {
        "what": "d",
        "id": None,
        "kind": "upper bound",
        "title": None,
        "chapter": None,
        "command": "new_command.new",
    },
    "list": {"json": False, "labels": False, "command": "list_command.list_claims"},
    "graph": {
        "ids": [],
        "format": "text",
        "audit": None,
        "ledger": EVIDENCE,
        "command": "read_commands.show_graph",
    },
    "slack a": {"audit": Path("a"), "json": False, "command": "read_commands.show_slack"},
    "explain i": {
        "ids": ["i"],
        "audit": None,
        "ledger": EVIDENCE,
        "command": "explain_command.explain",
    },
    "open": {"directory": None, "command": "explain_command.open_report"},
    "run": RUN,
    "siblings": {**COMMON, "dtype": "float64", "command": "audit_commands.siblings"},
    "replay w": {"witness": Path("w"), "command": "audit_commands.replay"},
    "data": {**DATA, "command": "data_command.data"},
    "report d": {"audit": None, "directory": Path("d"), "command": "audit_commands.report"},
    "ledger": LEDGER,
    "widths": WIDTHS,
}


@pytest.mark.parametrize("line", DEFAULTS)
def test_every_command_is_answered_by_a_function(line: str) -> None:
    assert callable(_command(parsed(line)["command"]))


def parsed(line: str) -> dict[str, Any]:
    """The options but `--traceback`, which every command has."""
    found = vars(parser().parse_args(line.split()))
    assert found.pop("traceback") is ("--traceback" in line)
    return found


@pytest.mark.parametrize("line", DEFAULTS)
def test_without_options_every_command_has_its_defaults(line: str) -> None:
    assert parsed(line) == DEFAULTS[line]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("list --json", {"json": True}),
        ("list --labels", {"labels": True}),
        (
            "graph A B --format dot --audit a.json",
            {"ids": ["A", "B"], "format": "dot", "audit": Path("a.json")},
        ),
        ("graph --format json --ledger none", {"format": "json", "ledger": None}),
        ("slack a --json", {"json": True}),
        ("run A B --profile deep --seed 3", {"ids": ["A", "B"], "profile": "deep", "seed": 3}),
        (
            "run --device cuda --dtype float32 --agreement",
            {"device": "cuda", "dtype": "float32", "agreement": True},
        ),
        ("run --json j --report r --ledger l", {"json": Path("j"), "report": Path("r"), "ledger": Path("l")}),
        ("run --ledger none --profile ci", {"ledger": None, "profile": "ci"}),
        (
            "siblings A --device cpu --seed 1 --json j",
            {"ids": ["A"], "device": "cpu", "seed": 1, "json": Path("j")},
        ),
        ("run --processes 3 --resume", {"processes": 3, "scheduler": None, "resume": True}),
        ("siblings --scheduler tcp://a:1", {"scheduler": "tcp://a:1", "processes": None, "resume": False}),
        ("data f --rows 1:2 --device cpu", {"file": Path("f"), "rows": "1:2", "device": "cpu"}),
        ("data f --drop-duplicates", {"file": Path("f"), "drop_duplicates": True}),
        ("data --dataset digits --seed 2 --json j", {"dataset": "digits", "seed": 2, "json": Path("j")}),
        ("data f --samples columns --header no", {"samples": "columns", "header": "no"}),
        ("data f --index-column id --delimiter tab", {"index_column": "id", "delimiter": "\t"}),
        ("data f --delimiter | --dataset iris", {"delimiter": "|", "dataset": "iris"}),
        ("report a d", {"audit": Path("a"), "directory": Path("d")}),
        ("ledger f --json", {"file": Path("f"), "json": True}),
        ("ledger f --merge g h", {"file": Path("f"), "merge": [Path("g"), Path("h")]}),
        ("widths --grid g --regime a --regime b", {"grid": "g", "regime": ["a", "b"]}),
        ("widths --seed 4 --device cuda --dtype float32", {"seed": 4, "device": "cuda", "dtype": "float32"}),
        ("widths --processes 1 --store s --fresh", {"processes": 1, "store": Path("s"), "fresh": True}),
        ("widths --scheduler tcp://a --resume", {"scheduler": "tcp://a", "resume": True}),
        ("widths --json j --report r", {"json": Path("j"), "report": Path("r")}),
    ],
)
def test_every_option_arrives(line: str, found: dict[str, Any]) -> None:
    name = line.split()[0]
    head = next(defaults for key, defaults in DEFAULTS.items() if key.split()[0] == name)
    got = parsed(line)
    assert got.keys() == head.keys() and {key: got[key] for key in found} == found


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("slack", "required: AUDIT"),
        ("replay", "required: WITNESS.json"),
        ("report", "required: DIR"),
        ("nothing", "invalid choice: 'nothing'"),
        ("graph --format svg", "invalid choice: 'svg'"),
        ("graph --audit a --ledger b", "not allowed with argument --audit"),
        ("ledger --json --merge b", "not allowed with argument --json"),
        ("ledger --merge", "expected at least one argument"),
        ("run --profile slow", "invalid choice: 'slow'"),
        ("run --dtype float16", "invalid choice: 'float16'"),
        ("run --device tpu", "invalid choice: 'tpu'"),
        ("run --processes 0", "'0' is not a whole number from 1 on"),
        ("siblings --processes 2 --scheduler a", "not allowed with argument --processes"),
        ("run --seed -1", "a seed is not negative"),
        ("run --seed x", "'x' is not an integer"),
        ("data --device tpu", "invalid choice: 'tpu'"),
        ("data f --header maybe", "invalid choice: 'maybe'"),
        ("data f --samples cells", "invalid choice: 'cells'"),
        ("data f --delimiter 5", "'5' is not comma, semicolon, tab, space or another single sign"),
        ("data f --delimiter ||", "'||' is not comma"),
        ("data f --delimiter -", "'-' is not comma"),
        ("data f --delimiter .", "'.' is not comma"),
        ("data f --delimiter \x1b", "'\\x1b' is not comma"),
        ("widths --device tpu", "invalid choice: 'tpu'"),
        ("widths --dtype float16", "invalid choice: 'float16'"),
        ("widths --seed -1", "a seed is not negative"),
        ("widths --processes 1.5", "'1.5' is not a whole number from 1 on"),
        ("widths --processes 0", "'0' is not a whole number from 1 on"),
        ("widths --resume --fresh", "not allowed with argument --resume"),
        ("widths --processes 1 --scheduler s", "not allowed with argument --processes"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(line.split())
    out, err = capsys.readouterr()
    assert told in err and out == "" and err.startswith("refute") and len(err.splitlines()) == 1
    assert err.endswith(" --help` explains)\n")
