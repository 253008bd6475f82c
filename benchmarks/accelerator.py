"""The training engine on a CUDA device: ``python -m benchmarks.accelerator OUT.csv``.

Section 7's setting, as in :mod:`benchmarks.ensemble`. Compared are the plain ``nn.Module`` loop,
``torch.func`` with ``vmap``, and our step with and without CUDA graphs; beside them stands what the
device could do at best, measured in the same run: its float32 products of large matrices (without
TF32, as in the book) and its memory's rate. A step moves the weights and the momenta once each way,
so that its least time is the larger one of both.
"""

import argparse
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from benchmarks.baselines import Net, plain_loop, vmapped
from benchmarks.ensemble import BATCH, DATA, D, N, work
from benchmarks.machine import Limits
from benchmarks.measure import in_turn
from ovp_lib.models import section_7
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.tasks import Sample

CASES = (
    *(("two-layer", m, e) for e in (1, 24) for m in (1000, 100_000)),
    *(("three-layer", m, e) for e in (1, 24) for m in (200, 1000, 2000)),
    ("three-layer", 5000, 1),
)
"""Network, width, members."""

L2_BYTES = 50e6
"""An H100's cache, which keeps smaller weights from one step to the next."""

PLAIN, GRAPHS = "nn.Module loop", "ours"
ROUND = 0.4
"""Seconds that a run should last."""


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


def waited(run: Callable[[], object], times: int = 1) -> Callable[[], None]:
    """Return what runs it that often and waits for the device."""

    def whole() -> None:
        for _ in range(times):
            run()
        if torch.cuda.is_available():
            torch.cuda.synchronize()

    return whole


def case(network: str, m: int, e: int, limits: Limits, repeats: int, device: str) -> pd.DataFrame:
    """Measure one case: one row a method, in microseconds a member and step."""
    (net, data, members), trainers = problem(network, m, e), methods(device)

    def run(method: Callable[..., object], epochs: int) -> Callable[[], None]:
        return waited(partial(method, net, data, members, Protocol(epochs=epochs, drops=())))

    epochs = {name: enough(partial(run, method)) for name, method in trainers.items()}
    seconds = in_turn({name: run(trainers[name], epochs[name]) for name in epochs}, repeats)
    each = {name: value / (epochs[name] * (N // BATCH) * e) for name, value in seconds.items()}
    flops, moved, _ = work(network, m)
    least = limits.step_seconds(flops, moved, cached=e * moved / 2 < L2_BYTES)
    return pd.DataFrame(
        {
            "network": network,
            "m": m,
            "members": e,
            "method": list(each),
            "microseconds": [1e6 * value for value in each.values()],
            "ratio": [each[PLAIN] / value for value in each.values()],
            "share_of_limit": [least / value for value in each.values()],
        }
    )


def problem(network: str, m: int, e: int) -> tuple[Net, Sample, list[Member]]:
    """Return initial weights, data and step sizes of an ensemble."""
    generators = [stream(2, i) for i in range(e)]
    net: Net
    if network == "two-layer":
        net = init_two_layer(generators, d=D, m=m)
    else:
        net = init_three_layer(generators, d=D, m1=m, m2=m)
    data = Sample(*(part.expand(e, -1, -1) for part in section_7.draw(*DATA, [stream(1)])))
    return net, data, [Member(seed=i, lr=1e-3 / math.sqrt(m), wd=1e-4) for i in range(e)]


def methods(device: str) -> dict[str, Callable[..., object]]:
    """Return what is compared."""
    ours = partial(train, path="torch", device=device)
    return {
        PLAIN: partial(plain_loop, device=device),
        "torch vmap": partial(vmapped, device=device),
        "ours, no graphs": partial(ours, graphs=False),
        GRAPHS: ours,
    }


def enough(run: Callable[[int], Callable[[], None]]) -> int:
    """Return how many epochs last :data:`ROUND` seconds, at most the 800 of Section 7."""
    run(1)()
    epochs, seconds = 1, 0.0
    while seconds < ROUND / 2 and epochs < 800:
        epochs = min(800, 2 * epochs)
        start = time.perf_counter()
        run(epochs)()
        seconds = time.perf_counter() - start
    return max(1, min(800, math.ceil(epochs * ROUND / seconds)))


if __name__ == "__main__":
    main()
