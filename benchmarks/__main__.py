"""Run every benchmark and print one table: ``python -m benchmarks`` or ``make bench``."""

import argparse
import csv
from pathlib import Path

import torch
from tqdm import tqdm

from benchmarks import lemma_6_3

BENCHMARKS = {"lemma-6-3": lemma_6_3.rows}


def main() -> None:
    """Run the named benchmarks, print their rows, and write them to a file if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"from {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--out", type=Path, help="also write the rows to this CSV file")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark {sorted(unknown)}; there are {', '.join(BENCHMARKS)}")
    torch.set_num_threads(1)
    chosen = given.names or list(BENCHMARKS)
    rows = [row for name in tqdm(chosen, desc="benchmarks") for row in BENCHMARKS[name]()]
    for row in rows:
        print(f"{row.name}: {row.ours:.3g} / {row.other:.3g} {row.unit}, {row.ratio:.3g} x less")
        print(f"    {row.note}")
    if given.out:
        with given.out.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*rows[0]._fields, "ratio"])
            writer.writerows([*row, f"{row.ratio:.4g}"] for row in rows)


if __name__ == "__main__":
    main()
