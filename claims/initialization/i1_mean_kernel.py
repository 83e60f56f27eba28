"""I1. The mean of the initial tangent kernel is the limit kernel.

Statement. For every X with A1 and n d <= 64, and every m >= 1,
    E H_W(0) = (1/d) K (x) I_d,
    E H_A(0) = (1/d) G (x) I_d.

Assumptions. A1; w_r ~ N(0, I_d); the entries of a_r are independent of it and of each other, of mean 0 and
variance 1 (both decoder laws).

Symbols. X (d, n); W, A (d, m); H_W, H_A (n d, n d) the tangent kernels of encoder and decoder, sample-major;
K, G (n, n) their limits; (x) the Kronecker product.

Refuted by. Data and a width at which the exact mean, taken through the network, has another entry.

A pass does not show. How far a single network is from the mean; that is I2, I3 and I7. The mean is taken for
two samples at a time, if not all lie in a plane; no entry belongs to more. Signs stand for both laws of
the decoder, as only second moments enter; the bound on n d is what an instance may cost.

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
from itertools import combinations

import numpy as np
import sympy
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from claims.preliminaries.arrays import array, tensor, worst_entry
from claims.preliminaries.assumptions import Domain, separated, unit_norm, unit_norm_rounding
from claims.preliminaries.gaussian_cubature import orthogonal_signs
from claims.preliminaries.proof_steps import vanishes
from claims.preliminaries.restrictions import pairs
from claims.preliminaries.thinning import thinned
from models.kernels.finite import decoder_gram, encoder_gram
from models.kernels.limit import decoder_kernel, encoder_kernel
from models.kernels.limit_in_balls import entry_rounding
from models.networks.autoencoder import Network
from refute import Claim, Comparisons, Compute, Cost, Instance, Kind, Sibling, Step, Unmet
from refute.numerics import gamma

ENCODER = "E H_W(0) = (1/d) K (x) I"
DECODER = "E H_A(0) = (1/d) G (x) I"
LARGEST = 64
"""The largest n d: there are n^2 / 2 pairs, and the networks of each form 8 d kernels (2 d, 2 d)."""
_SEPARATION = 2.0**-12
"""Far enough for every node's activation pattern to be certain, in float32 as well."""


Limit = Callable[[torch.Tensor], torch.Tensor]
"""A limit kernel (n, n) of the columns of X (d, n)."""


def line_rule(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (2,) and vectors w (2, d) for the kernel of one sample x (d, 1): w = x and w = -x."""
    return np.full(2, 0.5), np.hstack([x, -x]).T


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
    """E H_W(0) and E H_A(0) of X (d, n) in a plane, as finite sums through networks of m neurons.

    The neurons of a network have one encoder vector, and decoder vectors that take the signs in turn.
    """
    weights, w = line_rule(X) if X.shape[1] == 1 else plane_rule(X)
    signs = orthogonal_signs(len(X))
    turns = (np.arange(len(signs))[:, None] + np.arange(m)) % len(signs)
    W = np.repeat(np.repeat(w, len(signs), axis=0)[:, None], m, axis=1)
    A = np.tile(signs[turns], (len(w), 1, 1))
    network = Network(tensor(W, compute), tensor(A, compute))
    floats = tensor(X, compute)
    share = np.repeat(weights, len(signs)) / len(signs)
    means = (np.tensordot(share, array(H(network, floats)), axes=1) for H in (encoder_gram, decoder_gram))
    encoder, decoder = means
    return encoder, decoder


def all_means(X: np.ndarray, m: int, compute: Compute) -> tuple[np.ndarray, np.ndarray]:
    """E H_W(0) and E H_A(0) (n d, n d) of X (d, n), from those of its pairs of samples.

    All samples are taken at once if they lie in a plane.
    """
    d, n = X.shape
    found = np.zeros((2, n, d, n, d))
    for chosen in combinations(range(n), 2) if min(n, d) > 2 else [tuple(range(n))]:
        means = mean_kernels(np.ascontiguousarray(X[:, chosen]), m, compute)
        for whole, mean in zip(found, means, strict=True):
            blocks = mean.reshape(len(chosen), d, len(chosen), d)
            for place, i in enumerate(chosen):
                whole[i][:, list(chosen)] = blocks[place]
    encoder, decoder = found.reshape(2, n * d, n * d)
    return encoder, decoder


def check(
    instance: Instance,
    compute: Compute,
    *,
    power: int = 1,
    encoder_limit: Limit = encoder_kernel,
    factors: tuple[float, float] = (1.0, 1.0),
) -> Comparisons | Unmet:
    """Entry by entry, against K and G over d^power and times the factors, with K the `encoder_limit`.

    The plane and its kinks are found to gamma_{16 d n} (Householder: Higham, theorem 19.4); terms are at most
    2/d, round 2 m + 3 d + 16 times, and are summed in float64.
    """
    X = instance.X
    m = instance.m
    d, n = X.shape
    if unit_norm(X) > unit_norm_rounding(d) or not fits(X):
        return Unmet("A1 is not verified, or n d is too large")
    encoder, decoder = all_means(X, m, compute)
    floats = tensor(X, compute)
    identity = np.eye(d) / d**power
    K = array(encoder_limit(floats))
    G = array(decoder_kernel(floats))
    terms = 8 * d * n
    rounding = 2 / d * (gamma(2 * m + 3 * d + 16, compute.dtype) + gamma(terms + 16 * d * n + 64))
    rounding += entry_rounding(d, compute.dtype) / d
    return (
        worst_entry(ENCODER, encoder, factors[0] * np.kron(K, identity), rounding),
        worst_entry(DECODER, decoder, factors[1] * np.kron(G, identity), rounding),
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


def fits(X: np.ndarray) -> bool:
    """Whether X (d, n) is small enough for its pairs to be taken one by one."""
    return X.size <= LARGEST


@st.composite
def _instances(
    draw: DrawFn, data: SearchStrategy[np.ndarray], widths: tuple[int, ...] = (16, 24, 32)
) -> Instance:
    """Data with as many samples as are within the bound on n d."""
    return Instance(X=thinned(draw(data), fits), m=draw(st.sampled_from(widths)))


DATA = Domain(min_separation=_SEPARATION)


CLAIM = Claim(
    id="I1",
    kind=Kind.EQUALITY,
    finding="F1",
    instances=_instances(DATA.typical()),
    check=check,
    lemmas=lemmas,
    classes={
        **DATA.classes(),
        "a pair closer than 1/16": lambda instance: bool(separated(instance.X) < 1 / 16),
        "one neuron": lambda instance: bool(instance.m == 1),
        "m <= 8": lambda instance: bool(instance.m <= 8),
    },
    strata={
        **DATA.strata(_instances),
        "one neuron": _instances(DATA.typical(), (1,)),
        "m <= 8": _instances(DATA.typical(), (2, 3, 5, 8)),
    },
    constants={"64": LARGEST},
    cost=Cost.MEDIUM,
    uses=("K1", "K2"),
    restrict_to={"K1": pairs, "K2": pairs},
    siblings=(
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
        Sibling(
            name="near",
            statement="E H_W(0) = (1 + 1e-5) (1/d) K (x) I_d",
            because="the mean is known exactly",
            falls=ENCODER,
            changes={"factors": (1 + 1e-5, 1.0)},
        ),
        Sibling(
            name="near-of-the-decoder",
            statement="E H_A(0) = (1 + 1e-5) (1/d) G (x) I_d",
            because="the mean is known exactly",
            falls=DECODER,
            changes={"factors": (1.0, 1 + 1e-5)},
        ),
    ),
)
