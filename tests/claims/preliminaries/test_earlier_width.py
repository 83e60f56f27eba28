import math

import numpy as np
import pytest

from claims.preliminaries.data_spectrum import spectrum
from claims.preliminaries.earlier_width import earlier_width
from claims.preliminaries.explicit_width import solve
from claims.preliminaries.fixed_data import pair, sphere
from models.networks.regime import REGIMES


@pytest.mark.parametrize(
    ("X", "weak", "joint"),
    [(np.ones((1, 1)), 1981, 7459), (np.eye(4)[:, :1], 12866, 18858), (np.eye(2), 19705, 63338)],
)
def test_the_earlier_widths_are_those_that_were_published(X: np.ndarray, weak: float, joint: float) -> None:
    numbers = spectrum(X)
    assert earlier_width(numbers, 0.1, "weak") == weak
    assert earlier_width(numbers, 0.1, "joint") == joint


def test_the_present_widths_are_smaller_by_a_factor_that_grows_with_n() -> None:
    for regime in REGIMES:
        gains = []
        for n in (1, 2, 4, 8):
            numbers = spectrum(np.eye(8)[:, :n])
            gains.append(earlier_width(numbers, 0.1, regime) / solve(numbers, 0.1, regime).width)
        assert gains == sorted(gains) and gains[0] > 1 and gains[-1] > 20


def test_crowded_and_degenerate_data() -> None:
    half = sphere(3, 2, 0)
    for regime in REGIMES:
        numbers = spectrum(pair(0.01))
        assert earlier_width(numbers, 0.1, regime) > 1000 * solve(numbers, 0.1, regime).width
        assert earlier_width(spectrum(np.hstack([half, -half])), 0.1, regime) == math.inf
