"""Scalar functions and complexity measures of the papers."""
