"""I1. The mean of the initial tangent kernel is the limit kernel.

Statement. For every X with A1 and every m >= 1,
    E H_W(0) = (1/d) K (x) I_d,
    E H_A(0) = (1/d) G (x) I_d.

Assumptions. A1; w_r ~ N(0, I_d); the entries of a_r are independent of it and of each other, of mean 0 and
variance 1 (both decoder laws).

Symbols. X (d, n); W, A (d, m); H_W, H_A (n d, n d) the tangent kernels of encoder and decoder, sample-major;
K, G (n, n) their limits; (x) the Kronecker product.

Refuted by. Data and a width at which the exact mean, taken through the network, has another entry.

A pass does not show. How far a single network is from the mean; that is I2, I3 and I7. The mean is taken for
samples in a plane; every entry belongs to two samples, which always lie in one. Signs stand for both laws of
the decoder, as only second moments enter.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: H_W and H_A are the sums over the
neurons of
    (1/(m d)) rho_ij D_i D_j a_p a_q,
    (1/(m d)) phi_i phi_j 1[p = q],
and the neurons are equally distributed, so their means are, by K1 and by K2,
    (1/d) rho_ij P[both active] E a_p a_q = (1/d) K_ij 1[p = q],
    (1/d) G_ij 1[p = q].
Means depend on the law of each neuron alone, so m equal neurons have the same one. The finite sum compared
with it is exact: for w = r (cos alpha, sin alpha) the kernel is, between the kinks of the samples, a
trigonometric polynomial
    c + a cos(2 alpha) + b sin(2 alpha),
times r^2 of mean 2 for H_A and constant for H_W; on an arc of length L around its centre two equal nodes at
distance tau with cos(2 tau) = sin(L)/L integrate it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import sympy
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import Domain, separated, unit_norm, unit_norm_rounding
from claims.preliminaries.fixed_data import circle
from claims.preliminaries.gaussian_cubature import gauss_hermite
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs
from models.kernels.finite import decoder_gram, encoder_gram
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.networks.autoencoder import Network
from refute import Claim, Comparisons, Compute, Instance, Kind, Sibling, Step, Unmet
from refute.numerics import gamma

ENCODER = "E H_W(0) = (1/d) K (x) I"
DECODER = "E H_A(0) = (1/d) G (x) I"
NEAR = 1 + 1e-5
_SEPARATION = 2.0**-8
"""Far enough for every node's activation pattern to be certain, in float32 as well."""


Limit = Callable[[torch.Tensor], torch.Tensor]
"""A limit kernel (n, n) of the columns of X (d, n)."""


def plane_rule(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (N,) and vectors w (N, d), N = 4 n, over which the tangent kernels of samples in a plane have
    their Gaussian mean. X (d, n) spans the plane of its first two columns.
    """
    plane = np.linalg.qr(X)[0][:, :2]
    first, second = plane.T @ X
    turns = np.arctan2(second, first)
    kinks = np.sort(np.concatenate([turns - math.pi / 2, turns + math.pi / 2]) % (2 * math.pi))
    lengths = np.diff(kinks, append=kinks[0] + 2 * math.pi)
    tau = np.arcsin(np.sqrt((1 - np.sinc(lengths / math.pi)) / 2))
    centres = kinks + lengths / 2
    alpha = np.concatenate([centres - tau, centres + tau])
    nodes = math.sqrt(2) * np.stack([np.cos(alpha), np.sin(alpha)], axis=1) @ plane.T
    return np.tile(lengths, 2) / (4 * math.pi), nodes


def mean_kernels(X: np.ndarray, m: int, compute: Compute) -> tuple[np.ndarray, np.ndarray]:
    """E H_W(0) and E H_A(0) as finite sums through networks of m equal neurons."""
    d = len(X)
    weights, w = plane_rule(X)
    signs, chances = gauss_hermite(2, d)
    W = np.repeat(np.repeat(w, len(signs), axis=0)[:, None], m, axis=1)
    A = np.repeat(np.tile(signs, (len(w), 1))[:, None], m, axis=1)
    network = Network(tensor(W, compute), tensor(A, compute))
    floats = tensor(X, compute)
    share = np.kron(weights, chances)
    means = (np.tensordot(share, array(H(network, floats)), axes=1) for H in (encoder_gram, decoder_gram))
    encoder, decoder = means
    return encoder, decoder


def check(
    instance: Instance,
    compute: Compute,
    *,
    power: int = 1,
    encoder_limit: Limit = encoder_kernel,
    near: float = 1.0,
) -> Comparisons | Unmet:
    """Entry by entry, against near K and near G over d^power, with K the `encoder_limit`.

    The plane and its kinks are found to gamma_{16 d n} (Householder: Higham, theorem 19.4); terms are
    at most 2/d, round 2 m + 3 d + 16 times, and are summed in float64.
    """
    X = instance.X
    m = instance.m
    d, n = X.shape
    if unit_norm(X) > unit_norm_rounding(d) or (n > 2 and d > 2):
        return Unmet("A1 is not verified, or the samples lie in no plane")
    encoder, decoder = mean_kernels(X, m, compute)
    floats = tensor(X, compute)
    identity = np.eye(d) / d**power
    K = array(encoder_limit(floats))
    G = array(decoder_kernel(floats))
    terms = 4 * n * 2**d
    rounding = 2 * (gamma(2 * m + 3 * d + 16, compute.dtype) + gamma(terms + 16 * d * n + 64))
    rounding += entry_rounding(d, compute.dtype)
    return (
        worst_entry(ENCODER, encoder, near * np.kron(K, identity), rounding),
        worst_entry(DECODER, decoder, near * np.kron(G, identity), rounding),
    )


def lemmas() -> Sequence[Step]:
    """Second moments of the decoder and the radius, the rule on an arc, and the sum over neurons."""
    a, r, s, L, tau = sympy.symbols("a r s L tau", positive=True)
    m, d, k = sympy.symbols("m d k", positive=True, integer=True)
    density = sympy.exp(-(a**2) / 2) / sympy.sqrt(2 * sympy.pi)
    variances = (
        sympy.integrate(a**2 * density, (a, -sympy.oo, sympy.oo)),
        ((-1) ** 2 + 1) / sympy.Integer(2),
    )
    radius = sympy.integrate(r**3 * sympy.exp(-(r**2) / 2), (r, 0, sympy.oo))
    waves = [sympy.integrate(wave(2 * s), (s, -L / 2, L / 2)) for wave in (sympy.cos, sympy.sin)]
    return (
        vanishes(
            "a Gaussian entry has variance 1, and a sign", (variances[0] - 1) ** 2 + (variances[1] - 1) ** 2
        ),
        vanishes("E r^2 = 2", radius - 2),
        vanishes("the integral of cos 2s over an arc is L cos(2 tau)", waves[0] - L * (sympy.sin(L) / L)),
        vanishes(
            "cos(2 tau) = sin(L)/L at sin^2(tau) = (1 - sin(L)/L) / 2",
            sympy.cos(2 * tau) - (1 - 2 * sympy.sin(tau) ** 2),
        ),
        vanishes("that of sin 2s is zero, as on nodes at -tau and tau", waves[1]),
        vanishes("m neurons of weight 1/(m d)", sympy.summation(1 / (m * d), (k, 1, m)) - 1 / d),
    )


@st.composite
def _instances(
    draw: DrawFn, data: SearchStrategy[np.ndarray], widths: tuple[int, ...] = (16, 32, 64)
) -> Instance:
    return Instance(X=draw(data), m=draw(st.sampled_from(widths)))


def _crowded() -> SearchStrategy[np.ndarray]:
    """Arcs of up to a dozen samples, closer than 1/16 and not closer than the separation."""
    return st.builds(
        lambda n, t: circle(np.arange(n) * t), st.integers(2, 12), st.sampled_from([1 / 20, 1 / 100])
    )


# Two samples in up to eight dimensions, or several in the plane: in either case they lie in a plane.
PAIRS = Domain(2, 2, 2, 8, _SEPARATION)
PLANE = Domain(2, 12, 2, 2, _SEPARATION)
TYPICAL = st.one_of(PLANE.typical(), PAIRS.typical())


CLAIM = Claim(
    id="I1",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(TYPICAL),
    check=check,
    lemmas=lemmas,
    classes={
        **PAIRS.classes("n = 2", "orthogonal pair", "obtuse pair", "many dimensions"),
        **PLANE.classes("n > d", "many samples"),
        "a pair closer than 1/16": lambda instance: bool(separated(instance.X) < 1 / 16),
        "one neuron": lambda instance: bool(instance.m == 1),
    },
    strata={
        **PAIRS.strata(_instances, "n = 2", "orthogonal pair", "obtuse pair", "many dimensions"),
        **PLANE.strata(_instances, "n > d", "many samples"),
        "a pair closer than 1/16": _instances(_crowded()),
        "one neuron": _instances(TYPICAL, (1,)),
    },
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    siblings=(
        Sibling(
            name="nearly-W",
            statement="E H_W(0) = (1 + 1e-5) (1/d) K (x) I_d",
            because="the mean is exact",
            falls=ENCODER,
            changes={"near": NEAR},
        ),
        Sibling(
            name="nearly-A",
            statement="E H_A(0) = (1 + 1e-5) (1/d) G (x) I_d",
            because="the mean is exact",
            falls=DECODER,
            changes={"near": NEAR},
        ),
        Sibling(
            name="without-d",
            statement="E H_W(0) = K (x) I_d",
            because="the output is divided by sqrt(m d), and a sign has variance 1",
            falls=ENCODER,
            changes={"power": 0},
        ),
        Sibling(
            name="one-limit",
            statement="E H_W(0) = (1/d) G (x) I_d, as E H_A(0)",
            because="the encoder's gradient carries the samples and a step, not the activations",
            falls=ENCODER,
            changes={"encoder_limit": decoder_kernel},
        ),
    ),
)
