"""A network taken apart into the matrices of a hand-written step, and put together again.

Matrices are ``(e, inputs, outputs)``. The biases of the first layer are the last row of its
weights, those of other layers a matrix with one row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ovp_lib.models.architectures import Architecture, Layer
from ovp_lib.models.ensemble import Network
from ovp_lib.training.protocol import Member

Rows = tuple[int, int]
"""First row and number of rows."""

Take = Callable[[Tensor], Tensor]
"""What takes some members out of the leading axis."""


class Matrix:
    """Weights of every member, of which all rows, some or none are trained.

    Attributes:
        w: weights up to the scale sigma, shape ``(e, inputs, outputs)``; ``w_T`` is a view.
        rows: first and number of the rows that are trained; ``None`` for none.
        moved: those rows of ``w``, a view.
        u: their momentum; ``None`` if none is trained.
        factor: what multiplies their step sizes, shape ``(e, rows, 1)``; ``None`` if all have 1.
    """

    def __init__(
        self,
        w: Tensor,
        rows: Rows | None,
        u: Tensor | None = None,
        factor: Tensor | None = None,
    ) -> None:
        self.w, self.w_T, self.rows, self.factor = w, w.mT, rows, factor
        self.moved = w.narrow(1, *(rows or (0, 0)))
        self.u = w.new_zeros(self.moved.shape) if u is None and rows is not None else u

    def of(self, members: Take) -> "Matrix":
        """Return the matrix of some members.

        Args:
            members: takes some members out of the leading axis.

        Returns:
            A matrix; if ``members`` takes views, it shares memory.
        """
        u, factor = (part if part is None else members(part) for part in (self.u, self.factor))
        return Matrix(members(self.w), self.rows, u, factor)


@dataclass(frozen=True)
class Hidden:
    """A hidden layer; see :mod:`ovp_lib.training.step` for ``one_l`` and ``skip_l``.

    Attributes:
        layer: the names of its fields.
        weight: its weights.
        bias: its biases; ``None`` in the first layer, and where there are none.
        one: power of sigma that ``one_l`` is.
        skip: power of sigma that ``skip_l`` is; ``None`` if the output does not read the layer.
    """

    layer: Layer
    weight: Matrix
    bias: Matrix | None
    one: int
    skip: int | None


@dataclass(frozen=True)
class Wiring:
    """All matrices of an ensemble.

    Attributes:
        architecture: what is wired.
        template: the network that was taken apart, for its fields and their shapes.
        trained: fields that are trained.
        hidden: hidden layers from the input up.
        readout: output weights.
        scale: power of sigma that F is of f.
    """

    architecture: Architecture
    template: Network
    trained: tuple[str, ...]
    hidden: tuple[Hidden, ...]
    readout: Matrix
    scale: int

    @property
    def inputs(self) -> int:
        """Number of inputs d, without the constant one."""
        return getattr(self.template, self.hidden[0].layer.weight).shape[-1]

    @property
    def constant(self) -> bool:
        """Whether samples need a constant input for the biases of the first layer."""
        return self.hidden[0].layer.bias is not None

    def moving(self) -> Iterator[tuple[str, Tensor, Tensor, Tensor | None]]:
        """Yield a name, weights, momentum and factor of the step size of whatever is trained."""
        for i, each in enumerate(self.hidden, start=1):
            for name, matrix in (("weight", each.weight), ("bias", each.bias)):
                if matrix is not None and matrix.u is not None:
                    yield f"{name} {i}", matrix.moved, matrix.u, matrix.factor
        if self.readout.u is not None:
            yield "readout", self.readout.moved, self.readout.u, self.readout.factor

    def of(self, members: Take) -> "Wiring":
        """Return the wiring of some members; if ``members`` takes views, they share memory.

        Args:
            members: takes some members out of the leading axis.

        Returns:
            All matrices of these members.
        """
        hidden = tuple(
            replace(each, weight=each.weight.of(members), bias=each.bias and each.bias.of(members))
            for each in self.hidden
        )
        return replace(self, hidden=hidden, readout=self.readout.of(members))

    def net(self, sigma: Tensor) -> Network:
        """Return a copy of the network; ``sigma`` has shape ``(e, 1, 1)``.

        Args:
            sigma: scale of the trained weights of each member, shape ``(e, 1, 1)``.

        Returns:
            Weights W = sigma w in the fields of the template.
        """
        w = self.hidden[0].weight.w
        joint = (w.narrow(1, 0, self.inputs), w.narrow(1, self.inputs, int(self.constant)))
        found: dict[str, list[Tensor]] = {self.architecture.readout: [self.readout.w]}
        for i, each in enumerate(self.hidden):
            own = (each.weight.w, None if each.bias is None else each.bias.w)
            weight, bias = joint if i == 0 else own
            found.setdefault(each.layer.weight, []).append(weight)
            if each.layer.bias is not None and bias is not None:
                found[each.layer.bias] = [bias]
        fields = self.template._fields
        return type(self.template)(
            *(self._field(name, found.get(name, []), sigma) for name in fields)
        )

    def _field(self, name: str, parts: list[Tensor], sigma: Tensor) -> Tensor:
        """Return sigma w as the field has it, in which layers may be stacked."""
        like = getattr(self.template, name)
        factor = sigma if name in self.trained else torch.ones_like(sigma)
        scaled = [part.mT * factor for part in parts]
        # A field without parts is empty: that of the upper layers where there is one hidden layer.
        whole = scaled[0] if len(scaled) == 1 else torch.stack(scaled or [like[:0]], dim=1)
        return whole.reshape(len(sigma), *like.shape[1:])


def wire(
    architecture: Architecture,
    net: Network,
    trained: tuple[str, ...],
    members: Sequence[Member] = (),
) -> Wiring:
    """Take a network apart.

    Args:
        architecture: what ``net`` is.
        net: weights; they are copied.
        trained: fields that are trained.
        members: whose factors its step sizes have; all are 1 if there are none.

    Returns:
        Matrices that share no memory with ``net``.
    """
    readout_trained = architecture.readout in trained
    powers: list[int] = []
    for layer in architecture.layers(net):
        # The readout stands between the layers of a bottleneck: if trained, it costs a sigma too.
        lost = readout_trained and architecture.skip == "output"
        before = powers[-1] + lost if powers else 0
        powers.append(before + (layer.weight in trained))
    hidden: list[Hidden] = []
    for layer, power in zip(architecture.layers(net), powers, strict=True):
        weight, bias = _matrices(layer, net, trained, first=not hidden)
        read = architecture.skip != "none" or len(hidden) == len(powers) - 1
        skip = power - powers[-1] if read else None
        hidden.append(Hidden(layer, weight, bias, (layer.bias in trained) - power, skip))
    readout = _matrix(_turned(getattr(net, architecture.readout)), trained=readout_trained)
    scale = powers[-1] + readout_trained
    wiring = Wiring(architecture, net, trained, tuple(hidden), readout, scale)
    _set_factors(wiring, members)
    return wiring


def _set_factors(wiring: Wiring, members: Sequence[Member]) -> None:
    """Give every matrix the factors of the fields that its rows are of."""
    for i, each in enumerate(wiring.hidden):
        last = each.layer.bias if i == 0 else None
        _set_factor(each.weight, each.layer.weight, last, members)
        if each.bias is not None:
            _set_factor(each.bias, str(each.layer.bias), None, members)
    _set_factor(wiring.readout, wiring.architecture.readout, None, members)


def _set_factor(matrix: Matrix, field: str, last: str | None, members: Sequence[Member]) -> None:
    """Set a matrix's factors; its rows are of ``field``, but for the last one if that is given."""
    rows = matrix.w.shape[1]
    names = [field] * rows if last is None else [*[field] * (rows - 1), last]
    start, count = matrix.rows or (0, 0)
    table = [[member.factor(name) for name in names[start : start + count]] for member in members]
    if any(factor != 1 for factors in table for factor in factors):
        matrix.factor = matrix.w.new_tensor(table).unsqueeze(2)


def _matrices(
    layer: Layer, net: Network, trained: tuple[str, ...], *, first: bool
) -> tuple[Matrix, Matrix | None]:
    """Return the weights of a layer and its biases, joined in the first layer."""
    field = getattr(net, layer.weight)
    w = _turned(field if layer.slot is None else field.select(1, layer.slot))
    if layer.bias is None:
        return _matrix(w, trained=layer.weight in trained), None
    b = getattr(net, layer.bias).unsqueeze(1)
    if not first:
        bias = _matrix(b.clone(), trained=layer.bias in trained)
        return _matrix(w, trained=layer.weight in trained), bias
    d = w.shape[1]
    start, stop = 0 if layer.weight in trained else d, d + 1 if layer.bias in trained else d
    rows = (start, stop - start) if start < stop else None
    return Matrix(torch.cat([w, b], dim=1), rows), None


def _turned(field: Tensor) -> Tensor:
    """Return a copy of ``(e, outputs, inputs)`` as ``(e, inputs, outputs)``."""
    return field.mT.clone(memory_format=torch.contiguous_format)


def _matrix(w: Tensor, *, trained: bool) -> Matrix:
    return Matrix(w, (0, w.shape[1]) if trained else None)
