"""Points with class labels, and how a part of them is taken, scaled and turned into signs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor


@dataclass(frozen=True)
class LabelledData:
    """A labelled data set.

    Attributes:
        name: what it is called in figures and errors.
        x: points, flattened, in float64, shape ``(n, d)``.
        labels: class of each point, in 0..k-1, shape ``(n,)``.
        classes: names of the k classes.
        shape: of one point before it was flattened, e.g. channels, height, width.

    Raises:
        ValueError: if the parts do not fit together, a label is out of range, or a number is not
            finite.

    Example:
        >>> points = torch.eye(4, dtype=torch.float64)
        >>> data = LabelledData("ends", points, torch.tensor([0, 0, 1, 1]), ("low", "high"), (4,))
        >>> len(data), data.dimension, data.counts
        (4, 4, (2, 2))
    """

    name: str
    x: Float[Tensor, "n d"]
    labels: Int[Tensor, " n"]
    classes: tuple[str, ...]
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        n, k = len(self.x), len(self.classes)
        if self.labels.shape != (n,) or math.prod(self.shape) != self.dimension:
            raise ValueError(
                f"{self.name}: {tuple(self.x.shape)} points need a label each and {self.dimension} "
                f"numbers a point, got {tuple(self.labels.shape)} labels and a shape {self.shape}"
            )
        if n and not (int(self.labels.min()) >= 0 and int(self.labels.max()) < k):
            raise ValueError(f"{self.name}: labels must be in 0..{k - 1}, the {k} classes")
        if not bool(self.x.isfinite().all()):
            raise ValueError(f"{self.name}: a point has a number that is not finite")

    def __len__(self) -> int:
        return len(self.x)

    @property
    def dimension(self) -> int:
        """Number of inputs d."""
        return self.x.shape[1]

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of points of each class."""
        return tuple(torch.bincount(self.labels, minlength=len(self.classes)).tolist())

    def select(self, rows: Int[Tensor, " s"]) -> "LabelledData":
        """Return the points of the given rows, in their order.

        Args:
            rows: indices of points, shape ``(s,)``.
        """
        return replace(self, x=self.x[rows], labels=self.labels[rows])


def split(
    data: LabelledData, sizes: tuple[int, ...], generator: Generator
) -> tuple[LabelledData, ...]:
    """Draw disjoint parts without replacement, e.g. for training, validation and test.

    The first part does not depend on how many others there are, and a smaller first part is the
    beginning of a larger one: sample sizes are nested.

    Args:
        data: to draw from.
        sizes: number of points of each part, at least 1 each.
        generator: source of randomness.

    Returns:
        The parts.

    Raises:
        ValueError: if a size is below 1, or there are fewer points than asked for.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> points = torch.arange(10.0).double()[:, None]
        >>> data = LabelledData("line", points, torch.zeros(10).long(), ("all",), (1,))
        >>> [len(part) for part in split(data, (6, 3), stream(0))]
        [6, 3]
    """
    if not sizes or min(sizes) < 1 or sum(sizes) > len(data):
        raise ValueError(
            f"{data.name} has {len(data)} points: parts of at least one point each that are at "
            f"most as many together can be drawn, got {sizes}"
        )
    drawn = torch.randperm(len(data), generator=generator)[: sum(sizes)]
    return tuple(data.select(rows) for rows in torch.split(drawn, list(sizes)))


def of_classes(data: LabelledData, chosen: tuple[int, ...]) -> LabelledData:
    """Return the points of some classes, which are numbered 0, 1, ... in the order given.

    Args:
        data: to choose from.
        chosen: at least two different classes of ``data``.

    Raises:
        ValueError: if a class is unknown, doubled, or alone, or has no point.

    Example:
        >>> points = torch.eye(3, dtype=torch.float64)
        >>> data = LabelledData("corners", points, torch.tensor([0, 1, 2]), ("a", "b", "c"), (3,))
        >>> of_classes(data, (2, 0)).labels.tolist(), of_classes(data, (2, 0)).classes
        ([1, 0], ('c', 'a'))
    """
    k = len(data.classes)
    if len(set(chosen)) != len(chosen) or len(chosen) < 2 or not set(chosen) <= set(range(k)):
        raise ValueError(
            f"at least two different classes in 0..{k - 1} can be chosen, got {chosen}"
        )
    if empty := [c for c in chosen if not data.counts[c]]:
        raise ValueError(f"{data.name} has no point of class {empty[0]}")
    matches = data.labels[:, None] == torch.tensor(chosen)
    rows = matches.any(dim=1).nonzero()[:, 0]
    names = tuple(data.classes[c] for c in chosen)
    return replace(data, x=data.x[rows], labels=matches[rows].int().argmax(dim=1), classes=names)


def grouped(data: LabelledData, groups: Mapping[str, tuple[int, ...]]) -> LabelledData:
    """Return the same points with groups of classes as classes, numbered in the order given.

    Args:
        data: points of more classes.
        groups: for each name the classes of ``data`` in it; each class is in one group.

    Raises:
        ValueError: if there is one group only, or a class is in none or in several.

    Example:
        >>> points = torch.eye(3, dtype=torch.float64)
        >>> data = LabelledData("corners", points, torch.tensor([0, 1, 2]), ("a", "b", "c"), (3,))
        >>> merged = grouped(data, {"outer": (0, 2), "inner": (1,)})
        >>> merged.labels.tolist(), merged.classes
        ([0, 1, 0], ('outer', 'inner'))
    """
    members = [each for group in groups.values() for each in group]
    if len(groups) < 2 or sorted(members) != list(range(len(data.classes))):
        raise ValueError(
            f"two groups or more must hold each class in 0..{len(data.classes) - 1} once, "
            f"got {dict(groups)}"
        )
    new = torch.empty(len(data.classes), dtype=torch.long)
    for number, group in enumerate(groups.values()):
        new[list(group)] = number
    return replace(data, labels=new[data.labels], classes=tuple(groups))


def on_sphere(data: LabelledData) -> LabelledData:
    """Scale every point to length one, as all theorems of the slides assume.

    Args:
        data: points, none of them 0.

    Returns:
        The same directions and labels.

    Raises:
        ValueError: if a point is 0.

    Example:
        >>> x = torch.tensor([[3.0, 4.0]]).double()
        >>> data = LabelledData("one", x, torch.tensor([0]), ("a",), (2,))
        >>> on_sphere(data).x.tolist()
        [[0.6, 0.8]]
    """
    lengths = data.x.norm(dim=1, keepdim=True)
    if not bool((lengths > 0).all()):
        raise ValueError(f"{data.name}: a point is 0 and has no direction")
    return replace(data, x=data.x / lengths)


def signs(data: LabelledData, positive: tuple[int, ...]) -> Float[Tensor, "n 1"]:
    """Return the labels as -1 and 1, for two groups of classes.

    Args:
        data: with at least one point on either side.
        positive: classes whose points get 1.

    Returns:
        Signs in float64, shape ``(n, 1)``.

    Raises:
        ValueError: if all points get the same sign, which leaves nothing to learn.

    Example:
        >>> points = torch.eye(3, dtype=torch.float64)
        >>> data = LabelledData("corners", points, torch.tensor([0, 1, 2]), ("a", "b", "c"), (3,))
        >>> signs(data, (1,))[:, 0].tolist()
        [-1.0, 1.0, -1.0]
    """
    member = torch.isin(data.labels, torch.tensor(positive, dtype=data.labels.dtype))
    if not bool(member.any()) or bool(member.all()):
        raise ValueError(
            f"{data.name}: both signs must occur, and classes {positive} against the rest of "
            f"{len(data.classes)} give one"
        )
    return (2.0 * member.double() - 1.0)[:, None]


def separation(data: LabelledData) -> float:
    """Return the least distance phi between two points of different classes.

    Args:
        data: points, on the unit sphere where a theorem of the slides is meant.

    Raises:
        ValueError: if there is one class only.

    Example:
        >>> points = torch.eye(2, dtype=torch.float64)
        >>> data = LabelledData("corners", points, torch.tensor([0, 1]), ("a", "b"), (2,))
        >>> round(separation(data), 4)
        1.4142
    """
    different = data.labels[:, None] != data.labels[None, :]
    if not bool(different.any()):
        raise ValueError(f"{data.name}: a separation needs points of two classes")
    return float(torch.cdist(data.x, data.x)[different].min())
