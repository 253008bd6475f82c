"""Tests, in the order of the library."""
