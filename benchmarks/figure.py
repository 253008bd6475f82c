"""The figure of the training engine's speed."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from benchmarks.ensemble import FUSED, PLAIN, TORCH
from ovp_lib.evidence import figures

MARKERS = {FUSED: "o-", TORCH: "s-", "JAX": "^--"}
"""Styles by method; the rest are dotted."""


def draw(table: pd.DataFrame, path: Path) -> None:
    """Draw the ratio to the plain loop against the width, a panel a network and company."""
    figures.theme()
    groups = list(table.groupby(["network", "members"], sort=False))
    figure, axes = figures.panels(len(groups), height=3.6)
    for ax, ((network, members), rows) in zip(axes, groups, strict=True):
        _panel(ax, rows)
        ax.set_title(f"{network}, {'one member' if members == 1 else f'{members} members'}")
    axes[-1].set_xlabel("width m")
    figures.legend(axes[-1])
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _panel(ax: Axes, rows: pd.DataFrame) -> None:
    methods = [name for name in rows["method"].unique() if name != PLAIN]
    for name, colour in zip(methods, figures.PALETTE, strict=False):
        measured = rows[rows["method"] == name]
        ax.plot(measured["m"], measured["ratio"], MARKERS.get(name, "v:"), color=colour, label=name)
    plain = rows[rows["method"] == PLAIN]
    limit = plain["share_of_limit"]
    ax.plot(plain["m"], 1 / limit, color="0.3", linewidth=1, label="limit of this core")
    ax.set(xscale="log", yscale="log", ylabel="times faster")
    ax.set_xticks(plain["m"], [f"{m}" for m in plain["m"]])
    ax.minorticks_off()
    figures.reference(ax, 1.0, PLAIN)
