"""Laying a figure out without drawing it.

With a layout engine, Matplotlib draws a figure twice to save it: the first drawing goes nowhere,
and only the layout at its start counts. Half of the time of a picture goes there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.figure import Figure


def lay_out(figure: Figure) -> None:
    """Give every part of a figure its place, as drawing it would.

    Args:
        figure: with a layout engine, or none: then everything stays where it is.
    """
    engine = figure.get_layout_engine()
    if figure.axes and engine is not None:
        engine.execute(figure)


@contextmanager
def drawn_once(figure: Figure) -> Iterator[None]:
    """Let the first drawing of a figure inside, which goes nowhere, only lay it out.

    Args:
        figure: with a layout engine; without one the first drawing is the picture.

    Yields:
        Nothing; what is saved inside is the same picture as outside.

    Example:
        >>> import io
        >>> import matplotlib.pyplot as plt
        >>> figure, ax = plt.subplots(layout="constrained")
        >>> lines = ax.plot([0, 1])
        >>> with drawn_once(figure):
        ...     figure.savefig(io.BytesIO(), format="png")
        >>> plt.close(figure)
    """
    own = vars(figure)

    def first(_renderer: Any) -> None:
        own.pop("draw")
        lay_out(figure)

    if figure.get_layout_engine() is not None:
        own["draw"] = first
    try:
        yield
    finally:
        own.pop("draw", None)
