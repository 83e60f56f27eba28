"""Which neurons it is due to that C1 does not hold at a checkpoint."""

from __future__ import annotations

import math

import numpy as np

from claims.appendix.certify_tried import Seen, Tried
from models.certificate.contraction import Contraction
from models.certificate.shortfall import fewest, kink_sizes, neuron_costs, rate_needed
from refute import Blamed


def blame(seen: Seen, tried: Tried) -> tuple[tuple[Blamed, ...], str]:
    """The neurons that what C1 lacks is due to, worst first, and a sentence on them.

    Where c > 0 these are the fewest that could make up for it, by what each takes from nu. Where the neurons
    that may change sign make L too large, it is these, by eta times the size of their part of Q.
    """
    part = tried.part
    if tried.short is not None and not tried.short.still.speed < 2:
        return (), "No neuron is to blame: the step is too large at this point, whatever moves."
    if not part.speed < math.inf:
        return (), "No neuron is to blame: the path that this residual needs is longer than C1 can follow."
    if not part.speed < 2:
        return _too_fast(seen, part)
    costs, S = neuron_costs(seen.point, part)
    missing = rate_needed(part, seen.e, seen.setting.step_size) - part.rate
    chosen = fewest(costs, missing)
    if not chosen.size:
        return (), "No neuron is to blame: none can reach a kink, and nu is too small all the same."
    said = f"To blame: {_can(int(np.count_nonzero(costs > 0)))}; nu lacks {missing:.3g}, and "
    if float(costs[chosen].sum()) >= missing:
        said += f"at least {len(chosen)} of them would have to keep away from it:"
    else:
        said += f"they take {float(costs.sum()):.3g}, so that it would be too small without them as well:"
    return tuple(_blamed(seen, part, int(r), float(costs[r]), S) for r in chosen), said


def _too_fast(seen: Seen, part: Contraction) -> tuple[tuple[Blamed, ...], str]:
    """All neurons that may change sign, where these make eta L^2 too large."""
    sizes, S = kink_sizes(seen.point, part)
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    eta = seen.setting.step_size
    said = f"To blame: {_can(len(order))}; eta L^2 is below 2 as long as nothing moves, and not within C:"
    return tuple(_blamed(seen, part, int(r), eta * float(sizes[r]), S) for r in order), said


def _can(count: int) -> str:
    return f"{count} neurons can reach a kink within C" if count > 1 else "1 neuron can reach a kink within C"


def _blamed(seen: Seen, part: Contraction, r: int, cost: float, S: np.ndarray) -> Blamed:
    samples = np.flatnonzero(S[:, r])
    z = seen.point.W[0, r] @ seen.point.data.X
    i = int(samples[np.argmin(np.abs(z[samples]))])
    listed = ", ".join(map(str, samples[:6])) + (", ..." if len(samples) > 6 else "")
    count = "sample" if len(samples) == 1 else "samples"
    where = f"may cross its kink at {count} {listed}"
    return Blamed(
        r, cost, f"{where} (nearest: sample {i}, |z| = {abs(z[i]):.3g}, radius {part.radius[r]:.3g})"
    )
