"""What `make lint` runs, so that a fault is named among all others when `make test` ends."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
[RECIPE] = re.findall(r"^lint: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
COMMANDS = re.findall(r"^\t@\$\(BIN\)/(.+)$", RECIPE, re.MULTILINE)


def test_every_line_of_the_recipe_is_a_command_or_its_heading() -> None:
    assert len(COMMANDS) == len(RECIPE.splitlines()) - 1 >= 5


@pytest.mark.lint
@pytest.mark.parametrize("command", COMMANDS)
def test_it_finds_nothing(command: str) -> None:
    program, *arguments = command.split()
    found = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
