r"""One step of noisy SGD on objectives (4.2) and (6.1), written by hand for a group of members.

Matrices are transposed, ``(g, inputs, outputs)``, so that products read along rows. With
lambda = lam, rho the noise and S the signs, the network of a step is

    h = relu(x W + b1),     W = W0 + W^rho + W' S
    u = relu(h V + b2),     V = V0 + V^rho + S V'
    f = lam a u

and the step takes the gradient of the mean loss over the batch and of the regulariser,

    W' <- W' (1 - 4 eta lam_w lam^2 |w'_i|^2) - eta (x^T dL/dz1) S - eta noise
    V' <- V' (1 - 2 eta lam_v lam) - eta S (h^T dL/dz2) - eta noise

V' is held as nu v, with a number nu for each member that the regulariser shrinks, so that it costs
no pass over the matrix. As everywhere in PyTorch, the derivative of ReLU at 0 is 0.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.training.losses import Loss
from ovp_lib.training.smoothed import counters, passes
from ovp_lib.training.smoothed.settings import Rounds, Smoothing

Keys = NDArray[np.uint64] | Tensor

_gate = torch.ops.aten.threshold_backward.grad_input
"""``(gradient, input, 0)`` with 0 where a ReLU is off."""


NOISES = ("W_noise", "V_noise")
"""Purposes of the noise of SGD, in W' and in v."""


class Scalars(NamedTuple):
    """Numbers of every step of a round for each member, each of shape ``(steps, g, 1, 1)``.

    Attributes:
        lam: lambda.
        loss: lambda / batch size, which multiplies dL/df.
        eta: step size for W'.
        nu: nu before the step, V' = nu v.
        v: eta / nu after the step, the step size for v.
        shrink: 4 eta lam_w lambda^2.
    """

    lam: Tensor
    loss: Tensor
    eta: Tensor
    nu: Tensor
    v: Tensor
    shrink: Tensor


class StepGroup:
    """Members that take their steps together, and the memory that the steps use.

    Args:
        net: initial weights W0, b1, V0, b2, a of the members.
        settings: of the members.
        rounds: batch size and how noise is drawn.
        loss: L.
    """

    def __init__(
        self, net: ThreeLayer, settings: Sequence[Smoothing], rounds: Rounds, loss: Loss
    ) -> None:
        self.settings, self.rounds, self.loss = tuple(settings), rounds, loss
        self.W0, self.V0 = _turned(net.W), _turned(net.V)
        self.b1, self.b2 = net.b1.unsqueeze(1), net.b2.unsqueeze(1)
        self.a, self.a_T = net.a, _turned(net.a)
        self.dW, self.v = torch.zeros_like(self.W0), torch.zeros_like(self.V0)
        e, d, m1 = self.W0.shape
        m2, n, new = self.V0.shape[2], rounds.batch_size, self.W0.new_zeros
        self.sigma_w, self.sigma_v = self._numbers("sigma_w"), self._numbers("sigma_v")
        self.random = self._numbers("signs")
        self.noise = self._numbers("gradient_noise") / float(m1 * d + m1 * m2) ** 0.5
        self.any = {
            name: any(getattr(s, name) > 0 for s in settings)
            for name in ("sigma_w", "sigma_v", "lam_w", "gradient_noise", "signs")
        }
        self.W, self.V = torch.empty_like(self.W0), torch.empty_like(self.V0)
        self.z, self.h, self.moved = new(e, n, m1), new(e, n, m1), new(e, n, m1)
        self.z2, self.u = new(e, n, m2), new(e, n, m2)
        rows = (e, 1, m1) if rounds.draws == "step" else (e, n, m1)
        self.signs = self.W0.new_ones(rows)
        self.here = self._arrays() if self.W0.device.type == "cpu" else None

    def take(self, x: Tensor, y: Tensor, now: Scalars, keys: dict[str, Keys]) -> None:
        """Take one step on a batch.

        Args:
            x: inputs, shape ``(g, n, d)``.
            y: labels as the loss wants them.
            now: the numbers of this step, each of shape ``(g, 1, 1)``.
            keys: of the step's random numbers, by purpose.
        """
        if self.rounds.draws == "step":
            self._perturb(now, keys)
            self._per_step(x, y, now, keys)
        else:
            self._draw_signs(keys)
            self._per_sample(x, y, now, keys)

    def _draw_signs(self, keys: dict[str, Keys]) -> None:
        if self.any["signs"]:
            counters.fill_signs(keys["signs"], self.signs)
            self.signs.mul_(self.random).add_(1 - self.random)

    def _perturb(self, now: Scalars, keys: dict[str, Keys]) -> None:
        """Form the perturbed matrices."""
        if self.here is not None:
            drawn = tuple(keys[name] for name in ("signs", "W_rho", "V_rho"))
            passes.perturb(drawn, *self.here.perturbed(_flat(now.nu)))
            return
        self._draw_signs(keys)
        for size, name, out in (("sigma_w", "W_rho", self.W), ("sigma_v", "V_rho", self.V)):
            if self.any[size]:
                counters.fill_normals(keys[name], out)
            else:
                out.zero_()
        self.W.mul_(self.sigma_w).add_(self.W0).addcmul_(self.dW, self.signs)
        self.V.mul_(self.sigma_v).add_(self.V0).addcmul_(self.v, self.signs.mT * now.nu)

    def _per_step(self, x: Tensor, y: Tensor, now: Scalars, keys: dict[str, Keys]) -> None:
        """Go through the perturbed matrices forward and backward."""
        torch.baddbmm(self.b1, x, self.W, out=self.z)
        torch.clamp_min(self.z, 0.0, out=self.h)
        torch.baddbmm(self.b2, self.h, self.V, out=self.z2)
        self._above(y, now)
        torch.bmm(self.u, self.V.mT, out=self.moved)
        self._update(x, now, keys)

    def _per_sample(self, x: Tensor, y: Tensor, now: Scalars, keys: dict[str, Keys]) -> None:
        """Draw what the noise does to each sample, which has the law of a draw of its own.

        V^rho h is Gaussian, with independent entries of size sigma_v |h|. Given it, V^rho on the
        complement of h is independent of it, so that for the vector q = dL/dz2 that comes back

            V^rho^T q = h (V^rho h . q) / |h|^2 + sigma_v |q| (1 - h h^T / |h|^2) N(0, I).
        """
        torch.bmm(x, self.dW, out=self.z)
        self.z.mul_(self.signs).baddbmm_(x, self.W0).add_(self.b1)
        if self.any["sigma_w"]:
            counters.fill_normals(keys["W_rho"], self.h)
            self.z.addcmul_(self.h, x.norm(dim=2, keepdim=True) * self.sigma_w)
        torch.clamp_min(self.z, 0.0, out=self.h)
        torch.mul(self.h, self.signs, out=self.moved)
        torch.bmm(self.moved, self.v, out=self.z2)
        self.z2.mul_(now.nu).baddbmm_(self.h, self.V0).add_(self.b2)
        along, size = None, None
        if self.any["sigma_v"]:
            # Where h is 0, h / size must be 0 and not NaN.
            size = self.h.norm(dim=2, keepdim=True).clamp_min(torch.finfo(self.h.dtype).tiny)
            along = torch.empty_like(self.z2)
            counters.fill_normals(keys["V_rho"], along)
            self.z2.addcmul_(along, size * self.sigma_v)
        self._above(y, now)
        torch.bmm(self.u, self.v.mT, out=self.moved)
        self.moved.mul_(self.signs * now.nu).baddbmm_(self.u, self.V0.mT)
        if along is not None and size is not None:
            self._smoothed_back(along, size, keys["back"])
        self._update(x, now, keys)

    def _smoothed_back(self, along: Tensor, size: Tensor, key: Keys) -> None:
        """Add V^rho^T q to what comes back."""
        across = torch.empty_like(self.h)
        counters.fill_normals(key, across)
        q = self.u.norm(dim=2, keepdim=True)
        unit = self.h / size
        inside = (along * self.u).sum(dim=2, keepdim=True)
        inside = inside - q * (across * unit).sum(dim=2, keepdim=True)
        self.moved.add_((unit * inside + across * q) * self.sigma_v)

    def _above(self, y: Tensor, now: Scalars) -> None:
        """Compute dL/dz2 into ``u``."""
        torch.clamp_min(self.z2, 0.0, out=self.u)
        f = torch.bmm(self.u, self.a_T) * now.lam
        residual = self.loss.gradient(f, y) * now.loss
        if self.here is not None and self.a.shape[1] == 1:
            passes.come_down(residual.squeeze(2).numpy(), *self.here.above)
        else:
            torch.bmm(residual, self.a, out=self.u)
            _gate(self.u, self.z2, 0, grad_input=self.u)

    def _update(self, x: Tensor, now: Scalars, keys: dict[str, Keys]) -> None:
        """Move W' and v; ``moved`` holds dL/dh and ``u`` dL/dz2."""
        if self.here is not None and self.rounds.draws == "step":
            passes.weigh(*self.here.below, _flat(now.eta), _flat(now.v))
        else:
            _gate(self.moved, self.z, 0, grad_input=self.moved)
            self.moved.mul_(self.signs * now.eta)
            self.h.mul_(self.signs * now.v)
        if self.any["lam_w"]:
            # The gradient of the regulariser is that at W' before the step, so it comes first.
            self.dW.mul_(1 - now.shrink * self.dW.square().sum(dim=1, keepdim=True))
        self.dW.baddbmm_(x.mT, self.moved, alpha=-1.0)
        self.v.baddbmm_(self.h.mT, self.u, alpha=-1.0)
        if self.any["gradient_noise"]:
            self._shake(now, keys)

    def _shake(self, now: Scalars, keys: dict[str, Keys]) -> None:
        """Add the noise of SGD."""
        # The step is done with the perturbed matrices: their memory takes the noise.
        sizes = (self.noise * now.eta, self.noise * now.v)
        if self.here is not None:
            for name, parts, size in zip(NOISES, self.here.shaken, sizes, strict=True):
                passes.shake(keys[name], *parts, _flat(size))
            return
        for name, drawn, moved, size in zip(
            NOISES, (self.W, self.V), (self.dW, self.v), sizes, strict=True
        ):
            counters.fill_normals(keys[name], drawn)
            moved.addcmul_(drawn, size, value=-1.0)

    def _arrays(self) -> "_Arrays":
        """Return the memory of the steps as compiled code takes it."""
        W, W0, dW, V, V0, v = (
            part.numpy() for part in (self.W, self.W0, self.dW, self.V, self.V0, self.v)
        )
        signs, z, h, moved = (part.numpy() for part in (self.signs, self.z, self.h, self.moved))
        drawn = tuple(self.any[name] for name in ("signs", "sigma_w", "sigma_v"))
        return _Arrays(
            draws=(*drawn, _flat(self.random) > 0),
            first=(W, W0, dW, _flat(self.sigma_w)),
            second=(V, V0, v, _flat(self.sigma_v)),
            signs=signs[:, 0],
            above=(self.a[:, 0].contiguous().numpy(), self.z2.numpy(), self.u.numpy()),
            below=(moved, h, z, signs[:, 0]),
            shaken=((W, dW), (V, v)),
        )

    def _numbers(self, name: str) -> Tensor:
        values = [float(getattr(each, name)) for each in self.settings]
        return torch.tensor(values, dtype=torch.float64).to(self.W0).view(-1, 1, 1)


class _Arrays(NamedTuple):
    """The memory of a group's steps as the functions of :mod:`.passes` take it."""

    draws: tuple[Any, ...]
    first: tuple[Any, ...]
    second: tuple[Any, ...]
    signs: Any
    above: tuple[Any, ...]
    below: tuple[Any, ...]
    shaken: tuple[tuple[Any, Any], ...]

    def perturbed(self, nu: Any) -> tuple[Any, ...]:
        """Return what :func:`.passes.perturb` takes beside the keys."""
        return self.draws, self.first, (*self.second, nu), self.signs


def _flat(numbers: Tensor) -> Any:
    return numbers.view(-1).numpy()


def _turned(field: Tensor) -> Tensor:
    return field.mT.clone(memory_format=torch.contiguous_format)
