"""Checks with real kernels: what passes, what is reported, which comparison is made."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from typer.testing import CliRunner

from ovp_lib import cli
from ovp_lib.arithmetic import Arithmetic
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.evidence.claims import CLAIMS_MIMETYPE
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import basis
from ovp_lib.lab.runs import check as checks
from ovp_lib.lab.runs.basis import Basis
from ovp_lib.lab.runs.progress import Bars
from tests.lab import tiny

SHOW = """\
import sys
from IPython.display import HTML, SVG, display
print("size is", 0.25)
print("42%", file=sys.stderr)
display(HTML('<a href="data:text/csv;base64,MC4x">data</a>'))
SVG('<svg xmlns="http://www.w3.org/2000/svg" id="a1"/>')"""

DRAWN = """\
from ovp_lib.evidence.claims import Claims, Estimate, Prediction
import os, sys
print("a warning", file=sys.stderr)
small = Prediction(id="tiny.size", source="here", sentence="small", statistic="size", high=10)
at = float(os.environ.get("TINY_AT", "9"))
Claims("tiny", [small.judge(Estimate(at, at - 0.5, at + 0.5, 8), preset="quick")])"""

SHOWN, CLAIMED = 2, 3
"""Indices of the cells with these outputs, among all cells."""

EXACT, STATISTICAL = Basis(True, "exact"), Basis(False, "statistical")

# Kernels warn that a local port is not encrypted.
pytestmark = pytest.mark.filterwarnings("ignore:Kernel is running over TCP")


def executed(*cells: str) -> str:
    """Return a notebook as it is stored."""
    draft = nbformat.from_dict(tiny.notebook(*cells))
    NotebookClient(draft, timeout=60).execute()
    notebooks.normalise(draft)
    return nbformat.writes(draft)


@pytest.fixture(scope="module")
def stored() -> str:
    return executed(SHOW, tiny.CLAIMS)


@pytest.fixture(scope="module")
def own() -> Arithmetic:
    """Return the arithmetic of this machine in the reproducible mode."""
    return basis.here("reproducible")


def check(
    paths: list[Path], by: Basis | None = EXACT, timeout: float = 60.0
) -> tuple[bool, list[str]]:
    """Check notebooks by a given comparison, or by the one that is found; return the report."""
    planned = checks.plan(paths)
    for one in planned:
        one.basis = by or one.basis
    agree = checks.check(planned, jobs=2, display=Bars(), timeout=timeout)
    return agree, [line for one in planned for line in one.report()]


def outputs(notebook: dict[str, Any], cell: int) -> list[dict[str, Any]]:
    return notebook["cells"][cell]["outputs"]


def alter_outputs(notebook: dict[str, Any]) -> None:
    """Alter what is printed, the data to download and the drawing."""
    text, table, drawing = outputs(notebook, SHOWN)
    text["text"] = ["size is 0.26\n"]
    table["data"]["text/html"] = ['<a href="data:text/csv;base64,MC4y">data</a>']
    svg = "".join(drawing["data"]["image/svg+xml"])
    drawing["data"]["image/svg+xml"] = svg.replace("a1", "b2")


ALTERED = (
    "[0].text: stored 'size is 0.26', now 'size is 0.25'",
    "[1].data.text/html text/csv: stored '0.2', now '0.1'",
    "[2].data.image/svg+xml: stored ",
)
"""What is said of it."""


def raise_an_error(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN]["source"] = ["1 / 0"]


def end_the_kernel(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN]["source"] = ["import os; os._exit(3)"]


def widen_the_claim(notebook: dict[str, Any]) -> None:
    record = outputs(notebook, CLAIMED)[0]["data"][CLAIMS_MIMETYPE]
    record["claims"][0].update(measured=5.0, interval=[-20.0, 20.0])


def forget_to_execute(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN].update(execution_count=None, outputs=[])


def end_without_claims(notebook: dict[str, Any]) -> None:
    notebook["cells"].append(tiny.code("print('bye')", outputs=[]) | {"execution_count": 4})


def leave_a_cell_out(notebook: dict[str, Any]) -> None:
    notebook["cells"][SHOWN]["metadata"]["tags"] = ["nbval-ignore-output"]


BAD: list[tuple[Callable[[dict[str, Any]], None], int, tuple[str, ...], bool]] = [
    (alter_outputs, SHOWN, ALTERED, True),
    (raise_an_error, SHOWN, ("ZeroDivisionError: division by zero",), True),
    (end_the_kernel, SHOWN, ("DeadKernelError: the kernel died",), True),
    (
        widen_the_claim,
        CLAIMED,
        ("claim 'tiny.size': 5 [−20, 20] against ≤ 10 gives",),
        False,
    ),
    (forget_to_execute, SHOWN, ("this cell was never executed",), False),
    (end_without_claims, 4, ("must display the statement's Claims once, it does 0 times",), False),
    (leave_a_cell_out, SHOWN, ("remove the marker 'nbval-ignore-output'",), False),
]


def test_each_way_to_differ_fails_and_its_message_names_the_cell(
    stored: str, tmp_path: Path
) -> None:
    paths = []
    for alter, *_ in BAD:
        notebook = json.loads(stored)
        alter(notebook)
        paths.append(tiny.write(tmp_path / alter.__name__ / "tiny.ipynb", notebook))
    paths.append(tiny.write(tmp_path / "same" / "tiny.ipynb", json.loads(stored)))
    agree, report = check(paths)
    assert not agree
    for alter, cell, messages, run in BAD:
        first = next(i for i, line in enumerate(report) if line.startswith(alter.__name__))
        assert report[first].endswith("not run)") is not run
        assert "1 of 3 cells DIFFER" in report[first].replace("of 4", "of 3")
        for line, message in zip(report[first + 1 :], messages, strict=False):
            assert line.startswith(f"  cell {cell}: ")
            assert message in line
    assert any(line.startswith("same/tiny: 3 cells agree (") for line in report)
    assert len(report) == 2 * len(BAD) + 3
    assert all(len(line) <= 202 and "\x1b" not in line for line in report)


def test_a_cell_that_takes_too_long_fails(stored: str, tmp_path: Path) -> None:
    notebook = json.loads(stored)
    notebook["cells"][SHOWN]["source"] = ["import time; time.sleep(60)"]
    begin = time.monotonic()
    agree, report = check([tiny.write(tmp_path / "tiny.ipynb", notebook)], timeout=1.0)
    assert not agree
    assert time.monotonic() - begin < 45
    assert report[1] == "  cell 2: timeout: this cell takes more than 1 seconds"


def test_a_kernel_that_does_not_start_is_not_a_slow_cell(
    stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "START_TIMEOUT", 0.0)
    path = tiny.write(tmp_path / "tiny.ipynb", json.loads(stored))
    agree, report = check([path], timeout=0.01)
    assert not agree
    assert report[1] == "  cell 0: timeout: no kernel has started"


def test_by_statistics_only_claims_and_kinds_of_outputs_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a verdict that moves while the numbers agree is said, not hidden."""
    stored = json.loads(executed(SHOW, DRAWN))
    near = json.loads(json.dumps(stored))
    alter_outputs(near)
    more = json.loads(json.dumps(near))
    outputs(more, SHOWN).append(outputs(more, SHOWN)[0])
    paths = [
        tiny.write(tmp_path / name / "tiny.ipynb", notebook)
        for name, notebook in {"near": near, "more": more}.items()
    ]
    monkeypatch.setenv("TINY_AT", "9.6")
    agree, report = check(paths, STATISTICAL)
    assert not agree
    assert report[0].startswith("near/tiny: 3 cells agree")
    assert report[1].startswith("  cell 3: note: tiny.size: stored 'holds', now 'not shown at this")
    assert report[2].startswith("more/tiny: 1 of 3 cells DIFFER")
    assert "other outputs: stored stdout, display_data" in report[3]
    monkeypatch.setenv("TINY_AT", "12")
    agree, report = check(paths[:1], STATISTICAL)
    assert not agree
    assert "stored 9 [8.5, 9.5], now 12 [11.5, 12.5], which no chance explains" in report[1]


def test_which_comparison_is_made_is_found_from_what_the_notebooks_say(
    stored: str, own: Arithmetic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(arithmetic: Arithmetic | None, mode: Any = "reproducible") -> Basis:
        notebook = notebooks.stamped(json.loads(stored), arithmetic)
        (planned,) = checks.plan([tiny.write(tmp_path / "tiny.ipynb", notebook)], mode)
        return planned.basis

    assert own.mode == "reproducible"
    assert own.probe
    monkeypatch.setattr(basis, "here", lambda _: own)
    assert found(own).exact
    assert found(own).words.startswith("exact comparison, every output to the byte")
    assert "this run is in native arithmetic" in found(own, "native").words
    other = found(replace(own, probe="0" * 16))
    assert not other.exact
    assert other.words.startswith("statistical comparison")
    assert "this machine computes otherwise" in other.words
    assert "stored in native arithmetic" in found(replace(own, mode="native")).words
    assert "it is not known" in found(None).words


def test_what_cannot_be_checked_is_refused_before_a_kernel_starts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no notebook .*nowhere\.ipynb"):
        checks.plan([tmp_path / "nowhere.ipynb"])
    with pytest.raises(InputError, match="no notebook to check"):
        checks.plan([])
    prose = {**tiny.notebook(), "cells": []}
    with pytest.raises(NotebookError, match="no code to execute"):
        checks.plan([tiny.write(tmp_path / "prose.ipynb", prose)])


def test_the_command_says_what_it_compares_and_exact_means_exact(
    stored: str, tmp_path: Path
) -> None:
    path = tiny.write(tmp_path / "draft [v2]" / "tiny.ipynb", json.loads(stored))
    done = CliRunner().invoke(cli.app, ["check", str(path)])
    assert done.exit_code == 0, done.stderr
    said, report = done.stdout.splitlines()
    assert said.startswith("statistical comparison, of claims and of the kinds of all other")
    assert report.startswith("tiny: 3 cells agree")
    refused = CliRunner().invoke(cli.app, ["check", str(path), "--exact"])
    assert refused.exit_code == 1
    assert refused.stdout.splitlines() == [said]
    assert refused.stderr == "an exact comparison was asked for, and cannot be made\n"


ROOT = Path(__file__).parents[3]


def test_nbval_compares_the_same_way_under_this_projects_settings(
    own: Arithmetic, tmp_path: Path
) -> None:
    """As in ``pytest --nbval notebooks/``: progress bars do not count, all else does."""
    stored = notebooks.stamped(json.loads(executed(SHOW, DRAWN)), own)
    (tmp_path / "conftest.py").write_text((ROOT / "notebooks" / "conftest.py").read_text())
    tiny.write(tmp_path / "same" / "tiny.ipynb", stored)
    altered = json.loads(json.dumps(stored))
    alter_outputs(altered)
    altered["cells"][CLAIMED]["metadata"]["tags"] = ["nbval-ignore-output"]
    tiny.write(tmp_path / "altered" / "tiny.ipynb", altered)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--nbval"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "--color=no", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "1 failed, 4 passed, 1 error" in done.stdout
    headings = [line.strip("_ ") for line in done.stdout.splitlines() if line.startswith("___")]
    failed = {heading.removeprefix("ERROR at setup of ") for heading in headings}
    assert failed == {f"altered/tiny.ipynb, cell {cell}" for cell in (SHOWN, CLAIMED)}
    assert all(message in done.stdout for message in ALTERED)
    assert "remove the marker 'nbval-ignore-output'" in done.stdout
    assert "exact comparison, every output to the byte" in done.stdout
    assert len(done.stdout.splitlines()) < 60


def test_a_signal_ends_the_check_and_its_kernels(stored: str, tmp_path: Path) -> None:
    notebook = json.loads(stored)
    begun = tmp_path / "begun"
    notebook["cells"][SHOWN]["source"] = [
        f"import os, time; open({str(begun)!r}, 'w').write(str(os.getpid())); time.sleep(300)"
    ]
    path = tiny.write(tmp_path / "tiny.ipynb", notebook)
    command = [sys.executable, "-m", "ovp_lib.cli", "check", str(path)]
    check = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (begun.is_file() and begun.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    kernel = psutil.Process(int(begun.read_text()))
    family = [*psutil.Process(check.pid).children(recursive=True), kernel]
    os.kill(check.pid, signal.SIGTERM)
    _, errors = check.communicate(timeout=30)
    assert check.returncode == 130
    assert errors.splitlines()[-1] == "interrupted"
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
