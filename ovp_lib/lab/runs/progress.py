"""Progress of a run: a bar for each notebook, which counts its cells."""

from ovp_lib.lab.progress import LOG_INTERVAL, Bar


class Bars:
    """A bar for each notebook that runs.

    Args:
        interval: seconds between two lines about a notebook, where standard error is no terminal.
    """

    def __init__(self, interval: float = LOG_INTERVAL):
        self._interval = interval
        self._bars: dict[str, Bar] = {}

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._bars):
            self.finish(name, "stopped")

    def start(self, name: str) -> None:
        """Add the bar of a notebook.

        Args:
            name: stem of the notebook, by which its bar is known.
        """
        self._bars[name] = Bar(name, "cells", note="started", interval=self._interval)

    def update(self, name: str, done: int, total: int, note: str = "") -> None:
        """Move the bar of a notebook, and write the progress of its running cell beside it.

        Args:
            name: stem of a notebook that has a bar.
            done: how many of its cells are done.
            total: how many cells it has.
            note: the progress of the running cell; empty if it shows none.
        """
        self._bars[name].show(done, total, note)

    def finish(self, name: str, outcome: str) -> None:
        """Leave the bar of a notebook as it is, with the outcome beside it.

        Args:
            name: stem of a notebook that has a bar.
            outcome: how its run ended, in a word.
        """
        self._bars.pop(name).close(outcome)
