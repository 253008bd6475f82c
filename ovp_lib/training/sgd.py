"""Algorithm 1: plain SGD on the hidden weights of an ensemble of two-layer networks.

The step is written by hand: one forward and one backward pass cost a handful of kernels for the
whole ensemble, and nothing of the size of a hidden layer is allocated inside the loop.
"""

from collections.abc import Iterable
from contextlib import nullcontext

import pandas as pd
import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from tqdm import tqdm

from ovp_lib.models.devices import one_thread
from ovp_lib.models.networks import TwoLayer
from ovp_lib.training.losses import Loss
from ovp_lib.training.probes import Probe, rows
from ovp_lib.training.samples import Sample, Source

SMALL = 1 << 18
"""Hidden activations a step below which one CPU thread serves better than several, on a busy
machine much better."""


def step_size(m: int, init_scale: float, scale: float = 1.0) -> float:
    """Return the step size eta = scale / (m eps_a^2).

    At initialisation the tangent kernel is K(x, x) ~ m eps_a^2 / 2, so that eta K is of order
    ``scale`` at every width. Theorem 1 takes Theta(1 / (eps k m)) with eps_a = Theta(eps): the same
    1/m law, with ``scale`` = eps_a^2 / (eps k).

    Args:
        m: width of the hidden layer, at least 1.
        init_scale: eps_a, standard deviation of the output weights, positive.
        scale: eta K at initialisation, up to a factor; positive.

    Returns:
        eta, positive.

    Raises:
        ValueError: if an argument is not positive.

    Example:
        >>> step_size(100, init_scale=0.5), step_size(200, init_scale=0.5)
        (0.04, 0.02)
    """
    if min(m, init_scale, scale) <= 0:
        raise ValueError(f"m, init_scale and scale must be positive, got {m, init_scale, scale}")
    return scale / (m * init_scale**2)


def sgd(
    net: TwoLayer,
    source: Source,
    loss: Loss,
    *,
    steps: int,
    eta: float | Float[Tensor, " e"],
    checkpoints: Iterable[int] = (),
    probe: Probe | None = None,
    batch_size: int = 1,
    progress: str | None = None,
) -> tuple[TwoLayer, pd.DataFrame]:
    r"""Train the hidden weights of every member by SGD and watch it at checkpoints.

        W_{t+1} = W_t - eta grad_W L(F(x_t; W^(0) + W_t), y_t)

    (Going Beyond Two Layers, Algorithm 1; with ``batch_size`` samples a step the gradient is
    their mean.) As in the paper, the derivative of ReLU at 0 is 1.

    Args:
        net: initial weights; its device and precision are used; it is not changed.
        source: samples of each step, see :func:`~ovp_lib.training.problems.fresh` and
            :func:`~ovp_lib.training.samples.from_dataset`.
        loss: L.
        steps: number of steps T, at least 1.
        eta: step size, one for all members or one for each.
        checkpoints: step numbers after which to look, in 1..T.
        probe: what to measure then.
        batch_size: samples a step.
        progress: words for a progress bar; none if ``None``.

    Returns:
        The trained weights, and one row per checkpoint and member with columns ``step``,
        ``member``, ``online_risk`` and those of the probe. ``online_risk`` is
        (1/t) sum_{s < t} L(F(x_s; W_s), y_s), every loss taken before its sample is used: an
        unbiased estimate of the average over iterates that Theorem 1 bounds, of the population risk
        if samples are fresh, of the training risk if they come from a data set.

    Raises:
        ValueError: if a number is out of range or a checkpoint is beyond the last step.
    """
    looks = sorted(set(checkpoints))
    if steps < 1 or batch_size < 1:
        raise ValueError(f"steps and batch_size must be at least 1, got {steps} and {batch_size}")
    if looks and not 1 <= looks[0] <= looks[-1] <= steps:
        raise ValueError(f"checkpoints must lie in 1..{steps}, got {looks[0]} to {looks[-1]}")
    stepper = _Stepper(net, loss, eta, batch_size)
    tables: list[pd.DataFrame] = []
    bar = tqdm(total=steps, desc=progress, disable=progress is None)
    with bar, one_thread() if stepper.z.numel() < SMALL else nullcontext():
        for block in source(steps, batch_size):
            # Blocks of samples end where the source likes, looks are where the caller likes.
            done = 0
            while done < len(block.x):
                until = min(len(block.x), looks[0] - stepper.taken + done if looks else steps)
                stepper.advance(*Sample(*(part[done:until] for part in block)).to(net.W))
                done = until
                if looks and stepper.taken == looks[0]:
                    tables.append(_look(stepper, probe))
                    looks.pop(0)
            bar.update(done)
    return stepper.net(), pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


class _Stepper:
    """The state of a run: hidden weights as ``(e, d, m)`` and buffers for one step."""

    def __init__(
        self, net: TwoLayer, loss: Loss, eta: float | Float[Tensor, " e"], batch_size: int
    ) -> None:
        e, m, _ = net.W.shape
        etas = eta.tolist() if isinstance(eta, Tensor) else [eta]
        if len(etas) not in (1, e) or not min(etas) > 0:
            raise ValueError(f"eta must be positive, one or {e} of them, got {etas}")
        rate = torch.stack([net.W.new_full((1, 1), value) for value in etas])
        self.rate = rate / batch_size
        self.start, self.loss = net, loss
        self.W = net.W.mT.clone(memory_format=torch.contiguous_format)
        self.b = net.b.unsqueeze(1)
        self.a, self.a_T = net.a, net.a.mT.clone(memory_format=torch.contiguous_format)
        self.z = net.W.new_empty(e, batch_size, m)
        self.h, self.gate = torch.empty_like(self.z), torch.empty_like(self.z)
        self.total = net.W.new_zeros(e)
        self.taken = 0

    def advance(self, x: Float[Tensor, "s e n d"], y: Shaped[Tensor, "s e n ..."]) -> None:
        """Take ``s`` steps and add the loss of each sample as it was before its step."""
        # The inputs of all steps take the step size at once, which then costs no pass in a step.
        scaled = (x * self.rate).mT
        f = torch.stack([self.step(*now) for now in zip(x, scaled, y, strict=True)])
        losses = self.loss.value(f.flatten(0, 1), y.flatten(0, 1)).view(f.shape[:3])
        self.total += losses.mean(dim=2).sum(dim=0)
        self.taken += len(x)

    def step(self, x: Tensor, scaled: Tensor, y: Tensor) -> Tensor:
        """Take one step on ``x`` of shape ``(e, n, d)`` and return the outputs before it."""
        torch.baddbmm(self.b, x, self.W, out=self.z)
        torch.clamp_min(self.z, 0.0, out=self.h)
        f = torch.bmm(self.h, self.a_T)
        torch.bmm(self.loss.gradient(f, y), self.a, out=self.h)
        # The backward pass of PyTorch's ReLU would close gates at 0; the paper has them open.
        torch.ge(self.z, 0.0, out=self.gate)
        self.h.mul_(self.gate)
        self.W.baddbmm_(scaled, self.h, alpha=-1.0)
        return f

    def net(self) -> TwoLayer:
        """Return the current weights as a network that shares their memory."""
        return TwoLayer(self.W.mT, self.start.b, self.start.a)


def _look(stepper: _Stepper, probe: Probe | None) -> pd.DataFrame:
    measured = {"online_risk": stepper.total / stepper.taken}
    if probe is not None:
        measured |= probe(stepper.net())
    return rows(stepper.taken, measured)
