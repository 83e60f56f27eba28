"""Which neurons it is due to that C1 does not hold at a checkpoint."""

from __future__ import annotations

import numpy as np

from claims.appendix.certify_tried import Seen, Tried
from models.certificate.contraction import Contraction
from models.certificate.shortfall import fewest, neuron_costs, rate_needed
from refute import Blamed


def blame(seen: Seen, tried: Tried) -> tuple[tuple[Blamed, ...], str]:
    """The fewest neurons that could make up for what C1 lacks, and what is to be said of them."""
    part = tried.part
    if not part.speed < 2:
        return (), "No neuron is to blame: C1 fails by its step."
    costs, S = neuron_costs(seen.point, part)
    missing = rate_needed(part, seen.e, seen.setting.step_size) - part.rate
    chosen = fewest(costs, missing)
    enough = float(costs[chosen].sum()) >= missing
    if not chosen.size:
        return (), "No neuron is to blame: none can reach a kink, and nu is too small all the same."
    many = int(np.count_nonzero(costs > 0))
    who = f"{many} neurons can" if many > 1 else "1 neuron can"
    said = f"To blame: {who} reach a kink within C; nu lacks {missing:.3g}, and "
    if enough:
        said += f"at least {len(chosen)} of them would have to keep away from it:"
    else:
        said += f"they take {float(costs.sum()):.3g}, so that it would be too small without them as well:"
    return tuple(_blamed(seen, part, int(r), float(costs[r]), S) for r in chosen), said


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
