"""Preliminaries: what all chapters draw, measure and draw on."""
