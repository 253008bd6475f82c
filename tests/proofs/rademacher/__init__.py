"""Tests of the Rademacher complexities."""
