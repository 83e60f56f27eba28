"""Defaults and words of models/ that no other test looks at."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from models.kernels.matrix_free import smallest_eigenvalue
from models.native.build import _reason
from tests.models.certificate.test_contraction import problem


def test_an_eigenvalue_is_asked_for_to_a_thousandth_unless_told_otherwise() -> None:
    network, X = problem(3, 4, 200, 0)
    found = [
        smallest_eigenvalue(network, X, "weak", np.random.default_rng(0), accuracy=accuracy)
        for accuracy in (2.0**-10, 2.0**-16)
    ]
    found.insert(0, smallest_eigenvalue(network, X, "weak", np.random.default_rng(0)))
    values = [(one.value, one.residual, one.products, one.converged) for one in found]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (subprocess.CalledProcessError(1, "c++", stderr=b"first\nno  such\tflag\n\n"), "no such flag"),
        (OSError("no compiler"), "no compiler"),
        (OSError(), "OSError"),
        (subprocess.CalledProcessError(1, "c++", stderr=b"\xff broken"), "\ufffd broken"),
    ],
)
def test_a_build_that_fails_says_why_in_its_last_line(error: Exception, told: str) -> None:
    assert _reason(error) == told
