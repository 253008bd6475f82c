"""Sweeps: plans and keys, the loop over workers, exported tables."""
