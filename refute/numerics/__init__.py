"""Numbers that decide: rounding bounds, enclosures, verified eigenvalues, ball arithmetic.

float64 decides every comparison that it can decide with a derived rounding bound; what falls inside the bound
is decided again in ball arithmetic. Nothing here knows what is being audited.
"""
