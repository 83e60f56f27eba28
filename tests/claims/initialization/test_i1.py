from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from claims.initialization.i1_mean_kernel import all_means, lemmas, plane_rule
from claims.preliminaries.fixed_data import pair
from refute import Compute

DATA = (
    pair(0.02),
    np.array([[0.6, -1.0, 0.0], [0.8, 0.0, 1.0]]),
    np.array([[2.0, 1.0], [1.0, -2.0], [2.0, 2.0]]) / 3,
)


@pytest.mark.parametrize("X", DATA)
def test_the_rule_integrates_products_of_relus_over_the_circle(X: np.ndarray) -> None:
    weights, nodes = plane_rule(X)
    assert weights.sum() == pytest.approx(1.0)
    plane = np.linalg.qr(X)[0][:, :2]
    for i in range(X.shape[1]):
        for j in range(X.shape[1]):

            def product(alpha: float, pair: tuple[int, int] = (i, j)) -> float:
                w = math.sqrt(2) * plane @ np.array([math.cos(alpha), math.sin(alpha)])
                return float(np.prod([max(w @ X[:, k], 0.0) for k in pair]))

            kinks = [math.atan2(*(plane.T @ x)[::-1]) + s * math.pi / 2 for x in X.T for s in (-1, 1)]
            points = sorted(kink % (2 * math.pi) for kink in kinks)
            exact = quad(product, 0, 2 * math.pi, points=points, limit=200)[0] / (2 * math.pi)
            relus = np.maximum(nodes @ X, 0.0)
            assert float(weights @ (relus[:, i] * relus[:, j])) == pytest.approx(exact, abs=1e-9)


def test_the_mean_of_many_networks_is_near_the_finite_sum() -> None:
    X = np.hstack([DATA[2], [[-1.0], [0.0], [0.0]]])
    generator = np.random.default_rng(3)
    encoder, decoder = all_means(X, 3, Compute())
    w = generator.standard_normal((40_000, 3))
    a = generator.choice([-1.0, 1.0], (40_000, 3))
    features = np.maximum(w @ X, 0.0)
    active = (features > 0).astype(float)
    J = np.einsum("ri,ki,rp->rkip", active, X, a).reshape(40_000, 3, 9)
    assert np.einsum("rka,rkb->ab", J, J) / (3 * 40_000) == pytest.approx(encoder, abs=0.01)
    assert np.kron(features.T @ features, np.eye(3)) / (3 * 40_000) == pytest.approx(decoder, abs=0.01)


def test_the_mean_does_not_depend_on_the_width() -> None:
    narrow, wide = (all_means(DATA[1], m, Compute()) for m in (1, 4))
    assert narrow[0] == pytest.approx(wide[0]) and narrow[1] == pytest.approx(wide[1])


def test_every_lemma_closes() -> None:
    assert [step.label for step in lemmas() if not step.closed] == []
