"""A compute that is watched: every way to read it is seen."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest

from refute.audit.watched_compute import WatchedCompute
from refute.statement.kinds import Compute

READS: list[tuple[Callable[[Compute], object], set[str]]] = [
    (lambda c: c.dtype, {"dtype"}),
    (lambda c: c.device, {"device"}),
    (lambda c: c, set()),
    (hash, {"device", "dtype"}),
    (repr, {"device", "dtype"}),
    (vars, {"device", "dtype"}),
    (lambda c: replace(c, device="cpu"), {"dtype"}),
    (pickle.dumps, {"device", "dtype"}),
    (copy.copy, {"device", "dtype"}),
]


@pytest.mark.parametrize(("read_it", "names"), READS)
def test_every_way_to_read_a_compute_is_seen(read_it: Callable[[Compute], object], names: set[str]) -> None:
    watched = WatchedCompute("cuda", "float32")
    assert watched.read == set()
    read_it(watched)
    assert watched.read == names
    assert (watched.device, watched.dtype) == ("cuda", "float32")
    assert pickle.loads(pickle.dumps(watched)) == Compute("cuda", "float32")
