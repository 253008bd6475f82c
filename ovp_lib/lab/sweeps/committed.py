"""The tables of sweeps as they were committed before anybody here had seen what the papers print.

Figures 2 and 3 of Going Beyond Two Layers and Figure 2(b) of the ResNet paper were run without the
points that they plot. The tables of that commit stay in the repository, byte for byte, whatever is
added to today's: what they say is a prediction that was fixed before its answer was known.
"""

import hashlib

import pandas as pd

from ovp_lib.lab.files.shard import DamagedShard
from ovp_lib.lab.sweeps.results import RESULTS, read_export

COMMIT = "35bc62daaf9e0d093ad81bf25a84d865e263b649"
"""The last commit before the printed points arrived."""

FOLDER = RESULTS / "before-print"
"""Where the tables of that commit are kept."""

CHECKSUMS = {
    "figure-1": "3c4b44c20276417a6312b1f06415f77e57d7641698d7524d8b324de39a3e95f3",
    "figure-2": "a43dde1696b78697ae282ee1d96566bef9a53fcb5aaaf7e8df978ffc95ed1691",
    "figure-3": "52635f8775abbaab5df49ef45d2b5fa1c68e9620bedb0bae21d6e6c72f564f45",
    "resnet-separation": "0c7e489459d9137ad112dd003a39c6fbe204a9bc55230f4501469aad8ae00c32",
}
"""SHA-256 of ``results/<sweep>/paper.parquet`` at :data:`COMMIT`, by sweep."""


RENUMBERED = ("key", "environment")
"""Columns that are written anew: keys when the code that computes a row is moved, and the place of
an environment in the list of all of them when a table is exported with more tasks."""


def committed(sweep: str) -> pd.DataFrame:
    """Return the table of a sweep as it was at :data:`COMMIT`.

    Args:
        sweep: its name, of :data:`CHECKSUMS`.

    Returns:
        The table, with the columns of :func:`~ovp_lib.lab.sweeps.results.collect`.

    Raises:
        KeyError: if no table of that sweep was kept.
        DamagedShard: if the file is not the one of that commit.
    """
    expected = CHECKSUMS[sweep]
    path = FOLDER / sweep / "paper.parquet"
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise DamagedShard(f"{path} has the checksum {found}, at commit {COMMIT[:7]} {expected}")
    return read_export(path)[0]


def still_there(earlier: pd.DataFrame, later: pd.DataFrame) -> int:
    """Count the rows of a table that stand in a later one, equal but for :data:`RENUMBERED`.

    Args:
        earlier: the earlier table.
        later: the later one; columns that the earlier one lacks are not compared.

    Returns:
        How many of the rows of ``earlier`` are found, at most ``len(earlier)``.

    Example:
        >>> then = pd.DataFrame({"key": ["a", "b"], "test": [1.0, 2.0]})
        >>> still_there(then, pd.DataFrame({"key": ["c", "d"], "test": [1.0, 3.0]}))
        1
    """
    compared = [name for name in earlier if name not in RENUMBERED]
    before, after = (pd.util.hash_pandas_object(t[compared], index=False) for t in (earlier, later))
    return int(before.isin(set(after)).sum())
