r"""D1. A smooth function lies below its tangent parabola, and a step of length 1/L descends.

Statement. For every f with an L-Lipschitz gradient, all x and y,
    f(y) <= f(x) + <grad f(x), y - x> + L |y - x|^2 / 2,
    f(x - grad f(x) / L) <= f(x) - |grad f(x)|^2 / (2 L).

Assumptions. None beside those of the statement.

Symbols. f on R^d; L > 0; x, y (d,).

Refuted by. A function and two points of which the left-hand side is the larger one.

A pass does not show. The lemma for functions that are not convex, or not sums of even, piecewise quadratic
functions of one direction each; the proof does.

Source. Nesterov, Introductory Lectures on Convex Optimization (2004), lemma 1.2.3. Proof: docs.md.

Siblings.
    half-the-curvature: f(y) <= f(x) + <grad f(x), y - x> + L |y - x|^2 / 4, because L x^2 / 2 is its own
    parabola.
    twice-the-gain: f(x - grad f(x) / L) <= f(x) - |grad f(x)|^2 / L, because a step on L x^2 / 2 gains L x^2
    / 2.
"""

from claims.functions import CLASSES, STRATA, function_of, functions, with_another_point
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, at_most, exact

PARABOLA = "f(y) <= the parabola"
STEP = "f after a step"


def check(instance: Instance, compute: Compute, *, curvature: float = 0.5, gain: float = 0.5) -> Comparisons:
    """Both sides in fractions."""
    f = function_of(instance)
    x, y = exact(instance.x), exact(instance.y)
    L = f.smoothness
    g = f.gradient(x)
    parabola = f.value(x) + g @ (y - x) + exact(curvature) * L * ((y - x) @ (y - x))
    return (
        at_most(PARABOLA, f.value(y), parabola),
        at_most(STEP, f.value(x - g / L), f.value(x) - exact(gain) * (g @ g) / L),
    )


CLAIM = Claim(
    id="D1",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=with_another_point(functions()),
    check=check,
    classes=CLASSES,
    strata={name: with_another_point(stratum) for name, stratum in STRATA.items()},
    siblings=(
        Sibling("half-the-curvature", falls=PARABOLA, changes={"curvature": 0.25}),
        Sibling("twice-the-gain", falls=STEP, changes={"gain": 1.0}),
    ),
)
