"""Checkpoints of a long run: complete or absent, and tied to one run.

A checkpoint is one NumPy archive (arrays only; nothing in it is ever executed) that appears in one
move. It holds a description of the run that wrote it and a digest of its contents.
"""

import hashlib
import json
import os
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Arrays = Mapping[str, NDArray[np.generic]]

DESCRIPTION, DIGEST = "description", "digest"
"""Names in the archive that are not the caller's."""


def digest(arrays: Iterable[tuple[str, NDArray[np.generic]]]) -> str:
    """Return a fingerprint of named arrays: names, shapes, types and every bit.

    Args:
        arrays: pairs of a name and an array, of any shape and type.

    Returns:
        A SHA-256 hash, 64 hexadecimal digits.
    """
    found = hashlib.sha256()
    for name, array in arrays:
        found.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def digest_of(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """Return a fingerprint of named tensors; what all members share counts once.

    An expanded view has the fingerprint of the copy that it stands for.

    Args:
        tensors: pairs of a name and a tensor with a leading ensemble axis.

    Returns:
        A SHA-256 hash, 64 hexadecimal digits.
    """
    return digest(
        (f"{name} x {len(each)}", (each[:1] if _equal_members(each) else each).cpu().numpy())
        for name, each in tensors
    )


def save(path: Path, description: Mapping[str, str], arrays: Arrays) -> None:
    """Write a checkpoint in place of an older one, in one move.

    Args:
        path: where to.
        description: the run, as named words.
        arrays: what is needed to go on.
    """
    text = np.array(json.dumps(dict(description)))
    contents = {DESCRIPTION: text, **arrays}
    contents[DIGEST] = np.array(digest(sorted(contents.items())))
    path.parent.mkdir(parents=True, exist_ok=True)
    # A file can only be replaced in one move by one of the same file system, so not from /tmp; and
    # only what has reached the disk may take its place.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as scratch:
        part = Path(scratch) / "part"
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **contents)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


def load(path: Path, description: Mapping[str, str]) -> dict[str, NDArray[np.generic]] | None:
    """Return the arrays of a checkpoint, or ``None`` if there is none to go on from.

    A damaged checkpoint counts as none, with a warning: its run starts again, which costs nothing
    but time, while an error would stop a sweep of many runs.

    Args:
        path: where it is.
        description: the run that wants to go on.

    Raises:
        ValueError: if another run wrote it; the message names every difference.
    """
    if not path.exists():
        return None
    contents = _read(path)
    if contents is None:
        warnings.warn(
            f"the checkpoint {path} is damaged: training starts again", RuntimeWarning, stacklevel=2
        )
        return None
    written = json.loads(str(contents.pop(DESCRIPTION)))
    if written != dict(description):
        differences = "; ".join(
            f"{name} was {written.get(name)}, is {description.get(name)}"
            for name in sorted({*written, *description})
            if written.get(name) != description.get(name)
        )
        raise ValueError(
            f"the checkpoint {path} belongs to another run: {differences} "
            f"(remove it or name another file)"
        )
    return contents


def _read(path: Path) -> dict[str, NDArray[np.generic]] | None:
    """Return what is in an archive, without its digest; ``None`` if it is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            contents = {name: archive[name] for name in archive.files}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    expected = contents.pop(DIGEST, None)
    if DESCRIPTION not in contents or str(expected) != digest(sorted(contents.items())):
        return None
    return contents


def _equal_members(each: Tensor) -> bool:
    return len(each) > 1 and (each.stride(0) == 0 or bool((each == each[:1]).all()))
