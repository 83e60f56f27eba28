r"""R2. On strongly convex functions steps of length 2/(mu + L) contract by (L - mu)/(L + mu).

Statement. For every mu-strongly convex f with an L-Lipschitz gradient and the minimizer x*, every x_0 and N,
the steps
    x_{k+1} = x_k - 2 grad f(x_k) / (mu + L)
lead to |x_N - x*| <= ((L - mu)/(L + mu))^N |x_0 - x*|.

Assumptions. None beside those of the statement.

Symbols. f on R^d; L >= mu > 0; N the number of steps.

Refuted by. A function and a point from which N steps end farther away.

A pass does not show. The rate for functions other than a multiple of |x|^2 and sums of even, piecewise
quadratic functions of one direction each; the proof does.

Source. Nesterov, Introductory Lectures on Convex Optimization (2004), theorem 2.1.15. Proof: docs.md. The
rate is attained by mu x^2 / 2 and by L x^2 / 2.

Siblings.
    longer-steps: steps of length 2/L contract as much, because on L x^2 / 2 they go from x to -x and back.
    one-step-ahead: |x_N - x*| <= ((L - mu)/(L + mu))^(N + 1) |x_0 - x*|, because on L x^2 / 2 the rate is
    attained.
"""

from claims.functions import STEP_CLASSES, STEP_STRATA, function_of, functions, strongly_convex, with_steps
from models.convex import descend
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, at_most, exact


def check(instance: Instance, compute: Compute, *, strength: int = 1, ahead: int = 0) -> Comparisons:
    """The squares of both sides in fractions; the minimizer is 0.

    strength: how many mu the length 2/(mu + L) has. ahead: how many steps more the bound counts.
    """
    f = function_of(instance)
    x = exact(instance.x)
    mu, L = f.mu, f.smoothness
    end = descend(f, x, 2 / (strength * mu + L), instance.N)
    rate = (L - mu) / (L + mu)
    return (at_most("|x_N - x*|^2", end @ end, rate ** (2 * (instance.N + ahead)) * (x @ x)),)


CLAIM = Claim(
    id="R2",
    kind=Kind.RATE,
    finding="F2",
    instances=strongly_convex(with_steps(functions())),
    check=check,
    classes={**STEP_CLASSES, "curved": lambda instance: bool(instance.slopes.max() > 0)},
    strata={name: strongly_convex(stratum) for name, stratum in STEP_STRATA.items()},
    siblings=(
        Sibling("longer-steps", falls="|x_N - x*|^2", where="curved", changes={"strength": 0}),
        Sibling("one-step-ahead", falls="|x_N - x*|^2", where="curved", changes={"ahead": 1}),
    ),
)
