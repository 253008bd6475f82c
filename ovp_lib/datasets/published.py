"""MNIST and CIFAR-10 from the files that their authors publish, in a folder that you have.

Nothing is downloaded. The formats: MNIST's IDX (a magic number, sizes, bytes), gzipped or
not; CIFAR-10's binary version (records of a label and 3072 bytes) or its Python version (pickles),
in a folder or as the archive.
"""

import gzip
import io
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ovp_lib.datasets.generated import DIGITS
from ovp_lib.datasets.labelled import LabelledData

PARTS = ("train", "test")
"""What both data sets are divided into."""

MNIST_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
"""Images and labels of each part; each may end in ``.gz``."""

CIFAR_VERSIONS = {
    "binary": ("cifar-10-binary.tar.gz", "cifar-10-batches-bin", ".bin"),
    "python": ("cifar-10-python.tar.gz", "cifar-10-batches-py", ""),
}
"""Archive, folder in it, and ending of its files, of each version."""

CIFAR_FILES = {
    "train": tuple(f"data_batch_{batch}" for batch in range(1, 6)),
    "test": ("test_batch",),
}
CIFAR_CLASSES = (
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
)
_RECORD = 1 + 3 * 32 * 32
_IMAGES, _LABELS = 0x803, 0x801


def mnist(folder: str | Path, part: str = "train") -> LabelledData:
    """Return MNIST, 28 x 28 in [0, 1], from its four IDX files.

    Args:
        folder: where the files of :data:`MNIST_FILES` lie.
        part: "train" (60,000 points) or "test" (10,000).

    Raises:
        ValueError: if ``part`` is unknown, or a file is not what its first bytes promise.
        FileNotFoundError: if a file is not in the folder, with the names that are looked for.

    Example:
        >>> mnist("/no/such/folder")
        Traceback (most recent call last):
        FileNotFoundError: neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz is in ...
    """
    _require_part(part)
    images, labels = (_read(Path(folder), name) for name in MNIST_FILES[part])
    pixels = _idx(images, _IMAGES, f"the images of MNIST's {part} set")
    classes = _idx(labels, _LABELS, f"the labels of MNIST's {part} set")
    if len(pixels) != len(classes):
        raise ValueError(f"MNIST has {len(pixels)} images and {len(classes)} labels in {folder}")
    return _labelled(f"MNIST ({part})", pixels, classes, DIGITS, (1, *pixels.shape[1:]))


def cifar_10(folder: str | Path, part: str = "train") -> LabelledData:
    """Return CIFAR-10, 3 x 32 x 32 in [0, 1], from its binary or its Python version.

    Args:
        folder: where an archive or a folder of :data:`CIFAR_VERSIONS` lies, or its files.
        part: "train" (50,000 points) or "test" (10,000).

    Raises:
        ValueError: if ``part`` is unknown, or a file does not hold whole images with labels 0..9.
        FileNotFoundError: if neither archive nor files are there, with what is looked for.

    Example:
        >>> cifar_10("/no/such/folder")
        Traceback (most recent call last):
        FileNotFoundError: CIFAR-10 needs cifar-10-binary.tar.gz or cifar-10-python.tar.gz, or ...
    """
    _require_part(part)
    batches = [_batch(Path(folder), name) for name in CIFAR_FILES[part]]
    pixels, labels = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return _labelled(f"CIFAR-10 ({part})", pixels, labels, CIFAR_CLASSES, (3, 32, 32))


def _require_part(part: str) -> None:
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, got {part!r}")


def _read(folder: Path, name: str) -> bytes:
    plain, packed = folder / name, folder / f"{name}.gz"
    if plain.is_file():
        return plain.read_bytes()
    if packed.is_file():
        return gzip.decompress(packed.read_bytes())
    raise FileNotFoundError(f"neither {name} nor {name}.gz is in {folder}")


def _idx(content: bytes, magic: int, name: str) -> NDArray[np.uint8]:
    axes = magic & 0xFF
    begin = content[: 4 * (axes + 1)]
    header = np.frombuffer(begin, ">i4") if len(begin) == 4 * (axes + 1) else None
    if header is None or header[0] != magic:
        raise ValueError(f"{name} must begin with the magic number {magic:#x} and {axes} sizes")
    sizes = tuple(int(size) for size in header[1:])
    body = np.frombuffer(content, np.uint8, offset=4 * (axes + 1))
    if min(sizes) < 0 or body.size != np.prod(sizes):
        raise ValueError(f"{name} must have {sizes} bytes after the header, got {body.size}")
    return body.reshape(sizes)


def _batch(folder: Path, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the pixels (n, 3072) and labels (n,) of one batch, from the version that is there."""
    for version, (archive, inner, ending) in CIFAR_VERSIONS.items():
        content = _content(folder, archive, inner, name + ending)
        if content is not None:
            return _READERS[version](content, name + ending)
    raise FileNotFoundError(
        f"CIFAR-10 needs {' or '.join(a for a, _, _ in CIFAR_VERSIONS.values())}, or the folder "
        f"that one of them holds, in {folder}; {name} is in none"
    )


def _content(folder: Path, archive: str, inner: str, name: str) -> bytes | None:
    for place in (folder / inner / name, folder / name):
        if place.is_file():
            return place.read_bytes()
    if not (folder / archive).is_file():
        return None
    # Read in memory: nothing of the archive is written to disk, so its paths can do no harm.
    with tarfile.open(folder / archive) as opened:
        try:
            member = opened.extractfile(f"{inner}/{name}")
        except KeyError:
            return None
        return None if member is None else member.read()


def _binary(content: bytes, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if not content or len(content) % _RECORD:
        raise ValueError(
            f"{name} must hold records of {_RECORD} bytes (a label, 3 x 32 x 32 pixels), got "
            f"{len(content)} bytes"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    return records[:, 1:], records[:, 0]


class _ArraysOnly(pickle.Unpickler):
    """Reads arrays, lists and dictionaries; a pickle could otherwise run any code."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "numpy" and name in ("_reconstruct", "ndarray", "dtype"):
            return _RECONSTRUCT if name == "_reconstruct" else getattr(np, name)
        if (module, name) == ("_codecs", "encode"):  # how Python 3 pickles bytes for Python 2
            return _latin1
        raise pickle.UnpicklingError(f"{module}.{name} does not belong into a file of CIFAR-10")


def _latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes as {encoding} do not belong into a file of CIFAR-10")
    return text.encode("latin1")


# NumPy 2 moved this function to another module; an array knows where it is in each version.
_RECONSTRUCT = np.empty(0).__reduce__()[0]


def _pickled(content: bytes, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    try:
        batch = _ArraysOnly(io.BytesIO(content), encoding="bytes").load()
        pixels = np.asarray(batch[b"data"], np.uint8).reshape(-1, _RECORD - 1)
        labels = np.asarray(batch[b"labels"], np.uint8)
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a pickled dictionary with data (images of {_RECORD - 1} bytes) and "
            f"labels: {error}"
        ) from error
    return pixels, labels


_READERS: dict[str, Callable[[bytes, str], tuple[NDArray[np.uint8], NDArray[np.uint8]]]] = {
    "binary": _binary,
    "python": _pickled,
}


def _labelled(
    name: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    classes: tuple[str, ...],
    shape: tuple[int, ...],
) -> LabelledData:
    x = torch.from_numpy(pixels.reshape(len(pixels), -1).astype(np.float64) / 255.0)
    return LabelledData(name, x, torch.from_numpy(labels.astype(np.int64)), classes, shape)
