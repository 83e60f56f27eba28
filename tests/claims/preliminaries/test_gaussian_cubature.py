import math
from itertools import product

import numpy as np
import pytest

from claims.preliminaries.gaussian_cubature import gauss_hermite, orthogonal_signs
from refute.numerics.rounding import gamma


def normal_moment(degree: int) -> int:
    return 0 if degree % 2 else math.prod(range(1, degree, 2))


@pytest.mark.parametrize(("points", "count"), [(2, 1), (2, 3), (3, 1), (3, 2), (3, 3)])
def test_every_monomial_within_the_degree_is_integrated_exactly(points: int, count: int) -> None:
    nodes, weights = gauss_hermite(points, count)
    for degrees in product(range(2 * points), repeat=count):
        terms = (nodes ** np.array(degrees)).prod(axis=1) * weights
        exact = math.prod(map(normal_moment, degrees))
        rounding = gamma(len(weights) + 2 * count + 2 * sum(degrees)) * np.abs(terms).sum()
        assert abs(terms.sum() - exact) <= rounding


@pytest.mark.parametrize("points", [2, 3])
def test_the_degree_is_not_understated(points: int) -> None:
    nodes, weights = gauss_hermite(points, 1)
    measured = float(weights @ nodes[:, 0] ** (2 * points))
    assert normal_moment(2 * points) - measured > 1 / 2


def test_nodes_come_with_their_negatives_at_equal_weight() -> None:
    nodes, weights = gauss_hermite(3, 3)
    table = {tuple(node): weight for node, weight in zip(nodes, weights, strict=True)}
    assert len(table) == 27
    assert all(table[tuple(-np.array(node))] == weight for node, weight in table.items())


def test_the_square_of_relu_is_integrated_exactly_by_symmetry() -> None:
    direction = np.array([0.6, 0.8])
    nodes, weights = gauss_hermite(2, 2)
    measured = float(weights @ np.maximum(nodes @ direction, 0.0) ** 2)
    assert abs(measured - 0.5 * direction @ direction) <= gamma(16)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="points must be one of 2, 3"):
        gauss_hermite(4, 1)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 33])
def test_orthogonal_signs_have_the_second_moments_of_independent_ones(count: int) -> None:
    signs = orthogonal_signs(count)
    assert set(np.unique(np.abs(signs))) == {1.0} and len(signs) < 2 * count + 1
    assert (signs.T @ signs == len(signs) * np.eye(count)).all()
    assert (signs[:, 1:].sum(axis=0) == 0).all()
