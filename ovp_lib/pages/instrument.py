"""The interactive figure of a page: which script draws it, and where its numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ovp_lib.experiments.base import Named

if TYPE_CHECKING:
    import pandas as pd


@runtime_checkable
class NumberSource(Protocol):
    """What an interactive figure may take its numbers from, when the book is rendered."""

    def published(self, name: str) -> "pd.DataFrame":
        """Return the numbers of a figure of the page's notebook, as a reader downloads them.

        Args:
            name: of the download, without its ending.

        Returns:
            The table.

        Raises:
            ValueError: if the notebook offers no such download.
        """

    def sweep(self, name: str, preset: str) -> "pd.DataFrame":
        """Return the committed table of a sweep.

        Args:
            name: of the sweep.
            preset: of its grid.

        Returns:
            The table.

        Raises:
            InputError: if there is none.
        """


@dataclass(frozen=True)
class Instrument:
    """An interactive figure, placed near the top of the page of its statement.

    Attributes:
        script: name of its script in ``book/_assets/instruments``, without the ending; that says
            what to try.
        label: what it shows, for those who cannot see it.
        data: a function from :class:`NumberSource` to what JSON carries or arrays of finite
            numbers; by its name, since it computes. None if the script needs no numbers.
    """

    script: str
    label: str
    data: Named | None = None

    def numbers(self, source: NumberSource) -> Mapping[str, Any]:
        """Compute the numbers that travel in the page.

        Args:
            source: tables of the page and of its sweeps.

        Returns:
            Values by name; none if the script needs none.
        """
        return {} if self.data is None else self.data(source)


def rounded(value: float, digits: int = 4) -> float:
    """Return a number with few significant digits, since each one travels in the page.

    Args:
        value: finite.
        digits: significant digits that are kept.

    Example:
        >>> rounded(0.123456), rounded(98765.0, 2)
        (0.1235, 99000.0)
    """
    return float(f"{value:.{digits}g}")
