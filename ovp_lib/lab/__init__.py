"""What runs, checks, scores and renders: files, runs and sweeps on them, the book on top."""
