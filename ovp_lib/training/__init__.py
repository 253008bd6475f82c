"""The papers' training algorithms, over an ensemble of networks at once."""
