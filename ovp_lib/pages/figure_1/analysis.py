"""What is particular to Figure 1: errors of one learner against its step size."""

import numpy as np
import pandas as pd

from ovp_lib.pages.section_7.grids import SAMPLES, WIDTH

LARGEST = 5.0
"""The largest step size that is shown."""


def by_step_size(runs: pd.DataFrame, curve: str, printed: pd.Series) -> pd.DataFrame:
    """Return ours / printed for every step size of a learner, each with its best decay.

    Args:
        runs: from :func:`~ovp_lib.pages.section_7.curves.finished`.
        curve: name of the learner.
        printed: from :func:`~ovp_lib.pages.section_7.analysis.printed`.

    Returns:
        One row a panel and m or N and one column a step size, geometric means over seeds with
        padded inputs; NaN where some seed diverged or nothing was run.
    """
    mine = (runs["curve"] == curve) & (runs["convention"] == "padded") & (runs["lr"] <= LARGEST)
    per_seed = runs[mine].groupby(["width", "samples", "lr", "seed"])["test"].min()
    logs = np.log(per_seed).groupby(["width", "samples", "lr"]).mean(skipna=False).unstack("lr")
    panels = {"a": logs.xs(SAMPLES, level="samples"), "b": logs.xs(WIDTH, level="width")}
    ratios = {
        panel: np.exp(ours.sub(np.log(printed[panel, curve]), axis=0))
        for panel, ours in panels.items()
    }
    table = pd.concat(ratios, names=["panel", "m or N"]).dropna(how="all")
    return table.rename_axis(columns="step size")
