"""The attack against a grid on the circle, and the pieces of the proof against sampled networks."""

import math
from itertools import pairwise

import numpy as np
import pytest

from claims.tied.t3_uniform_reconstruction import (
    FAILURE_PROBABILITY,
    climbed,
    draw,
    even_part,
    lemmas,
    linear_part,
    stated_width,
)
from refute import Compute, Instance


def errors(W: np.ndarray, points: np.ndarray) -> np.ndarray:
    """||u(x) - x|| at the columns of points, one neuron after the other."""
    U = sum(2 / len(W) * np.outer(w, np.maximum(w @ points, 0)) for w in W)
    lengths: np.ndarray = np.linalg.norm(U - points, axis=0)
    return lengths


@pytest.mark.parametrize("seed", range(5))
def test_the_attack_finds_the_supremum_on_the_circle(seed: int) -> None:
    W = np.random.default_rng(seed).standard_normal((100, 2))
    points = climbed(W, np.eye(2)[:, :1])
    assert np.allclose(np.linalg.norm(points, axis=0), 1)
    turns = np.linspace(0, 2 * math.pi, 2000)
    supremum = errors(W, np.vstack([np.cos(turns), np.sin(turns)])).max()
    assert 0.95 * supremum <= errors(W, points).max() <= 1.0001 * supremum


def test_what_is_measured_is_the_attack_as_a_share_of_eps() -> None:
    instance = Instance(X=np.eye(2)[:, :1], eps=0.5)
    trials = draw(instance, [np.random.default_rng(3)], Compute())
    W = np.random.default_rng(3).standard_normal((stated_width(2, 0.5), 2))
    assert trials.measured is not None
    assert trials.measured[0] == pytest.approx(errors(W, climbed(W, instance.X)).max() / 0.5)


def test_every_lemma_closes_and_the_constant_is_not_far_too_large() -> None:
    assert all(step.closed for step in lemmas())
    widths = 90 * (24 + 4)
    assert linear_part(24, widths, 0.1) + even_part(24, widths, 0.1) > 1


def test_the_terms_of_the_chain_fall_by_more_than_half() -> None:
    """even_part counts its last term twice in place of all later ones."""
    for d in (1, 10, 10**6):
        t = [math.sqrt(2 * (d * math.log1p(2 * 6.0**k) + k)) for k in range(1, 200)]
        assert all(b * b < 2 * a * a for a, b in pairwise(t))


@pytest.mark.parametrize("d", [1, 3, 12])
def test_no_part_of_sampled_networks_passes_its_bound(d: int) -> None:
    """Each bound may fail in one network of ten; both are loose enough to fail in none of twenty."""
    generator = np.random.default_rng(d)
    m = 60 * d
    for _ in range(20):
        W = generator.standard_normal((m, d))
        x = generator.standard_normal((d, 50))
        x /= np.linalg.norm(x, axis=0)
        even = np.linalg.norm(W.T @ np.abs(W @ x), axis=0) / m
        assert even.max() <= even_part(d, m, FAILURE_PROBABILITY)
        gap = np.linalg.norm(W.T @ W / m - np.eye(d), 2)
        assert gap <= linear_part(d, m, FAILURE_PROBABILITY)


def test_the_increment_of_a_neuron_is_as_in_the_proof() -> None:
    generator = np.random.default_rng(0)
    w, x, y = generator.standard_normal((3, 1000, 4))
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    g, q = ((w * v).sum(1) for v in (x - y, x + y))
    increment = np.abs((w * x).sum(1)) - np.abs((w * y).sum(1))
    assert np.allclose(increment, np.sign(g * q) * np.minimum(np.abs(g), np.abs(q)))
