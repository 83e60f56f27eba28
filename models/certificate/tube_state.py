"""What the tube knows: of the setting throughout, and of the run at a node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.certificate.tube_kernel import Decoders
from models.networks.regime import Regime


@dataclass(frozen=True)
class TubeTerms:
    """Which parts of the tube count. Leaving one out proves nothing: only false variants do.

    half: beta, the uncertain half of the block lemma. norms: the norms are summed; without it the norm of the
    sums is taken. consistent: S is enlarged until it agrees with its own bounds. last: the endless piece
    contracts at mu - delta; without it, at mu. drift: what A and Phi change of the kernel.
    """

    half: bool = True
    norms: bool = True
    consistent: bool = True
    last: bool = True
    drift: bool = True


EVERY_PART = TubeTerms()


@dataclass(frozen=True, eq=False)
class Decoder:
    """Where the decoder is: A (d, m), off (m,) and off_all: ||a_r(t) - a_r||, ||A(t) - A||_F from above.

    z_off: ||Z(t) - z||_F from above, for the z of the node; the joint regime alone needs it.
    """

    A: np.ndarray
    off: np.ndarray
    off_all: float
    z_off: float


@dataclass(frozen=True, eq=False)
class Node:
    """What is known of the run at step t.

    E (n d,): the centre, sample-major. f (n,), f_all: ||E(t)_i - E_i|| and the Frobenius norm of E(t) - E
    from above. z, u (n, m): |z_ri(t) - z_ri| <= u_ri.
    """

    t: int
    E: np.ndarray
    f: np.ndarray
    f_all: float
    z: np.ndarray
    u: np.ndarray
    decoder: Decoder


@dataclass(frozen=True, eq=False)
class Setting:
    """What does not change along the tube. known: the sums of A(0); G_size (n, n): |G| from above.

    X_norm, longest: ||X|| and the longest column, from above. eps: gamma of four times the operations on any
    path from the weights to a number below, powers of the reference excepted (`tube_modes`).
    """

    regime: Regime
    known: Decoders
    scale: float
    G_size: np.ndarray
    X_norm: float
    longest: float
    eps: float
    step_size: float
    terms: TubeTerms

    @property
    def up(self) -> float:
        """1 + eps."""
        return 1 + self.eps

    @property
    def joint(self) -> bool:
        """Whether the decoder is trained too."""
        return self.regime == "joint"
