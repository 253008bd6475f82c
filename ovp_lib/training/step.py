r"""One step of SGD for a whole ensemble, written by hand, for every architecture.

With weights W = sigma w (see :mod:`ovp_lib.training.scales`) and hidden layers

    h_l = relu(w_l u_l + one_l b_l),   u_1 = x,   u_{l+1} = h_l   (bottleneck: o_l),

the output is F = scale * f with

    f = o_L   (ResNets: f = sum_l skip_l o_l),   o_l = w_A h_l,

because ReLU is positively homogeneous. Here ``scale``, ``one_l`` and ``skip_l`` are powers of
sigma; a bias is a weight on a constant input, whose size ``one_l`` makes up for the scale that its
layer has lost. The momentum u' = mu u + eta dL/dw needs the gradient in w only, and its factors eta
and ``scale`` join dL/dF, which has only k numbers a sample. So a step costs one matrix product
forward, one backward and one into the momentum for each layer, and one pass that moves the weights.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ovp_lib.training.losses import Loss
from ovp_lib.training.wiring import Hidden, Matrix, Wiring

_gate = torch.ops.aten.threshold_backward.grad_input
"""``(dh, h, 0) -> dh * I[h > 0]``, in one pass; as everywhere in PyTorch, 0 at h = 0."""


class Now(NamedTuple):
    """What one step reads: samples, and scalars of shape ``(e, 1, 1)``.

    Attributes:
        x: inputs, shape ``(e, n, d)``, with the constant input if there are biases.
        x_T: those whose weights are trained, shape ``(e, d, n)``.
        y: labels.
        scale: F = scale * f.
        rate: eta * scale / n.
        move: -1 / (sigma sigma'), for weights whose step size has no factor of its own.
        decay: eta sigma^2 wd, of members whose decay is not folded.
        w24: 4 eta sigma^4 w24.
        ones: ``one_l`` as a column, shape ``(e, n, 1)``.
        skips: ``skip_l``.
    """

    x: Tensor
    x_T: Tensor
    y: Tensor
    scale: Tensor
    rate: Tensor
    move: Tensor
    decay: Tensor
    w24: Tensor
    ones: tuple[Tensor, ...]
    skips: tuple[Tensor, ...]


class Memory:
    """What a hidden layer leaves for later, in buffers that stay where they are.

    Attributes:
        h: its outputs, shape ``(e, n, m)``.
        dh: eta times the gradient in them, once more with the gates.
        o: what the readout makes of them, shape ``(e, n, k)``.
        out: what the layer above sees, h or o.
    """

    def __init__(self, layer: Hidden, readout: Matrix, batch: int, *, bottleneck: bool) -> None:
        e, _, m = layer.weight.w.shape
        self.h = readout.w.new_empty(e, batch, m)
        self.h_T = self.h.mT
        self.dh = torch.empty_like(self.h)
        self.o = readout.w.new_empty(e, batch, readout.w.shape[2])
        self.out = self.o if bottleneck else self.h
        self.out_T = self.out.mT


class Step:
    """The step with its memory.

    Attributes:
        wiring: the weights that it moves.
        decays: whether the decay of some member is not folded.
        regularised: whether some member has the regulariser of Section 4, and W is trained.
    """

    def __init__(self, wiring: Wiring, loss: Loss, batch: int, momentum: float) -> None:
        self.wiring, self.loss, self.momentum = wiring, loss, momentum
        self.decays, self.regularised = False, False
        self.bottleneck = wiring.architecture.skip == "output"
        self.memory = [
            Memory(layer, wiring.readout, batch, bottleneck=self.bottleneck)
            for layer in wiring.hidden
        ]
        self.moving = [each[1:] for each in wiring.moving()]
        self.lowest = _lowest(wiring)

    def __call__(self, now: Now) -> None:
        """Take the step."""
        F = self._forward(now).mul_(now.scale)
        self._backward(now, self.loss.gradient(F, now.y).mul_(now.rate))
        self._move(now)

    def _forward(self, now: Now) -> Tensor:
        """Return f, leaving every h_l and o_l in its place."""
        hidden, memory, u = self.wiring.hidden, self.memory, now.x
        for layer, own, one in zip(hidden, memory, now.ones, strict=True):
            if layer.bias is None:
                torch.bmm(u, layer.weight.w, out=own.h)
            else:
                torch.mul(one, layer.bias.w, out=own.h).baddbmm_(u, layer.weight.w)
            own.h.relu_()
            if layer.skip is not None:
                torch.bmm(own.h, self.wiring.readout.w, out=own.o)
            u = own.out
        f = memory[-1].o
        for layer, own, skip in zip(hidden[:-1], memory, now.skips, strict=False):
            if layer.skip is not None:
                f = torch.addcmul(f, own.o, skip)
        return f

    def _backward(self, now: Now, r: Tensor) -> None:
        """Turn r = eta dL/df into eta dL/dw, layer by layer, and add that to mu u."""
        readout, beta = self.wiring.readout, self.momentum
        above: tuple[Tensor, Tensor] | None = None
        for i in reversed(range(self.lowest, len(self.memory))):
            layer, own = self.wiring.hidden[i], self.memory[i]
            # q is eta dL/do_l. The first product into the readout's momentum multiplies it by mu.
            if layer.skip is not None:
                q = r if above is None else r * now.skips[i]
                if above is not None and self.bottleneck:
                    q.baddbmm_(*above)
                if readout.u is not None:
                    readout.u.baddbmm_(own.h_T, q, beta=beta)
                    beta = 1.0
                torch.bmm(q, readout.w_T, out=own.dh)
            # With beta = 0 what the last step left in dh is not read, not even NaN.
            if above is not None and not self.bottleneck:
                own.dh.baddbmm_(*above, beta=0.0 if layer.skip is None else 1.0)
            _gate(own.dh, own.h, 0, grad_input=own.dh)
            self._accumulate(i, now)
            above = own.dh, layer.weight.w_T

    def _accumulate(self, i: int, now: Now) -> None:
        """Add to mu u of a layer the products of its inputs with ``dh``."""
        layer, dh, mu = self.wiring.hidden[i], self.memory[i].dh, self.momentum
        if layer.weight.u is not None:
            u_T = self.memory[i - 1].out_T if i else now.x_T
            layer.weight.u.baddbmm_(u_T, dh, beta=mu)
        if layer.bias is not None and layer.bias.u is not None:
            layer.bias.u.baddbmm_(now.ones[i].mT, dh, beta=mu)

    def _move(self, now: Now) -> None:
        """Take w' = w - u' / (sigma sigma'), after what else is in the gradient."""
        if self.regularised:
            # The last row holds the biases of the first layer, which have no share in the norms.
            w, u = (part.narrow(1, 0, self.wiring.inputs) for part in self.moving[0][:2])
            u.addcmul_(w, w.square().sum(dim=1, keepdim=True) * now.w24)
        for w, u, factor in self.moving:
            if self.decays:
                u.addcmul_(w, now.decay)
            w.addcmul_(u, now.move if factor is None else now.move * factor)


def _lowest(wiring: Wiring) -> int:
    """Return the lowest hidden layer that the backward pass must reach."""
    if wiring.readout.u is not None and wiring.architecture.skip != "none":
        return 0
    for i, layer in enumerate(wiring.hidden):
        if layer.weight.u is not None or (layer.bias is not None and layer.bias.u is not None):
            return i
    return len(wiring.hidden) - 1
