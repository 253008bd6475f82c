"""Some runs of a stored table, computed again one by one."""

from collections.abc import Mapping

import pandas as pd

from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import run
from ovp_lib.pages.section_7.curves import POINT


def pick(best: pd.DataFrame, points: Mapping[str, tuple[int, int]]) -> pd.DataFrame:
    """Return the best runs of the first seed at some points, padded inputs.

    Args:
        best: from :func:`~ovp_lib.pages.section_7.curves.chosen`.
        points: by the curve's name, its m and N.
    """
    rows = [(name, "padded", width, samples, 0) for name, (width, samples) in points.items()]
    return best.set_index(list(POINT), drop=False).loc[rows]


def task_of(row: pd.Series) -> NetworkTask:
    """Return the task that is one row of a table alone: its step size, its decay, its seed.

    Args:
        row: of the table of a sweep.
    """
    same = ("target", "convention", "network", "trained", "width", "samples", "epochs")
    return NetworkTask(
        **{name: row[name] for name in same},
        lrs=(row["lr"],),
        wds=(row["wd"],),
        w24s=(row["w24"],),
        seeds=(row["seed"],),
    )


def recompute(runs: pd.DataFrame, device: str = "cpu") -> pd.Series:
    """Train some runs of a table again, one by one.

    Args:
        runs: rows of a table as :func:`~ovp_lib.lab.sweeps.results.reference` returns it.
        device: where.

    Returns:
        Their test errors, on the index of ``runs``.
    """
    again = [run(task_of(row), device)["test"].iloc[-1] for _, row in runs.iterrows()]
    return pd.Series(again, index=runs.index, name="again")
