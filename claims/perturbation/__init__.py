"""Perturbation and algebra: identities and bounds that hold for every network and every data set."""
