"""Runs with real kernels: what is kept, what is reported, what an interruption leaves."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from ovp_lib import isolation
from ovp_lib.errors import InputError, NotebookError
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.files.provenance import RunRecord
from ovp_lib.lab.runs import execution as runs
from ovp_lib.lab.runs.execution import PlannedRun, RunOutcome
from ovp_lib.lab.runs.progress import Bars
from ovp_lib.pages import ParameterError
from tests.lab import tiny

SAY = """\
import gc, os, sys
from pathlib import Path
print(os.environ["OMP_NUM_THREADS"], os.environ["OVP_THREADS"], Path.cwd().name)
print(gc.get_threshold())
print("50%", file=sys.stderr)"""

CONTENTS = {
    "good": (SAY, tiny.CLAIMS.replace('"tiny"', '"good"')),
    "bad": ("x = 1", "# look\nraise RuntimeError('told to fail')", tiny.CLAIMS),
    "silent": ("print('no claims')",),
    "dying": ("print('alive')", "import os; os._exit(3)", tiny.CLAIMS),
}
STATEMENTS = {name: tiny.statement(name) for name in CONTENTS}


class Recorder(Bars):
    """Bars that keep what they are told, and show nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, list[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, name: str) -> None:
        self.told[name] = []

    def update(self, name: str, done: int, total: int, note: str = "") -> None:
        self.told[name].append((done, total, note))

    def finish(self, name: str, outcome: str) -> None:
        self.told[name].append(outcome)


def planned(folder: Path, out: Path, *names: str, **given: Any) -> list[PlannedRun]:
    return runs.plan(names, folder=folder, statements=STATEMENTS, given=given, out=out)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "notebooks"
    for name, cells in CONTENTS.items():
        tiny.write(folder / f"{name}.ipynb", tiny.notebook(*cells))
    return folder


@pytest.fixture(scope="module")
def display() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def outcomes(folder: Path, display: Recorder) -> dict[str, RunOutcome]:
    """Run all four notebooks, two at a time."""
    done = runs.run(planned(folder, folder.parent / "out"), jobs=2, display=display)
    return {outcome.plan.name: outcome for outcome in done}


def test_what_finishes_is_kept_whatever_becomes_of_the_others(
    outcomes: dict[str, RunOutcome],
) -> None:
    out = outcomes["good"].plan.target.parent
    assert [name for name, outcome in outcomes.items() if outcome.failure is None] == ["good"]
    assert sorted(path.name for path in out.iterdir()) == [
        "bad.failed.ipynb",
        "dying.failed.ipynb",
        "good.ipynb",
        "good.record.json",
        "silent.failed.ipynb",
    ]


@pytest.mark.parametrize(
    ("name", "cell", "source", "error"),
    [
        ("bad", 3, "# look\nraise", "RuntimeError: told to fail"),
        ("dying", 3, "import os; os._exit", "DeadKernelError"),
        ("silent", None, "", "must display the statement's Claims once"),
    ],
)
def test_a_failure_names_cell_source_and_error(
    outcomes: dict[str, RunOutcome], name: str, cell: int | None, source: str, error: str
) -> None:
    failure = outcomes[name].failure
    assert failure is not None
    assert failure.cell == cell
    assert failure.source.startswith(source)
    assert error in failure.error


def test_of_a_kernel_that_died_the_outputs_up_to_there_are_kept(
    outcomes: dict[str, RunOutcome],
) -> None:
    cells = notebooks.read(outcomes["dying"].plan.failed)["cells"]
    assert [cell["outputs"] for cell in cells if cell["cell_type"] == "code"][1:] == [
        [{"name": "stdout", "output_type": "stream", "text": ["alive\n"]}],
        [],
        [],
    ]


def test_a_kept_notebook_is_normal_and_has_its_share_of_the_machine(
    outcomes: dict[str, RunOutcome],
) -> None:
    notebook = notebooks.read(outcomes["good"].plan.target)
    assert [cell["metadata"] for cell in notebook["cells"]] == [
        {},
        {"tags": ["parameters"]},
        {},
        {},
    ]
    assert "papermill" not in notebook["metadata"]
    (printed,) = notebook["cells"][2]["outputs"]
    threads = max(1, (os.cpu_count() or 1) // 2)
    assert "".join(printed["text"]) == f"1 {threads} notebooks\n(20000, 10, 10)\n"


def test_a_run_has_its_record(outcomes: dict[str, RunOutcome]) -> None:
    target = outcomes["good"].plan.target
    record = RunRecord.read(target.with_name("good.record.json"))
    assert record.claims == tuple(notebooks.claims(notebooks.read(target), "good"))
    assert (record.statement, record.preset, record.seed) == ("good", "quick", 0)
    assert record.parameters["size"] == 3
    assert record.given == {"device": "cpu"}  # the cell says so, the preset says auto
    assert record.environment.device == "cpu"
    stamp = notebooks.arithmetic(notebooks.read(target))
    assert record.environment.arithmetic == stamp
    assert stamp == isolation.arithmetic_in(isolation.process_environment("reproducible"))
    assert 0.0 < record.wall_seconds == round(outcomes["good"].seconds, 1)


def test_progress_is_told_cell_by_cell(outcomes: dict[str, RunOutcome], display: Recorder) -> None:
    assert outcomes["good"].failure is None
    *updates, last = display.told["good"]
    assert [done for done, _, note in updates if not note] == [0, 1, 2, 3]
    assert (2, 4, "50%") in updates
    assert last == "done"
    assert display.told["bad"][-1] == "FAILED"


def test_running_in_place_again_changes_nothing_and_given_values_stand_in_the_cell(
    outcomes: dict[str, RunOutcome], display: Recorder
) -> None:
    kept = outcomes["good"].plan.target
    other = kept.parent.parent / "other"
    plans = [
        *planned(kept.parent, kept.parent, "good"),
        *planned(kept.parent, other, "good", size=7),
    ]
    kept.parent.joinpath("good.failed.ipynb").touch()
    runs.run(plans, jobs=2, display=display)  # adds the two cells of what is stored
    before = kept.read_bytes()
    again = runs.run(plans, jobs=2, display=display)
    assert [outcome.failure for outcome in again] == [None, None]
    assert kept.read_bytes() == before
    assert not kept.parent.joinpath("good.failed.ipynb").exists()
    changed = notebooks.read(other / "good.ipynb")
    assert len(changed["cells"]) == len(notebooks.read(kept)["cells"])
    assert notebooks.parameters(changed, "good")["size"] == 7
    (claim,) = notebooks.claims(changed, "good")
    assert claim.measured == 7.0
    assert RunRecord.read(other / "good.record.json").given["size"] == 7


def test_bad_input_is_refused_when_planning(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no notebook 'goood' .*did you mean 'good'"):
        planned(folder, tmp_path, "good", "goood")
    for given in ({"colour": 1}, {"size": 0}, {"size": "a"}, {"preset": "huge"}):
        with pytest.raises(ParameterError, match="good"):
            planned(folder, tmp_path, "good", **given)
    tiny.write(tmp_path / "good.ipynb", tiny.notebook(parameters='preset = "quick"'))
    with pytest.raises(NotebookError, match="parameters cell and its statement disagree"):
        planned(tmp_path, tmp_path, "good")
    with pytest.raises(InputError, match="there is no notebook of a statement"):
        planned(tmp_path / "..", tmp_path)


def test_values_of_the_parameters_cell_are_validated_too(tmp_path: Path) -> None:
    source = tiny.PARAMETERS.replace("size = 3", "size = -1")
    tiny.write(tmp_path / "good.ipynb", tiny.notebook(parameters=source))
    with pytest.raises(ParameterError, match="got -1"):
        planned(tmp_path, tmp_path, "good")
    (plan,) = planned(tmp_path, tmp_path, "good", size=4)
    assert plan.parameters.model_dump()["size"] == 4


# Interruptions: a process that runs two notebooks, one of which never ends.

PATIENCE = 300.0

SLEEP = """\
import os, time
from pathlib import Path
part = Path("sleeper.part")
part.write_text(f"{os.getpid()} {os.getppid()}")
part.rename("sleeper.pids")
time.sleep(3600)"""

DRIVER = """\
import contextlib, sys
from pathlib import Path
from ovp_lib.lab.runs import execution as runs
from ovp_lib.lab.runs import supervisor, warm
from ovp_lib.lab.runs.progress import Bars
from tests.lab import tiny
from tests.lab.runs.conftest import LIGHT
supervisor.GRACE = 600.0  # however slow the machine is, kernels are ended, not left to end
warm.PRELOADED = LIGHT
folder = Path(sys.argv[1])
if sys.argv[2] == "cold":
    warm.python = lambda *_, **__: contextlib.nullcontext(warm.COLD)
statements = {name: tiny.statement(name) for name in ("good", "sleeper")}
out = folder.parent / "out"
plans = runs.plan([], folder=folder, statements=statements, given={}, out=out)
try:
    runs.run(plans, jobs=2, display=Bars())
except KeyboardInterrupt:
    sys.exit(130)"""


@contextlib.contextmanager
def running(
    folder: Path, start: str
) -> Iterator[tuple[subprocess.Popen[bytes], list[psutil.Process]]]:
    """Yield a run and all processes that it has started, once both notebooks are on."""
    tiny.write(folder / "good.ipynb", tiny.notebook(*CONTENTS["good"]))
    tiny.write(folder / "sleeper.ipynb", tiny.notebook(SLEEP, tiny.CLAIMS))
    process = subprocess.Popen([sys.executable, "-c", DRIVER, str(folder), start], cwd=Path.cwd())
    family: list[psutil.Process] = []
    try:
        for path in (folder / "sleeper.pids", folder.parent / "out" / "good.record.json"):
            wait_for(lambda path=path: path.is_file() or process.poll() is not None)
            assert path.is_file()
        kernel, parent = map(int, (folder / "sleeper.pids").read_text().split())
        family += psutil.Process(process.pid).children(recursive=True)
        assert {kernel, parent} <= {member.pid for member in family}
        forked = any("ovp_lib.lab.runs.warm" in word for word in psutil.Process(parent).cmdline())
        assert forked == (start == "warm")
        yield process, family
    finally:
        process.kill()
        process.wait()
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()


def wait_for(condition: Any) -> None:
    """Wait until something holds; the limit only ends what hangs."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE} s"
        time.sleep(0.05)


def ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "start"),
    [
        (signal.SIGINT, "warm"),
        (signal.SIGTERM, "cold"),
        (signal.SIGKILL, "cold"),
        (signal.SIGKILL, "warm"),
    ],
)
def test_an_interrupted_run_leaves_no_process_and_nothing_half_written(
    tmp_path: Path, number: signal.Signals, start: str
) -> None:
    with running(tmp_path / "notebooks", start) as (process, family):
        assert not any(map(ended, family))
        process.send_signal(number)
        process.wait(PATIENCE)
        if number == signal.SIGKILL:  # it could not wait for its workers: they see that it is gone
            wait_for(lambda: all(map(ended, family)))
        assert all(map(ended, family))
    assert process.returncode == (-9 if number == signal.SIGKILL else 130)
    left = {path.name for path in (tmp_path / "out").iterdir()}
    hidden = {name for name in left if name.startswith(".running-")}
    assert left - hidden == {"good.ipynb", "good.record.json"}
    assert number == signal.SIGKILL or not hidden
    notebooks.claims(notebooks.read(tmp_path / "out" / "good.ipynb"), "good")
