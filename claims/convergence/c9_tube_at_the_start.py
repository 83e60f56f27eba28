"""C9. Before its first step a run is enclosed for all time by a tube that ends in contraction.

Statement. For every X with A1, n <= 8, d <= 8 and delta >= 2^-11, every (W, A) and every step eta up to 0.999
of 2 / lambda_max(H): at every node k of the tube of models/certificate, with centre E_c, z_c and bounds f, u,
    ||E(k)_i - E_c(k)_i|| <= f_i(k),    ||E(k) - E_c(k)||_F <= f(k),
    |z_ri(k) - z_{c,ri}(k)| <= u_ri(k);
and if the tube ends in a piece that contracts, then for its nu, its R_r, every k >= 0 and every r
    ||E(k)||_F^2 <= (1 - eta nu)^k ||E(0)||_F^2,
    ||w_r(k) - w_r(0)|| <= R_r.
The last two hold as well with the rate and the radii of the block certificate, where it holds at the start.
Weak and joint.

Assumptions. A1. No assumption on the initialization: the search draws it, from the laws of the paper, next to
a minimum, and with neurons on the kinks of ReLU.

Symbols. X (d, n); W, A (d, m); E = X - U (d, n); z_ri = <w_r, x_i>; H the tangent kernel of the start; nu the
rate and R_r the radii of the tube's record.

Refuted by. A run that is outside of its tube at a node, or of its envelope or a radius at any step, by more
than the derived rounding floor of the run.

A pass does not show. That tubes end in contraction: the table in docs/theory/start.md says at which widths.
The run is followed for at most 4096 steps, and 512 beyond the last node among them.

Source. Ours, serving F1 of Nguyen, Wong, Hegde, arXiv:1911.11983. Proof: docs/theory/start.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from claims.convergence.starting_points import initial_network
from claims.convergence.tube_starts import (
    LARGEST_SHARE,
    MOST_DIMENSIONS,
    MOST_SAMPLES,
    NAMES,
    SEPARATION,
    WHOLE,
    crossing_neuron,
    drawn_starts,
    dying_neuron,
    instances,
    strata,
    tight_starts,
    uncertain_companion,
)
from claims.preliminaries.arrays import array, tensor
from models.certificate.block import certify_block
from models.certificate.tube import Tube, tube
from models.certificate.tube_state import EVERY_PART, Node, TubeTerms
from models.kernels.finite import tangent_kernel
from models.networks.autoencoder import Network, preactivations, residuals
from models.networks.regime import Regime
from models.training.descent import descend
from models.training.rounding import rounding_floors
from refute import (
    NO_INSTANCE,
    Claim,
    Comparison,
    Comparisons,
    Compute,
    Cost,
    Instance,
    Kind,
    Sibling,
    Unmet,
    at_most,
)
from refute.numerics import gamma, unit_roundoff

FOLLOWED = 4096
"""Steps for which a run is compared with the nodes of its tube."""
WATCHED = 512
"""Steps watched after that against the envelope and the radii, if the tube ends in contraction."""
RESIDUAL = "residual within the tube"
PREACTIVATION = "preactivations within the tube"
ENVELOPE = "residual within its envelope"
RADIUS = "movement within the radius"
_TINY = float(np.finfo(np.float64).tiny)


def check(
    instance: Instance, compute: Compute, *, terms: TubeTerms = EVERY_PART, share: float = 1.0
) -> Comparisons | Unmet:
    """Follow the run from node to node of its tube. share: of the radii. terms: the parts that count."""
    X = tensor(instance.X, compute)
    point = initial_network(instance, compute)
    largest = float(torch.linalg.eigvalsh(tangent_kernel(point, X, instance.regime))[0, -1])
    if largest <= 0:
        return Unmet("no neuron is active, so the kernel vanishes")
    step_size = instance.share * 2 / largest
    pieces = instance.pieces
    found = tube(point, X, step_size, instance.regime, terms=terms, finite=pieces, until=FOLLOWED)
    nodes = [node for node in found.nodes[1:] if node.t <= FOLLOWED]
    if not (found.rate or nodes):
        return Unmet(f"the tube has no second node within {FOLLOWED} steps")
    floors = Floors(point, X, step_size, found, instance.regime)
    here = point
    record = [float(np.linalg.norm(array(residuals(point, X))))]
    parts: list[Comparison] = []
    moved = np.zeros(instance.m)
    for before, node in zip((found.nodes[0], *nodes), nodes, strict=False):
        run = descend(here, X, step_size, node.t - before.t, instance.regime)
        here = run.network
        record += array(run.residual)[1:, 0].tolist()
        parts += _at_node(here, X, node, floors)
        moved = np.maximum(moved, _way(point, here))
    compared = [_worst(parts, label) for label in (RESIDUAL, PREACTIVATION) if nodes]
    if found.rate:
        run = descend(here, X, step_size, WATCHED, instance.regime)
        record += array(run.residual)[1:, 0].tolist()
        moved = np.maximum(moved, _way(point, run.network))
        compared.append(_envelope(np.array(record), found.e, found.rate, floors))
        compared.append(_radius(moved, share * found.radius, len(record), floors))
    return tuple(compared + _by_block(found.e, floors))


def _by_block(e: float, floors: Floors) -> list[Comparison]:
    """The same parts for the block certificate of the start, if it has one. e: ||E(0)|| from above."""
    start, X, step_size, regime = floors.point, floors.X, floors.step_size, floors.regime
    block = certify_block(start, X, step_size, regime)
    if not block.certified[0]:
        return []
    run = descend(start, X, step_size, WATCHED, regime)
    record = array(run.residual)[:, 0]
    return [
        _envelope(record, e, float(block.rate[0]), floors),
        _radius(_way(start, run.network), block.radius[0], len(record), floors),
    ]


class Floors:
    """What rounding can put between the run as computed and an exact one, k steps from the start.

    The run as computed obeys the recursion of the tube with a rounding at every step; what a step adds is
    multiplied by no more than the contractions of the pieces, where they exceed 1. Twice that is allowed: a
    drift that is off by rounding changes the kernel by as much, relative to what it is.
    """

    def __init__(
        self, point: Network, X: torch.Tensor, step_size: float, found: Tube, regime: Regime
    ) -> None:
        self.point = point
        self.X = X
        self.step_size = step_size
        self.regime = regime
        parts = [part for part in found.pieces if part.end is None or part.end.t <= FOLLOWED]
        nodes = [node for node in found.nodes if node.t <= FOLLOWED]
        growth = 0.0
        for node, part in zip(nodes, parts, strict=False):
            if part.end is not None:
                growth += max(0.0, math.log(part.contraction)) * (part.end.t - node.t)
        self.growth = 2 * math.exp(growth)
        self.highest = max(part.highest for part in parts)
        self.w_norms = array(point.W.norm(dim=2))[0] + np.sum([part.moved for part in parts], axis=0)
        decoders = [np.linalg.norm(node.decoder.A, axis=0) + node.decoder.off for node in nodes]
        self.a_norms = np.max(decoders, axis=0)

    def residual(self, k: np.ndarray) -> np.ndarray:
        """(len(k),) of ||E||_F."""
        floors = rounding_floors(self.point, self.X, self.step_size, k, self.regime)[0]
        enlarged: np.ndarray = self.growth * floors
        return enlarged

    def weights(self, k: int) -> np.ndarray:
        """(m,) of ||w_r||: each step rounds w_r and its own products, and carries the errors of E and a_r."""
        d, n = self.X.shape
        dtype = str(self.X.dtype).removeprefix("torch.")
        norm = float(self.X.double().norm())
        push = self.step_size * norm / self.point.scale
        lost = gamma(n + d + 16, dtype) * self.highest + float(self.residual(np.array([k]))[0])
        stored = 4 * unit_roundoff(dtype)
        a = k * (stored * self.a_norms + push * self.w_norms * lost) * (self.regime == "joint")
        floors: np.ndarray = k * (stored * self.w_norms + push * (self.a_norms * lost + a * self.highest))
        return floors


def _at_node(here: Network, X: torch.Tensor, node: Node, floors: Floors) -> list[Comparison]:
    """The two parts at one node, each where it is closest to its bound."""
    n = X.shape[1]
    E = array(residuals(here, X))[0].T
    apart = np.linalg.norm(E - node.E.reshape(n, -1), axis=1)
    measured = np.append(apart, np.linalg.norm(apart))
    bound = np.append(node.f, node.f_all) + floors.residual(np.array([node.t]))
    Z = array(preactivations(here.W, X))[0].T
    u = (
        node.u
        + floors.weights(node.t)
        + gamma(len(X) + 4, str(X.dtype).removeprefix("torch.")) * floors.w_norms
    )
    return [_closest(RESIDUAL, measured, bound), _closest(PREACTIVATION, np.abs(Z - node.z), u)]


def _closest(label: str, measured: np.ndarray, bound: np.ndarray) -> Comparison:
    at = np.unravel_index(int(np.argmax(measured / np.maximum(bound, _TINY))), measured.shape)
    return at_most(label, measured[at], bound[at], rounding=0.0)  # it is in the bound


def _worst(parts: Sequence[Comparison], label: str) -> Comparison:
    own = [part for part in parts if part.label == label]
    return max(own, key=lambda part: float(part.measured) / max(float(part.bound), _TINY))


def _way(start: Network, here: Network) -> np.ndarray:
    way: np.ndarray = array((here.W - start.W).norm(dim=2))[0]
    return way


def _envelope(record: np.ndarray, e: float, rate: float, floors: Floors) -> Comparison:
    k = np.arange(1, len(record))
    shrinking = 0.5 * k * math.log1p(-min(floors.step_size * rate, 1 - unit_roundoff()))
    return _closest(ENVELOPE, record[1:], e * np.exp(shrinking) + floors.residual(k))


def _radius(moved: np.ndarray, radius: np.ndarray, steps: int, floors: Floors) -> Comparison:
    return _closest(RADIUS, moved, radius + floors.weights(steps))


def the_start(instance: Instance) -> tuple[Instance, ...]:
    """The network of the start, as an instance of the claims on one network."""
    point = initial_network(instance, Compute())
    W, A = array(point.W)[0], array(point.A)[0]
    return (Instance(X=instance.X, W=W, A=A, regime=instance.regime, share=instance.share),)


CLAIM = Claim(
    id="C9",
    kind=Kind.FOR_ALL_TIME,
    finding="F1",
    instances=instances(),
    examples=(*drawn_starts(), *tight_starts()),
    check=check,
    uses=("P3", "P7"),
    restrict_to={"P3": NO_INSTANCE, "P7": the_start},
    cost=Cost.MEDIUM,
    minimum_reach=0.25,
    classes={
        **WHOLE.classes(*NAMES),
        "step beyond 1.8 / lambda_max": lambda instance: bool(instance.share > 0.9),
        "joint": lambda instance: bool(instance.regime == "joint"),
        "drawn, m >= 256": lambda instance: bool(instance.law != "fitted" and instance.m >= 256),
        "m <= 16": lambda instance: bool(instance.m <= 16),
        "neurons on a kink": lambda instance: bool(instance.kinks > 0),
    },
    strata=strata(),
    constants={
        "n <= 8": MOST_SAMPLES,
        "d <= 8": MOST_DIMENSIONS,
        "2^-11": SEPARATION,
        "0.999": LARGEST_SHARE,
    },
    siblings=(
        Sibling(
            "without-the-half",
            "the same with beta = 0: the kernel is that of the middle",
            "an uncertain entry is active or not, and the middle is neither",
            falls=RESIDUAL,
            changes={"terms": TubeTerms(half=False)},
            examples=(uncertain_companion(),),
        ),
        Sibling(
            "norm-of-sums",
            "the same with the norm of a sum in place of the sum of the norms, in what drives F",
            "what an uncertain entry adds at one step is not what it adds at the next, so nothing cancels",
            falls=RESIDUAL,
            changes={"terms": TubeTerms(norms=False)},
            examples=(uncertain_companion(),),
        ),
        Sibling(
            "S-not-iterated",
            "the same with the S that the first node shows",
            "a neuron that crosses its kink within a piece is active before and not after",
            falls=PREACTIVATION,
            changes={"terms": TubeTerms(consistent=False)},
            examples=(crossing_neuron(),),
        ),
        Sibling(
            "without-rho",
            "the same with mu > 0 in place of mu - delta > 0 in the last piece",
            "a neuron that dies takes its kernel with it",
            falls=ENVELOPE,
            changes={"terms": TubeTerms(last=False)},
            examples=(dying_neuron(),),
        ),
        Sibling(
            "without-the-drift",
            "the same with a kernel in which A and Phi stand still during a piece",
            "where A and Phi shrink the kernel shrinks",
            falls=ENVELOPE,
            changes={"terms": TubeTerms(drift=False)},
            examples=tight_starts()[:1],
        ),
        Sibling(
            "radius-short",
            "every neuron stays within 0.9 of its radius",
            "a neuron that moves along a line uses all of its radius",
            falls=RADIUS,
            changes={"share": 0.9},
            examples=tight_starts()[:1],
        ),
    ),
)
