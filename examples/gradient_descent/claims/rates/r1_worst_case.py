r"""R1. After N steps of length 1/L, f(x_N) - f* is at most L R^2 / (4N + 2).

Statement. For every convex f with an L-Lipschitz gradient and a minimizer x*, every x_0 and N >= 1, the steps
    x_{k+1} = x_k - grad f(x_k) / L
lead to f(x_N) - f(x*) <= L |x_0 - x*|^2 / (4N + 2).

Assumptions. None beside those of the statement.

Symbols. f on R^d; L > 0; N the number of steps; R = |x_0 - x*|.

Refuted by. A function and a point from which N steps lead to a larger value.

A pass does not show. The bound for functions other than sums of even, piecewise quadratic functions of one
direction each; the proof does.

Source. Drori and Teboulle, Math. Program. 145 (2014), theorem 3.1. Proof: docs.md. The bound is attained by
the Huber function that is quadratic up to |x| = R / (2N + 1) and linear beyond.

Siblings.
    four-for-two: f(x_N) - f* <= L R^2 / (4N + 4), because the Huber function with its knee at R / (2N + 1)
    attains 4N + 2.
    twice-the-step: steps of length 2/L lead to the same bound, because on L x^2 / 2 they go from x to -x and
    back.
"""

from fractions import Fraction

from claims.functions import STEP_CLASSES, STEP_STRATA, function_of, functions, with_steps
from models.convex import descend
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, at_most, exact


def check(instance: Instance, compute: Compute, *, constant: int = 2, length: int = 1) -> Comparisons:
    """Both sides in fractions; the minimum is f(0) = 0."""
    f = function_of(instance)
    x = exact(instance.x)
    end = descend(f, x, Fraction(length) / f.smoothness, instance.N)
    bound = f.smoothness * (x @ x) / (4 * instance.N + constant)
    return (at_most("f(x_N) - f*", f.value(end), bound),)


CLAIM = Claim(
    id="R1",
    kind=Kind.UPPER_BOUND,
    finding="F1",
    instances=with_steps(functions()),
    check=check,
    classes=STEP_CLASSES,
    strata=STEP_STRATA,
    uses=("D2",),
    restrict_to={"D2": lambda instance: (instance.replace(y=0 * instance.x),)},
    siblings=(
        Sibling("four-for-two", falls="f(x_N) - f*", where="several steps", changes={"constant": 4}),
        Sibling("twice-the-step", falls="f(x_N) - f*", where="several steps", changes={"length": 2}),
    ),
)
