"""CUDA graphs: many small kernels recorded once and launched together."""

import warnings
from collections.abc import Callable

import torch

Work = Callable[[], None]

Capture = Callable[[Work], Work]
"""Records a piece of work on fixed memory and returns what does it again."""


def cuda_capture(work: Work) -> Work:
    """Record ``work`` as a CUDA graph, without doing it, and return its replay.

    Args:
        work: launches kernels on memory that stays where it is.

    Returns:
        What launches all of them at once.
    """
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


class Recorded:
    """A piece of work that runs directly the first time, and from a recording afterwards.

    The first time warms up what must not be set up while recording. Where recording fails a
    warning says so, and the work runs directly from then on.
    """

    def __init__(self, work: Work, capture: Capture | None) -> None:
        self.work, self.capture = work, capture
        self.warm = False
        self.replay: Work | None = None

    def __call__(self) -> None:
        """Do the work once."""
        if self.warm and self.capture is not None and self.replay is None:
            self._record(self.capture)
        (self.replay or self.work)()
        self.warm = True

    def _record(self, capture: Capture) -> None:
        try:
            self.replay = capture(self.work)
        except RuntimeError as error:
            self.capture = None
            warnings.warn(
                f"the steps could not be recorded as a CUDA graph and are launched one by one: "
                f"{error}",
                RuntimeWarning,
                stacklevel=2,
            )
