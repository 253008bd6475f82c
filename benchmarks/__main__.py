"""Run benchmarks on one core and print their tables: ``python -m benchmarks`` or ``make bench``."""

import argparse
import json
import os
import platform
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from tqdm import tqdm

from benchmarks import (
    arithmetic,
    ensemble,
    figure,
    kernels,
    lemma_6_3,
    lemma_6_5,
    machine,
    smoothed,
)
from benchmarks.measure import Row
from ovp_lib.arithmetic import here
from ovp_lib.lab.files.provenance import cpu_model, environment, now

RATIOS = {
    "kernels": kernels.rows,
    "lemma-6-3": lemma_6_3.rows,
    "lemma-6-5": lemma_6_5.rows,
    "smoothed": smoothed.rows,
    "arithmetic": arithmetic.rows,
}
"""Benchmarks with a line for each comparison."""

ENSEMBLE = "ensemble"
"""The one with a table for each width, and a figure."""


def main() -> None:
    """Run the named benchmarks, print what they measured, and write it to a folder if asked."""
    known = [ENSEMBLE, *RATIOS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"from {', '.join(known)}; default: all")
    parser.add_argument("--out", type=Path, help="also write tables and figure to this folder")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of the ensemble benchmark")
    given = parser.parse_args()
    if unknown := set(given.names) - set(known):
        parser.error(f"no benchmark {sorted(unknown)}; there are {', '.join(known)}")
    if given.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {given.repeats}")
    origin = provenance()
    one_core()
    chosen = given.names or known
    limits = machine.measure()
    print(
        f"this core: {limits.sgemm:.0f} GF/s in products of large matrices, {limits.skinny:.0f} "
        f"with {machine.BATCH} rows, {limits.bandwidth:.1f} GB/s of memory"
    )
    rows = [row for name in tqdm(chosen, desc="ratios") if name in RATIOS for row in RATIOS[name]()]
    for row in rows:
        print(f"{row.name}: {row.ours:.3g} / {row.other:.3g} {row.unit}, {row.ratio:.3g} x less")
        print(f"    {row.note}")
    trained = ensemble.table(limits, given.repeats) if ENSEMBLE in chosen else None
    if trained is not None:
        print(ensemble.readable(trained).to_string(index=False))
    if given.out:
        write(given.out, rows, trained, origin | {"limits": limits._asdict()})


def one_core() -> None:
    """Keep this process, and whatever threads its libraries start, on one core."""
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def provenance() -> dict[str, Any]:
    """Return when, where and of which commit something is measured."""
    bits = here()
    return {
        "when": f"{now():%Y-%m-%d %H:%M} UTC",
        "cpu": cpu_model(),
        "platform": platform.platform(),
        **environment(device="cpu", threads=1, arithmetic=bits).model_dump(
            include={"commit", "dirty", "packages"}
        ),
    }


def write(
    folder: Path, rows: list[Row], trained: pd.DataFrame | None, here: dict[str, Any]
) -> None:
    """Write what was measured, and on what."""
    folder.mkdir(parents=True, exist_ok=True)
    if rows:
        table = pd.DataFrame([{**row._asdict(), "ratio": row.ratio} for row in rows])
        table.to_csv(folder / "ratios.csv", index=False, float_format="%.4g")
    if trained is not None:
        trained.to_csv(folder / "ensemble.csv", index=False, float_format="%.4g")
        ensemble.readable(trained).to_csv(folder / "ensemble-ratios.csv", index=False)
        figure.draw(trained, folder / "ensemble.svg")
    (folder / "machine.json").write_text(json.dumps(here, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
