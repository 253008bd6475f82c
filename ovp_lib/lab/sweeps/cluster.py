"""Clusters for sweeps: worker processes of this machine, or a Dask cluster that is running.

Dask sends tasks and results between the processes of one cluster as pickles, over connections that
it trusts; nothing of the kind is read from a disk.
"""

import asyncio
import contextlib
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ovp_lib.arithmetic import current, variables
from ovp_lib.errors import InputError

if TYPE_CHECKING:
    import distributed

LOCAL = "local"
PATIENCE = 10.0
"""Seconds in which a scheduler has to answer."""

GRACE = 0.5
"""Seconds that a local worker gets to end."""

ALLOWED_FAILURES = 2
"""Workers that a task may lose on a local cluster; it fails with the next one."""

_SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": ALLOWED_FAILURES,
    # Results are small: a worker that fills its memory is not helped by a disk, nor by a pause.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
}


@contextlib.contextmanager
def connect(scheduler: str, jobs: int) -> Iterator["distributed.Client"]:
    """Start or find the cluster; what was started has ended afterwards.

    Args:
        scheduler: ``local``, or the address of a scheduler, like ``tcp://10.0.0.1:8786``.
        jobs: worker processes of a local cluster, each with one thread.

    Raises:
        InputError: if there is no scheduler at the address.
    """
    with _quiet():
        if scheduler == LOCAL:
            with _local_cluster(jobs) as client:
                yield client
        else:
            with _client_of(scheduler) as client:
                yield client


@contextlib.contextmanager
def _local_cluster(jobs: int) -> Iterator["distributed.Client"]:
    import dask
    from distributed import Client, LocalCluster
    from distributed.system import MEMORY_LIMIT

    with (
        dask.config.set(_settings()),
        _environment_of_workers(),
        tempfile.TemporaryDirectory(prefix="ovp-sweep-", ignore_cleanup_errors=True) as scratch,
        LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            # Dask's own rule shares the memory by cores, of which a sweep may use only some.
            memory_limit=MEMORY_LIMIT // jobs,
            local_directory=scratch,
            preload=["ovp_lib.lab.sweeps.worker"],
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        try:
            yield client
        finally:
            cluster.sync(_end_workers, cluster)


def threads(client: "distributed.Client") -> int:
    """Return how many threads the cluster has; local workers that are gone for good come back.

    A nanny starts its worker again, but not one that dies while it is still being started.

    Args:
        client: connected to the cluster.

    Returns:
        The number of threads that are there now, without those of workers that are still coming
        back.
    """
    threads = client.nthreads()
    cluster = client.cluster
    if cluster is not None and len(threads) < len(cluster.worker_spec):
        cluster.scale(len(cluster.worker_spec))
    return sum(threads.values())


async def _end_workers(cluster: "distributed.LocalCluster") -> None:
    """End the workers without waiting for their tasks: shards are whole or not there at all."""
    nannies = cluster.workers.values()
    await asyncio.gather(*[_end(nanny) for nanny in nannies])


async def _end(nanny: Any) -> None:
    """End a worker; one that a busy machine has not ended in time is left to the cluster's end."""
    with contextlib.suppress(TimeoutError):
        await nanny.close(timeout=GRACE)


@contextlib.contextmanager
def _client_of(address: str) -> Iterator["distributed.Client"]:
    from distributed import Client

    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"there is no scheduler at {address!r}: {reason}") from error
    with client:
        yield client


def _settings() -> dict[str, Any]:
    # The trim threshold is Dask's own default, repeated since a setting replaces the whole mapping.
    own = {"MALLOC_TRIM_THRESHOLD_": 65536, **_variables()}
    return {**_SETTINGS, "distributed.nanny.pre-spawn-environ": own}


def _variables() -> dict[str, str]:
    """Return what a worker has in its environment: one thread, and the arithmetic of the client."""
    return {**variables(current()), "NUMBA_NUM_THREADS": "1"}


@contextlib.contextmanager
def _environment_of_workers() -> Iterator[None]:
    """Start workers in an environment of their own, and leave no trace of it in this process.

    They inherit that of this process; and Dask takes the number of threads from here if it is set,
    and leaves it here if it is not.
    """
    before = dict(os.environ)
    os.environ.update(_variables())
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence Dask's own log: the messages of the sweep say what matters of it."""
    import distributed.client  # noqa: F401  (its import sets the levels of its loggers)

    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in names}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="distributed")
        try:
            for name in names:
                logging.getLogger(name).setLevel(logging.CRITICAL)
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
