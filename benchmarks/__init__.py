"""Speed and memory as ratios against what a user would otherwise use, measured in one run."""
