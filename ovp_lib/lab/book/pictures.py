"""Small pictures for the front page and the README, drawn from the data under stored figures.

A figure of a notebook has too much in it for the width of a thumb. Here the one curve that carries
a finding is drawn again, with words beside it that can be read at that size.
"""

import io
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from ovp_lib.errors import NotebookError
from ovp_lib.evidence import figures
from ovp_lib.evidence.published import points
from ovp_lib.lab.files import notebooks
from ovp_lib.lab.sweeps.results import read_export
from ovp_lib.pages.section_7 import curves

POSTER = "resnet-separation"
"""The page whose picture stands on the poster too."""

SIZE = (3.2, 2.1)
"""Inches: a third of the width of the front page."""

TEXT: dict[Any, int] = {
    "font.size": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}
"""Sizes of letters that can be read there."""

BLUE, ORANGE, GREEN, RED, PURPLE = figures.PALETTE[:5]
GREY = "#4a4f55"

Picture = Callable[[Path, Axes], None]
"""Draws the picture of a finding, given the folder of the project."""


def svg(root: Path, name: str) -> str:
    """Draw the picture of a finding.

    Args:
        root: folder of the project.
        name: of the finding, one of :data:`PICTURES`.

    Returns:
        The text of an SVG file.
    """
    figures.theme()
    plt.rcParams.update({"figure.constrained_layout.use": False, **TEXT})
    figure, ax = plt.subplots(figsize=SIZE)
    figure.subplots_adjust(left=0.18, right=0.98, bottom=0.22, top=0.97)
    draw(root, name, ax)
    buffer = io.StringIO()
    # Without a date the same data give the same bytes, which a test compares with the stored ones.
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(figure)
    return figures.numbered(buffer.getvalue(), name)


def poster(
    root: Path, path: Path, *, title: str, said: str, size: tuple[float, float], dpi: int
) -> None:
    """Write a large picture of the first finding with words beside it, for links in other places.

    Args:
        root: folder of the project.
        path: of the PNG file.
        title: in large letters.
        said: below it.
        size: in inches.
        dpi: dots per inch.
    """
    figures.theme()
    plt.rcParams.update({"figure.constrained_layout.use": False, "font.size": 18})
    figure = plt.figure(figsize=size)
    figure.text(0.05, 0.88, textwrap.fill(title, 20), size=31, weight="bold", va="top")
    figure.text(0.05, 0.55, textwrap.fill(said, 28), size=22, color=GREY, va="top")
    first = next(iter(PICTURES))
    if (root / "notebooks" / f"{POSTER}.ipynb").is_file():  # not in a book of one page
        draw(root, first, figure.add_axes((0.56, 0.16, 0.41, 0.76)))
    figure.savefig(path, format="png", dpi=dpi, metadata={"Software": None})
    plt.close(figure)


def draw(root: Path, name: str, ax: Axes) -> None:
    """Draw the picture of a finding into axes of any size.

    Args:
        root: folder of the project.
        name: of the finding, one of :data:`PICTURES`.
        ax: empty axes.
    """
    PICTURES[name](root, ax)
    ax.tick_params(pad=1)
    ax.grid(color="#e4e4e4")
    ax.xaxis.labelpad = ax.yaxis.labelpad = 2
    ax.minorticks_off()


@cache
def under_figure(root: Path, page: str, name: str) -> pd.DataFrame:
    """Return the data that a reader downloads under a stored figure.

    Args:
        root: folder of the project.
        page: stem of the notebook.
        name: of the file, without its ending.

    Returns:
        The table.

    Raises:
        NotebookError: if the notebook offers no such file.
    """
    found = notebooks.downloads(notebooks.read(root / "notebooks" / f"{page}.ipynb"))
    if name not in found:
        raise NotebookError(f"{page} offers no data under the name {name!r}")
    return pd.read_csv(io.StringIO(found[name]))


def means(table: pd.DataFrame, by: list[str], value: str = "value") -> pd.Series:
    """Return geometric means over seeds, to three digits: the last bits are not worth a difference.

    Args:
        table: a row a seed and point.
        by: columns that name a point.
        value: column of what is averaged.

    Returns:
        The mean of each point.
    """
    logs = np.log(table[value]).groupby([table[column] for column in by]).mean()
    return np.exp(logs).map(lambda mean: float(f"{mean:.3g}"))


def line(ax: Axes, curve: pd.Series, colour: str, label: str, style: str = "-") -> None:
    """Draw a curve.

    Args:
        ax: where.
        curve: its points, by the abscissa.
        colour: its colour.
        label: its name, written at its end.
        style: of the line.
    """
    ax.plot(
        curve.index, curve.to_numpy(), style, color=colour, lw=2, marker="o", ms=3.5, label=label
    )


def word(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Write a name beside what it names.

    Args:
        ax: where.
        x: from the left end of the axes, in their width.
        y: from their lower end, in their height.
        text: the name.
        colour: that of what it names.
    """
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    dark = [0.72 * part for part in to_rgb(colour)]
    ax.text(x, y, text, color=dark, weight="bold", transform=ax.transAxes, bbox=paper)


def plain_network(root: Path, ax: Axes) -> None:
    """Draw the error on the hard instance: kernels, the ResNet, a network without residual link.

    Args:
        root: folder of the project.
        ax: empty axes.
    """
    table = under_figure(root, POSTER, "resnet-separation-where")
    found = means(table, ["series", "N"])
    line(ax, found["3layer(NTK)"], PURPLE, "kernel")
    line(ax, found["3resnet"], BLUE, "ResNet")
    line(ax, found["3layer"], ORANGE, "plain")
    ax.set(xscale="log", yscale="log", xlabel="training samples", ylabel="test error")
    ax.set_xticks([100, 300, 1000], ["100", "300", "1000"])
    word(ax, 0.55, 0.88, "tangent kernel", PURPLE)
    word(ax, 0.73, 0.55, "ResNet", BLUE)
    word(ax, 0.05, 0.3, "plain network", ORANGE)


def blind(root: Path, ax: Axes) -> None:
    """Draw our errors against those that were printed, on the figure that was predicted blind.

    Args:
        root: folder of the project.
        ax: empty axes.
    """
    table = under_figure(root, "figure-2", "figure-2-blind")
    ours, printed = (means(table, ["curve", "point"], name) for name in ("ours", "printed"))
    ends = np.array([0.012, 20.0])
    ax.fill_between(ends, ends / 1.5, ends * 1.5, color="#dddddd", lw=0)
    for curve, colour in (("3layer", BLUE), ("2layer", ORANGE)):
        ax.plot(printed[curve], ours[curve], "o", color=colour, ms=4)
    others = [name for name in table["curve"].unique() if name not in ("3layer", "2layer")]
    ax.plot(printed[others], ours[others], "o", color=GREY, ms=3)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    ax.set(xlabel="test error, printed", ylabel="ours")
    word(ax, 0.05, 0.42, "3 layers", BLUE)
    word(ax, 0.62, 0.42, "2 layers", ORANGE)
    word(ax, 0.5, 0.88, "kernels", GREY)


def bound(root: Path, ax: Axes) -> None:
    """Draw kernels above the bound, and the ResNet far below it.

    Args:
        root: folder of the project.
        ax: empty axes.
    """
    table = under_figure(root, "kernel-lower-bound", "kernel-lower-bound-paper")
    found = means(table, ["series", "N"])
    kernels = found.drop("ResNet").groupby("N").min()
    ax.axhline(1.0, color="black", ls=":", lw=1.6)
    line(ax, kernels, PURPLE, "kernels")
    line(ax, found["ResNet"], ORANGE, "ResNet")
    ax.set(xscale="log", yscale="log", xlabel="training samples", ylabel="error")
    ax.set_xticks([60, 150, 480], ["60", "150", "480"])
    word(ax, 0.36, 0.88, "best of all kernels", PURPLE)
    word(ax, 0.02, 0.62, "bound", "black")
    word(ax, 0.4, 0.2, "ResNet", ORANGE)


def mended(root: Path, ax: Axes) -> None:
    """Draw by how much the printed definition of Lemma A.4 misses, and the repaired one.

    Args:
        root: folder of the project.
        ax: empty axes.
    """
    table = under_figure(root, "lemma-6-4-information-out-of-randomness", "lemma-a-4-partition")
    for series, colour in (("as printed", RED), ("repaired", BLUE)):
        rows = table[table["series"] == series]
        ax.plot(rows["y"], rows["value"].round(4), color=colour, lw=2)
    ax.set(xlabel="y", ylabel="miss, in units of τ")
    ax.set_xticks([-0.02, 0, 0.02])
    word(ax, 0.05, 0.88, "as printed", RED)
    word(ax, 0.68, 0.56, "repaired", BLUE)


def padding(root: Path, ax: Axes) -> None:
    """Draw the two-layer curve of Figure 1 for padded and for plain inputs, and as it is printed.

    Args:
        root: folder of the project.
        ax: empty axes.
    """
    stored, _ = read_export(root / "results" / "figure-1" / "paper.parquet")
    best = curves.chosen(curves.finished(stored), by="test")
    for kind, colour in (("plain", RED), ("padded", BLUE)):
        errors = curves.both_conventions(best)["2layer", kind]  # type: ignore[index]
        line(ax, curves.geometric_mean(errors).round(3), colour, kind)
    paper = points("figure-1")
    drawn = paper[(paper["panel"] == "a") & (paper["series"] == "2layer") & (paper["x"] <= 1000)]
    ax.plot(drawn["x"], drawn["test_error"], "o", mfc="white", mec="black", ms=5)
    ax.set(xscale="log", yscale="log", xlabel="width", ylabel="test error")
    ax.set_xticks([100, 300, 1000], ["100", "300", "1000"])
    ax.set_yticks([2, 5, 10], ["2", "5", "10"])
    word(ax, 0.1, 0.78, "not padded", RED)
    word(ax, 0.45, 0.46, "in the paper", "black")
    word(ax, 0.22, 0.12, "padded", BLUE)


PICTURES: dict[str, Picture] = {
    "plain-network": plain_network,
    "blind": blind,
    "bound": bound,
    "mended": mended,
    "padding": padding,
}
"""The picture of each finding, by its name."""
