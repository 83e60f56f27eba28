"""Convergence: what one point of a run proves of all later steps, and how often a random start gets there."""
