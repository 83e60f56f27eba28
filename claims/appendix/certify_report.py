"""What is proved of somebody's checkpoint: `refute certify` asks, C1 and C9 answer."""

from __future__ import annotations

import numpy as np

from claims.appendix.certify_blame import blame
from claims.appendix.certify_settings import ARRAYS, VALUES, complaint, setting_of, unlike
from claims.appendix.certify_tried import Report, seen_of, tried_at
from claims.appendix.certify_words import conclusion, facts, numbers
from refute import Certified, Certifier, Proof, State


def certify_state(state: State, report: Report) -> Certified:
    """C1 at the stored point and, where it does not hold and the network is small, C9 from there."""
    with np.errstate(all="ignore"):  # what overflows is infinite, and proves nothing
        report("the kernel")
        seen = seen_of(setting_of(state))
        tried = tried_at(seen, report)
        blamed, said = ((), "") if tried.by else blame(seen, tried)
        proof = Proof.PROVED if tried.by else Proof.NOT_PROVED
        return Certified(
            proof=proof,
            by=tried.by,
            facts=facts(seen, tried),
            conditions=tried.conditions,
            blamed=blamed,
            blame=said,
            conclusion=conclusion(seen, tried),
            numbers=numbers(seen, tried),
        )


CERTIFIER = Certifier(
    arrays=ARRAYS, values=VALUES, part="neuron", certify=certify_state, complaint=complaint, unlike=unlike
)
