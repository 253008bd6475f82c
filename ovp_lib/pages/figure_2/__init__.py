"""Figure 2 of Going Beyond Two Layers."""
