"""Files that are there whole, and safely on the disk, or not at all; errors that say where."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


class StoreError(RuntimeError):
    """The store cannot be read or written; the message names the file and the reason."""


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, and safely on the disk, or not at all.

    Args:
        path: the file, in a folder that is there; what is there already is replaced.
        data: its whole content.

    Raises:
        StoreError: naming the file and the reason.
    """
    part = path.with_name(f".writing-{uuid.uuid4().hex}")
    with explained(path), gone_afterwards(part):
        write_and_sync(part, data)
        part.replace(path)
        # The new name is an entry of the folder: until that is on the disk, a crash can undo it.
        _sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text as :func:`write_bytes` does, and the folder that it is to be in.

    Args:
        path: the file; its folder is made if it is not there.
        text: its whole content, written as UTF-8.

    Raises:
        StoreError: naming the file and the reason.
    """
    data = text.encode("utf-8")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, data)


def write_first(path: Path, text: str) -> None:
    """Write a file unless another process was first.

    Args:
        path: the file, in a folder that is there. If it exists it is left as it is; only on a file
            system without links the last writer wins.
        text: its whole content, written as UTF-8.

    Raises:
        StoreError: naming the file and the reason.
    """
    part = path.with_name(f".writing-{uuid.uuid4().hex}")
    with explained(path), gone_afterwards(part):
        write_and_sync(part, text.encode())
        try:
            # A link, unlike a rename, fails if the file exists: so the first writer wins.
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without links: the last one wins
            part.replace(path)


def read(path: Path) -> bytes:
    """Read a file.

    Args:
        path: the file.

    Returns:
        Its whole content.

    Raises:
        FileNotFoundError: if there is none.
        StoreError: if it cannot be read.
    """
    with explained(path, "read"):
        return path.read_bytes()


def write_and_sync(path: Path, data: bytes) -> None:
    """Write a file and wait until its bytes are on the disk.

    Args:
        path: the file, in a folder that is there; what is there already is overwritten.
        data: its whole content.
    """
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def gone_afterwards(part: Path) -> Iterator[None]:
    """Remove a file at the end, if it is still there.

    Args:
        part: the file to remove.
    """
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


@contextlib.contextmanager
def explained(path: Path, action: str = "write") -> Iterator[None]:
    """Say which file could not be read or written; a missing one is for the caller to explain.

    Args:
        path: the file, for the message.
        action: what is done to it, ``read`` or ``write``.

    Raises:
        FileNotFoundError: if the file that is to be read is missing.
        StoreError: for any other error of the system, naming the file and the reason.
    """
    try:
        yield
    except FileNotFoundError:
        if action == "read":
            raise
        raise StoreError(f"cannot write {path}: its folder is gone") from None
    except OSError as error:
        raise StoreError(f"cannot {action} {path}: {error.strerror or error}") from error
