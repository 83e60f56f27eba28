"""Rows of public tables, as they were measured: nothing is centred, scaled or cut.

The files in tables/ hold 24 rows each, one sample a line, copied from scikit-learn's copies of
    iris     every sixth row of Fisher's iris table (d = 4, centimetres),
    wine     every seventh row of the UCI wine table (d = 13, the units of the table),
    digits   the first rows of the UCI test set of handwritten digits (d = 64, 8 x 8 counts from 0 to 16).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

TABLES = {4: "iris", 13: "wine", 64: "digits"}
"""The table that has this many features."""
_FOLDER = Path(__file__).parent / "tables"


@cache
def real_rows(d: int, min_separation: float = 0.0) -> np.ndarray:
    """The samples (d, rows) of the table with d features, normalised, none closer than min_separation.

    Rows are taken in their order; one that crowds an earlier one, or its negative, is left out. A number of
    features that no table has gives no samples (d, 0).
    """
    if d not in TABLES:
        return np.zeros((d, 0))
    rows = np.loadtxt(_FOLDER / f"{TABLES[d]}.csv", delimiter=",").T
    rows /= np.linalg.norm(rows, axis=0)
    kept: list[int] = []
    for i, x in enumerate(rows.T):
        others = rows[:, kept]
        gaps = np.linalg.norm([others - x[:, None], others + x[:, None]], axis=1)
        if (gaps >= min_separation).all():
            kept.append(i)
    found: np.ndarray = rows[:, kept]
    found.setflags(write=False)
    return found
