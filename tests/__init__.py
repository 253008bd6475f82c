"""The tests, and the run-time type checker that they run the library under (see pyproject)."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""Checks types and, through jaxtyping, shapes; as mypy does, an int serves where a float may."""
