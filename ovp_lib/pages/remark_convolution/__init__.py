"""Section 5: convolutions."""
