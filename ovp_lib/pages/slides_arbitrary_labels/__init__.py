"""The slides' first question: why any labels fit, and from which width on."""
