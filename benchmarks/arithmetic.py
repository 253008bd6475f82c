"""The reproducible mode: what it costs a page, and what kernels of one order need not give up."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch

from benchmarks.measure import Row, Run, in_turn
from ovp_lib.models.architectures import architecture_of
from ovp_lib.models.ensemble import Network
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer
from ovp_lib.training.fused import FusedStepper
from ovp_lib.training.fused.plan import host_tile
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

PAGES = ("lemma-6-5-coupling", "figure-3")
"""One that lives on large products in float64, and one that trains networks."""

ROUNDS = 3
N, BATCH, STEPS = 1000, 50, 60


def rows() -> list[Row]:
    """Measure the pages of :data:`PAGES` in both modes, and a step with both widths of vectors."""
    nets = {
        "two-layer step, m = 2000": init_two_layer([stream(0)], d=5, m=2000, k=1),
        "three-layer step, m = 500": init_three_layer([stream(0)], d=5, m1=500, m2=500, k=1),
    }
    return [*map(_page, PAGES), *(_step(name, net) for name, net in nets.items())]


def _page(name: str) -> Row:
    seconds: dict[str, list[float]] = {"": [], "--native": []}
    with tempfile.TemporaryDirectory() as out:
        for _ in range(ROUNDS):
            for mode, kept in seconds.items():
                kept.append(_run(name, mode, Path(out)))
    reproducible, native = map(median, seconds.values())
    note = f"quick preset, kernel's start counted; medians of {ROUNDS} rounds in turn"
    return Row(f"page {name}: reproducible / native", reproducible, native, "s", note)


def _run(name: str, mode: str, out: Path) -> float:
    command = [sys.executable, "-m", "ovp_lib.cli", "run", name, "--jobs", "1", "--out", str(out)]
    start = time.perf_counter()
    subprocess.run([*command, *filter(None, [mode])], check=True, capture_output=True)
    return time.perf_counter() - start


def _step(name: str, net: Network) -> Row:
    """Take steps with the widest vectors that this processor has, and with those of AVX2."""
    wide = str(host_tile())
    order = np.random.default_rng(0).integers(N, size=(1, STEPS, BATCH), dtype=np.int32)
    trainers = {tile: _trainer(net, tile) for tile in (wide, "avx2")}
    runs = {tile: _advance(trainer, order) for tile, trainer in trainers.items()}
    seconds = in_turn(runs)
    states = [trainer.state() for trainer in trainers.values()]
    same = all(torch.equal(states[0][key], states[-1][key]) for key in states[0])
    note = f"after {8 * STEPS} steps the weights are {'equal' if same else 'NOT EQUAL'} to the bit"
    ours, other = (seconds[tile] / STEPS for tile in (wide, "avx2"))
    return Row(f"{name}: {wide} / avx2, one order of summation", ours, other, "s", note)


def _trainer(net: Network, tile: str) -> FusedStepper:
    architecture = architecture_of(net)
    x = torch.randn(1, N, 5, generator=stream(1))
    data = Sample(x, x[..., :1] * x[..., 1:2])
    return FusedStepper(
        architecture,
        net.to("cpu", torch.float32),
        data,
        [Member(0, lr=1e-4)],
        Protocol(batch_size=BATCH),
        trained=architecture.hidden,
        loss=SQUARED,
        threads=1,
        tile=tile,
    )


def _advance(trainer: FusedStepper, order: np.ndarray) -> Run:
    return lambda: trainer.advance(order, 1.0)
