"""Claims on work: of all who would compute the same thing, on whatever scheduler, one does.

A claim is a lock that the operating system holds for a process and takes back when it ends, however
it ends: there is nothing to renew and nothing to go stale. Where a file system knows no locks, or
keeps them to one machine, work may be done twice, which costs time and changes no result.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})


@contextlib.contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Hold a claim for a while.

    Args:
        path: the file that stands for the claim; it is gone afterwards.

    Yields:
        Whether it is ours; if not, somebody else holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        ours = _lock(handle) and _is_at(handle, path)
        try:
            yield ours
        finally:
            if ours:
                path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Return whether the locked file still is the one at ``path``: its owner may have left."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
