"""Data that a package carries or makes: digits and MNIST-1D. Nothing is downloaded."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

from ovp_lib.datasets.labelled import LabelledData

DIGITS = tuple("0123456789")
"""Names of the classes of digits and of MNIST-1D."""

EVEN, ODD = (0, 2, 4, 6, 8), (1, 3, 5, 7, 9)
"""The two halves of these classes, which pages tell apart."""


def digits() -> LabelledData:
    """Return the 1797 images of handwritten digits that scikit-learn ships, 8 x 8, in [0, 1].

    Raises:
        ModuleNotFoundError: if scikit-learn is not there, with the line that installs it.

    Example:
        >>> data = digits()
        >>> len(data), data.shape, data.classes[:2]
        (1797, (1, 8, 8), ('0', '1'))
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_missing("the digits", "scikit-learn"), name="sklearn") from error
    images, labels = load_digits(return_X_y=True)
    return _labelled("digits", images / 16.0, labels, (1, 8, 8))


def mnist_1d(n: int = 5000, seed: int = 42) -> LabelledData:
    """Return MNIST-1D (Greydanus and Kobak), 40 numbers a point, made by its authors' generator.

    The defaults give the 5000 points that the authors publish, their training points first. The
    numbers are rounded to nine digits, so that they do not depend on the processor. The generator
    sets the global random numbers of ``random`` and ``numpy``; they are put back.

    Args:
        n: number of points, a positive multiple of 10: as many of each class.
        seed: of the generator, in 0..2^32 - 1.

    Raises:
        ValueError: if a number is out of range.
        ModuleNotFoundError: if the package ``mnist1d`` is not there, with the line that installs
            it.

    Example:
        >>> data = mnist_1d(n=100)
        >>> len(data), data.shape, set(data.counts)
        (100, (1, 40), {10})
    """
    if n < 1 or n % len(DIGITS):
        raise ValueError(f"n must be a positive multiple of {len(DIGITS)}, the classes, got {n}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed must be in 0..2^32 - 1, as numpy's, got {seed}")
    try:
        from mnist1d import data as authors
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_missing("MNIST-1D", "mnist1d"), name="mnist1d") from error
    settings = authors.get_dataset_args()
    settings.num_samples, settings.seed = n, seed
    with _global_randomness_put_back():
        made = authors.make_dataset(settings)
    x = np.round(np.concatenate([made["x"], made["x_test"]]), 9) + 0.0  # no minus zero
    return _labelled("MNIST-1D", x, np.concatenate([made["y"], made["y_test"]]), (1, 40))


@contextmanager
def _global_randomness_put_back() -> Iterator[None]:
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002


def _labelled(
    name: str, x: NDArray[np.float64], labels: NDArray[np.int64], shape: tuple[int, ...]
) -> LabelledData:
    classes = torch.from_numpy(np.asarray(labels, dtype=np.int64))
    return LabelledData(name, torch.from_numpy(np.asarray(x, np.float64)), classes, DIGITS, shape)


def _missing(data: str, package: str) -> str:
    return f"{data} come with the package {package}, which is not installed: pip install {package}"
