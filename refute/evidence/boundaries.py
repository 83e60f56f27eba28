"""From how many events on trials speak against a share, and up to how many against a larger one.

With n independent trials and s events of probability q each, the e-process against q <= share is
    E_n = the mean of (q'/share)^s ((1-q')/(1-share))^(n-s) over q' of Beta(1/2, 1/2) given q' > share,
and F_n, against q >= share, the same mean given q' < share. See `refute.evidence.sequential`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy
from scipy.special import betaln

_STRIDE = 64
"""Numbers of trials between two whose boundaries are found without those of others."""


def exceedances(share: float, level: float, longest: int) -> tuple[int, ...]:
    """For n = 0, ..., longest trials: the fewest events at which P(event) <= share is rejected, by E_n.

    More than n where no count rejects. The level holds for the whole sequence at once.
    """

    def rejects(n: np.ndarray, s: np.ndarray) -> np.ndarray:
        law = scipy.stats.beta  # imported when first used: it takes long, and most commands do without
        tail = law.logsf(share, 0.5 + s, 0.5 + n - s) - law.logsf(share, 0.5, 0.5)
        return np.asarray(_log_mixture(n, s, share) + tail >= -np.log(level))

    return tuple(_first(rejects, longest).tolist())


def absences(share: float, level: float, longest: int) -> tuple[int, ...]:
    """For n = 0, ..., longest trials: the most events at which P(event) >= share is rejected.

    -1 where no count rejects. The level holds for the whole sequence at once.
    """

    def does_not_reject(n: np.ndarray, s: np.ndarray) -> np.ndarray:
        law = scipy.stats.beta
        tail = law.logcdf(share, 0.5 + s, 0.5 + n - s) - law.logcdf(share, 0.5, 0.5)
        return np.asarray(_log_mixture(n, s, share) + tail < -np.log(level))

    return tuple((_first(does_not_reject, longest) - 1).tolist())


def _log_mixture(n: np.ndarray, s: np.ndarray, q: float) -> np.ndarray:
    """Log of the untruncated mixture over the likelihood at q."""
    mixture = betaln(0.5 + s, 0.5 + n - s) - betaln(0.5, 0.5)
    return np.asarray(mixture - s * np.log(q) - (n - s) * np.log1p(-q))


def _first(holds: Callable[[np.ndarray, np.ndarray], np.ndarray], longest: int) -> np.ndarray:
    """For n = 0, ..., longest the smallest s in 0, ..., n at which a condition holds; n + 1 if none does.

    holds: of arrays n and s, monotone in s. What is sought does not fall with n: one more trial that succeeds
    lowers E_n and raises F_n. So every 64th n, found first, has the others between it and the next one.
    """
    n = np.arange(longest + 1)
    nodes = np.append(n[::_STRIDE], longest)
    ends = _bisect(holds, nodes, np.zeros_like(nodes), nodes + 1)
    return _bisect(holds, n, ends[n // _STRIDE], np.minimum(ends[n // _STRIDE + 1], n + 1))


def _bisect(
    holds: Callable[[np.ndarray, np.ndarray], np.ndarray], n: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """For each n the smallest s from low to high - 1 at which a condition monotone in s holds, else high."""
    while (open_ := low < high).any():
        middle = np.minimum((low + high) // 2, n)
        found = holds(n, middle)
        high = np.where(open_ & found, middle, high)
        low = np.where(open_ & ~found, middle + 1, low)
    return high
