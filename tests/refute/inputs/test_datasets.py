"""The bundled data sets, and what is said where they cannot be had."""

from __future__ import annotations

import sys

import pytest

from refute.basics.errors import InputError
from refute.inputs.datasets import read_dataset
from refute.inputs.reading import Reading
from refute.inputs.tables import as_samples, load_dataset


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("digits", (1797, 64)),
        ("wine", (178, 13)),
        ("breast_cancer", (569, 30)),
        ("diabetes", (442, 10)),
        ("linnerud", (20, 3)),
    ],
)
def test_the_bundled_data_sets_are_there(name: str, shape: tuple[int, int]) -> None:
    table = load_dataset(name)
    assert table.values.shape == shape
    assert table.name == name


def test_the_columns_of_a_data_set_can_be_the_samples() -> None:
    across = as_samples(load_dataset("wine"), Reading(columns=True))
    assert across.values.tolist() == load_dataset("wine").values.T.tolist()


def test_iris_is_read_to_its_last_row() -> None:
    """Its rows 101 and 142 are one point, and there are 150."""
    values = read_dataset("iris").values
    assert values.shape == (150, 4)
    assert values[101].tolist() == values[142].tolist() == [5.8, 2.7, 5.1, 1.9]


def test_a_missing_library_or_data_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no data set 'faces'; there are: digits, iris"):
        load_dataset("faces")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(InputError, match="pip install scikit-learn"):
        load_dataset("digits")
