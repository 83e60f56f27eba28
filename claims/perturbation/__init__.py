"""Perturbation and algebra: identities and bounds that hold for every network and every data set.

No initial law enters here, so the search may choose the weights as adversarially as the data.
"""
