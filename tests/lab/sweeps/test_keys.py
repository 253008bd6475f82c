"""Every module that runs while a task computes is in the key of its sweep: traced, not listed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ovp_lib.lab.sweeps.fingerprint import PACKAGE, PLUMBING, dependencies
from ovp_lib.pages import SWEEPS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The modules of the library that ran, for each sweep; see :mod:`tests.lab.sweeps.traced`.

    Kernels are compiled there, not read from a cache: what emits them runs only then.
    """
    command = [sys.executable, "-m", "tests.lab.sweeps.traced"]
    own = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path_factory.mktemp("cold"))}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {
        name: {module for module in modules if module.partition(".")[0] == PACKAGE}
        for name, modules in json.loads(done.stdout).items()
    }


def test_what_runs_while_a_task_is_computed_is_in_the_key(ran: dict[str, set[str]]) -> None:
    assert ran.keys() == SWEEPS.keys()
    for name, sweep in SWEEPS.items():
        unseen = ran[name] - dependencies(sweep.run.module) - PLUMBING.keys()
        assert not unseen, f"{name} runs what is neither in its key nor declared as plumbing"


def test_the_trace_sees_kernels_compiled_functions_and_both_ways(ran: dict[str, set[str]]) -> None:
    """It would be no test of the keys if it missed what it is there for."""
    training = f"{PACKAGE}.training"
    kernels = ("layout", "plan", "shared", "stepper", "tiles", "two_layer", "three_layer")
    assert {f"{training}.fused.{kernel}" for kernel in kernels} <= ran["figure-1"]
    assert {f"{training}.fused.bottleneck", f"{training}.fused.layout"} <= ran["resnet-separation"]
    for modules in ran.values():
        assert {f"{training}.by_hand", f"{training}.fused.stepper"} <= modules
    assert {f"{PACKAGE}.training.dual", f"{PACKAGE}.kernels.tangent"} <= ran["figure-1"]


def test_plumbing_is_there_and_says_why() -> None:
    assert {name for name in PLUMBING if not dependencies(name)} == set()
    assert all(reason.count(" ") > 3 for reason in PLUMBING.values())
