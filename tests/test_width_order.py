"""The tables behind W5: their families, and lines that a small run prints."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from benchmarks.width_order import FAMILIES, LADDERS, LARGE, SMALL, WIDE, attacked, report
from claims.width.least_widths import seen_there
from claims.width.w5_order_n_d import GROWTH, why_not


@pytest.mark.parametrize("name", list(FAMILIES)[:-1])
@pytest.mark.parametrize("size", [SMALL, WIDE, LARGE])
def test_a_family_has_unit_columns_and_one_separation(name: str, size: tuple[int, int]) -> None:
    n, d = size
    X = FAMILIES[name].data(n, d)
    products = X.T @ X
    assert X.shape == (d, n)
    np.testing.assert_allclose(np.diag(products), 1, atol=1e-14)
    assert products[~np.eye(n, dtype=bool)].max() == pytest.approx(FAMILIES[name].c, abs=1e-14)


def test_a_report_has_three_sizes_and_three_slopes(capsys: pytest.CaptureFixture[str]) -> None:
    report("orthonormal", 2, 1, 1.0, seen_there)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 + len(LADDERS)
    assert [re.findall(r"slope, (\w+)", line) for line in lines[3:]] == [[name] for name in LADDERS]
    assert all(line.startswith("orthonormal") for line in lines)


def test_what_is_attacked_is_of_the_statement_and_not_of_the_calibration() -> None:
    found = [attacked(number) for number in range(60)]
    assert [why_not(instance) for instance in found] == [""] * 60
    assert len(set(found)) > 50
    growth = [math.prod((i.to_n, i.to_d)) / math.prod((i.n, i.d)) for i in found]
    assert min(growth) == GROWTH
    assert {(i.to_n > i.n, i.to_d > i.d) for i in found} == {(True, False), (False, True), (True, True)}
