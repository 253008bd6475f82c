"""``python -m ovp_lib.cli``, for where the command ``ovp`` is not on the path."""

import sys

from ovp_lib.cli import app

sys.exit(app(prog_name="ovp"))
