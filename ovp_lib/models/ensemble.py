"""Ensembles: named tuples of tensors whose leading axis counts the members.

Python allows no base class in the statement that makes a named tuple, so each network is written in
two steps: a named tuple of its fields, and a class that adds the methods of :class:`Weights`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from ovp_lib.models.devices import precision_of

Members = slice | Sequence[int] | Tensor
"""Which members: a slice (a view, without a copy), their positions, or a tensor of these."""

S = TypeVar("S")
"""The type of the ensemble that a method is of; ``typing.Self`` is beyond the shape checks of the
tests."""


@runtime_checkable
class Network(Protocol):
    """The weights of an ensemble of networks, as trainers and kernels see them.

    Every field is a tensor ``(e, ...)``, one entry for each member. How the fields make a function
    is told by :func:`ovp_lib.models.architectures.architecture_of`.
    """

    @property
    def W(self) -> Tensor:
        """Weights of the first hidden layer, shape ``(e, m, d)``."""

    @property
    def _fields(self) -> tuple[str, ...]: ...

    def __iter__(self) -> Iterator[Tensor]: ...

    def __getitem__(self, field: int, /) -> Tensor: ...

    def _replace(self: S, *_: Any, **fields: Any) -> S: ...

    def _asdict(self) -> Mapping[str, Tensor]: ...

    def map(self: S, change: Callable[[Tensor], Tensor]) -> S:
        """Return the network with every field changed, see :meth:`Ensemble.map`.

        Args:
            change: maps each field to a tensor; the leading axis must stay the members'.
        """

    def select(self: S, members: Members) -> S:
        """Return some members, see :meth:`Ensemble.select`.

        Args:
            members: positions in the leading axis.
        """

    def member(self: S, index: int) -> S:
        """Return one member, see :meth:`Ensemble.member`.

        Args:
            index: position in the leading axis, at least 0.
        """

    def expand(self: S, e: int) -> S:
        """Return one member as if it were many, see :meth:`Ensemble.expand`.

        Args:
            e: number of members, at least 1.
        """

    def to(self: S, device: torch.device | str, precision: torch.dtype | None = None) -> S:
        """Return the network on a device, see :meth:`Weights.to`.

        Args:
            device: where.
            precision: number format; by default the one that suits the device.
        """


class Ensemble:
    """Methods of a named tuple of tensors with one leading ensemble axis."""

    __slots__ = ()

    def map(self: S, change: Callable[[Tensor], Tensor]) -> S:
        """Return the ensemble with every field changed.

        Args:
            change: maps each field to a tensor; the leading axis must stay the members'.

        Returns:
            An ensemble of the same type.

        Example:
            >>> from ovp_lib.models.inputs import stream
            >>> from ovp_lib.models.networks import init_two_layer
            >>> net = init_two_layer([stream(0), stream(1)], d=3, m=5)
            >>> net.map(torch.Tensor.float).W.dtype
            torch.float32
        """
        return _changed(self, change)

    def select(self: S, members: Members) -> S:
        """Return some members, in the order given; one may be there more than once.

        Args:
            members: positions in the leading axis. A slice gives views, everything else copies.

        Returns:
            An ensemble of the same type.
        """
        index = list(members) if isinstance(members, Sequence) else members
        return _changed(self, lambda field: field[index])

    def member(self: S, index: int) -> S:
        """Return one member as an ensemble of one, which shares the memory.

        Args:
            index: position in the leading axis, at least 0.

        Returns:
            An ensemble of the same type.
        """
        return _changed(self, lambda field: field[index : index + 1])

    def expand(self: S, e: int) -> S:
        """Return an ensemble of one as ``e`` equal members, which share the memory.

        Args:
            e: number of members, at least 1.

        Returns:
            An ensemble of the same type, whose fields are views.
        """
        return _changed(self, lambda field: field.expand(e, *field.shape[1:]))


class Weights(Ensemble):
    """Methods of every network: those of an ensemble, and where it is computed."""

    __slots__ = ()

    def to(self: S, device: torch.device | str, precision: torch.dtype | None = None) -> S:
        """Return the network on a device.

        Args:
            device: where.
            precision: number format; by default the one that suits the device, see
                :func:`~ovp_lib.models.devices.precision_of`.

        Returns:
            A network of the same type.
        """
        there = torch.device(device)
        chosen = precision_of(there) if precision is None else precision
        return _changed(self, lambda field: field.to(there, chosen))


E = TypeVar("E", bound=Ensemble)
"""The type of an ensemble."""


def joined(ensembles: Sequence[E]) -> E:
    """Return the members of several ensembles as one.

    Args:
        ensembles: of one type and of shapes that differ in the leading axis only; at least one.

    Returns:
        An ensemble of that type, the members of the first one first.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.networks import init_two_layer
        >>> nets = [init_two_layer([stream(seed)], d=3, m=5) for seed in range(4)]
        >>> joined(nets).W.shape
        torch.Size([4, 5, 3])
    """
    return type(ensembles[0])(*map(torch.cat, zip(*ensembles, strict=True)))


def _changed(ensemble: Any, change: Callable[[Tensor], Tensor]) -> Any:
    # ``Any``, since a mixin cannot say that it will be beside a named tuple.
    return type(ensemble)(*(change(field) for field in ensemble))
