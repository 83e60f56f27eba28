r"""G1. Along the gradient flow the predictions move by the Gram matrix.

Statement. Let u_i = f(x_i) = sum_r a_r max(<w_r, x_i>, 0) / sqrt(m) with a_r in {-1, 1}, and let the w_r
follow the gradient flow of sum_i (u_i - y_i)^2 / 2. Wherever no <w_r, x_i> is 0,
    du/dt = -H (u - y),  H_ij = <x_i, x_j> #{r: <w_r, x_i> >= 0 and <w_r, x_j> >= 0} / m.

Assumptions. None beside those of the statement.

Symbols. X (n, d) the samples x_i; W (m, d) the neurons w_r; a (m,) their signs; y (n,) the labels.

Refuted by. A network and a time short enough that no neuron changes its pattern, after which the predictions
have moved otherwise.

A pass does not show. What happens where a neuron is at right angles to a sample.

Source. Du, Zhai, Poczos, Singh, arXiv:1810.02054, section 3. Proof: docs.md.

Siblings.
    either-for-both: H counts the neurons that are active on x_i or on x_j, because a neuron that is not
    active on x_i does not move the prediction there.
    off-by-little: du/dt = -(1 + 1e-5) H (u - y), because fractions tell 1e-5 from nothing.
"""

from claims.networks import whole_networks
from models.gram import before_a_kink
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Unmet, equal, exact


def check(
    instance: Instance, compute: Compute, *, both: bool = True, off: float = 0.0
) -> Comparisons | Unmet:
    """In fractions, with sqrt(m) u in place of u.

    Between kinks the predictions are linear in W: what they move in a short time is the derivative, exactly.
    """
    X, W, a = exact(instance.X), exact(instance.W), exact(instance.a)
    before = W @ X.T
    if (before == 0).any():
        return Unmet("a neuron is at right angles to a sample")
    active = before > 0
    residual = a @ (active * before) - exact(instance.y)
    speeds = ((a[:, None] * active * residual) @ (X @ X.T)) / len(W)
    time = before_a_kink(before, speeds)
    after = before - time * speeds
    moved = a @ (active * after) - a @ (active * before)
    counts = active.T.astype(int) @ active.astype(int)
    if not both:
        counts = counts.diagonal()[:, None] + counts.diagonal() - counts
    predicted = -time * (((X @ X.T) * counts) @ residual) / len(W) * (1 + exact(off))
    return tuple(equal("change of a prediction", *pair) for pair in zip(moved, predicted, strict=True))


CLAIM = Claim(
    id="G1",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=whole_networks(),
    check=check,
    classes={"several samples": lambda instance: len(instance.X) > 1},
    siblings=(
        Sibling("either-for-both", falls="change", where="several samples", changes={"both": False}),
        Sibling("off-by-little", falls="change", changes={"off": 1e-5}),
    ),
)
