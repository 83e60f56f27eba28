"""Numbers that decide: rounding bounds, enclosures, verified eigenvalues, ball arithmetic.

float64 decides every comparison that it can decide with a derived rounding bound; what falls inside the bound
is decided again in ball arithmetic. Nothing here knows what is being audited. What a paper needs is exported
here; the modules behind it are not public.
"""

from refute.numerics.ball_spectrum import LARGEST_MATRIX, smallest_eigenvalue_in_balls
from refute.numerics.balls import (
    PRECISIONS,
    Order,
    at_rising_precision,
    ball_of,
    enclosure_of,
    order,
    order_of_smallest_eigenvalue,
    precision,
)
from refute.numerics.boxes import Answer, enclose, is_positive, quotient
from refute.numerics.enclosure import Enclosure
from refute.numerics.exact import exact
from refute.numerics.rounding import gamma, unit_roundoff
from refute.numerics.spectrum import (
    largest_eigenvalue,
    largest_eigenvalue_from_above,
    smallest_eigenvalue,
    smallest_eigenvalue_from_below,
)

__all__ = [
    "LARGEST_MATRIX",
    "PRECISIONS",
    "Answer",
    "Enclosure",
    "Order",
    "at_rising_precision",
    "ball_of",
    "enclose",
    "enclosure_of",
    "exact",
    "gamma",
    "is_positive",
    "largest_eigenvalue",
    "largest_eigenvalue_from_above",
    "order",
    "order_of_smallest_eigenvalue",
    "precision",
    "quotient",
    "smallest_eigenvalue",
    "smallest_eigenvalue_from_below",
    "smallest_eigenvalue_in_balls",
    "unit_roundoff",
]
