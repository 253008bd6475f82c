"""Running, checking, scoring and rendering the notebooks."""
