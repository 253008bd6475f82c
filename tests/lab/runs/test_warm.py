"""A module that runs in a fork of a warm process behaves as in a process of its own."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ovp_lib.isolation import process_environment
from ovp_lib.lab.runs import warm
from ovp_lib.lab.runs.warm import COLD, Python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there are no warm processes here")

PATIENCE = 300.0

Started = tuple[subprocess.Popen[str], list[psutil.Process]]

SHOW = """\
import json, os, sys
said = sys.stdin.read()
print("to stderr", file=sys.stderr)
mine = {name: value for name, value in os.environ.items() if name != "JPY_PARENT_PID"}
here = [__name__, sys.argv[1:], os.getcwd(), mine, said, sys.path]
print(json.dumps([*here, "pandas" in sys.modules]))
sys.exit(7)"""

STARTS = """\
import os, subprocess, sys, time
quiet = dict.fromkeys(["stdin", "stdout", "stderr"], subprocess.DEVNULL)
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], **quiet)
print(os.getpid(), inner.pid, flush=True)
time.sleep(3600)"""


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which the modules of a folder can be run."""
    return process_environment("reproducible") | {"PYTHONPATH": f"{Path.cwd()}:{folder}"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("modules")
    (folder / "show.py").write_text(SHOW)
    (folder / "starts.py").write_text(STARTS)
    (folder / "ends.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    (folder / "fails.py").write_text("print('first', flush=True)\nraise ValueError('told to')")
    (folder / "pid.py").write_text("import os\nprint(os.getpid())")
    return folder


PRELOADED = warm.PRELOADED


@pytest.fixture(scope="module")
def python(folder: Path) -> Iterator[Python]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm, "PRELOADED", ("pandas",))
        with warm.python(environment(folder), processes=2) as python:
            yield python


def done(
    python: Python, folder: Path, module: str, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        python.command(module, *arguments),
        env=environment(folder) | variables,
        cwd=folder,
        input="said\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_a_module_gets_what_it_would_get_in_a_process_of_its_own(
    python: Python, folder: Path
) -> None:
    given = {"JUPYTER_PATH": "here", "IPYTHONDIR": "there"}
    own, fork = (done(each, folder, "show", "a", "b c", **given) for each in (COLD, python))
    assert own.returncode == fork.returncode == 7
    assert own.stderr == fork.stderr == "to stderr\n"
    *expected, loaded = json.loads(own.stdout)
    assert json.loads(fork.stdout) == [*expected, True]
    assert not loaded
    assert expected[:3] == ["__main__", ["a", "b c"], str(folder)]
    assert expected[4] == "said\n"


@pytest.mark.parametrize("module", ["ends", "fails", "missing"])
def test_it_ends_as_the_module_ends(python: Python, folder: Path, module: str) -> None:
    own, fork = (done(each, folder, module) for each in (COLD, python))
    assert own.returncode == fork.returncode != 0
    assert own.stdout == fork.stdout
    last = {"ends": "", "fails": "ValueError: told to", "missing": "No module named missing"}
    assert own.stderr.strip().endswith(last[module])
    assert fork.stderr.strip().endswith(last[module])


def test_libraries_see_what_they_see_in_a_kernel(python: Python, folder: Path) -> None:
    """Pandas would cut wide tables to a terminal's width otherwise; neither stays in the fork."""
    (folder / "seen.py").write_text(
        "import os, pandas\n"
        "print(pandas.get_option('display.max_columns'), os.environ.get('MPLBACKEND'))\n"
        "get_ipython()"
    )
    fork = done(python, folder, "seen")
    assert fork.stdout == "20 None\n"
    assert "NameError" in fork.stderr


@pytest.mark.parametrize("other", [{"OMP_NUM_THREADS": "3"}, {"SOMETHING": "new"}])
def test_another_environment_gets_a_process_of_its_own(
    python: Python, folder: Path, other: dict[str, str]
) -> None:
    """Libraries have read the warm process's variables already."""
    fork = done(python, folder, "show", **other)
    assert fork.returncode == 7
    *_, variables, _, _, loaded = json.loads(fork.stdout)
    assert variables.items() >= other.items()
    assert not loaded


def test_without_a_warm_process_the_module_runs_all_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert done(Python(tmp_path / "none"), folder, "show").returncode == 7
    monkeypatch.setattr(warm, "PRELOADED", ("a_library_that_is_missing",))
    with warm.python(environment(folder) | {"PYTHONWARNINGS": "ignore"}, processes=2) as broken:
        assert broken != COLD
        assert done(broken, folder, "pid").returncode == 0


def test_one_notebook_is_not_worth_it(folder: Path) -> None:
    with warm.python(environment(folder), processes=1) as python:
        assert python == COLD
    assert COLD.kernel() == []


def wait_for(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def started(python: Python, folder: Path) -> Iterator[Started]:
    """Start a module that starts a process; give the front, and the two behind it."""
    with subprocess.Popen(
        python.command("starts"),
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as front:
        assert front.stdout is not None
        family = [psutil.Process(int(pid)) for pid in front.stdout.readline().split()]
        yield front, family
        front.kill()


def test_killing_the_front_kills_what_is_behind_it(started: Started) -> None:
    front, family = started
    assert len(family) == 2
    assert all(each.is_running() for each in family)
    front.kill()
    wait_for(family)


def test_a_front_and_its_fork_that_end_at_once_do_no_harm(
    started: Started, python: Python, folder: Path
) -> None:
    front, family = started
    server = psutil.Process(family[0].ppid())
    server.suspend()
    for each in family:
        each.kill()
    while family[0].status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    front.kill()
    front.wait()
    server.resume()
    assert json.loads(done(python, folder, "show").stdout)[-1]  # which it would do cold, too


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_module(started: Started, number: signal.Signals) -> None:
    front, family = started
    front.send_signal(number)
    _, said = front.communicate(timeout=PATIENCE)
    assert ("KeyboardInterrupt" in said) == (number == signal.SIGINT)
    assert front.returncode == -number
    wait_for(family[:1])
    family[1].kill()


def test_the_end_of_whoever_started_it_ends_it(python: Python, folder: Path) -> None:
    """As a kernel sees that its worker has been killed."""
    code = (
        f"import subprocess, time; subprocess.Popen({python.command('starts')}); time.sleep(3600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment(folder), stdout=subprocess.PIPE, text=True
    ) as outer:
        assert outer.stdout is not None
        family = [psutil.Process(int(pid)) for pid in outer.stdout.readline().split()]
        outer.kill()
        wait_for(family)


def test_a_warm_process_ends_with_the_run_even_if_that_is_killed(folder: Path) -> None:
    code = (
        "import json, subprocess, sys, time\n"
        "from ovp_lib.lab.runs import warm\n"
        "warm.PRELOADED = ()\n"
        "given = json.loads(sys.argv[1])\n"
        "with warm.python(given, processes=2) as python:\n"
        "    subprocess.run(python.command('starts'), env=given)"
    )
    given = json.dumps(environment(folder))
    with subprocess.Popen(
        [sys.executable, "-c", code, given], stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        family = [psutil.Process(int(pid)) for pid in run.stdout.readline().split()]
        family.append(psutil.Process(family[0].ppid()))
        assert "ovp_lib.lab.runs.warm" in family[-1].cmdline()
        run.kill()
        wait_for(family)


def test_it_ends_while_it_imports(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "slow.py").write_text("import time\ntime.sleep(3600)")
    monkeypatch.setattr(warm, "PRELOADED", ("slow",))
    before = time.monotonic()
    with warm.python(environment(folder), processes=2):
        pass
    assert time.monotonic() - before < 3600


def test_no_thread_has_started_when_it_forks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that another thread holds is never released in a fork; jemalloc prepares for it."""
    (folder / "threads.py").write_text(
        "import os, sys\n"
        "from pathlib import Path\n"
        "for process in 'self', os.getppid():\n"
        "    tasks = Path(f'/proc/{process}/task').iterdir()\n"
        "    print(*sorted((task / 'comm').read_text().strip() for task in tasks))\n"
        "print('torch' in sys.modules)"
    )
    monkeypatch.setattr(warm, "PRELOADED", PRELOADED)
    with warm.python(environment(folder), processes=2) as python:
        fork = done(python, folder, "threads")
    mine, server, loaded = fork.stdout.splitlines()
    assert mine == "python"
    assert set(server.split()) <= {"python", "jemalloc_bg_thd"}
    assert server.split().count("python") == 1
    assert loaded == "True"
