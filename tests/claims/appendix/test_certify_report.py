"""What is said of checkpoints: the conditions, who is to blame, and what cannot be judged."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims.appendix.certify_report import CERTIFIER, certify_state
from models.networks.regime import REGIMES, Regime
from refute import Certainty, Certified, Proof, State
from tests.claims.appendix.checkpoints import Run, broken, near_the_end, started


def conditions(found: Certified) -> dict[str, Certainty]:
    return {row.name.partition(",")[0]: row.certainty for row in found.conditions if row.by == "C1"}


@pytest.mark.parametrize("regime", REGIMES)
def test_a_step_above_the_bound_fails_for_certain_and_the_residual_grows(regime: Regime) -> None:
    run, found = near_the_end(regime, "unit")
    limit = 2 / found.numbers["kernel_max"]["lower"]
    over = certify_state(run.state(step=limit * 1.001), lambda _: None)
    assert (over.proof, over.by, over.blamed) == (Proof.NOT_PROVED, "", ())
    assert conditions(over)["step"] is Certainty.FAILS
    assert over.blame.startswith("No neuron is to blame: the step is too large at this point")
    faster = Run(run.W, run.A, run.X, limit * 1.5, run.regime)
    sizes = [float(np.linalg.norm(faster.after(steps).residual())) for steps in range(0, 80, 4)]
    assert max(sizes) > 1.5 * sizes[0]
    under = certify_state(run.state(step=limit * 0.5), lambda _: None)
    assert conditions(under)["step"] is Certainty.HOLDS


@pytest.mark.parametrize("regime", REGIMES)
def test_one_neuron_that_is_put_on_its_kink_is_to_blame(regime: Regime) -> None:
    """Its encoder carries a direction that no other neuron does; off the kink the point is proved."""
    run, _ = near_the_end(regime, "unit")
    found = certify_state(run.state(), lambda _: None)
    H = found.numbers["kernel_min"]["lower"]
    A = run.A.copy()
    A[5] *= 40 * max(1.0, H)
    W = run.W.copy()
    x = run.X[1]
    W[5] -= (W[5] @ x) / (x @ x) * x
    planted = Run(W, A, run.X, run.step / 400, run.regime)
    told = certify_state(planted.state(), lambda _: None)
    assert told.proof is Proof.NOT_PROVED
    assert told.blamed[0].index == 5 and told.blamed[0].cost == max(part.cost for part in told.blamed)
    assert "may cross its kink at sample" in told.blamed[0].detail
    assert "To blame: " in told.blame


@pytest.mark.parametrize("regime", REGIMES)
def test_an_early_point_says_how_much_smaller_its_residual_would_have_to_be(regime: Regime) -> None:
    run = started(2, 3, 24, regime).after(7)
    found = certify_state(run.state(), lambda _: None)
    assert found.proof is Proof.NOT_PROVED and found.numbers["rate"] is None
    allowed = found.numbers["residual_allowed"]
    assert 0 < allowed < found.numbers["residual"]
    assert f"{found.numbers['residual'] / allowed:.4g} times as large" in found.conclusion
    assert found.conclusion.startswith("Not proved, which refutes nothing")
    assert found.blamed and [part.cost for part in found.blamed] == sorted(
        (part.cost for part in found.blamed), reverse=True
    )


def test_a_path_beyond_reach_is_due_to_no_neuron() -> None:
    found = certify_state(started(2, 3, 24, "joint").state(), lambda _: None)
    assert conditions(found)["path within reach"] is Certainty.NOT_SHOWN
    assert found.blamed == () and "longer than C1 can follow" in found.blame


def test_where_kinks_make_the_step_too_large_those_that_reach_them_are_to_blame() -> None:
    run = started(2, 3, 24, "weak")
    still = certify_state(run.state(), lambda _: None).numbers["kernel_max"]["upper"]
    fast = Run(run.W, run.A, run.X, 1.6 / still, "weak")
    found = certify_state(fast.state(), lambda _: None)
    step = next(row for row in found.conditions if row.name.startswith("step"))
    assert step.value is not None and step.value >= 2 and step.certainty is Certainty.NOT_SHOWN
    costs = [part.cost for part in found.blamed]
    assert costs and costs == sorted(costs, reverse=True) and "eta L^2 is below 2 as long as" in found.blame
    kinks = 1.6 / still * np.square(run.A).sum(1) * 4 / run.A.size
    assert all(part.cost <= kinks[part.index] * (1 + 1e-9) for part in found.blamed)


@pytest.mark.parametrize("regime", REGIMES)
def test_a_singular_kernel_is_never_certified(regime: Regime) -> None:
    run, _ = near_the_end(regime, "unit")
    X = np.vstack([run.X, run.X[:1]])
    found = certify_state(run.state(X=X), lambda _: None)
    assert found.proof is Proof.NOT_PROVED and found.numbers["residual_allowed"] == 0
    assert "for no residual" in found.conclusion
    dead = certify_state(run.state(W=np.zeros_like(run.W)), lambda _: None)
    assert dead.proof is Proof.NOT_PROVED


def test_the_facts_are_those_of_the_stored_numbers() -> None:
    run, found = near_the_end("joint", "long")
    numbers = found.numbers
    e = np.linalg.norm(run.residual())
    assert numbers["residual"] >= e and numbers["residual"] <= e * (1 + 1e-3)
    lines = {line.name: line.value for line in found.facts}
    assert lines["network"] == f"m = 128, d = 3, n = 2; joint, step {run.step!r}"
    assert float(lines["loss, half of ||E||_F^2"].split()[0]) >= e * e / 2
    shown = float(lines["radius"].split()[6])
    assert max(numbers["radius"]) <= shown <= max(numbers["radius"]) * (1 + 1e-4)
    rate = float(lines["rate"].partition("(1 - ")[2].partition(")")[0])
    assert rate <= run.step * numbers["rate"] <= rate * (1 + 1e-4)


def test_a_checkpoint_in_single_precision_is_certified_as_it_is_stored() -> None:
    run, _ = near_the_end("joint", "unit")
    single = Run(
        run.W.astype(np.float32).astype(np.float64),
        run.A.astype(np.float32).astype(np.float64),
        run.X,
        run.step,
        run.regime,
    )
    found = certify_state(single.state(), lambda _: None)
    assert found.proof is Proof.PROVED
    assert found.numbers["residual"] >= np.linalg.norm(single.residual())
    assert max(broken(single, found, 2000, 20).values()) <= 1


def test_the_paper_declares_what_the_models_take() -> None:
    assert [(field.name, field.axes) for field in CERTIFIER.arrays] == [
        ("W", ("m", "d")),
        ("A", ("m", "d")),
        ("X", ("n", "d")),
    ]
    assert [field.samples for field in CERTIFIER.arrays] == [False, False, True]
    assert [field.name for field in CERTIFIER.values] == ["step_size", "regime"]
    assert CERTIFIER.values[1].words == REGIMES and CERTIFIER.part == "neuron"


def extreme(draw: Any, shape: tuple[int, int]) -> np.ndarray:
    """An array whose size, and the size of whose entries, may be near the ends of float64."""
    exponents = st.one_of(st.integers(-3, 3), st.integers(-140, 140), st.integers(-1070, 40))
    entries = st.builds(math.ldexp, st.sampled_from([0.0, 1.0, -1.0, 0.75, -1.5]), exponents)
    size = math.ldexp(1.0, draw(st.sampled_from([0, 0, 0, -100, 100])))
    values = draw(st.lists(entries, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    return np.array(values).reshape(shape) * size


@given(st.data())
@settings(deadline=None)
def test_no_numbers_bring_it_down_and_all_that_is_written_is_finite(data: st.DataObject) -> None:
    n, d, m = (data.draw(st.integers(1, most)) for most in (3, 3, 6))
    arrays = {
        name: extreme(data.draw, shape) for name, shape in (("W", (m, d)), ("A", (m, d)), ("X", (n, d)))
    }
    step = math.ldexp(1.0, data.draw(st.one_of(st.integers(-6, 6), st.integers(-200, 200))))
    state = State("here", arrays, {"step_size": step}, {"regime": data.draw(st.sampled_from(REGIMES))})
    if CERTIFIER.complaint(state):
        return
    found = certify_state(state, lambda _: None)
    for value in found.numbers.values():
        for number in np.atleast_1d(value) if isinstance(value, (int, float, list)) else ():
            assert math.isfinite(number)
    for values in (found.numbers["kernel_min"], found.numbers["kernel_max"]):
        assert values["lower"] <= values["upper"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"step": 0.0}, "a step is positive"),
        ({"step": -0.1}, "a step is positive"),
        ({"step": 1e300}, "a step is positive, and here between"),
        ({"X": np.ones((33, 32)), "W": np.ones((2, 32)), "A": np.ones((2, 32))}, "n d = 33 * 32 = 1056"),
        ({"W": np.full((4, 3), 1e60)}, "W has the norm 3.46e+60"),
        ({"A": np.full((4, 3), 1e-60)}, "A has the norm 3.46e-60"),
        ({"W": np.full((4, 3), 1e308)}, "W has the norm"),
        ({"X": np.zeros((2, 3))}, "every number in X is zero"),
    ],
)
def test_what_cannot_be_judged_is_said(changed: dict[str, Any], said: str) -> None:
    state = started(2, 3, 4, "weak").state(**changed)
    assert said in CERTIFIER.complaint(state)


def test_what_is_no_sequence_is_said() -> None:
    run = started(2, 3, 4, "weak")
    first = run.state()
    later = run.after(5)
    assert CERTIFIER.unlike(later.state(), first) == ""
    for changed, said in (
        ({"X": run.X * 2}, "X differs"),
        ({"A": run.A * 2}, "A differs, and in the weak regime A is not trained"),
        ({"step": 0.5}, "step_size is 0.5, and it was"),
        ({"regime": "joint"}, "regime is joint, and it was weak"),
        ({"W": np.ones((5, 3))}, "W has shape (5, 3), and it had (4, 3)"),
    ):
        assert CERTIFIER.unlike(later.state(**changed), first).startswith(said)
    joint = started(2, 3, 4, "joint")
    assert CERTIFIER.unlike(joint.after(5).state(), joint.state()) == ""
