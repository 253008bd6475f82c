r"""One step of SGD for a whole ensemble, written by hand, for every architecture.

With weights W = sigma w (see :mod:`ovp_lib.training.scales`) and hidden layers

    h_l = relu(w_l u_l + one_l b_l),   u_1 = x,   u_{l+1} = h_l   (bottleneck: o_l),

the output is F = scale * f with

    f = o_L   (ResNets: f = sum_l skip_l o_l),   o_l = w_A h_l,

because ReLU is positively homogeneous. Here ``scale``, ``one_l`` and ``skip_l`` are powers of sigma:
a bias is a weight on a constant input, whose size ``one_l`` makes up for the scale that the layer has
lost. The momentum u' = mu u + eta dL/dw needs the gradient in w only, and its factors eta and
``scale`` join dL/dF, which has only k numbers a sample. So a step costs one matrix product forward,
one backward and one into the momentum for each layer, and one pass that moves the weights.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ovp_lib.training.losses import Loss
from ovp_lib.training.wiring import Wiring

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
        move: -1 / (sigma sigma').
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


class Step:
    """The step with its memory, which stays where it is from one step to the next.

    Attributes:
        wiring: the weights that it moves.
        decays: whether the decay of some member is not folded.
        regularised: whether some member has the regulariser of Section 4.
    """

    def __init__(
        self, wiring: Wiring, loss: Loss, batch: int, momentum: float, *, regularised: bool
    ) -> None:
        self.wiring, self.loss, self.momentum = wiring, loss, momentum
        self.decays = False
        self.regularised = regularised and wiring.hidden[0].layer.weight in wiring.trained
        like = wiring.readout.w
        self.h = [
            like.new_empty(len(like), batch, each.weight.w.shape[2]) for each in wiring.hidden
        ]
        self.dh = [torch.empty_like(h) for h in self.h]
        self.o = [like.new_empty(len(like), batch, like.shape[2]) for _ in wiring.hidden]
        self.moving = [(w, u) for _, w, u in wiring.moving()]
        self.bottleneck = wiring.architecture.skip == "output"
        self.lowest = _lowest(wiring)

    def __call__(self, now: Now) -> None:
        """Take the step."""
        f = self._forward(now)
        r = self.loss.gradient(f * now.scale, now.y) * now.rate
        self._backward(now, r)
        self._move(now)

    def _forward(self, now: Now) -> Tensor:
        """Return f, leaving every h_l and o_l in its place."""
        hidden, readout = self.wiring.hidden, self.wiring.readout
        u = now.x
        for layer, h, o, one in zip(hidden, self.h, self.o, now.ones, strict=True):
            if layer.bias is None:
                torch.bmm(u, layer.weight.w, out=h)
            else:
                torch.mul(one, layer.bias.w, out=h).baddbmm_(u, layer.weight.w)
            h.clamp_min_(0.0)
            if layer.skip is not None:
                torch.bmm(h, readout.w, out=o)
            u = o if self.bottleneck else h
        f = self.o[-1]
        for layer, o, skip in zip(hidden[:-1], self.o, now.skips, strict=False):
            if layer.skip is not None:
                f = torch.addcmul(f, o, skip)
        return f

    def _backward(self, now: Now, r: Tensor) -> None:
        """Turn r = eta dL/df into eta dL/dw, and add that to mu u; the buffers hold eta dL/dh_l."""
        readout, beta = self.wiring.readout, self.momentum
        dh, w = None, None
        for i in reversed(range(self.lowest, len(self.h))):
            layer, above, w_above = self.wiring.hidden[i], dh, w
            h, dh, w = self.h[i], self.dh[i], layer.weight.w
            if layer.skip is None:
                torch.bmm(above, w_above.mT, out=dh)
            else:
                q = r if above is None else r * now.skips[i]
                if above is not None and self.bottleneck:
                    q = torch.baddbmm(q, above, w_above.mT)
                if readout.u is not None:
                    readout.u.baddbmm_(h.mT, q, beta=beta)
                    beta = 1.0
                torch.bmm(q, readout.w.mT, out=dh)
                if above is not None and not self.bottleneck:
                    dh.baddbmm_(above, w_above.mT)
            _gate(dh, h, 0.0, grad_input=dh)
            self._accumulate(i, dh, now)

    def _accumulate(self, i: int, dh: Tensor, now: Now) -> None:
        """Add to mu u of layer ``i``: the outer products of its inputs and of ``dh``."""
        layer, mu = self.wiring.hidden[i], self.momentum
        if layer.weight.u is not None:
            below = self.o if self.bottleneck else self.h
            layer.weight.u.baddbmm_(below[i - 1].mT if i else now.x_T, dh, beta=mu)
        if layer.bias is not None and layer.bias.u is not None:
            layer.bias.u.baddbmm_(now.ones[i].mT, dh, beta=mu)

    def _move(self, now: Now) -> None:
        if self.regularised:
            w, u = (part[:, : self.wiring.inputs] for part in self.moving[0])
            u.addcmul_(w, w.square().sum(dim=1, keepdim=True) * now.w24)
        for w, u in self.moving:
            if self.decays:
                u.addcmul_(w, now.decay)
            w.addcmul_(u, now.move)


def _lowest(wiring: Wiring) -> int:
    """Return the lowest hidden layer that the backward pass must reach."""
    if wiring.readout.u is not None and wiring.architecture.skip != "none":
        return 0
    for i, layer in enumerate(wiring.hidden):
        if layer.weight.u is not None or (layer.bias is not None and layer.bias.u is not None):
            return i
    return len(wiring.hidden) - 1
