"""The training engine on a CUDA device: ``python -m benchmarks.accelerator OUT.csv``.

Section 7's setting, as in :mod:`benchmarks.ensemble`. Compared are the plain ``nn.Module`` loop,
``torch.func`` with ``vmap``, and our step with and without CUDA graphs; beside them stands what the
device could do at best, measured in the same run: its float32 products of large matrices (without
TF32, as in the book) and its memory's rate. A step moves the weights and the momenta once each way,
so that its least time is the larger one of both.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from benchmarks import ensemble
from benchmarks.baselines import plain_loop, vmapped
from benchmarks.ensemble import BATCH, work
from benchmarks.machine import Limits
from benchmarks.measure import in_turn
from ovp_lib.training.ensemble import train

CASES = (
    *(("two-layer", m, e) for e in (1, 24) for m in (1000, 100_000)),
    *(("three-layer", m, e) for e in (1, 24) for m in (200, 1000, 2000)),
    ("three-layer", 5000, 1),
)
"""Network, width, members."""

L2_BYTES = 50e6
"""An H100's cache, which keeps smaller weights from one step to the next."""


def main() -> None:
    """Measure every case, print the table and write it."""
    parser = argparse.ArgumentParser(description="Speed of the training engine on a CUDA device.")
    parser.add_argument("out", type=Path, help="CSV file for the table")
    parser.add_argument("--repeats", type=int, default=3, help="rounds (default: 3)")
    given = parser.parse_args()
    if not torch.cuda.is_available():
        parser.error("this benchmark needs a CUDA device, and PyTorch sees none")
    limits = measure()
    tables = [case(*each, limits, given.repeats, "cuda") for each in CASES]
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(device=torch.cuda.get_device_name(), torch=torch.__version__)
    print(limits, table.to_string(index=False), sep="\n")
    table.to_csv(given.out, index=False, float_format="%.4g")


def measure() -> Limits:
    """Measure the device's products and memory."""
    a, b = (torch.randn(8192, 8192, device="cuda") for _ in range(2))
    rows, out = torch.randn(BATCH, 8192, device="cuda"), torch.empty_like(a)
    big, other = (torch.zeros(256 << 20, device="cuda") for _ in range(2))
    runs = {
        "sgemm": lambda: torch.mm(a, b, out=out),
        "skinny": lambda: torch.mm(rows, b),
        "copy": lambda: other.copy_(big),
    }
    seconds = in_turn({name: waited(run, 20) for name, run in runs.items()})
    each = {name: value / 20 for name, value in seconds.items()}
    return Limits(
        sgemm=2 * 8192**3 / each["sgemm"] / 1e9,
        skinny=2 * BATCH * 8192**2 / each["skinny"] / 1e9,
        bandwidth=2 * big.nbytes / each["copy"] / 1e9,
    )


def waited(run: Callable[..., object], times: int = 1) -> Callable[..., None]:
    """Return what runs it that often and waits for the device."""

    def whole(*arguments: object) -> None:
        for _ in range(times):
            run(*arguments)
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    return whole


def case(network: str, m: int, e: int, limits: Limits, repeats: int, device: str) -> pd.DataFrame:
    """Measure one case on a device: one row a method, in microseconds a member and step."""
    flops, moved, _ = work(network, m)
    least = limits.step_seconds(flops, moved, cached=e * moved / 2 < L2_BYTES)
    return ensemble.measure((network, m, e), methods(device), least, repeats)


def methods(device: str) -> dict[str, Callable[..., object]]:
    """Return what is compared; each waits for the device."""
    ours = partial(train, path="torch", device=device)
    compared: dict[str, Callable[..., object]] = {
        ensemble.PLAIN: partial(plain_loop, device=device),
        "torch vmap": partial(vmapped, device=device),
        "ours, no graphs": partial(ours, graphs=False),
        "ours": ours,
    }
    return {name: waited(method) for name, method in compared.items()}


if __name__ == "__main__":
    main()
