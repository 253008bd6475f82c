"""Notebooks: executing them, checking them again, comparing, scoring."""
