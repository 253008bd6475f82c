"""The project around the library: its files agree with each other and with what they promise."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ovp_lib.lab import notebooks
from ovp_lib.lab.sphinx_figure import published
from ovp_lib.statements import STATEMENTS
from tests.book.conftest import toc_pages

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 2_000_000
LARGE = {"book/_assets/mathjax/tex-svg-full.js"}


def read(path: str) -> str:
    return (ROOT / path).read_text()


def lock() -> dict[str, str]:
    """Return the version of every locked package."""
    lines = [line for line in read("requirements.lock").splitlines() if line[:1] not in {"", "#"}]
    pins = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    loose = [line for line, pin in zip(lines, pins, strict=True) if pin is None]
    assert loose == [], "the lock holds something else than name==version"
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def project() -> dict[str, Any]:
    return tomllib.loads(read("pyproject.toml"))["project"]


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_lock_satisfies_every_direct_dependency() -> None:
    pins = lock()
    direct = [*project()["dependencies"], *project()["optional-dependencies"]["dev"]]
    for requirement in map(Requirement, direct):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in the lock"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_conda_installs_the_lock_and_the_package() -> None:
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, packages = environment["dependencies"]
    assert python == "python=3.11"
    assert project()["requires-python"] == ">=3.11,<3.12"
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.lock", "-e ."]}
    assert environment["name"] == project()["name"]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.citation-file-format", ["CITATION.cff"]),
        ("vendor.github-workflows", sorted((ROOT / ".github/workflows").glob("*.yml"))),
    ],
)
def test_files_follow_their_schema(schema: str, files: list[str | Path]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert files
    assert checked.returncode == 0, checked.stdout


def test_citation_has_the_version_and_the_four_sources() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == project()["version"]
    assert citation["license"] == project()["license"]
    assert len(citation["references"]) == 4


def test_every_notebook_has_a_statement_and_a_page() -> None:
    stems = {path.stem for path in NOTEBOOKS}
    assert stems == set(STATEMENTS)
    assert {f"notebooks/{stem}" for stem in stems} <= set(toc_pages())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_executed(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    counts = [cell["execution_count"] for cell in cells if "".join(cell["source"]).strip()]
    assert counts == list(range(1, len(counts) + 1)), "run it from top to bottom: ovp run"


def test_the_readme_shows_the_figure_that_the_notebook_stores() -> None:
    """If not: write what :func:`published` returns to book/_assets/front.svg."""
    stored = notebooks.read(ROOT / "notebooks" / "theorem-1-two-layer.ipynb")
    assert published(stored, "theorem-1-width") == read("book/_assets/front.svg")


def test_every_module_has_its_place_in_the_api() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "ovp_lib").rglob("[!_]*.py")
    }
    pages = "".join(page.read_text() for page in (ROOT / "book/api").glob("*.md"))
    assert set(re.findall(r"automodule:: (\S+)", pages)) == modules


def test_symbols_name_parameters_that_exist() -> None:
    named = set(re.findall(r"parameter `(\w+)`", read("book/symbols.md")))
    known = {name for s in STATEMENTS.values() for name in s.parameters.model_fields}
    assert named
    assert named <= known


def test_readme_opens_with_the_two_commands() -> None:
    block = re.search(r"```\w*\n(.*?)```", read("README.md"), re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()] == [
        "make book",
        "make test",
    ]


def test_no_large_file_and_no_screenshot_is_tracked() -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in tracked()}
    assert {name for name, size in sizes.items() if size > LARGEST} == LARGE
    assert [name for name in sizes if Path(name).suffix in {".png", ".jpg", ".jpeg", ".webp"}] == []


def test_no_tracked_file_knows_one_machine() -> None:
    machine = re.compile(rb"(?<![\w.])/(work|home|Users|root)/\w")
    found = [name for name in tracked() if machine.search((ROOT / name).read_bytes())]
    assert found == []


def test_the_code_on_the_engine_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", read("book/engine.md"), re.DOTALL)
    assert len(blocks) == 1
    scope: dict[str, Any] = {}
    exec(blocks[0], scope)  # our own page
    run = scope["run"]
    assert set(run.curves["epoch"]) == {0.0, 2.0, 4.0}
    assert run.members["diverged_at"].isna().tolist() == [True, True, False]
    assert "diverged_at" in capsys.readouterr().out
