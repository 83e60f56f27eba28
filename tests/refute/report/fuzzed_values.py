"""What somebody may write into evidence, and the batch in the store that somebody changed."""

from __future__ import annotations

from hypothesis import strategies as st

from refute.statement.kinds import Compute
from refute.statement.sweep import Cell
from refute.sweep.batches import Batch
from refute.sweep.store import Question
from tests.refute.fuzzing import INJECTIONS

BATCH = Batch(Cell({"d": 1, "kind": "coin"}), "careful", 3, 0)
QUESTION = Question("coins", "hash", 0, Compute("cpu", "float64"), "{}", 2)

VALUES = st.one_of(
    st.sampled_from(
        [None, True, [], {}, [1], {"x": 1}, 0, -1, 1e308, 5e-324, 2**53 + 1, 2**64, 10**30, 10**400]
    ),
    st.sampled_from(["", "K1", "N1", "\ud800", "\x00", "9" * 50, "K1\nK2", "../../x", *INJECTIONS]),
    st.text(max_size=6),
    st.floats(),
)
