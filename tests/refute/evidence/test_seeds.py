"""Trials are a pure function of who asks: pinned, independent of batches, and as good as chance."""

from __future__ import annotations

import pickle
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from refute import Instance
from refute.evidence.seeds import CONFIRM, MAIN, PROTOCOL, search_seed, stream_key, trial_generators

INSTANCE = Instance(X=np.array([[0.6, 1.0], [0.8, 0.0]]), law="gaussian", m=64)
LEVEL = 1e-6
"""The chance that a test of the random numbers fails although they are uniform."""


def first_words(key: bytes, trial: int, count: int = 2) -> list[int]:
    (generator,) = trial_generators(key, trial, 1)
    return [int(generator.bit_generator.random_raw()) for _ in range(count)]


def test_the_protocol_is_pinned() -> None:
    """A change here changes every verdict's trials: raise PROTOCOL with it."""
    assert PROTOCOL == 1
    key = stream_key(7, "K1", INSTANCE)
    assert key.hex() == "55c9dc93abdced62a05013cb36ec01bd"
    assert first_words(key, 0) == [1855496871639936583, 8297964187129216834]
    assert first_words(key, 5) == [4759873703342110301, 404979699713565042]
    assert search_seed(7, "K1") == 5548505493752975221


def test_the_key_is_the_hash_of_the_framed_parts() -> None:
    def frame(part: bytes) -> bytes:
        return len(part).to_bytes(8, "little") + part

    array = b"a2,2:" + np.array([0.6, 1.0, 0.8, 0.0], dtype="<f8").tobytes()
    values = b"".join(frame(part) for part in (b"X", array, b"law", b"sgaussian", b"m", b"i64"))
    head = b"".join(frame(part) for part in (b"7", b"K1", b"1", b"main"))
    expected = blake2b(head + values, digest_size=16, person=b"refute-trials").digest()
    assert stream_key(7, "K1", INSTANCE) == expected


def test_the_words_are_those_of_the_philox_stream_at_its_counter() -> None:
    key = stream_key(7, "K1", INSTANCE)
    words = int.from_bytes(key, "little")
    for trial in (0, 1, 1000):
        philox = np.random.Philox(key=words, counter=trial << 192)
        assert first_words(key, trial, 5) == [int(philox.random_raw()) for _ in range(5)]


def test_every_argument_changes_the_key() -> None:
    keys = [
        stream_key(0, "K1", INSTANCE),
        stream_key(1, "K1", INSTANCE),
        stream_key(0, "K2", INSTANCE),
        stream_key(0, "K1", INSTANCE.replace(m=65)),
        stream_key(0, "K1", INSTANCE, CONFIRM),
        stream_key(0, "K1~false", INSTANCE),
        stream_key(1, "2K1", INSTANCE),
        stream_key(12, "K1", INSTANCE),
    ]
    assert len(set(keys)) == len(keys)
    assert stream_key(0, "K1", INSTANCE) == stream_key(0, "K1", INSTANCE.replace(m=64.0), MAIN)
    assert all(len(key) == 16 for key in keys)


def test_the_search_seed_depends_on_master_and_claim() -> None:
    seeds = [search_seed(master, claim) for master in (0, 1, 11) for claim in ("K1", "K2", "K1~false")]
    assert len(set(seeds)) == len(seeds)


@given(st.lists(st.integers(1, 7), min_size=1, max_size=6))
def test_batches_do_not_change_a_number(batches: list[int]) -> None:
    key = stream_key(0, "K1", INSTANCE)
    total = sum(batches)
    drawn: list[list[float]] = []
    for count in batches:
        drawn += [g.random(3).tolist() for g in trial_generators(key, len(drawn), count)]
    assert drawn == [g.random(3).tolist() for g in trial_generators(key, 0, total)]


def test_one_trial_does_not_disturb_the_next() -> None:
    key = stream_key(0, "K1", INSTANCE)
    first, second = trial_generators(key, 0, 2)
    first.random(10_000)
    assert second.random() == trial_generators(key, 1, 1)[0].random()


def test_no_global_generator_is_touched() -> None:
    before = pickle.dumps(np.random.get_state())  # noqa: NPY002
    for generator in trial_generators(stream_key(0, "K1", INSTANCE), 0, 3):
        generator.standard_normal(5)
    assert pickle.dumps(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize("stream", [MAIN, CONFIRM])
def test_first_draws_of_all_trials_look_uniform(stream: str) -> None:
    key = stream_key(0, "K1", INSTANCE, stream)
    draws = [generator.random() for generator in trial_generators(key, 0, 4000)]
    assert kstest(draws, "uniform").pvalue > LEVEL
    # Neighbouring trials: their differences modulo 1 are uniform if they are independent.
    assert kstest(np.diff(draws) % 1.0, "uniform").pvalue > LEVEL


def test_first_draws_of_many_instances_look_uniform() -> None:
    keys = [stream_key(0, "K1", Instance(m=m)) for m in range(4000)]
    assert kstest([trial_generators(key, 0, 1)[0].random() for key in keys], "uniform").pvalue > LEVEL
    shares = [int.from_bytes(key, "little") / 2**128 for key in keys]
    assert kstest(shares, "uniform").pvalue > LEVEL
