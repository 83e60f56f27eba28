"""The pictures of this paper's report: a claim's two numbers side by side, measured when it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from claims.convergence.movement_plot import movement_plot
from claims.convergence.needed_widths import needed_widths_plot
from claims.convergence.plots import residual_plot
from claims.initialization.plots import eigenvalue_plot
from claims.kernels.plots import collapse_plot
from claims.memorization.circle_plot import circle_plot
from claims.memorization.plots import local_plot, width_plot
from claims.tied.plots import frozen_plot, tied_plot
from claims.width.crossover_plot import crossover_plot
from claims.width.width_map import width_map
from refute import Compute, Plot

Report = Callable[[str], None]
Picture = Callable[[int, int, Compute], Plot | None]
"""Draws a picture from how many initializations are behind a point, the seed, and where it is computed.

None where it draws what is stored and nothing is.
"""

PICTURES: tuple[tuple[str, Picture], ...] = (
    ("needed widths", needed_widths_plot),
    ("residual, weak", lambda _, seed, compute: residual_plot("weak", seed, compute)),
    ("residual, joint", lambda _, seed, compute: residual_plot("joint", seed, compute)),
    ("movement", movement_plot),
    ("collapse", lambda _, __, compute: collapse_plot(compute)),
    ("smallest eigenvalue", eigenvalue_plot),
    ("tied error", tied_plot),
    ("frozen training", frozen_plot),
    ("memorization, weak", lambda _, seed, compute: local_plot("weak", seed, compute)),
    ("memorization, joint", lambda _, seed, compute: local_plot("joint", seed, compute)),
    ("circle", lambda _, seed, compute: circle_plot(seed, compute)),
    ("finite width", width_plot),
    ("crossover", lambda *_: crossover_plot()),
    ("certified widths", lambda *_: width_map()),
)
"""Every picture and what to call it while it is drawn, in reading order."""


def plots(draws: int, seed: int, compute: Compute, report: Report) -> Sequence[Plot]:
    """All pictures; draws: how many initializations are behind a point."""
    found = []
    for name, picture in PICTURES:
        report(name)
        found.append(picture(draws, seed, compute))
    return [plot for plot in found if plot is not None]
