"""The wheel, installed outside a checkout: `ovp`, the notebooks and the results come along."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from ovp_lib import home
from ovp_lib.pages import STATEMENTS
from tests.test_project import ROOT, tracked

SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
FOLDERS = ("ovp_lib/", "notebooks/", "results/")

pytestmark = pytest.mark.slow

LIBRARY_ALONE = """\
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {"typer", "matplotlib", "papermill", "pyarrow", "sphinx", "pytest", "IPython"}:
            raise ModuleNotFoundError(f"no {name}", name=name)
sys.meta_path.insert(0, Missing())
from ovp_lib.kernels import *
from ovp_lib import pages
from ovp_lib.training import run
from ovp_lib.evidence import statistics
from ovp_lib.door import main
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what is tracked."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in tracked():
        if name in SOURCES or name.startswith(FOLDERS):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    options = ["--no-deps", "--no-index", "--no-build-isolation", "-q", "-w", str(out)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", ".", *options], cwd=source, check=True)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install it into an environment of its own, which borrows other packages from this one."""
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    install = ["install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    (packages,) = environment.glob("lib/python3*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return environment / "bin"


def run(command: list[object], folder: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    arguments = list(map(str, command))
    return subprocess.run(
        arguments, cwd=folder, env=own, capture_output=True, text=True, check=False
    )


def test_a_wheel_carries_notebooks_and_results(wheel: Path) -> None:
    there = set(zipfile.ZipFile(wheel).namelist())
    for path in tracked():
        if path.startswith("results/") or path.endswith(".ipynb"):
            assert f"ovp_lib/_data/{path}" in there
    assert {f"ovp_lib/_data/notebooks/{name}.ipynb" for name in STATEMENTS} <= there
    assert not [name for name in there if name.startswith(("tests/", "book/", "notebooks/"))]


def test_ovp_lists_and_runs_from_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    listed = run([installed / "ovp", "list", "--json"], tmp_path)
    assert listed.returncode == 0, listed.stderr
    assert [each["name"] for each in json.loads(listed.stdout)] == list(STATEMENTS)
    name = "lemma-6-3-indicator-to-function"
    done = run([installed / "ovp", "run", name, "--preset", "tiny"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "_runs" / "tiny" / f"{name}.ipynb").is_file()
    read = "from ovp_lib import lab; print(len(lab.results.reference('figure-3', 'paper')) > 9)"
    assert run([installed / "python", "-c", read], tmp_path).stdout.strip() == "True"


def test_the_book_says_that_it_needs_a_checkout(installed: Path, tmp_path: Path) -> None:
    done = run([installed / "ovp", "book"], tmp_path)
    assert done.returncode == 2
    assert "needs a checkout" in done.stderr


def test_the_library_alone_needs_no_extra_and_ovp_names_it(installed: Path, tmp_path: Path) -> None:
    done = run([installed / "python", "-c", LIBRARY_ALONE], tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "error: ovp needs typer; install it: pip install 'ovp-companion[run]'"
    )


def test_a_checkout_is_told_from_a_package(tmp_path: Path) -> None:
    package = tmp_path / "ovp_lib"
    package.mkdir()
    assert home.of(package) == package / "_data"
    (tmp_path / "notebooks").mkdir()
    assert home.of(package) == package / "_data"
    (tmp_path / "pyproject.toml").touch()
    assert home.of(package) == tmp_path
