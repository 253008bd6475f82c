"""What Zhang et al. (2016) do to data: random labels, shuffled, random and Gaussian pixels."""

from dataclasses import replace

import torch
from torch import Generator

from ovp_lib.datasets.labelled import LabelledData

PIXELS = ("shuffled", "random", "gaussian")
"""One permutation of the coordinates for all points; another one for each; no image at all."""


def random_labels(data: LabelledData, share: float, generator: Generator) -> LabelledData:
    """Give each point, with probability ``share``, a class that is drawn uniformly.

    A drawn class may be the old one, so that 1 - 1/k of the drawn ones are wrong ("partially
    corrupted labels" of Zhang et al.). A point that is corrupted at one share is so at every larger
    one, with the same class, if the generator starts in the same state.

    Args:
        data: with true labels.
        share: probability, in [0, 1]; 1 leaves no information.
        generator: source of randomness.

    Returns:
        The same points with other labels.

    Raises:
        ValueError: if ``share`` is no probability, or there is one class only.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> points, labels = torch.zeros(1000, 1).double(), torch.zeros(1000).long()
        >>> data = LabelledData("zeros", points, labels, ("a", "b"), (1,))
        >>> 200 < random_labels(data, 0.5, stream(0)).counts[1] < 300
        True
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of random labels must be in [0, 1], got {share}")
    if len(data.classes) < 2:
        raise ValueError(f"{data.name} has one class only: no label can be another")
    # Both are drawn for every point, whatever the share is: this keeps the shares nested.
    drawn = torch.rand(len(data), generator=generator, dtype=torch.float64) < share
    others = torch.randint(len(data.classes), (len(data),), generator=generator)
    return replace(data, labels=torch.where(drawn, others, data.labels))


def corrupted_pixels(data: LabelledData, kind: str, generator: Generator) -> LabelledData:
    """Permute the coordinates of the points, or draw them anew.

    Args:
        data: with true points.
        kind: ``shuffled`` (one permutation for all points), ``random`` (one for each point) or
            ``gaussian`` (independent, with each coordinate's mean and standard deviation taken over
            all coordinates and points, as Zhang et al. do).
        generator: source of randomness.

    Returns:
        Other points with the same labels.

    Raises:
        ValueError: if ``kind`` is none of :data:`PIXELS`.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> points = torch.arange(6.0).double().reshape(2, 3)
        >>> data = LabelledData("six", points, torch.tensor([0, 1]), ("a", "b"), (3,))
        >>> moved = corrupted_pixels(data, "random", stream(0))
        >>> moved.x.sort(dim=1).values.tolist()
        [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    """
    if kind not in PIXELS:
        raise ValueError(f"pixels must be one of {', '.join(PIXELS)}, got {kind!r}")
    n, d = data.x.shape
    if kind == "shuffled":
        return replace(data, x=data.x[:, torch.randperm(d, generator=generator)])
    if kind == "random":
        order = torch.rand(n, d, generator=generator, dtype=torch.float64).argsort(dim=1)
        return replace(data, x=data.x.gather(1, order))
    noise = torch.randn(n, d, generator=generator, dtype=torch.float64)
    return replace(data, x=data.x.mean() + data.x.std() * noise)
