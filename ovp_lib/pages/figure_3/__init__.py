"""Figure 3 of Going Beyond Two Layers."""
