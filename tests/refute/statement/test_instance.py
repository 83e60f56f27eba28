"""An instance is its values: nothing of how they are stored counts, and nothing of them is lost."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from refute import Instance

ARRAYS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements=st.floats(allow_nan=False, allow_infinity=False),
)
SCALARS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(), st.booleans())
FIELDS = st.dictionaries(st.text(min_size=1), st.one_of(SCALARS, ARRAYS), max_size=4)


def same(left: Instance, right: Instance) -> bool:
    return left == right and left.key == right.key and hash(left) == hash(right)


@given(FIELDS)
def test_the_order_of_the_names_does_not_count(fields: dict[str, Any]) -> None:
    assert same(Instance(**fields), Instance(**dict(reversed(fields.items()))))


@given(ARRAYS)
def test_memory_layout_does_not_count(array: np.ndarray) -> None:
    spread = np.zeros((*array.shape, 3))
    spread[..., 1] = array
    for stored in (np.array(array, order="F"), spread[..., 1], array.T.copy().T, spread[::-1][::-1][..., 1]):
        assert same(Instance(X=stored), Instance(X=array))


def test_dtype_does_not_count() -> None:
    values = np.array([[0.5, 2.0], [-3.0, 4.0]])
    assert same(Instance(X=values.astype(np.float32)), Instance(X=values))
    assert same(Instance(X=values.astype(">f8")), Instance(X=values))
    assert same(Instance(X=np.array([1, 2], dtype=np.int8)), Instance(X=np.array([1.0, 2.0])))
    assert same(Instance(m=np.int32(64)), Instance(m=64.0))
    assert same(Instance(on=np.bool_(True)), Instance(on=True))


def test_the_sign_of_zero_does_not_count() -> None:
    assert same(Instance(x=-0.0, X=np.array([-0.0, 1.0])), Instance(x=0.0, X=np.array([0.0, 1.0])))
    assert math.copysign(1, Instance(X=np.array(-0.0)).X.item()) == 1


@given(
    st.floats(allow_nan=False, allow_infinity=False), ARRAYS.filter(lambda array: array.size > 0), st.data()
)
def test_one_unit_in_the_last_place_counts(x: float, array: np.ndarray, data: st.DataObject) -> None:
    where = np.unravel_index(data.draw(st.integers(0, array.size - 1)), array.shape)
    moved = array.copy()
    moved[where] = np.nextafter(moved[where], 0) if moved[where] else np.nextafter(0.0, 1)
    assert not same(Instance(X=array), Instance(X=moved))
    assert Instance(X=array).key != Instance(X=moved).key
    assert Instance(x=x).key != Instance(x=math.nextafter(x, 0) if x else math.nextafter(0, 1)).key


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"x": 1}, {"x": "1"}),
        ({"x": 1}, {"x": True}),
        ({"x": 1}, {"y": 1}),
        ({"x": 1}, {"x": 1, "y": 1}),
        ({"x": "ab", "y": "c"}, {"x": "a", "y": "bc"}),
        ({"xy": "z"}, {"x": "yz"}),
        ({"x": 1.0}, {"x": np.array(1.0)}),
        ({"x": np.zeros((2, 3))}, {"x": np.zeros((3, 2))}),
        ({"x": np.zeros(0)}, {"x": np.zeros((0, 1))}),
        ({"x": 2**53}, {"x": 2**53 + 1}),
    ],
)
def test_different_instances_have_different_names(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert Instance(**left) != Instance(**right)
    assert Instance(**left).key != Instance(**right).key


@given(FIELDS)
def test_json_restores_every_bit(fields: dict[str, Any]) -> None:
    instance = Instance(**fields)
    restored = Instance.from_json(json.loads(json.dumps(instance.to_json(), allow_nan=False)))
    assert same(restored, instance)
    for name, value in instance.fields.items():
        other = restored.fields[name]
        assert type(other) is type(value)
        if isinstance(value, np.ndarray) and isinstance(other, np.ndarray):
            assert other.shape == value.shape and other.tobytes() == value.tobytes()
        else:
            assert other == value


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (math.nan, ValueError, "x is nan, and an instance holds finite numbers only"),
        (np.float32(np.inf), ValueError, "x is inf, and"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), ValueError, r"x\[1, 1\] is nan, and"),
        (np.array([1.0, -np.inf, np.nan]), ValueError, r"x\[1\] is -inf, and"),
        (None, TypeError, "x is a NoneType; an instance holds real arrays"),
        ([1.0, 2.0], TypeError, "x is a list; an instance holds"),
        (np.array([1j]), TypeError, "x is a complex128 array; an instance holds real arrays"),
        (np.array([object()]), TypeError, "x is a object array"),
        (np.array(["a"]), TypeError, "x is a <U1 array"),
    ],
)
def test_what_is_no_finite_real_value_is_refused_by_name(
    value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        Instance(x=value)


def test_an_instance_cannot_be_changed() -> None:
    source = np.array([1.0, 2.0])
    instance = Instance(X=source)
    source[0] = 5.0
    assert instance.X[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        instance.X[0] = 3.0
    with pytest.raises(AttributeError, match="cannot be changed"):
        instance.X = source
    assert instance.replace(m=3) == Instance(X=np.array([1.0, 2.0]), m=3)
    assert "m" in instance.replace(m=3) and "m" not in instance


def test_a_value_that_is_not_there_is_named() -> None:
    with pytest.raises(AttributeError, match="the instance has no value named 'm'"):
        _ = Instance(X=np.zeros(2)).m


def test_repr_shows_every_digit_and_describe_is_short() -> None:
    instance = Instance(x=0.1 + 0.2, X=np.array([[1 / 3, 1.0]]), law="gaussian")
    assert repr(instance) == f"Instance(X=[[{1 / 3!r}, 1.0]], law='gaussian', x={0.1 + 0.2!r})"
    assert instance.describe() == "X 1x2, law='gaussian', x=0.3"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "an instance is an object with one entry a value, not a list"),
        ({"x": None}, "x is a NoneType"),
        ({"x": [1.0]}, "x is a list"),
        ({"x": math.nan}, "x is nan"),
        ({"X": {"shape": [1]}}, "X: an array needs exactly 'shape' and 'values'"),
        ({"X": {"shape": [1], "values": [1.0], "more": 0}}, "X: an array needs exactly"),
        ({"X": {"shape": [2], "values": [1.0]}}, r"X: 1 values do not fill the shape \[2\]"),
        ({"X": {"shape": [-1], "values": [1.0]}}, "X: the shape of an array is a list of sizes"),
        ({"X": {"shape": [1.0], "values": [1.0]}}, "X: the shape of an array is a list of sizes"),
        ({"X": {"shape": 1, "values": [1.0]}}, "X: the shape of an array is a list of sizes"),
        ({"X": {"shape": [1], "values": ["1"]}}, "X: the values of an array are a list of numbers"),
        ({"X": {"shape": [1], "values": [True]}}, "X: the values of an array are a list of numbers"),
        ({"X": {"shape": [1, 1], "values": [[1.0]]}}, "X: the values of an array are a list of numbers"),
        ({"X": {"shape": [1], "values": [math.inf]}}, r"X\[0\] is inf"),
    ],
)
def test_damaged_json_is_refused_by_name(data: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        Instance.from_json(data)
