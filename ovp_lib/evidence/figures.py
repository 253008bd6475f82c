"""The look of the book: one theme, bands over seeds, the data under every figure."""

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import HTML, display
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import ListedColormap, LogNorm, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from ovp_lib.evidence.claims import NARROW_MIMETYPE, Estimate
from ovp_lib.evidence.layout import drawn_once
from ovp_lib.evidence.statistics import Numbers, geometric_interval, mean_interval
from ovp_lib.evidence.wide import widen

PALETTE = tuple(sns.color_palette("colorblind").as_hex())
"""Colour-blind-safe colours, in the order in which a figure uses them."""

WIDTH = 4.8
"""Inches: text stays readable when the figure is shrunk to a phone."""

GUIDE = "0.35"
"""Grey of the power laws that slopes are compared with."""

GUIDE_STYLES = (":", "-.", (0, (6, 2, 1, 2, 1, 2)))
"""Line styles of the power laws of one axes, in the order in which they are drawn."""

FEW = 4
"""Up to so many seeds each is shown as a dot: an interval of so few fills the figure."""


PNG_DPI = 110
"""Dots per inch of the picture beside the SVG: that of viewers who do not trust a notebook."""


def theme() -> None:
    """Set the theme of the book's figures: opaque, quiet, deterministic.

    Nothing of a user's own settings of matplotlib is left.
    """
    mpl.rcdefaults()
    sns.set_theme(context="notebook", style="whitegrid", palette=list(PALETTE))
    mpl.rcParams.update(
        {
            "figure.figsize": (WIDTH, 3.7),
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "svg.hashsalt": "ovp",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": "medium",
            "legend.frameon": True,
            "legend.fontsize": "small",
        }
    )


def panels(n: int = 1, *, height: float = 4.3, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``n`` panels, by default above one another, which a phone can show.

    Args:
        n: number of panels, at least 1.
        height: of a panel, in inches.
        columns: panels beside one another, at least 1.

    Returns:
        The figure and its n axes, row by row.
    """
    rows = math.ceil(n / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(WIDTH, height * rows), squeeze=False)
    for unused in axes.flat[n:]:
        unused.set_visible(False)
    return figure, list(axes.flat[:n])


def band(
    ax: Axes, x: Numbers, values: Numbers, label: str, *, colour: int = 0, style: str = "o-"
) -> None:
    """Draw the geometric mean over seeds with its interval, on logarithmic axes.

    At most :data:`FEW` seeds are shown as dots instead of an interval.

    Args:
        ax: axes; both become logarithmic.
        x: abscissae, shape ``(points,)``.
        values: measurements, shape ``(seeds, points)``; a point is left out where some seed has no
            logarithm: infinite (never reached) or not positive (drowned in noise).
        label: name in the legend.
        colour: index into :data:`PALETTE`.
        style: matplotlib format of the line.
    """
    measured = np.asarray(values, np.float64)
    reached = (np.isfinite(measured) & (measured > 0)).all(axis=0)
    where = np.asarray(x)[reached]
    estimates = [geometric_interval(column) for column in measured[:, reached].T]
    ax.plot(where, [e.value for e in estimates], style, color=PALETTE[colour], label=label)
    _spread(ax, where, measured[:, reached], estimates, colour)
    ax.set(xscale="log", yscale="log")


def linear_band(
    ax: Axes, x: Numbers, values: Numbers, label: str, *, colour: int = 0, style: str = "-"
) -> None:
    """Draw the mean over seeds with its interval, on axes that may be linear.

    At most :data:`FEW` seeds are shown as dots instead of an interval.

    Args:
        ax: axes.
        x: abscissae, shape ``(points,)``.
        values: measurements, shape ``(seeds, points)``.
        label: name in the legend.
        colour: index into :data:`PALETTE`.
        style: matplotlib format of the line.
    """
    estimates = [mean_interval(column) for column in np.asarray(values, np.float64).T]
    middle = [e.value for e in estimates]
    ax.plot(np.asarray(x), middle, style, color=PALETTE[colour], label=label)
    _spread(ax, np.asarray(x), np.asarray(values, np.float64), estimates, colour)


def _spread(
    ax: Axes, x: np.ndarray, values: np.ndarray, estimates: Sequence[Estimate], colour: int
) -> None:
    """Show how far seeds are apart: a band of the intervals, or each seed if there are few."""
    shade = PALETTE[colour]
    if len(values) <= FEW:
        ax.plot(x, values.T, ".", color=shade, alpha=0.6, markersize=5)
        return
    low, high = [e.low for e in estimates], [e.high for e in estimates]
    ax.fill_between(x, low, high, color=shade, alpha=0.25, linewidth=0)


def hollow(
    ax: Axes,
    x: Numbers | pd.Series,
    y: Numbers | pd.Series,
    label: str | None = None,
    *,
    colour: int = 0,
    style: str = "o",
) -> None:
    """Draw points that a paper printed, as hollow markers: nothing of them is ours.

    Args:
        ax: axes.
        x: abscissae, shape ``(points,)``.
        y: ordinates, shape ``(points,)``.
        label: name in the legend; none if ``None``.
        colour: index into :data:`PALETTE`, that of our curve for the same thing.
        style: matplotlib format of the marker.
    """
    ax.plot(
        np.asarray(x),
        np.asarray(y),
        style,
        markerfacecolor="white",
        markeredgecolor=PALETTE[colour],
        label=label,
    )


def point(
    ax: Axes, x: float, estimate: Estimate, label: str, *, above: bool = True, bound: bool = False
) -> None:
    """Draw one estimate with its interval and its name, as a triangle if it is a lower bound.

    Args:
        ax: axes.
        x: abscissa.
        estimate: value and interval.
        label: what it is, written at the point.
        above: whether the label stands above the interval, or below it.
        bound: whether the estimate is a lower bound.
    """
    value, low, high, _ = estimate
    marker = "^" if bound else "o"
    ax.errorbar(x, value, [[value - low], [high - value]], fmt=marker, color=PALETTE[0], capsize=3)
    anchor, offset = ((x, high), (0, 4)) if above else ((x, low), (0, -15))
    ax.annotate(label, anchor, xytext=offset, textcoords="offset points", ha="center")


def bars(ax: Axes, x: Numbers, values: Numbers, label: str, *, colour: int = 0) -> None:
    """Draw the mean over seeds with its interval as error bars, on linear axes.

    Args:
        ax: axes.
        x: abscissae, shape ``(points,)``.
        values: measurements, shape ``(seeds, points)``.
        label: name in the legend.
        colour: index into :data:`PALETTE`.
    """
    estimates = [mean_interval(column) for column in np.asarray(values, np.float64).T]
    middle = [e.value for e in estimates]
    ends = [[e.value - e.low for e in estimates], [e.high - e.value for e in estimates]]
    ax.errorbar(x, middle, ends, fmt="o", color=PALETTE[colour], label=label, capsize=3)


def cloud(
    ax: Axes,
    x: Numbers | pd.Series,
    y: Numbers | pd.Series,
    label: str,
    *,
    colour: int = 0,
    style: str = "o",
) -> None:
    """Draw single runs as points, on the axes as they are.

    Args:
        ax: axes.
        x: abscissae, one a run.
        y: ordinates.
        label: name in the legend.
        colour: index into :data:`PALETTE`.
        style: matplotlib format of the points.
    """
    ax.plot(np.asarray(x), np.asarray(y), style, color=PALETTE[colour], markersize=4, label=label)


def sign_map(ax: Axes, extent: tuple[float, float, float, float], values: Numbers) -> None:
    """Draw a function of two variables with values in {-1, 0, 1}: light, white, dark.

    Args:
        ax: axes.
        extent: left, right, bottom, top.
        values: the signs on a regular grid, shape ``(rows, columns)``, lowest row first.
    """
    colours = ListedColormap([PALETTE[1], "white", PALETTE[0]])
    picture = ax.imshow(
        np.asarray(values), colours, extent=extent, origin="lower", aspect="auto", vmin=-1, vmax=1
    )
    picture.set_interpolation("nearest")
    ax.grid(visible=False)


def heat_map(ax: Axes, extent: tuple[float, float, float, float], values: Numbers) -> None:
    """Draw a function of two variables that spans decades on both sides of zero.

    Args:
        ax: axes; a colour bar is put beside it.
        extent: left, right, bottom, top.
        values: the function on a regular grid, shape ``(rows, columns)``, lowest row first.
    """
    measured = np.asarray(values, np.float64)
    # At least one decade, so that the colour bar has ticks besides 0.
    end = max(10.0, float(np.abs(measured).max()))
    norm = SymLogNorm(linthresh=1.0, vmin=-end, vmax=end)
    picture = ax.imshow(
        measured, extent=extent, origin="lower", aspect="auto", cmap="RdBu_r", norm=norm
    )
    ax.grid(visible=False)
    decades = math.floor(math.log10(end))
    step = max(1, decades // 2)
    powers = [10.0**k for k in range(step, decades + 1, step)]
    bar = plt.colorbar(picture, ax=ax, ticks=[-t for t in powers[::-1]] + [0.0, *powers])
    bar.ax.minorticks_off()


def tuning_map(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the errors of a grid as numbers on colours, the least one framed.

    Args:
        ax: axes.
        table: positive errors, one row and one column a value of a hyper-parameter; NaN where
            training diverged.
    """
    rows, columns = ([f"{value:g}" for value in values] for values in table.axes)
    named = table.set_axis(rows, axis=0).set_axis(columns, axis=1)
    sns.heatmap(named, ax=ax, annot=True, fmt=".3g", cmap="crest", norm=LogNorm(), cbar=False)
    row, column = divmod(int(np.nanargmin(table)), table.shape[1])
    ax.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor=PALETTE[1], linewidth=2.5))


def legend(ax: Axes, columns: int = 1) -> None:
    """Put the legend of ``ax`` under the figure, where it covers no data.

    Args:
        ax: axes whose curves have labels.
        columns: entries beside one another.
    """
    handles, labels = ax.get_legend_handles_labels()
    ax.figure.legend(
        handles, labels, loc="outside lower left", ncols=columns, frameon=False, fontsize="small"
    )


def with_exponent(label: str, estimate: Estimate) -> str:
    """Return a legend entry with a fitted exponent and its interval.

    Args:
        label: name of the curve.
        estimate: the exponent.

    Returns:
        Text for a legend.
    """
    if not math.isfinite(estimate.value):
        return label
    value, low, high = (f"{number:+.2f}".replace("-", "−") for number in estimate[:3])
    return f"{label}: exponent {value} [{low}, {high}]"


def reference(ax: Axes, level: float, label: str) -> None:
    """Draw a horizontal line to compare with, e.g. the risk of predicting nothing.

    Args:
        ax: axes.
        level: ordinate of the line.
        label: name in the legend.
    """
    ax.axhline(level, color="0.4", linestyle="--", linewidth=1.2, label=label)


def guide(ax: Axes, x: Sequence[float], power: float, start: float, label: str) -> None:
    """Draw a power law ``start * (x / x_0)^power`` to compare slopes with.

    The second and the third of an axes have line styles of their own.

    Args:
        ax: logarithmic axes.
        x: abscissae from the first to the last, positive.
        power: exponent.
        start: ordinate at the first abscissa, positive.
        label: name in the legend.
    """
    points = np.asarray(x, np.float64)
    before = sum(line.get_color() == GUIDE for line in ax.lines)
    style = GUIDE_STYLES[before % len(GUIDE_STYLES)]
    law = start * (points / points[0]) ** power
    ax.plot(points, law, linestyle=style, color=GUIDE, label=label)


def tidy(measured: Mapping[str, Numbers], axis: str, points: Numbers) -> pd.DataFrame:
    """Return named arrays of shape ``(seeds, points)`` with one row for each measurement.

    Args:
        measured: arrays of shape ``(seeds, points)`` by the name of their series.
        axis: name of the column of abscissae.
        points: abscissae, shape ``(points,)``.

    Returns:
        Columns ``series``, ``seed``, the one named by ``axis``, and ``value``.

    Example:
        >>> tidy({"test": [[0.5, 0.25]]}, "N", [10, 20]).to_dict("records")[1]
        {'series': 'test', 'seed': 0, 'N': 20, 'value': 0.25}
    """
    rows = [
        {"series": name, "seed": seed, axis: point, "value": value}
        for name, array in measured.items()
        for seed, row in enumerate(np.asarray(array).tolist())
        for point, value in zip(points, row, strict=True)
    ]
    return pd.DataFrame(rows)


def publish(figure: Figure, name: str) -> None:
    """Show a figure as SVG for a wide column, with a PNG and a narrow SVG beside it; close it.

    JupyterLab shows the SVG of a notebook only to those who trust it, and the PNG to all; the
    book shows the narrow one on a phone. It is glued under ``name`` (MyST-NB), so that other pages
    of the book can show it too.

    Args:
        figure: a figure that is finished.
        name: identifier of the figure in the book and of its file.
    """
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            _plain_ticks(axis)
    # The narrow picture comes first, since ``widen`` changes the figure in place.
    narrow = _svg(figure, name)
    widen(figure)
    broad = _svg(figure, name)
    pixels = _png(figure)
    plt.close(figure)
    picture = {
        "image/svg+xml": broad,
        "image/png": base64.b64encode(pixels).decode(),
        NARROW_MIMETYPE: narrow,
        "text/plain": f"<figure {name}>",
    }
    display(picture, raw=True, metadata={"scrapbook": {"name": name, "mime_prefix": ""}})


def _svg(figure: Figure, name: str) -> str:
    """Return the text of a figure as SVG, the same on every machine."""
    buffer = io.StringIO()
    with drawn_once(figure):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return numbered(buffer.getvalue(), name)


def numbered(svg: str, name: str) -> str:
    """Number what an SVG names by hashes: of places, whose last bits another solver rounds.

    Args:
        svg: text of the picture.
        name: of the picture, with which the new names begin.

    Returns:
        The same picture.
    """
    found = dict.fromkeys(re.findall(r'id="([a-zA-Z][0-9a-f]{10})"', svg))
    numbers = {each: f"{name}-{number}" for number, each in enumerate(found)}
    return re.sub(r"\b[a-zA-Z][0-9a-f]{10}\b", lambda m: numbers.get(m[0], m[0]), svg)


def download(data: pd.DataFrame, name: str) -> HTML:
    """Return a link that downloads the numbers of a figure as CSV.

    The data travel inside the page, with six significant digits.

    Args:
        data: one row for each measurement.
        name: name of the downloaded file, without its ending.

    Returns:
        What a notebook shows as a link.
    """
    csv = data.to_csv(index=False, float_format="%.6g")
    payload = base64.b64encode(csv.encode()).decode()
    return HTML(
        f'<a class="ovp-data" download="{name}.csv" href="data:text/csv;base64,{payload}">'
        f"Data of this figure (CSV, {len(data)} rows)</a>"
    )


def _png(figure: Figure) -> bytes:
    """Return a small picture of a figure: with at most 256 colours it is a third of the size."""
    buffer, small = io.BytesIO(), io.BytesIO()
    figure.set_layout_engine("none")  # everything has the place that the SVG gave it
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    picture = Image.open(buffer).convert("RGB")
    picture.quantize(dither=Image.Dither.NONE).save(small, format="png", optimize=True)
    return small.getvalue()


def _plain_ticks(axis: Axis) -> None:
    """Label a logarithmic axis so that neighbours never run into each other."""
    if axis.get_scale() != "log":
        return
    low, high = axis.get_view_interval()
    axis.set_minor_formatter(ticker.NullFormatter())
    if math.log10(high / low) < 2.5:
        axis.set_major_locator(ticker.LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
