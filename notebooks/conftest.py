"""What ``pytest --nbval notebooks/`` needs: cells are run and compared as ``ovp check`` does it."""

from ovp_lib.lab.runs.nbval_plugin import (  # noqa: F401
    pytest_collectstart,
    pytest_configure,
    pytest_itemcollected,
    pytest_runtest_setup,
    pytest_terminal_summary,
)
