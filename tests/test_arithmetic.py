"""The reproducible mode: every limit counts, and other processors give the same bits."""

import json
import os
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ovp_lib import arithmetic, isolation
from ovp_lib.arithmetic import Arithmetic

QEMU = shutil.which("qemu-x86_64")

PROCESSORS = {"GenuineIntel": "Haswell-v4", "AuthenticAMD": "EPYC-Rome"}
"""One of Intel's and one of AMD's, both without AVX-512, as QEMU emulates them."""

CPUINFO = Path("/proc/cpuinfo")
KNOWN = CPUINFO.read_text(encoding="utf-8") if CPUINFO.is_file() else ""
MAKER = next((maker for maker in PROCESSORS if maker in KNOWN), None)
WIDE = "avx512f" in KNOWN


@pytest.fixture(scope="module")
def here() -> Arithmetic:
    return isolation.arithmetic_in(isolation.process_environment("reproducible"))


def test_its_record_says_mode_bits_and_threads(here: Arithmetic) -> None:
    assert (here.mode, here.threads) == ("reproducible", 1)
    again = isolation.process_environment("reproducible") | {"WHICH": "another process"}
    assert here.equals(isolation.arithmetic_in(again))
    assert not here.equals(None)
    assert not here.equals(Arithmetic("reproducible", "0123456789abcdef", 1))
    native = Arithmetic("native", here.probe, 1)
    assert not native.equals(native), "native bits are one machine's"


@pytest.mark.skipif(not WIDE, reason="this processor has no AVX-512 that could be left out")
def test_the_limits_hold_where_tests_run_too() -> None:
    """Also numpy's, which counts only if it is set before numpy is imported."""
    assert not np._core._multiarray_umath.__cpu_features__["X86_V4"]


@pytest.mark.skipif(not WIDE, reason="this processor has no vectors that a limit would shorten")
@pytest.mark.parametrize("limit", arithmetic.X86_LIMITS)
def test_without_any_one_of_its_limits_this_machine_has_other_bits(
    limit: str, here: Arithmetic
) -> None:
    environment = isolation.process_environment("reproducible")
    del environment[limit]
    assert isolation.arithmetic_in(environment).probe != here.probe


@pytest.mark.slow
@pytest.mark.skipif(QEMU is None, reason="QEMU's user mode is not installed (qemu-user)")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors than these are x86")
def test_processors_of_two_makers_have_the_same_bits(here: Arithmetic) -> None:
    """One of them is this processor, or else emulated; both makers' real ones have these bits."""
    others = [each for maker, each in PROCESSORS.items() if maker != MAKER]
    with ThreadPoolExecutor(len(others)) as pool:
        found = list(pool.map(emulated, others))
    assert found == [here if MAKER else found[0]] * len(others)


def emulated(processor: str) -> Arithmetic:
    """Return the arithmetic of this environment on another processor."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    path = os.pathsep.join([str(isolation.ROOT), *packages])
    done = subprocess.run(
        [QEMU, "-cpu", processor, os.path.realpath(sys.executable), "-m", "ovp_lib.arithmetic"],
        env=isolation.process_environment("reproducible") | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return Arithmetic(**json.loads(done.stdout))


def test_the_mode_of_a_process_is_what_its_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(arithmetic.SWITCH, raising=False)
    assert arithmetic.current() == "native"
    arithmetic.switch("reproducible")
    assert arithmetic.current() == "reproducible"
    monkeypatch.setenv(arithmetic.SWITCH, "exact")
    with pytest.raises(ValueError, match="one of reproducible, native, got 'exact'"):
        arithmetic.current()


@pytest.mark.parametrize(("value", "threads"), [("3", 3), ("", None), ("0", None), ("x", None)])
def test_threads_that_change_no_bits_are_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, value: str, threads: int | None
) -> None:
    monkeypatch.setenv(arithmetic.FREE_THREADS, value)
    assert arithmetic.free_threads() == threads


def test_other_machines_than_x86_get_no_limits_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    found = arithmetic.variables("reproducible")
    assert not found.keys() & arithmetic.X86_LIMITS.keys()
    assert found["OMP_NUM_THREADS"] == "1"


def test_one_bit_of_one_operation_changes_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    arithmetic.probe.cache_clear()
    before = arithmetic.probe()
    battery = list(arithmetic._battery())
    battery[40].flat[3] = np.nextafter(battery[40].flat[3], np.inf)
    monkeypatch.setattr(arithmetic, "_battery", lambda: iter(battery))
    arithmetic.probe.cache_clear()
    assert arithmetic.probe() != before
    arithmetic.probe.cache_clear()
