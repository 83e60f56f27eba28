"""Threshold sweeps: from which level on trials succeed, cell by cell, on one core, many or a cluster."""
