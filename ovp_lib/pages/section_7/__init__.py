"""What Figures 1 to 3 of Going Beyond Two Layers have in common."""
