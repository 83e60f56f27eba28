"""Memorization: what an infinitely wide autoencoder, trained to the end, computes away from its data."""
