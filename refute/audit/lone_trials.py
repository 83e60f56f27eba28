"""Whether the trials of a claim are trials: each a function of the instance and of its own generator.

The test counts failures as independent events. A claim that averages over a batch, or draws from anything but
the generator of the trial, breaks that and is not seen by any verdict; so some trials are drawn again, alone,
and each must have drawn from its generator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from refute.audit.watched_compute import dtype_of
from refute.evidence.seeds import stream_key, trial_generators
from refute.numerics.rounding import unit_roundoff
from refute.statement.claim import Claim
from refute.statement.claim_code import Trials, Unmet
from refute.statement.instance import Instance
from refute.statement.kinds import Compute

_BATCH = 4
"""Trials that are drawn together, and of which the first and the last are drawn again."""


def check_lone_trials(claim: Claim, instance: Instance, compute: Compute, master: int) -> None:
    """Raise ValueError if a trial is another one when alone, or draws nothing from its generator.

    The instance is one that met the premise.
    """
    key = stream_key(master, claim.id, instance)
    generators = trial_generators(key, 0, _BATCH)
    together = _drawn(claim, instance, generators, compute)
    for trial in (0, _BATCH - 1):
        own, unused = (trial_generators(key, trial, 1) for _ in range(2))
        alone = _drawn(claim, instance, own, compute)
        draws = _state(own[0]) != _state(unused[0])
        if draws and _state(generators[trial]) == _state(unused[0]):
            raise ValueError(
                f"{claim.id}: trial {trial} draws from its generator alone, and not among {_BATCH}; "
                "draw makes one trial from each generator"
            )
        if not _agree(together, trial, alone, dtype_of(compute)):
            raise ValueError(
                f"{claim.id}: trial {trial} comes out differently alone and among {_BATCH}; "
                "a trial may depend on the instance and on its own generator only"
            )
        if not draws:
            raise ValueError(
                f"{claim.id}: trial {trial} draws nothing from its generator, so all trials are one"
            )


def _state(generator: np.random.Generator) -> str:
    """Where a generator is in its stream."""
    return str(generator.bit_generator.state)


def _drawn(
    claim: Claim, instance: Instance, generators: Sequence[np.random.Generator], compute: Compute
) -> Trials:
    assert claim.draw is not None
    trials = claim.draw(instance, generators, compute)
    if isinstance(trials, Unmet):
        raise ValueError(f"{claim.id}: whether the premise is met depends on the trials: {trials.reason}")
    return trials


def _agree(together: Trials, trial: int, alone: Trials, dtype: str) -> bool:
    if bool(together.failed[trial]) != bool(alone.failed[0]):
        return False
    if together.measured is None or alone.measured is None:
        return together.measured is alone.measured
    first = float(together.measured[trial])
    second = float(alone.measured[0])
    # Batches round differently, and each of many steps may double that: a quarter of the digits is left.
    return abs(first - second) <= math.sqrt(math.sqrt(unit_roundoff(dtype))) * max(
        abs(first), abs(second), 1.0
    )
