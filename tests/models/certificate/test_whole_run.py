from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.certificate.certificate import certify, certify_around
from models.certificate.certified_run import run_until_certified
from models.certificate.distance import Guards
from models.certificate.whole_run import prove_from_start, prove_run
from models.networks.autoencoder import Network
from models.networks.initialization import draw_network
from models.networks.regime import Regime
from models.training.rounding import residual_bound
from tests.models.helpers import tensor

X = tensor(np.eye(3))
ETA = 0.5
regimes = pytest.mark.parametrize("regime", ["weak", "joint"])


def start(seed: int = 0, m: int = 128) -> Network:
    return draw_network("rademacher", m, 3, [np.random.default_rng(seed)])


def certified_at(network: Network, regime: Regime) -> int:
    return int(run_until_certified(network, X, ETA, regime, max_steps=4000).certified_at[0])


@regimes
def test_a_run_on_orthonormal_data_is_proved_from_its_start(regime: Regime) -> None:
    network = start()
    steps = certified_at(network, regime)
    whole = prove_run(network, X, ETA, regime, steps)
    assert whole.steps == steps > 0 and whole.proved_from == 0 and whole.kind == "float64"
    assert whole.verdict == "proved for all k >= 0 from the stored start"
    assert 0 < whole.exact.off < 1e-9 and whole.e == whole.exact.residual[-1]
    run = run_until_certified(network, X, ETA, regime, max_steps=4000)
    assert torch.equal(run.network.W, whole.exact.end.W)  # the run itself, bit for bit
    precise = prove_run(network, X, ETA, regime, steps, kind="double-double")
    assert precise.proved_from == 0 and precise.exact.distance[-1] < 1e-20 < precise.exact.off < 1e-13
    assert precise.certificate.rate[0] == pytest.approx(whole.certificate.rate[0], rel=1e-6)


@regimes
def test_the_envelope_of_a_rate_is_kept_up_to_what_is_certified(regime: Regime) -> None:
    network = start()
    steps = certified_at(network, regime)
    whole = prove_run(network, X, ETA, regime, steps)
    rate = float(whole.certificate.rate[0])
    seen = 1 - (whole.exact.residual[1:] / whole.exact.residual[0]) ** (2 / np.arange(1, steps + 1))
    slowest = min(rate, float(seen.min()) / ETA)
    assert whole.keeps(0.999 * slowest)
    assert not whole.keeps(1.001 * slowest)
    assert not whole.keeps(1 / ETA)


def test_the_envelope_begins_at_what_the_exact_start_has_at_least() -> None:
    network = start()
    steps = certified_at(network, "weak")
    whole = prove_run(network, X, ETA, "weak", steps, off=1e-9)
    assert whole.proved_from == 0
    whole = replace(whole, certificate=replace(whole.certificate, rate=np.ones(1)))
    above, below = whole.exact.residual, float(whole.exact.residual_from_below[0])

    def slowest(first: float) -> float:
        return float((1 - (above[1:] / first) ** (2 / np.arange(1, steps + 1))).min()) / ETA

    kept, too_fast = slowest(below), slowest(float(above[0]))
    assert kept < too_fast * (1 - 1e-12) < 1
    assert whole.keeps(kept * (1 - 1e-12))
    assert not whole.keeps(too_fast * (1 - 1e-13))


def test_a_certificate_that_does_not_hold_is_said() -> None:
    network = start()
    whole = prove_run(network, X, ETA, "weak", 0)
    assert whole.proved_from == -1 and not whole.keeps(0.0)
    assert whole.verdict.startswith(
        "not proved: no certificate at step 0 with every radius larger by 0.0e+00"
    )


def test_a_wanted_rate_is_asked_of_the_certificate() -> None:
    network = start()
    steps = certified_at(network, "weak")
    assert prove_run(network, X, ETA, "weak", steps, wanted=1e-3).proved_from == 0
    assert prove_run(network, X, ETA, "weak", steps, wanted=1.0).proved_from == -1


def test_a_doubt_leaves_the_steps_before_it_unproved() -> None:
    network = start()
    W = network.W.clone()
    W[0, 0] = torch.tensor([0.0, 1.0, 1.0])
    moved = Network(W, network.A)
    steps = certified_at(moved, "weak")
    whole = prove_run(moved, X, ETA, "weak", steps)
    assert whole.proved_from == whole.exact.start > 0 and not whole.keeps(0.0)
    assert whole.verdict.startswith(
        f"proved for all k >= {whole.proved_from} from the stored point of this step"
    )
    assert f"at step {whole.exact.doubts[-1].step} the smallest |z| is" in whole.verdict
    assert prove_run(moved, X, ETA, "weak", steps, guards=Guards(pattern=False)).proved_from == 0


def test_weights_that_are_no_numbers_are_not_proved() -> None:
    network = start(m=8)
    whole = prove_run(Network(network.W * np.nan, network.A), X, ETA, "joint", 3)
    assert whole.proved_from == -1 and whole.certificate.radius.shape == (1, 8)


@regimes
def test_around_the_point_itself_the_certificate_is_that_of_the_point(regime: Regime) -> None:
    network = run_until_certified(start(), X, ETA, regime, max_steps=4000).network
    here = certify(network, X, ETA, regime)
    e = float(residual_bound(network, X)[0])
    around = certify_around(network, X, ETA, regime, 0.0, e)
    assert around.certified[0] and around.rate[0] == pytest.approx(here.rate[0], rel=1e-6)
    off = 1e-6
    wider = certify_around(network, X, ETA, regime, off, e)
    assert wider.certified[0] and wider.rate[0] <= around.rate[0]
    assert (wider.radius >= around.radius + off * (1 - 1e-9)).all()
    if regime == "weak":
        np.testing.assert_allclose(wider.radius - around.radius, off, rtol=1e-6)
    else:
        assert wider.rate[0] < around.rate[0]  # the drift costs
        assert (wider.radius > around.radius + off).all()  # and the norms are larger
    assert not certify_around(network, X, ETA, regime, 1.0, e).certified[0]
    assert not certify_around(network, X, ETA, regime, 0.0, 10.0).certified[0]


@regimes
def test_every_point_around_is_covered(regime: Regime) -> None:
    """A certificate of a point nearby never has what the one around lacks: a smaller rate for its budget."""
    network = run_until_certified(start(), X, ETA, regime, max_steps=4000).network
    off = 1e-5
    rng = np.random.default_rng(0)
    way = rng.standard_normal((2, *network.W.shape))
    way[1] *= regime == "joint"
    way *= off / np.linalg.norm(way)
    near = Network(network.W + tensor(way[0]), network.A + tensor(way[1]))
    around = certify_around(network, X, ETA, regime, off, float(residual_bound(near, X)[0]))
    assert around.certified[0]
    assert certify(near, X, ETA, regime).rate[0] >= around.rate[0] * (1 - 1e-3)


@pytest.mark.parametrize(("off", "residual"), [(-1.0, 1.0), (np.inf, 1.0), (0.0, -1.0), (0.0, np.nan)])
def test_numbers_that_say_nothing_are_refused(off: float, residual: float) -> None:
    with pytest.raises(ValueError, match="not negative and finite"):
        certify_around(start(), X, ETA, "weak", off, residual)


def test_a_certificate_around_is_of_one_network() -> None:
    one = start()
    two = Network(one.W.repeat(2, 1, 1), one.A.repeat(2, 1, 1))
    with pytest.raises(ValueError, match="one network"):
        certify_around(two, X, ETA, "weak", 0.0, 1.0)


def test_a_whole_run_is_a_record() -> None:
    network = start()
    whole = prove_run(network, X, ETA, "weak", certified_at(network, "weak"))
    with pytest.raises(AttributeError):
        whole.e = 0.0  # type: ignore[misc]
    assert replace(whole, e=0.0).e == 0.0


def test_double_double_is_asked_where_float64_is_in_doubt() -> None:
    network = start()
    steps = certified_at(network, "weak")
    assert prove_from_start(network, X, ETA, "weak", steps).kind == "float64"
    W = network.W.clone()
    W[0, 0, 0] = 2.0**-60  # far above what double-double rounds, far below what float64 does
    near = Network(W, network.A)
    steps = certified_at(near, "weak")
    assert prove_run(near, X, ETA, "weak", steps).proved_from > 0
    whole = prove_from_start(near, X, ETA, "weak", steps)
    assert whole.kind == "double-double" and whole.proved_from == 0
    late = prove_from_start(near, X, ETA, "weak", steps, most_work=128 * 9 * steps - 1)
    assert late.kind == "float64" and late.proved_from > 0
    assert prove_from_start(near, X, ETA, "weak", steps, most_work=128 * 9 * steps).kind == "double-double"


def test_what_is_proved_later_is_told_where_nothing_earlier_is() -> None:
    network = start()
    W = network.W.clone()
    W[0, 0, 0] = 0.0
    moved = Network(W, network.A)
    steps = certified_at(moved, "weak")
    whole = prove_from_start(moved, X, ETA, "weak", steps)
    assert whole.kind == "float64" and whole.proved_from > 0
    assert prove_from_start(network, X, ETA, "weak", 0).proved_from == -1
