"""The pictures of this paper's report: a claim's two numbers side by side, measured when it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from claims.convergence.plots import residual_plot
from claims.initialization.plots import eigenvalue_plot
from claims.memorization.plots import local_plot, width_plot
from claims.tied.plots import tied_plot
from claims.width.crossover_plot import crossover_plot
from refute import Compute
from refute.statement.plot import Plot

Say = Callable[[str], None]


def plots(draws: int, seed: int, compute: Compute, say: Say) -> Sequence[Plot]:
    """All pictures; draws: how many initializations are behind a point."""
    found = []
    for name, draw in (
        ("residual, weak", lambda: residual_plot("weak", seed, compute)),
        ("residual, joint", lambda: residual_plot("joint", seed, compute)),
        ("smallest eigenvalue", lambda: eigenvalue_plot(draws, seed, compute)),
        ("tied error", lambda: tied_plot(draws, seed, compute)),
        ("memorization, weak", lambda: local_plot("weak", seed, compute)),
        ("memorization, joint", lambda: local_plot("joint", seed, compute)),
        ("finite width", lambda: width_plot(draws, seed, compute)),
        ("crossover", crossover_plot),
    ):
        say(name)
        found.append(draw())
    return found
