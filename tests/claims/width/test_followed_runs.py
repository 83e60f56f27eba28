"""Runs that end undecided: the digits ended them, not the statement."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from claims.width.followed_runs import above_the_envelope, out_of_digits
from models.certificate.certified_run import CertifiedRun
from models.networks.autoencoder import Network

STEPS = 10


def runs(certified_at: int, broken_at: int, residual: list[float]) -> CertifiedRun:
    """One run with these records."""
    return CertifiedRun(
        residual=(np.array(residual),),
        movement=(np.zeros(len(residual)),),
        certified_at=np.array([certified_at]),
        rate=np.zeros(1),
        by_tube=np.array([False]),
        broken_at=np.array([broken_at]),
        network=Network(torch.zeros(1, 1, 1), torch.zeros(1, 1, 1)),
    )


@pytest.mark.parametrize(
    ("certified_at", "broken_at", "steps", "dry"),
    [(-1, -1, 4, True), (-1, -1, STEPS, False), (4, -1, 4, False), (-1, 4, 4, False)],
)
def test_only_a_run_that_ends_undecided_and_early_is_out_of_digits(
    certified_at: int, broken_at: int, steps: int, dry: bool
) -> None:
    one = runs(certified_at, broken_at, [1.0] * (steps + 1))
    assert out_of_digits(one, STEPS).tolist() == [dry]


def test_an_envelope_is_exceeded_at_one_step_or_at_none() -> None:
    eta, rate = 0.5, 0.5
    kept = [(1 - eta * rate) ** (k / 2) * (1 - 1e-12) ** k for k in range(5)]
    assert above_the_envelope(runs(-1, -1, kept), eta, rate).tolist() == [False]
    kept[3] *= 1 + 1e-11
    assert above_the_envelope(runs(-1, -1, kept), eta, rate).tolist() == [True]
