"""Initialization: what a random network already is before the first step."""
