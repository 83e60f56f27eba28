"""Memorization: what an infinitely wide autoencoder, trained to the end, computes away from its data.

Gradient descent on the network becomes gradient descent on its limit kernel, which ends in a closed formula.
"""
