"""What the proofs construct, executed."""
