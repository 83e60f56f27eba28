from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.console import Console

from refute.audit.verdict import Verdict
from refute.report import text
from refute.report.margin import told
from refute.report.terminal import print_siblings, print_table
from refute.statement.kinds import Kind
from tests.refute.sample_audit import read, sample


def printed(show: Any, audit: dict[str, Any], width: int = 100) -> list[str]:
    """The lines without any colour."""
    stream = io.StringIO()
    show(read(audit), Console(file=stream, width=width, color_system=None))
    return stream.getvalue().splitlines()


def line(lines: list[str], label: str) -> str:
    return next(found for found in lines if found.startswith(f"{label} "))


@pytest.mark.parametrize("show", [print_table, print_siblings])
def test_the_table_fits_and_is_plain_text(show: Any) -> None:
    lines = printed(show, sample())
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in "".join(lines)
    assert "…" not in "".join(lines)


def test_every_claim_has_a_line_with_its_verdict_in_words() -> None:
    lines = printed(print_table, sample())
    for claim in sample()["claims"]:
        assert claim["verdict"].replace("_", " ") in line(lines, claim["id"])
    assert "conjecture" in " ".join(lines)
    assert line(lines, "T6").split()[-7:] == ["5", "%", "–", "0.013", "away", "0.84", "s"]


def test_what_trials_measured_stands_beside_the_title() -> None:
    shown = " ".join(" ".join(printed(print_table, sample(), width=200)).split())
    assert "The law of the needed width (conjecture); exponent -0.5 [-0.531, unbounded]" in shown
    assert shown.count("[-0.531") == 1


def test_a_measure_that_is_no_exponent_is_not_called_one() -> None:
    (claim,) = (c for c in read(sample()).claims if c.measured)
    assert text.measured(replace(claim, kind=Kind.RATE)) == "measured -0.5 [-0.531, unbounded]"
    assert text.measured(replace(claim, measured=None)) == ""


def test_what_did_not_pass_is_explained_and_can_be_replayed() -> None:
    shown = " ".join(" ".join(printed(print_table, sample())).split())
    for claim in sample()["claims"]:
        passes = claim["verdict"] in ("PROVED", "SUPPORTED")
        assert (f"{claim['verdict'].replace('_', ' ')}: {told(claim['because'])}" in shown) != passes
    assert "refute replay witnesses/K7.json" in shown


def test_the_closing_sentences_say_how_it_ended_and_what_it_cost() -> None:
    shown = " ".join(" ".join(printed(print_table, sample())).split())
    assert "1 of 8 claims refuted: K7." in shown
    assert "1 PROVED, 3 SUPPORTED, 1 REFUTED, 1 UNDECIDED, 1 OUT OF REACH, 1 ERROR." in shown
    assert shown.endswith("at most 7.5e-5. Seed 0, profile quick, 71.3 s.")


def test_siblings_that_live_are_named() -> None:
    lines = printed(print_siblings, sample())
    assert "UNDECIDED" in line(lines, "C3~too-near")
    assert lines[-1] == "1 of 8 false siblings was not refuted: C3~too-near."
    audit = sample()
    audit["claims"] = [claim for claim in audit["claims"] if claim["id"] != "C3"]
    assert printed(print_siblings, audit)[-1] == "All 6 false siblings were refuted, as they must be."


def test_titles_are_not_read_as_markup() -> None:
    audit = sample()
    audit["claims"][0]["title"] = "[red]x[/red] [/]"
    assert "[red]x[/red] [/]" in " ".join(printed(print_table, audit))


def test_an_interrupted_audit_says_so() -> None:
    sentence = "The audit was interrupted: the claims it did not finish are missing here."
    assert sentence in printed(print_table, {**sample(), "interrupted": True})
    assert sentence not in printed(print_table, sample())


def test_an_audit_of_nothing_prints() -> None:
    assert "No claim was audited." in printed(print_table, {**sample(), "claims": []})
    assert printed(print_siblings, {**sample(), "claims": []})[-1] == "No false sibling was tried."


@pytest.mark.parametrize("verdict", ["UNDECIDED", "OUT_OF_REACH", "ERROR"])
def test_an_open_verdict_is_never_counted_as_a_pass(verdict: str) -> None:
    claim = read(sample()).claims[0]
    claims = [replace(claim, id="A", verdict=Verdict.SUPPORTED), replace(claim, verdict=Verdict(verdict))]
    assert text.headline(claims) == "Nothing was refuted, but 1 of 2 claims did not pass."
    assert text.headline(claims[:1]) == "Nothing was refuted: the claim stands."
    assert text.headline(claims[:1] * 2) == "Nothing was refuted: all 2 claims stand."
    assert (
        text.headline([*claims, replace(claim, id="C", verdict=Verdict.REFUTED)])
        == "1 of 3 claims refuted: C."
    )


@given(st.integers(1, 10**6), st.data())
def test_a_share_is_never_rounded_up_to_all_nor_down_to_none(total: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, total))
    shown = text.share(part / total)
    assert (shown == "100 %") == (part == total)
    assert (shown == "0 %") == (part == 0)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (-0.0, "0"),
        (1e-6, "1e-6"),
        (7.5e-5, "7.5e-5"),
        (1e20, "1e20"),
        (0.1234567, "0.1235"),
        (-3.0, "-3"),
    ],
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    assert text.number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0, "0.00 s"), (9.994, "9.99 s"), (12.34, "12.3 s"), (125.4, "2 min 5 s")]
)
def test_times_are_short(seconds: float, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_no_trials_means_no_error_budget() -> None:
    budget = {"level_per_instance": 1e-6, "instances": 0, "bound": 0.0}
    assert (
        text.error_budget(read({**sample(), "budget": budget}))
        == "No statement was tested with trials, so no verdict depends on chance."
    )
