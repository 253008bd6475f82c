"""The command line in a process of its own, which can be killed, with a tiny sweep to run.

Called as ``python -m tests.lab.sweeps.sweep_client FOLDER COUNT DOES ARGUMENTS...``: tasks of
widths 1 to COUNT, and what they do as JSON.
"""

import json
import signal
import sys
from pathlib import Path

from ovp_lib import cli, pages
from tests.lab.sweeps import tiny_sweep

if __name__ == "__main__":
    # As in the foreground of a terminal, though the tests may run where SIGINT is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder, count, does, *arguments = sys.argv[1:]
    grid = tiny_sweep.grid(Path(folder), range(1, int(count) + 1), **json.loads(does))
    pages.SWEEPS["tiny"] = tiny_sweep.sweep(grid)
    cli.app(arguments, prog_name="ovp")
