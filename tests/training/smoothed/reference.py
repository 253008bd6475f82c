"""Algorithms 2 and 3 as printed, slowly: one member and one step at a time, by autograd."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ovp_lib.models.inputs import stream
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer, three_layer
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.samples import Sample
from ovp_lib.training.smoothed import counters
from ovp_lib.training.smoothed.draws import noise, perturbed
from ovp_lib.training.smoothed.settings import Rounds, Smoothing

D, M1, M2, K, N = 3, 7, 6, 2, 30

ALL = Smoothing(
    seed=3,
    eta=0.03,
    decay=0.1,
    sigma_w=0.1,
    sigma_v=0.2,
    lam_w=0.7,
    lam_v=0.3,
    gradient_noise=1.0,
    rescaled=True,
)
"""Every ingredient."""

MEMBERS = (
    Smoothing(seed=1, eta=0.01),
    Smoothing(seed=2, eta=0.02, decay=0.05, sigma_w=0.1, sigma_v=0.2, signs=False),
    Smoothing(seed=3, eta=0.03, decay=0.0, lam_w=0.7, lam_v=0.3, gradient_noise=1.0),
    ALL,
)


def network(e: int = len(MEMBERS)) -> ThreeLayer:
    return init_three_layer([stream(1, i) for i in range(e)], d=D, m1=M1, m2=M2, k=K)


def sample(e: int = len(MEMBERS), *, classes: bool = False, shared: bool = False) -> Sample:
    own = 1 if shared else e
    x = torch.randn(own, N, D, generator=stream(2), dtype=torch.float64)
    y = torch.randn(own, N, K, generator=stream(3), dtype=torch.float64)
    return Sample(x, y.argmax(dim=2) if classes else y).expand(e)


def objective(
    net: ThreeLayer, dW: Tensor, dV: Tensor, batch: Sample, s: Smoothing, lam: float, loss: Loss
) -> Tensor:
    """(4.2) of one member at its perturbed network, with the norms written out."""
    value = loss.value(lam * three_layer(net, batch.x), batch.y).mean()
    frobenius = (lam**0.5 * dV).square().sum()
    rows = (lam**0.5 * dW).square().sum(dim=2)  # squared norms: a norm has no gradient at 0
    return value + s.lam_v * frobenius + s.lam_w * rows.square().sum()


def as_printed(
    net: ThreeLayer,
    data: Sample,
    members: Sequence[Smoothing],
    rounds: Rounds,
    loss: Loss = SQUARED,
) -> tuple[Tensor, Tensor]:
    """W_T and V_T of every member."""
    ends = [
        _alone(net.member(i), data.member(i), member, rounds, loss)
        for i, member in enumerate(members)
    ]
    dW, dV = (torch.cat(parts) for parts in zip(*ends, strict=True))
    return dW, dV


def _alone(
    net: ThreeLayer, data: Sample, s: Smoothing, rounds: Rounds, loss: Loss
) -> tuple[Tensor, Tensor]:
    dW, dV = torch.zeros_like(net.W), torch.zeros_like(net.V)
    for t in range(rounds.rounds):
        lam = (1 - (s.eta if s.decay is None else s.decay)) ** t
        eta = s.eta / lam if s.rescaled else s.eta
        for i in range(rounds.steps):
            step = t * rounds.steps + i
            (key,) = counters.keys([s.seed], "sample", step, 1)
            index = counters.positions(key, rounds.batch_size, data.x.shape[1])[0]
            batch = data.map(lambda part, at=index: part[:, at])
            drawn = noise(
                net,
                [s.seed],
                step,
                sigma_w=torch.tensor([s.sigma_w], dtype=torch.float64),
                sigma_v=torch.tensor([s.sigma_v], dtype=torch.float64),
                random_signs=torch.tensor([s.signs]),
            )
            dW.requires_grad_(), dV.requires_grad_()
            now = perturbed(net, dW, dV, drawn)
            value = objective(now, dW, dV, batch, s, lam, loss)
            gradients = torch.autograd.grad(value, (dW, dV))
            size = s.gradient_noise / (dW.numel() + dV.numel()) ** 0.5
            extra = (
                _noise(purpose, s.seed, step, dW if purpose[0] == "W" else dV)
                for purpose in ("W_noise", "V_noise")
            )
            dW, dV = (
                (part - eta * (gradient + size * xi)).detach()
                for part, gradient, xi in zip((dW, dV), gradients, extra, strict=True)
            )
    return dW, dV


def _noise(purpose: str, seed: int, step: int, like: Tensor) -> Tensor:
    out = torch.empty_like(like.mT.contiguous())
    counters.fill_normals(counters.keys([seed], purpose, step, 1)[0], out)
    return out.mT
