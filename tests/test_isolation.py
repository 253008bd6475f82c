"""Whatever a user and a machine bring along, a notebook comes out with the same bytes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from ovp_lib import isolation
from ovp_lib.arithmetic import MODES, Mode
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.runs import execution as runs
from tests.lab import tiny
from tests.lab.runs.test_execution import Recorder

COMPUTE = """\
import copy, random, sys
import numpy as np, pandas as pd, torch
from ovp_lib.evidence import figures
figures.theme()
w = torch.randn(64, 200, generator=torch.Generator().manual_seed(0))
for _ in range(20):  # this map amplifies the last bit; much later it forgets it again
    w = torch.sin(3 * w) @ (w.T @ w).softmax(0) / w.norm(dim=1).mean()
print(w.double().sum().item(), np.tanh(w.numpy()).std())
pd.DataFrame({"w": w[0, :3].double()})
_ = 1
_"""

DRAW = """\
figure, (ax,) = figures.panels(1)
ax.plot(w[0].numpy(), label="w")
figures.publish(figure, "tiny-w")"""

NARROW = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "SSE4_2",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3",
    "OMP_NUM_THREADS": "2",
}
"""Settings with which libraries take this machine for one with shorter vectors."""

HOSTILE = "raise RuntimeError('this is not the module that was meant')"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a home with settings that would show, stand in a folder that would, and return it."""
    home, here = tmp_path / "home", tmp_path / "here"
    startup = home / "ipython" / "profile_default" / "startup"
    kernel = home / "jupyter" / "kernels" / "python3"
    for folder in (here, startup, kernel, home / "matplotlib"):
        folder.mkdir(parents=True)
    (startup / "00.py").write_text("import pandas as pd; pd.set_option('display.precision', 2)")
    (startup.parent / "ipython_kernel_config.py").write_text(
        "c.InteractiveShell.ast_node_interactivity = 'all'"
    )
    (kernel / "kernel.json").write_text(
        '{"argv": ["false"], "display_name": "other", "language": "python"}'
    )
    for folder in (here, home / "matplotlib"):
        (folder / "matplotlibrc").write_text("lines.linewidth: 9\nsvg.fonttype: none\n")
    for name in ("copy", "random", "startup"):
        (here / f"{name}.py").write_text(HOSTILE)
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    monkeypatch.setenv("JUPYTER_PATH", str(home / "jupyter"))
    monkeypatch.setenv("MPLCONFIGDIR", str(home / "matplotlib"))
    monkeypatch.setenv("MPLBACKEND", "svg")
    monkeypatch.setenv("PYTHONSTARTUP", str(here / "startup.py"))
    monkeypatch.setenv("PYTHONPATH", str(here))
    for name, value in NARROW.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(here)
    return here


def stored(source: Path, out: Path, mode: Mode) -> bytes:
    statements = {"tiny": tiny.statement()}
    plans = runs.plan(["tiny"], folder=source, statements=statements, given={}, out=out)
    (outcome,) = runs.run(plans, jobs=1, display=Recorder(), mode=mode)
    assert outcome.failure is None, outcome.failure
    return (out / "tiny.ipynb").read_bytes()


def test_users_and_machines_show_in_native_arithmetic_and_not_in_the_reproducible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for name in NARROW:
        monkeypatch.delenv(name, raising=False)
    plain, shared = tmp_path / "plain", tmp_path / "here"
    tiny.write(plain / "tiny.ipynb", tiny.notebook(COMPUTE, DRAW, tiny.CLAIMS))
    wide = {mode: stored(plain, tmp_path / f"wide-{mode}", mode) for mode in MODES}
    request.getfixturevalue("hostile")
    (shared / "tiny.ipynb").write_bytes((plain / "tiny.ipynb").read_bytes())
    narrow = {mode: stored(shared, tmp_path / f"narrow-{mode}", mode) for mode in MODES}
    assert narrow["reproducible"] == wide["reproducible"]
    cells = [notebooks.code_cells(notebooks.read(tmp_path / f"{width}-native" / "tiny.ipynb"))
             for width in ("wide", "narrow")]  # fmt: skip
    (_, computed), (_, other) = (each[1] for each in cells)
    assert computed["outputs"][0] != other["outputs"][0], "this map does not amplify the last bit"
    assert computed["outputs"][0] != cells_of(wide["reproducible"]), "native is not the mode"


def cells_of(data: bytes) -> object:
    return notebooks.code_cells(json.loads(data))[1][1]["outputs"][0]


def test_a_process_gets_the_mode_s_variables_and_none_of_the_user_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MKL_VERBOSE", "1")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("ANYTHING", "else")
    own = isolation.process_environment("reproducible", threads=3)
    assert "MKL_VERBOSE" not in own
    assert own["PYTHONPATH"] == str(isolation.ROOT)
    assert (own["PYTHONUNBUFFERED"], own["ANYTHING"]) == ("1", "else")
    assert (own["OMP_NUM_THREADS"], own["OVP_THREADS"]) == ("1", "3")
    assert isolation.process_environment("native", threads=3)["MKL_VERBOSE"] == "1"
    assert os.environ["PYTHONPATH"] == "elsewhere"


def test_an_arithmetic_is_tried_once_for_an_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    def probe(
        command: object, env: dict[str, str], **_: object
    ) -> subprocess.CompletedProcess[str]:
        started.append(env["WHERE"])
        said = {"mode": "native", "probe": env["WHERE"], "threads": 1}
        return subprocess.CompletedProcess([str(command)], 0, json.dumps(said), "")

    monkeypatch.setattr(isolation.subprocess, "run", probe)
    places = ["this test", "this test", "elsewhere in this test", "this test"]
    found = [isolation.arithmetic_in({"WHERE": place}).probe for place in places]
    assert found == places
    assert started == ["this test", "elsewhere in this test"]


def test_an_arithmetic_that_cannot_be_tried_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"cannot be tried: .*OVP_ARITHMETIC is one of"):
        isolation.arithmetic_in(isolation.process_environment("native") | {"OVP_ARITHMETIC": "x"})
