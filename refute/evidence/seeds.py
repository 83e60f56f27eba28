"""Randomness as a pure function of the instance.

A probabilistic claim draws its trials from streams keyed by a hash of (master seed, claim, protocol
version, stream, instance). Nothing that Hypothesis chooses can therefore hunt for an unlucky seed, a replayed
instance sees the same draws, and a new instance sees independent ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from refute.statement.instance import Instance

PROTOCOL = 1
"""Raise it when the way trials are drawn changes: every stream is then a fresh one."""

MAIN = "main"
"""The stream that decides."""
CONFIRM = "confirm"
"""The second look at a shrunk witness: of trials, on a fresh stream."""


def stream_key(master: int, claim_id: str, instance: Instance, stream: str = MAIN) -> bytes:
    """16 bytes that name one stream of trials; any change of any argument gives an unrelated key."""
    digest = blake2b(digest_size=16, person=b"refute-trials")
    for part in (str(master), claim_id, str(PROTOCOL), stream):
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    digest.update(instance.canonical())
    return digest.digest()


def trial_generators(key: bytes, first: int, count: int) -> Sequence[np.random.Generator]:
    """Generators of trials first, ..., first + count - 1 of a stream.

    Trial t is the Philox stream with this key and t in the highest counter word: 2^192 draws each,
    addressable without drawing the trials before, so neither the batch size nor the order of evaluation
    changes a number.
    """
    words = np.frombuffer(key, dtype="<u8").astype(np.uint64)
    return [
        np.random.Generator(np.random.Philox(key=words, counter=np.array([0, 0, 0, trial], dtype=np.uint64)))
        for trial in range(first, first + count)
    ]


def search_seed(master: int, claim_id: str) -> int:
    """The seed of Hypothesis' own choices for one claim: fixed by the master seed, one for every claim."""
    digest = blake2b(f"{master}/{claim_id}".encode(), digest_size=8, person=b"refute-search")
    return int.from_bytes(digest.digest(), "little")
