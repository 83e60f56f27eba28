"""One pair of points."""
