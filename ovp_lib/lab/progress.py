"""Progress of long commands, by tqdm: bars on a terminal, a line now and then in a log."""

import sys
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

if TYPE_CHECKING:
    Tqdm = tqdm[NoReturn]

LOG_INTERVAL = 10.0
"""Seconds between two lines about the same bar in a log."""

BAR = "{desc}: |{bar:20}| {n_fmt}/{total_fmt} {unit} [{elapsed}]{postfix}"
"""Form of a bar on a terminal."""

LINE = "{desc}: {n_fmt}/{total_fmt} {unit} [{elapsed}]{postfix}"
"""Form of its lines in a log."""


class Log:
    """Standard error for tqdm where it is no terminal: each state of a bar becomes a line, once."""

    def __init__(self) -> None:
        self._last = ""

    def write(self, text: str) -> None:
        """Write what is new as a line; tqdm also sends carriage returns and blanks.

        Args:
            text: what tqdm sends.
        """
        line = text.strip()
        if line and line != self._last:
            sys.stderr.write(f"{line}\n")
            self._last = line

    def flush(self) -> None:
        """Pass on what is written."""
        sys.stderr.flush()


class Bar:
    """A bar on standard error: how much of something is done, with a note beside it.

    Args:
        name: text before the bar.
        unit: what is counted, in the plural.
        done: how many are done at the start.
        total: how many there are, ``None`` if that is not known yet.
        note: text beside the numbers.
        interval: seconds between two lines, where standard error is no terminal.
    """

    def __init__(
        self,
        name: str,
        unit: str,
        *,
        done: int = 0,
        total: int | None = None,
        note: str = "",
        interval: float = LOG_INTERVAL,
    ):
        terminal = sys.stderr.isatty()
        self._tqdm: Tqdm = tqdm(
            desc=name,
            unit=unit,
            initial=done,
            total=total,
            postfix=note,
            file=sys.stderr if terminal else Log(),
            bar_format=BAR if terminal else LINE,
            dynamic_ncols=terminal,
            mininterval=0.1 if terminal else interval,
            miniters=0,  # a new note alone is worth showing
            position=None if terminal else 0,  # in a log no bar stands below another
        )

    def show(self, done: int, total: int, note: str = "", *, at_once: bool = False) -> None:
        """Show how much is done.

        Args:
            done: how many are done.
            total: how many there are.
            note: text beside the numbers.
            at_once: do not wait for the interval to pass.
        """
        self._tqdm.total = total
        self._tqdm.set_postfix_str(note, refresh=False)
        self._tqdm.update(done - self._tqdm.n)
        if at_once:
            self._tqdm.refresh()

    def close(self, note: str | None = None) -> None:
        """Show the last state, with a last note if there is one, and leave it there.

        Args:
            note: text beside the numbers; ``None`` leaves the one that is there.
        """
        if note is not None:
            self._tqdm.set_postfix_str(note, refresh=False)
        self._tqdm.close()
