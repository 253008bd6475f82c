"""The project around the library: its files agree with each other and with what they promise."""

import json
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from ovp_lib.lab.book import shelf
from ovp_lib.pages import STATEMENTS
from tests.book.conftest import toc_pages

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PYTHONS = ("3.11", "3.12", "3.13")
"""What the library runs on."""

BROUGHT_BY_TORCH = ("nvidia-", "cuda-", "triton")
"""What its build for GPUs needs, in versions of its own."""

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


def direct_dependencies() -> list[str]:
    extras = project()["optional-dependencies"]
    assert set(extras) == {"run", "book", "dev"}
    assert "-e '.[run,book,dev]'" in read("Makefile")  # what the lock is made of
    return [*project()["dependencies"], *(each for extra in extras.values() for each in extra)]


def test_lock_satisfies_every_direct_dependency() -> None:
    pins = lock()
    for requirement in map(Requirement, direct_dependencies()):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in the lock"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_is_complete_on_every_python(python: str) -> None:
    """By what the installed packages say that they need, here and on the other Pythons."""
    pins = lock()
    there = {"python_version": python, "python_full_version": f"{python}.9"}
    waiting = [Requirement(line) for line in direct_dependencies()]
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if str(requirement) in seen or name.startswith(BROUGHT_BY_TORCH):
            continue
        seen.add(str(requirement))
        assert name in pins, f"{requirement} is not in the lock"
        assert requirement.specifier.contains(pins[name]), f"{requirement}: {pins[name]} is locked"
        package = metadata(name)
        assert SpecifierSet(package.get("Requires-Python", "")).contains(f"{python}.9"), name
        needs = map(Requirement, package.get_all("Requires-Dist") or [])
        extras = ["", *requirement.extras]
        waiting += [
            need
            for need in needs
            if not need.marker or any(need.marker.evaluate({**there, "extra": e}) for e in extras)
        ]
    assert len(seen) > 200


def test_conda_installs_the_lock_and_the_package() -> None:
    environment = yaml.safe_load(read("environment.yml"))
    python, pip, packages = environment["dependencies"]
    assert python == f"python{project()['requires-python']}"
    assert pip == "pip"
    assert packages == {"pip": ["-r requirements.lock", "-e ."]}
    assert environment["name"] == project()["name"]


def test_every_file_knows_the_same_pythons() -> None:
    """pyproject, Makefile, workflows, linters and pages."""
    first, last = PYTHONS[0], PYTHONS[-1]
    major, minor = last.split(".")
    assert project()["requires-python"] == f">={first},<{major}.{int(minor) + 1}"
    classifiers = [c.rpartition(" :: ")[2] for c in project()["classifiers"] if ":: Python ::" in c]
    assert tuple(classifiers) == PYTHONS
    assert tomllib.loads(read("pyproject.toml"))["tool"]["mypy"]["python_version"] == first
    tests = yaml.safe_load(read(".github/workflows/tests.yml"))["jobs"]["test"]
    assert tuple(tests["strategy"]["matrix"]["python"]) == PYTHONS
    steps = yaml.safe_load(read(".github/workflows/pages.yml"))["jobs"]["build"]["steps"]
    (page,) = [step["with"]["python-version"] for step in steps if "setup-python" in str(step)]
    assert page in PYTHONS
    assert re.search(r"^VERSIONS := (.*)$", read("Makefile"), re.MULTILINE)[1].split() == [*PYTHONS]
    words = f"{', '.join(PYTHONS[:-1])} or {last}"
    for path in ("README.md", "book/index.md"):
        assert f"Python {words}" in read(path), path
    assert f"Python {words.replace(' or ', ' and ')}" in read("CONTRIBUTING.md")


def make(folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    """Run our Makefile in a folder, where no more programs are found than in ``path``."""
    command = [str(shutil.which("make")), "-f", str(ROOT / "Makefile"), *arguments]
    environment = {"PATH": path}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def programs(folder: Path, **pythons: str) -> str:
    """Make a PATH of a shell and of Pythons that only say which one they are."""
    folder.mkdir()
    for name in ("bash", "head", "grep"):
        (folder / name).symlink_to(str(shutil.which(name)))
    for name, version in pythons.items():
        tell = f"""sys.version_info = ({version.replace(".", ",")}, 0)"""
        (folder / name).write_text(
            f"""#!/bin/bash
[ "$1" = --version ] && {{ echo Python {version}.0; exit; }}
[ "$1" = -c ] && exec {sys.executable} -c "import sys; {tell}; $2"
echo "$0 $*" >&2; exit 1
"""
        )
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        ({"python3": "3.12"}, "python3"),
        ({"python3": "3.9", "python3.13": "3.13", "python3.12": "3.12"}, "python3.12"),
        ({"python3": "3.14", "python3.13": "3.13"}, "python3.13"),
        ({"python3.11": "3.11"}, "python3.11"),
    ],
    ids=str,
)
def test_make_finds_a_python_that_is_allowed(
    tmp_path: Path, pythons: dict[str, str], taken: str
) -> None:
    done = make(tmp_path, "new/bin/python", "VENV=new", path=programs(tmp_path / "bin", **pythons))
    assert f"creating new with Python {pythons[taken]}.0" in done.stdout
    assert f"/bin/{taken} -m venv new" in done.stderr


@pytest.mark.parametrize(
    ("pythons", "arguments", "found"),
    [
        ({"python3": "3.9"}, [], "'python3' is Python 3.9.0"),
        ({}, [], "'python3' is .*command not found"),
        ({"python3": "3.12", "mine": "3.8"}, ["PYTHON=mine"], "'mine' is Python 3.8.0"),
    ],
    ids=str,
)
def test_make_says_which_pythons_are_allowed_and_what_it_found(
    tmp_path: Path, pythons: dict[str, str], arguments: list[str], found: str
) -> None:
    path = programs(tmp_path / "bin", **pythons)
    done = make(tmp_path, "new/bin/python", "VENV=new", *arguments, path=path)
    assert done.returncode != 0
    assert re.search(f"one of Python 3.11 3.12 3.13 is needed; {found}", done.stderr)
    assert not (tmp_path / "new").exists()


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


def test_the_shelf_is_what_is_stored() -> None:
    """If not: ``ovp shelf``. The inventory and the symbols are checked against the statements."""
    for path, text in shelf.generated(ROOT, STATEMENTS).items():
        assert read(path) == text, path


def test_every_module_has_its_place_in_the_api() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "ovp_lib").rglob("[!_]*.py")
    }
    pages = "".join(page.read_text() for page in (ROOT / "book/api").glob("*.md"))
    assert set(re.findall(r"automodule:: (\S+)", pages)) == modules


def test_a_class_has_a_name_of_its_own() -> None:
    homes: dict[str, list[str]] = {}
    for path in sorted((ROOT / "ovp_lib").rglob("*.py")):
        for name in re.findall(r"^class ([A-Z]\w*)", path.read_text(), re.M):
            homes.setdefault(name, []).append(path.stem)
    shared = {name: stems for name, stems in homes.items() if len(stems) > 1}
    # The code behind stored tables keeps its names: their keys hash them.
    assert shared == {"Problem": ["dual_steps", "problems"]}


def test_symbols_name_parameters_that_exist() -> None:
    named = set(re.findall(r"parameter `(\w+)`", read("book/symbols.md")))
    known = {name for s in STATEMENTS.values() for name in s.parameters.model_fields}
    assert named
    assert named <= known


@pytest.mark.parametrize("path", ["README.md", "book/index.md"])
def test_a_page_for_newcomers_has_the_two_commands(path: str) -> None:
    block = re.search(r"```bash\n(.*?)```", read(path), re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()][-2:] == [
        "make book",
        "make test",
    ]


@pytest.mark.parametrize("path", ["README.md", "book/index.md"])
def test_a_page_for_newcomers_is_short_and_says_first_what_it_is(path: str) -> None:
    text = read(path)
    assert text.index("We ran the theorems") < text.index("## What was found")
    assert text.index("## What was found") < text.index("make book") or path == "README.md"
    assert len(re.sub(r"(?s)```.*?```|<[^>]*>|^:.*?$", "", text).split()) < 900


def test_no_large_file_and_no_screenshot_is_tracked() -> None:
    sizes = {name: (ROOT / name).stat().st_size for name in tracked()}
    assert {name for name, size in sizes.items() if size > LARGEST} == LARGE
    assert [name for name in sizes if Path(name).suffix in {".png", ".jpg", ".jpeg", ".webp"}] == []


def test_no_tracked_file_knows_one_machine() -> None:
    machine = re.compile(rb"(?<![\w.])/(work|home|Users|root)/\w")
    found = [name for name in tracked() if machine.search((ROOT / name).read_bytes())]
    assert found == []


def test_what_the_pages_name_of_the_library_is_there() -> None:
    """A quick look at what a build of the book would refuse."""
    pages = [*(ROOT / "book").rglob("*.md"), ROOT / "book/symbols.yml"]
    named = {
        name for page in pages for name in re.findall(r"`~?(ovp_lib\.[\w.]+)`", page.read_text())
    }
    assert len(named) > 100
    lost = []
    for name in sorted(named):
        try:
            pkgutil.resolve_name(name)
        except (ImportError, AttributeError):
            lost.append(name)
    assert lost == []


def test_the_code_on_the_page_of_the_library_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", read("book/api/index.md"), re.DOTALL)
    exec(block, {})  # our own page
    assert "Estimate(value=0.00" in capsys.readouterr().out


def test_the_code_on_the_engine_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", read("book/engine.md"), re.DOTALL)
    assert len(blocks) == 1
    scope: dict[str, Any] = {}
    exec(blocks[0], scope)  # our own page
    run = scope["run"]
    assert set(run.curves["epoch"]) == {0.0, 2.0, 4.0}
    assert run.members["diverged_at"].isna().tolist() == [True, True, False]
    assert "diverged_at" in capsys.readouterr().out
