"""Which options of `refute run` agree with each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from refute.cli import main as cli


def test_agreement_needs_float64_and_float32_needs_no_agreement(
    toy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "N1", "--dtype", "float32", "--ledger", "none"]) == 0
    capsys.readouterr()
    assert cli.main(["run", "N1", "--dtype", "float32", "--agreement", "--ledger", "none"]) == 2
    assert "--agreement compares with float64" in capsys.readouterr().err


@pytest.mark.parametrize(("options", "compared"), [([], False), (["--agreement"], True)])
def test_agreement_is_measured_where_it_is_asked_for(toy: Path, options: list[str], compared: bool) -> None:
    assert cli.main(["run", "N1", "--ledger", "none", "--json", "run.json", *options]) == 0
    found = json.loads((toy / "run.json").read_text("utf-8"))
    assert (found["agreement"] is not None) is compared
