"""Why the kernels of encoder and decoder may share their lowest eigenvector: two reasons in the angles.

Both kernels are functions of the angles, entry by entry, of the form
    <x_i, x_j> / 4 + an even function of <x_i, x_j>.
"""

from __future__ import annotations

import numpy as np

_STEPS = 10_000
"""So many images are given in search of a symmetry: every order of six, and of more where few are alike."""
_LOOSEST = 2.0**-12
"""An eigenvector less certain than this, times n, tells nothing: the matrices have entries 0 and 1."""


def is_symmetric(theta: np.ndarray, rounding: float) -> bool:
    """Whether a permutation, not the identity, was found that preserves every angle (n, n) up to rounding.

    A sample can only go to one whose sorted angles are its own. Beyond that images are given one by one, the
    first sample that moves to a later one, and given up as soon as an angle differs. After _STEPS images it
    stops with False: a symmetry that it did not reach is not taken for one, and balls decide.
    """
    n = len(theta)
    rows = np.sort(theta, axis=1)
    alike = (np.abs(rows[:, None] - rows[None]) <= rounding).all(axis=2)

    def images_of_next(images: list[int]) -> list[int]:
        i = len(images)
        kept = (np.abs(theta[:, images] - theta[i, :i]) <= rounding).all(axis=1) & alike[i]
        return [k for k in np.flatnonzero(kept).tolist() if k not in images]

    begun = [list(range(i)) for i in range(n)]
    open_ends = [[*fixed, k] for fixed in begun for k in images_of_next(fixed) if k > len(fixed)]
    for _ in range(_STEPS):
        if not open_ends:
            return False
        images = open_ends.pop()
        if len(images) == n:
            return True
        open_ends += [[*images, k] for k in images_of_next(images)]
    return False


def keeps_lowest(total: np.ndarray, theta: np.ndarray, rounding: float) -> bool:
    """Whether a lowest eigenvector of K + G is one of every kernel of that form, as far as can be seen.

    total: (n, n), float64, the sum K + G; theta: (n, n), the angles. That is so if it is an eigenvector of
    X^T X and, for every c, of the matrix that is 1 where |<x_i, x_j>| = c and 0 elsewhere. Whether it is the
    lowest of each is another question.

    total is known up to 3 n rounding, and eigh is as good as one rounding more of it: eigenvalues within
    twice that may be one, and their space V is known up to 2 * 4 n rounding / gap (Davis and Kahan). If v
    in V is an eigenvector of every matrix, then also of a combination of them, as seen in V, whose weights
    are like no others: there it is looked for.
    """
    n = len(theta)
    known = 4 * n * rounding
    values, vectors = np.linalg.eigh(total)
    lowest = values <= values[0] + 2 * known
    gap = np.inf if lowest.all() else values[~lowest][0] - values[0]
    if n * 2 * known / gap > _LOOSEST:
        return False
    V = vectors[:, lowest]
    matrices = _matrices(theta, rounding)
    combined = sum(np.sqrt(number + 2) * (V.T @ A @ V) for number, A in enumerate(matrices))
    candidates = (V @ np.linalg.eigh(combined)[1]).T
    return any(all(_is_eigenvector(v, A) for A in matrices) for v in candidates)


def _matrices(theta: np.ndarray, rounding: float) -> list[np.ndarray]:
    """X^T X, and for every |<x_i, x_j>|, up to the rounding of the angles, where it is taken."""
    sizes = np.minimum(theta, np.pi - theta)
    ordered = np.unique(sizes)
    starts = ordered[np.diff(ordered, prepend=-np.inf) > 2 * rounding]
    level = np.searchsorted(starts, sizes, side="right")
    return [np.cos(theta), *((level == number).astype(float) for number in np.unique(level))]


def _is_eigenvector(v: np.ndarray, A: np.ndarray) -> bool:
    return bool(np.linalg.norm(A @ v - (v @ A @ v) * v) <= len(v) * _LOOSEST)
