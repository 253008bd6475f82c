"""The training engine against what one would otherwise use, in microseconds a member and step.

Section 7's setting: padded inputs (d = 5), one output, N = 1000, batches of 50, momentum and weight
decay. Everything is counted, the order of the samples too; compilation happens in the warm-up.
"""

import math
import time
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd
from tqdm import tqdm

from benchmarks.baselines import Net, jax_trainer, plain_loop, vmapped
from benchmarks.machine import BATCH, Limits
from benchmarks.measure import in_turn
from ovp_lib.models import section_7
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

N, D = 1000, 5
DATA = ("sine", "padded", N)
ROUND = 0.3
"""Seconds that one run should last, so that the clock and the start of a run do not matter."""

CASES = (
    *(("two-layer", m, e) for e in (1, 8) for m in (100, 1000, 5000)),
    *(("three-layer", m, 1) for m in (100, 200, 500, 1000, 2000)),
    *(("three-layer", m, 8) for m in (100, 200, 500)),
)
"""Network, width, members."""

LONGEST = Protocol().epochs

PLAIN = "nn.Module loop"
TORCH, FUSED = "torch step", "fused"
Train = Callable[[Net, Sample, list[Member], Protocol], object]


def table(limits: Limits, repeats: int = 5) -> pd.DataFrame:
    """Measure every case: one row a case and method, with the ratio to the plain loop."""
    rows = [
        measure(case, methods(), limits.step_seconds(*work(*case[:2])), repeats)
        for case in tqdm(CASES, desc="ensemble")
    ]
    return pd.concat(rows, ignore_index=True)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the plain loop's microseconds, and a column of ratios for every other method."""
    index = ["network", "m", "members"]
    methods = list(dict.fromkeys(table["method"]))
    ratios = table.pivot(index=index, columns="method", values="ratio")[methods]
    ratios = ratios.sort_index(level=["network", "m"], ascending=[False, True])
    plain = table[table["method"] == PLAIN].set_index(index)["microseconds"]
    ours = table[table["method"] == FUSED].set_index(index)["share_of_limit"]
    shown = ratios.drop(columns=PLAIN).map(lambda ratio: f"{ratio:.3g}")
    shown.insert(0, "loop, µs", plain.map(lambda value: f"{value:.0f}"))
    shown["fused / limit"] = ours.map(lambda share: f"{share:.0%}")
    return shown.reset_index()


def methods() -> dict[str, Train]:
    """Return what is compared; JAX where it is installed."""
    found: dict[str, Train] = {PLAIN: plain_loop, "torch vmap": vmapped}
    jax = jax_trainer()
    if jax is not None:
        found["JAX"] = jax
    return found | {
        TORCH: partial(_ours, path="torch"),
        FUSED: partial(_ours, path="fused"),
    }


def _ours(
    net: Net, data: Sample, members: list[Member], protocol: Protocol, *, path: str
) -> object:
    return train(net, data, members, protocol, path=path, device="cpu")


def problem(network: str, m: int, e: int) -> tuple[Net, Sample, list[Member]]:
    """Return initial weights, data and step sizes of an ensemble."""
    generators = [stream(2, i) for i in range(e)]
    net: Net
    if network == "two-layer":
        net = init_two_layer(generators, d=D, m=m)
    else:
        net = init_three_layer(generators, d=D, m1=m, m2=m)
    data = Sample(*section_7.draw(*DATA, [stream(1)])).expand(e)
    return net, data, [Member(seed=i, lr=1e-3 / math.sqrt(m), wd=1e-4) for i in range(e)]


def measure(
    case: tuple[str, int, int], trainers: Mapping[str, Train], least: float, repeats: int
) -> pd.DataFrame:
    """Measure one case: one row a method, in microseconds a member and step.

    Args:
        case: network, width, members.
        trainers: the methods by name, the plain loop among them.
        least: seconds that a step takes at least, for each member.
        repeats: rounds in which all run in turn.
    """
    net, data, members = problem(*case)

    def run(train: Train, epochs: int) -> object:
        return train(net, data, members, Protocol(epochs=epochs, drops=()))

    epochs = {name: enough(partial(run, train)) for name, train in trainers.items()}
    runs = {name: partial(run, train, epochs[name]) for name, train in trainers.items()}
    steps = N // BATCH * len(members)
    each = {name: value / (epochs[name] * steps) for name, value in in_turn(runs, repeats).items()}
    return _rows(case, each, least)


def enough(run: Callable[[int], object]) -> int:
    """Return how many epochs last :data:`ROUND` seconds; at most the 800 of Section 7."""
    run(1)
    epochs, seconds = 0, 0.0
    while seconds < ROUND and epochs < LONGEST:
        epochs = min(LONGEST, max(1, 4 * epochs))
        start = time.perf_counter()
        run(epochs)
        seconds = time.perf_counter() - start
    return max(1, min(LONGEST, math.ceil(epochs * ROUND / seconds)))


def _rows(case: tuple[str, int, int], seconds: Mapping[str, float], least: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **dict(zip(("network", "m", "members"), case, strict=True)),
            "method": list(seconds),
            "microseconds": [1e6 * value for value in seconds.values()],
            "ratio": [seconds[PLAIN] / value for value in seconds.values()],
            "share_of_limit": [least / value for value in seconds.values()],
        }
    )


def work(network: str, m: int) -> tuple[float, float, bool]:
    """Return the operations of a step, its traffic in bytes, and whether a cache holds it.

    Weights and momenta are read and written once; a cache of 2 MiB may keep them between steps.
    """
    if network == "two-layer":
        weights, flops = m * D, 4 * BATCH * m * (D + 1)
    else:
        weights, flops = m * m + m * D, 6 * BATCH * m * m + 4 * BATCH * m * D
    moved = 4 * 4 * weights
    return flops, moved, moved / 2 < 2 * 2**20
