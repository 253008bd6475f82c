"""The page on networks of different sizes."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ovp_lib.datasets.published import CIFAR_FILES, CIFAR_VERSIONS

RECORDS = 30
"""Images in each file of the tiny CIFAR-10."""

_KEPT = TemporaryDirectory(prefix="ovp-cifar-10-")


def write_cifar_10(folder: Path) -> Path:
    """Write files of CIFAR-10's binary version, whose images are noise, and return the folder."""
    _, inner, ending = CIFAR_VERSIONS["binary"]
    (folder / inner).mkdir(parents=True)
    draw = np.random.default_rng(0)
    for name in (*CIFAR_FILES["train"], *CIFAR_FILES["test"]):
        records = draw.integers(0, 256, (RECORDS, 1 + 3 * 32 * 32), dtype=np.uint8)
        records[:, 0] = np.arange(RECORDS) % 10
        (folder / inner / f"{name}{ending}").write_bytes(records.tobytes())
    return folder


MOVES = {
    "seed": (1, "dense.clean.slope"),
    "n_seeds": (3, "dense.clean.slope"),
    "widths": ([2, 4, 8, 16], "dense.clean.slope"),
    "channels": ([2, 3, 5], "slides-width-skips"),
    "samples": (40, "dense.clean.slope"),
    "image_samples": (30, "slides-width-skips"),
    "n_validation": (30, "slides-width-digits"),
    "n_test": (60, "dense.clean.slope"),
    "share": (0.9, "slides-width-digits"),
    "epochs": (25, "dense.clean.slope"),
    "image_epochs": (15, "slides-width-skips"),
    "epochs_per_look": (4, "slides-width-early"),
    "batch_size": (15, "dense.clean.slope"),
    "image_batch_size": (20, "slides-width-skips"),
    "step_size": (0.03, "dense.clean.slope"),
    "image_step_size": (0.03, "slides-width-skips"),
    "blocks": (2, "slides-width-skips"),
    "data_folder": (str(write_cifar_10(Path(_KEPT.name))), "slides-width-skips"),
}
"""For every parameter another value than the tiny one, and a claim or data that it must move."""
