"""Families of one separation: their sizes, their products, and what does not depend on n and d."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from claims.preliminaries.assumptions import separated, unit_norm, unit_norm_rounding
from claims.width.separated_families import OPPOSED, SHAPES, Family, block_of
from models.kernels.limit import limit_kernel

MEMBERS = [
    Family(0.5, 3),
    Family(0.2, 0),
    Family(0.5, 4, "flipped", 7),
    Family(0.5, 3, OPPOSED),
    Family(0.3, 4, OPPOSED, 1),
    Family(0.0, 1, "equal", 5),
]


@pytest.mark.parametrize("shape", [*SHAPES, OPPOSED])
def test_a_block_has_the_products_that_it_is_asked_for(shape: str) -> None:
    c = 1 / 3
    X = block_of(4, c, shape)
    signs = np.array([1.0, -1.0, 1.0, -1.0]) if shape == "flipped" else np.ones(4)
    wanted = np.outer(signs, signs) * (-c if shape == OPPOSED else c)
    np.fill_diagonal(wanted, 1.0)
    np.testing.assert_allclose(X.T @ X, wanted, atol=1e-14)


@pytest.mark.parametrize("family", MEMBERS)
def test_separation_and_smallest_eigenvalue_are_those_of_every_size(family: Family) -> None:
    found = []
    first = 12 if family.shape == OPPOSED else max(family.block, 2)
    for n, d in ((first, 12), (24, 24), (12, 30)):
        X = family.data(n, d)
        assert X.shape == (d, n)
        assert unit_norm(X) <= unit_norm_rounding(d)
        kernel = limit_kernel(torch.from_numpy(X), "joint")
        found.append((float(separated(X)), float(torch.linalg.eigvalsh(kernel)[0])))
    np.testing.assert_allclose(found, found[:1] * 3, rtol=1e-12)
    assert first <= 4 or family.shape == OPPOSED
    assert found[0][0] >= math.sqrt(2 - 2 * family.c) * (1 - 1e-14)


def test_a_turned_family_has_the_same_products_in_another_position() -> None:
    still, turned = (Family(0.4, 2, "equal", turn).data(4, 6) for turn in (0, 3))
    np.testing.assert_allclose(turned.T @ turned, still.T @ still, atol=1e-14)
    assert np.abs(turned - still).max() > 0.1
    assert not np.array_equal(Family(0.4, 2, "equal", 4).data(4, 6), turned)


def test_one_triangle_has_twice_the_smallest_eigenvalue_of_several() -> None:
    one, two = (torch.from_numpy(Family(0.5, 3, OPPOSED).data(n, 6)) for n in (3, 6))
    least = [float(torch.linalg.eigvalsh(limit_kernel(X, "joint"))[0]) for X in (one, two)]
    theta = 2 * math.pi / 3
    off = (math.sin(theta) + 2 * (math.pi - theta) * math.cos(theta)) / (2 * math.pi)
    # Two copies may differ in sign, and then lose what G has for orthogonal points, 3 of them a row.
    assert least == pytest.approx([1 + 2 * off, 1 + 2 * off - 3 / (2 * math.pi)], rel=1e-12)
    assert np.linalg.matrix_rank(one.numpy()) == 2
