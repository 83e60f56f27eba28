import numpy as np
import pytest

from claims.tied.t8_rescaling import draw
from refute import Compute, Instance, Trials, Unmet

STREAMS = tuple(np.random.default_rng([8, trial]) for trial in range(4))


@pytest.mark.parametrize(("c", "share"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (1.0, 1.01)])
def test_other_scales_and_larger_steps_are_not_judged(c: float, share: float) -> None:
    assert isinstance(draw(Instance(Y=np.eye(2), c=c, share=share), STREAMS, Compute()), Unmet)


@pytest.mark.parametrize("c", [1e-6, 1e3])
def test_the_smallest_and_the_largest_scales_are_within_the_law(c: float) -> None:
    found = draw(Instance(Y=np.eye(2), c=c, share=1.0), STREAMS, Compute())
    assert isinstance(found, Trials) and not found.failed.any()
