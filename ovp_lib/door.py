"""The command ``ovp`` as it is installed: says what is missing where only the library is there."""

import sys


def main() -> None:
    """Run the command line, or name the extra that brings it."""
    try:
        from ovp_lib.cli import app
    except ModuleNotFoundError as error:
        # A module of the library itself that is missing is a fault, and no extra would bring it.
        if (error.name or "ovp_lib").startswith("ovp_lib"):
            raise
        sys.exit(f"error: ovp needs {error.name}; install it: pip install 'ovp-companion[run]'")
    app()
