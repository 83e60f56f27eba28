"""Every class's strategy stays in its class and its domain, whatever is drawn."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.preliminaries.data_classes import PREDICATES
from claims.preliminaries.data_domain import Domain
from claims.preliminaries.data_families import flips
from claims.preliminaries.data_measures import pair_products, separated, unit_norm, unit_norm_rounding
from claims.preliminaries.network_families import NETWORK_CLASSES, network_classes, networks
from refute import Instance

DOMAINS = {
    "all": Domain(),
    "apart": Domain(max_n=12, max_d=16, min_separation=0.125),
    "small": Domain(min_n=2, max_n=8, max_d=4, min_separation=2.0**-12),
    "wide": Domain(min_n=2, min_d=3, max_d=64, min_separation=0.25),
    "furthest": Domain(min_n=2, max_n=6, min_d=2, max_d=8, min_separation=0.5),
}
CASES = [(name, kind) for name, domain in DOMAINS.items() for kind in (*domain.class_names(), "")]


@pytest.mark.parametrize(("name", "kind"), CASES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_class_yields_its_class_within_its_domain(name: str, kind: str, data: st.DataObject) -> None:
    domain = DOMAINS[name]
    X = data.draw(domain.of_class(kind) if kind else domain.typical())
    d, n = X.shape
    assert X.flags.c_contiguous and X.dtype == np.float64
    assert domain.min_n <= n <= domain.max_n and domain.min_d <= d <= domain.max_d
    assert unit_norm(X) <= unit_norm_rounding(d)
    assert separated(X) >= domain.min_separation
    assert PREDICATES[kind](X) if kind else min(d, n) >= 2


def test_every_class_is_constructed_somewhere_and_can_be_missed() -> None:
    assert Domain().class_names() == tuple(PREDICATES)
    X = np.array([[1.0, 0.6], [0.0, 0.8]])
    missed = {name for name, test in PREDICATES.items() if not test(X)}
    assert missed == set(PREDICATES) - {"n = 2", "non-negative"}


def test_a_class_that_does_not_belong_is_refused_by_name() -> None:
    narrow = Domain(min_n=2, max_n=6, min_d=2, max_d=6, min_separation=0.01)
    outside = {"nearly parallel", "nearly antipodal", "n = 1", "d = 1", "many samples", "many dimensions"}
    assert set(PREDICATES) - set(narrow.class_names()) == outside
    for name in outside:
        with pytest.raises(ValueError, match="its classes are"):
            narrow.classes(name)
        with pytest.raises(ValueError, match="its classes are"):
            narrow.of_class(name)


def test_classes_and_strata_have_the_same_names_and_speak_of_instances() -> None:
    domain = Domain(max_n=3, max_d=3)
    strata = domain.strata(lambda X: st.builds(Instance, X=X))
    assert tuple(strata) == tuple(domain.classes()) == domain.class_names()
    assert tuple(domain.classes("n = 2")) == tuple(domain.strata(lambda X: st.builds(Instance, X=X), "n = 2"))
    assert domain.classes("n = 2")["n = 2"](Instance(X=np.eye(2)))


@pytest.mark.parametrize(
    "arguments",
    [{"min_n": 3, "max_n": 2}, {"min_n": 2, "max_d": 1}, {"min_separation": 0.6}, {"min_separation": 0.0}],
)
def test_a_domain_without_data_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"meets A2|min_separation"):
        Domain(**arguments)


def test_typical_data_are_several_of_every_size_with_and_without_flips() -> None:
    sizes: Counter[str] = Counter()

    @settings(max_examples=400, deadline=None, database=None, derandomize=True)
    @given(Domain().typical())
    def count(X: np.ndarray) -> None:
        d, n = X.shape
        sizes.update({"all": 1, "n >= 3": n >= 3, "n >= 16": n >= 16, "d >= 16": d >= 16})
        sizes["obtuse"] += PREDICATES["obtuse pair"](X)
        sizes["acute"] += bool((pair_products(X) > 0).all())

    count()
    assert sizes["n >= 3"] > sizes["all"] / 2
    assert min(sizes.values()) > sizes["all"] / 20


def test_flips_are_signs_and_some_are_negative() -> None:
    seen: set[float] = set()

    @st.composite
    def drawn(draw: st.DrawFn) -> np.ndarray:
        return flips(draw, 3)

    @settings(max_examples=50, deadline=None, database=None, derandomize=True)
    @given(drawn())
    def collect(signs: np.ndarray) -> None:
        seen.update(signs)

    collect()
    assert seen == {1, -1}


@pytest.mark.parametrize("kind", [*NETWORK_CLASSES, ""])
@settings(max_examples=60, deadline=None)
@given(data=st.data(), d=st.integers(1, 6))
def test_a_kind_of_network_is_of_its_kind(kind: str, data: st.DataObject, d: int) -> None:
    W, A = data.draw(networks(d, min_m=2, max_m=64, kind=kind))
    assert W.shape == A.shape and W.shape[1] == d and 2 <= len(W) <= 64
    assert max(np.abs(W).max(), np.abs(A).max()) <= 3 * 2.0**10
    assert not kind or NETWORK_CLASSES[kind](Instance(W=W, A=A))


def test_a_plain_network_is_of_no_kind_but_its_width() -> None:
    plain = Instance(W=np.array([[1.0], [2.0]]))
    assert [name for name, test in NETWORK_CLASSES.items() if test(plain)] == ["m <= 8"]
    assert set(network_classes(1, 8)) == set(NETWORK_CLASSES) - {"m >= 16"}
    assert set(network_classes(1, 1)) == {"zero weight", "m <= 8"}


@pytest.mark.parametrize("arguments", [{"min_m": 0}, {"kind": "m >= 16"}, {"kind": "odd"}, {"min_m": 9}])
def test_an_impossible_network_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="network"):
        networks(2, **arguments)
