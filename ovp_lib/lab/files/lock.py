"""File locks: of several processes that would compute the same thing, one does.

The operating system holds a lock for a process and releases it when the process ends, in whatever
way it ends: a lock needs no renewal and cannot go stale. Where a file system has no locks, or does
not share them between machines, work may be done twice, which costs time and changes no result.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})


@contextlib.contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold a lock if it is free, and do not wait if it is not.

    Args:
        path: the file that stands for the lock; its holder removes it afterwards.

    Yields:
        Whether the lock is ours; if not, another process holds it.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        ours = _lock(handle) and _is_at(handle, path)
        try:
            yield ours
        finally:
            if ours:
                # Before the release: after it, the file at this path may be another process's lock.
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
    """Return whether the locked file is still at ``path``: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
