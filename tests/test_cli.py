"""The command line: what it says, what it refuses, with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ovp_lib import cli, pages
from ovp_lib.evidence.claims import Prediction, Predictions
from ovp_lib.lab.files.provenance import RunRecord
from ovp_lib.lab.runs import supervisor
from ovp_lib.models import devices
from ovp_lib.pages import Parameters, Statement

PREDICTION = {"source": "s", "sentence": "a > 0", "statistic": "a", "low": 0.0}


class TinyParameters(Parameters):
    a: float = 1.0
    sizes: tuple[int, ...] = (1, 2)
    word: str = "x"


TINY = Statement(
    name="tiny",
    place=1,
    title="A tiny statement",
    source="nobody",
    presets={"quick": TinyParameters(n_seeds=5), "paper": TinyParameters(n_seeds=9)},
    predictions=Predictions([Prediction(id="tiny.a", **PREDICTION)]),
)

PARAMETERS = """seed = 0
n_seeds = 5
device = "auto"
a = 1.0
sizes = [1, 2]
word = 'x'"""

BODY = f"""from ovp_lib.evidence.claims import Claims, Estimate, Prediction
assert word != "fail", "told to fail"
measured = Estimate(a, a - 0.5, a + 0.5, 5)
claim = Prediction(id="tiny.a", **{PREDICTION!r}).judge(measured, preset="quick")
Claims("tiny", [claim])"""


def notebook() -> dict[str, Any]:
    def code(source: str, number: int, *tags: str) -> dict[str, Any]:
        meta = {"tags": list(tags)} if tags else {}
        cell = {"cell_type": "code", "id": f"c{number}", "metadata": meta, "source": source}
        return {**cell, "outputs": [], "execution_count": None}

    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [code(PARAMETERS, 0, "parameters"), code(BODY, 1)]
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one tiny notebook, which is all that there is to run."""
    monkeypatch.setattr(pages, "STATEMENTS", {"tiny": TINY})
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "tiny.ipynb").write_text(json.dumps(notebook()))
    return tmp_path


def ovp(*arguments: str) -> Result:
    command, *rest = arguments
    where = [] if command == "book" else ["--notebooks", "notebooks"]
    return CliRunner().invoke(cli.app, [command, *where, *rest], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "tiney"], "no notebook 'tiney' in notebooks (did you mean 'tiny'?)"),
        (["run"], "name the notebooks to run, or say --all"),
        (["run", "tiny", "--all"], "name the notebooks to run, or say --all"),
        (["run", "tiny", "--preset", "huge"], "no preset 'huge'; it has quick, paper"),
        (["run", "tiny", "-p", "b", "1"], "no parameter 'b'"),
        (["run", "tiny", "-p", "a", "many"], "a: Input should be a valid number, got 'many'"),
        (["run", "tiny", "-p", "sizes", "1,x"], "sizes.1: Input should be a valid integer"),
        (["run", "tiny", "-p", "n_seeds", "-3"], "greater than or equal to 2, got -3"),
        (["run", "tiny", "-p", "a"], "-p takes a name and a value, got 'a'"),
        (["run", "tiny", "--device", "cuda:9"], "device 'cuda:9' is not there"),
        (["check", "nothing"], "'nothing' is neither a notebook in notebooks nor a path"),
        (["score", "nowhere"], "there is no folder nowhere"),
        (["score", "--preset", "standard"], "--preset: only with --seeds"),
        (["score", "--page", "tiny"], "--page: only with --seeds"),
        (["score", "mine", "--seeds", "2", "--check"], "and takes no RUN, --check"),
        (["score", "--why", "a reason"], "--why: only with --record"),
        (["score"], "the last code cell must display the statement's Claims once"),
        (["book", "--from", "nowhere"], "there is no folder nowhere"),
        (["compare", "nowhere"], "there is no folder nowhere"),
        (["list", "tiney"], "no notebook 'tiney' in notebooks (did you mean 'tiny'?)"),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_exit_code_2_and_no_kernel(
    lab: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    async def never(*_: object, **__: object) -> None:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(supervisor.asyncio, "create_subprocess_exec", never)
    result = ovp(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.startswith(("error: ", "rendering"))
    assert result.stderr.count("error:") == 1
    assert not (lab / "_runs").exists()


def test_run_score_and_record(lab: Path) -> None:
    """A run, its record, its parameters in the notebook, its score and the verdicts on record."""
    one = ("run", "tiny", "-p", "sizes", "3,4", "-p", "word", "tanh(z)", "--out", "mine")
    result = ovp(*one)
    assert result.exit_code == 0, result.output
    assert "1 of 1 notebooks in mine" in result.output
    stored = json.loads((lab / "mine" / "tiny.ipynb").read_text())
    assert len(stored["cells"]) == 2
    assert "sizes = [3, 4]" in "".join(stored["cells"][0]["source"])
    record = RunRecord.read(lab / "mine" / "tiny.record.json")
    assert record.given == {"sizes": [3, 4], "word": "tanh(z)"}
    assert (record.seed, record.preset) == (0, "quick, changed")
    assert record.environment.device == "cpu"
    assert record.environment.packages["torch"]
    (lab / "mine" / "tiny.record.json").unlink()  # the notebook itself says how it was run
    changed = ovp("score", "mine", "--check", "--results", ".")
    assert changed.exit_code == 2
    assert "was run with sizes = [3, 4]" in changed.stderr

    assert ovp("run", "--all", "--out", "notebooks").exit_code == 0
    assert ovp("score", "--check", "--results", ".").exit_code == 1
    silent = ovp("score", "--record", "--results", ".")
    assert silent.exit_code == 2
    assert "say why, with --why" in silent.stderr
    assert not Path("verdicts.json").exists()
    why = ("--why", "the first run of all")
    assert ovp("score", "--record", "--results", ".", *why).exit_code == 0
    (entry,) = json.loads(Path("history.json").read_text())
    assert entry["verdicts"] == [
        {"claim": "tiny.a", "preset": "quick", "before": None, "after": "holds"}
    ]
    assert ovp("score", "--record", "--results", ".").exit_code == 0  # nothing has changed
    assert ovp("score", "--check", "--results", ".").exit_code == 0
    (claim,) = json.loads(ovp("score", "--json").stdout)
    assert (claim["id"], claim["verdict"]) == ("tiny.a", "holds")
    Path("verdicts.json").write_text(json.dumps({"quick": {"tiny.a": "fails"}}))
    moved = ovp("score", "--check", "--results", ".")
    assert moved.exit_code == 1
    assert "moved: tiny.a (quick): recorded 'fails', now 'holds'" in moved.stderr
    (listed,) = json.loads(ovp("list", "--json").stdout)
    assert listed["verdicts"]["holds"] == 1


def test_a_notebook_that_fails_names_its_cell_and_error(lab: Path) -> None:
    result = ovp("run", "tiny", "-p", "word", "fail", "--out", "mine")
    assert result.exit_code == 1
    assert "tiny failed in cell 1: AssertionError: told to fail" in result.stderr
    assert "with its outputs up to there: mine/tiny.failed.ipynb" in result.stderr
    assert "0 of 1 notebooks" in result.stdout
    assert not (lab / "mine" / "tiny.ipynb").exists()


SWEEP = [["sweep", command] for command in ("run", "status", "export", "restore")]


@pytest.mark.parametrize(
    "command",
    [
        *([], ["run"], ["check"], ["book"], ["score"], ["list"], ["compare"], ["plain"], ["sweep"]),
        *SWEEP,
    ],
)
def test_help_teaches(command: list[str]) -> None:
    result = CliRunner().invoke(cli.app, [*command, "--help"])
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert ("Example" in words) or command in ([], ["sweep"])
    assert "Exit codes" in words or command


def test_list_is_short_and_shows_all_of_what_is_named() -> None:
    result = CliRunner().invoke(cli.app, ["list"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) == len(pages.STATEMENTS) + 1
    assert all(name in result.output for name in pages.STATEMENTS)
    name = "lemma-6-3-indicator-to-function"
    whole = CliRunner().invoke(cli.app, ["list", name]).output
    statement = pages.STATEMENTS[name]
    assert all(parameter in whole for parameter in statement.parameters.model_fields)
    assert "moves (at tiny)" in whole
    assert "none of 12 claims" in " ".join(whole.split())  # of phi, which moves a figure
    wrong = CliRunner().invoke(cli.app, ["list", "lemma-6-5-couplin"])
    assert wrong.exit_code == 2
    assert "did you mean 'lemma-6-5-coupling'?" in wrong.stderr


def test_compare_puts_two_runs_side_by_side(lab: Path) -> None:
    for a, out in (("1.0", "notebooks"), ("-2.0", "mine")):
        assert ovp("run", "tiny", "-p", "a", a, "--out", out).exit_code == 0
    result = ovp("compare", "mine")
    assert result.exit_code == 0, result.output
    assert "1 claims: 1 measure something else, 1 have another verdict" in result.output
    assert "<td>a</td><td>1.0</td><td>-2.0</td>" in (lab / "mine" / "compare.html").read_text()
    back = ovp("compare", "mine/tiny.ipynb", "notebooks/tiny.ipynb", "--html", "both.html")
    assert back.exit_code == 0
    assert "<td>-2.0</td><td>1.0</td>" in (lab / "both.html").read_text()


def test_a_run_ends_with_how_it_differs_and_what_to_do_next(lab: Path) -> None:
    assert lab.is_dir()
    assert "next:" not in ovp("run", "tiny", "--out", "notebooks").output
    said = ovp("run", "tiny", "-p", "a", "-2.0", "--out", "mine").output
    assert "tiny (quick: a = -2.0): 1 fails" in said
    assert "tiny.a: holds → fails, 1 [0.5, 1.5] → −2 [−2.5, −1.5]" in said
    assert "next: ovp compare mine" in said
    assert "ovp book --from mine" in said


def test_plain_rewrites_the_text_and_runs_nothing(lab: Path) -> None:
    path = lab / "notebooks" / "tiny.ipynb"
    content = json.loads(path.read_text())
    title = {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# In $\\R$"}
    path.write_text(json.dumps({**content, "cells": [title, *content["cells"]]}))
    assert ovp("plain", "tiny").stdout.strip() == "notebooks/tiny.ipynb"
    cells = json.loads(path.read_text())["cells"]
    assert cells[0]["source"] == "# In $\\mathbb{R}$"
    assert cells[1:] == content["cells"]


def test_version() -> None:
    assert CliRunner().invoke(cli.app, ["--version"]).output.strip() == "0.1.0"


HELPED = ("run", "check", "score", "sweep", "book", "compare", "plain")

AT_THE_DOOR = (
    ["--help"],
    ["--version"],
    ["list"],
    ["list", "--json"],
    ["list", "figure-1"],
    ["compare", "nowhere"],
    ["compare", "notebooks", "notebooks", "--html", os.devnull],
    *([command, "--help"] for command in HELPED),
    *([*command, "--help"] for command in SWEEP),
    ["score"],
    ["score", "--check"],
    ["run", "nothing"],
    ["run", "theorem-1-two-layer", "-p", "phi", "log(z)"],
    ["run", "theorem-1-two-layer", "-p", "widht", "3"],
    ["run", "--all", "--device", "quantum"],
    ["check", "nothing"],
    ["book", "--from", "nowhere"],
    ["sweep"],
    ["sweep", "run", "nothing"],
    ["sweep", "status", "figure-1"],
    ["sweep", "status", "--json"],
    ["sweep", "export", "nothing"],
    ["sweep", "restore", "nothing"],
    ["sweep", "run", "figure-1", "--preset", "huge"],
    ["sweep", "run", "figure-1", "--device", "quantum"],
    ["sweep", "run", "figure-1", "--where", "widht=100"],
)

HEAVY = "torch pandas scipy numba dask distributed matplotlib seaborn IPython papermill nbformat"

DOOR = """import contextlib, json, os, sys
from ovp_lib.cli import app
loaded = []
for command in json.loads(sys.argv[1]):
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        with contextlib.redirect_stderr(nowhere), contextlib.suppress(SystemExit):
            app(command)
    loaded.append(sorted(set(sys.argv[2].split()) & set(sys.modules)))
print(json.dumps(loaded))"""


def test_nobody_waits_at_the_door_for_what_computes() -> None:
    """Seconds are not counted, but what takes them: packages that are only needed to compute."""
    command = [sys.executable, "-c", DOOR, json.dumps(AT_THE_DOOR), HEAVY]
    done = subprocess.run(command, cwd=cli.ROOT, capture_output=True, text=True, check=True)
    for arguments, loaded in zip(AT_THE_DOOR, json.loads(done.stdout), strict=True):
        assert loaded == [], f"ovp {' '.join(arguments)} imports {', '.join(loaded)}"


@pytest.mark.parametrize("device", ["cuda:99", "mps"])
def test_a_device_that_is_not_there_is_refused_before_a_kernel_starts(
    lab: Path, monkeypatch: pytest.MonkeyPatch, device: str
) -> None:
    monkeypatch.setattr(devices, "available_devices", lambda: ("cuda:0", "cpu"))
    monkeypatch.setattr(supervisor.asyncio, "create_subprocess_exec", None)
    result = ovp("run", "tiny", "-p", "device", device)
    assert result.exit_code == 2
    assert f"device '{device}' is not there; this machine has cuda:0, cpu" in result.stderr
    assert not (lab / "_runs").exists()
