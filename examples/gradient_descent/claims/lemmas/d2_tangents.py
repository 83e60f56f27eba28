r"""D2. A smooth convex function lies above its tangents, by the square of the difference of its gradients.

Statement. For every convex f with an L-Lipschitz gradient, all x and y,
    f(y) >= f(x) + <grad f(x), y - x> + |grad f(x) - grad f(y)|^2 / (2 L).

Assumptions. None beside those of the statement.

Symbols. f on R^d; L > 0; x, y (d,).

Refuted by. A function and two points of which the right-hand side is the larger one.

A pass does not show. The bound for functions other than sums of even, piecewise quadratic functions of one
direction each; the proof does.

Source. Nesterov, Introductory Lectures on Convex Optimization (2004), theorem 2.1.5, from D1. Proof: docs.md.

Siblings.
    twice-as-much: f(y) >= f(x) + <grad f(x), y - x> + |grad f(x) - grad f(y)|^2 / L, because on L x^2 / 2 the
    half is attained.
"""

from claims.functions import CLASSES, STRATA, function_of, functions, with_another_point
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, at_least, exact


def check(instance: Instance, compute: Compute, *, share: float = 0.5) -> Comparisons:
    """Both sides in fractions."""
    f = function_of(instance)
    x, y = exact(instance.x), exact(instance.y)
    change = f.gradient(x) - f.gradient(y)
    bound = f.value(x) + f.gradient(x) @ (y - x) + exact(share) * (change @ change) / f.smoothness
    return (at_least("f(y) over its tangent", f.value(y), bound),)


CLAIM = Claim(
    id="D2",
    kind=Kind.LOWER_BOUND,
    finding="F1",
    instances=with_another_point(functions()),
    check=check,
    classes=CLASSES,
    strata={name: with_another_point(stratum) for name, stratum in STRATA.items()},
    uses=("D1",),
    siblings=(Sibling("twice-as-much", falls="f(y) over its tangent", changes={"share": 1.0}),),
)
