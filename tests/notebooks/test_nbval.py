"""nbval and papermill as they come: no plugin of ours, no `ovp`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ovp_lib.pages import STATEMENTS
from tests.lab import tiny

ROOT = Path(__file__).parents[2]

BARS = """\
from tqdm import tqdm
print(sum(tqdm(range(4))))"""


def alone(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    python = {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder)}
    own = {name: value for name, value in os.environ.items() if "TQDM" not in name}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=own | python,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("printed", "failed"), [("6\n", 0), ("7\n", 1)])
def test_plain_nbval_passes_over_progress_bars_and_over_nothing_else(
    tmp_path: Path, printed: str, failed: int
) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": printed}
    cells = (tiny.code("import ovp_lib.pages", outputs=[]), tiny.code(BARS, outputs=[stream]))
    path = tiny.write(tmp_path / "bars.ipynb", tiny.notebook(*cells))
    settings = ("-c", str(ROOT / "pyproject.toml"), "--noconftest", "-p", "no:cacheprovider")
    done = alone(tmp_path, "pytest", *settings, "-q", "--nbval", "--nbval-current-env", str(path))
    assert done.returncode == failed, done.stdout + done.stderr


def test_papermill_alone_runs_a_page(tmp_path: Path) -> None:
    name = "lemma-6-3-indicator-to-function"
    source, target = ROOT / "notebooks" / f"{name}.ipynb", tmp_path / "mine.ipynb"
    given = tmp_path / "tiny.yaml"
    given.write_text(STATEMENTS[name].preset("tiny").model_dump_json())  # which is YAML, too
    done = alone(tmp_path, "papermill", "-f", str(given), str(source), str(target))
    assert done.returncode == 0, done.stderr[-2000:]
    assert "application/vnd.ovp.claims+json" in target.read_text()
