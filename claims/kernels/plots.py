"""The picture of K7: how the smallest eigenvalues of both kernels collapse on a crowded arc."""

from __future__ import annotations

import numpy as np

from claims.kernels.k7_crowded_arc import arc
from claims.kernels.smallest_eigenvalues import kernels_minima
from claims.preliminaries.plot_values import floats
from refute import Axis, Compute, Plot, Series, slopes

SPACINGS = np.geomspace(2.0**-8, 2.0**-1, 15)
"""Down to where float64 still verifies the sign of gamma_0, which falls like the cube."""
SHOWN = ((4, "lambda_0", 1), (2, "gamma_0", 2), (4, "gamma_0", 3))
"""How many samples, which eigenvalue, and its exponent by K7."""


def collapse_plot(compute: Compute) -> Plot:
    """lambda_0 and gamma_0 of n samples at spacing t, with lines of the exponents of K7."""
    series: list[Series] = []
    numbers: dict[str, float] = {}
    t = floats(SPACINGS)
    for n, name, power in SHOWN:
        enclosures = [kernels_minima(arc(n, spacing), compute)[name == "gamma_0"] for spacing in SPACINGS]
        values = np.array([each.middle for each in enclosures])
        line = values[0] * (SPACINGS / SPACINGS[0]) ** power
        numbers[f"{name} slope, n = {n}"] = float(slopes(SPACINGS, values[None])[0])
        series += [
            Series(f"{name}, n = {n}", t, floats(values), "points"),
            Series(f"slope {power}", t, floats(line), "dashed"),
        ]
    return Plot(
        id="collapse",
        title="On a crowded arc the decoder's kernel collapses faster than the encoder's",
        caption=(
            "n samples on an arc, neighbours at the angle t; verified smallest eigenvalues of the limit "
            "kernels of encoder (lambda_0) and decoder (gamma_0), beside lines with the exponents of K7."
        ),
        x=Axis("spacing t, radians", "log"),
        y=Axis("smallest eigenvalue", "log"),
        series=tuple(series),
        claims=("K7",),
        numbers=numbers,
    )
