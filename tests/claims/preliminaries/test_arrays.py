import numpy as np
import pytest
import torch

from claims.preliminaries.arrays import array, single, tensor, worst_entry
from refute import Compute, Outcome


def test_a_tensor_has_the_precision_of_the_run_and_comes_back_exactly() -> None:
    values = np.array([[0.1, 1.0 / 3.0]])
    assert tensor(values, Compute()).dtype is torch.float64
    assert np.array_equal(array(tensor(values, Compute())), values)
    rounded = tensor(values, Compute(dtype="float32"))
    assert rounded.dtype is torch.float32
    assert np.array_equal(array(rounded), values.astype(np.float32).astype(np.float64))


def test_a_tensor_does_not_share_memory_with_a_read_only_array() -> None:
    values = np.ones(2)
    values.setflags(write=False)
    tensor(values, Compute())[0] = 5.0
    assert values[0] == 1.0


def test_a_single_network_is_a_batch_of_one() -> None:
    network = single(np.ones((3, 2)), np.zeros((3, 2)), Compute())
    assert (network.batch, network.m, network.d) == (1, 3, 2)


def test_the_entry_that_exceeds_its_own_rounding_is_shown() -> None:
    left = np.array([[1.0, 2.0], [3.0, 4.0]])
    right = np.array([[1.0, 2.5], [3.25, 4.0]])
    comparison = worst_entry("matrix", left, right, np.array([[0.0, 1.0], [0.125, 0.0]]))
    assert (comparison.measured, comparison.bound, comparison.outcome) == (3.0, 3.25, Outcome.VIOLATED)
    assert worst_entry("matrix", left, right, 0.5).outcome is Outcome.HOLDS


def test_a_value_that_is_not_a_number_is_never_equal() -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        worst_entry("matrix", np.array([1.0, np.nan]), np.ones(2), 1.0)
