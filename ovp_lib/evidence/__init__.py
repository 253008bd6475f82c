"""What turns a measurement into a verdict: claims, statistics, figures."""
