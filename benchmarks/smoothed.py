"""Algorithm 2 against a plain PyTorch loop of it, both in one run.

Section 12's setting: padded inputs (d = 5), one output, N = 500, batches of 50, rounds of 20 steps,
with Sigma, smoothing, the regulariser, decay and SGD's noise. The loop is what anybody would write:
one member after the other, autograd, ``torch.optim.SGD``, one draw of the noise for each step.
"""

from functools import partial

import torch
from torch import Tensor

from benchmarks.measure import Row, in_turn
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.training.samples import Sample
from ovp_lib.training.smoothed.run import train_smoothed
from ovp_lib.training.smoothed.settings import Rounds, Smoothing

N, D, MEMBERS = 500, 5, 8
WIDTHS = (50, 100, 200)
WANTED = 3.0
"""What the loop must need at least, in our units."""


def rows() -> list[Row]:
    """Measure every width with all ingredients, and the widest with none, which is plain SGD."""
    cases = [(m, True) for m in WIDTHS] + [(WIDTHS[-1], False)]
    return [_row(*case) for case in cases]


def _row(m: int, full: bool) -> Row:
    net, data, members = problem(m, full)
    rounds = Rounds(rounds=max(2, 2000 // m))
    runs = {
        "ours": partial(train_smoothed, net, data, members, rounds, device="cpu"),
        "other": partial(plain_loop, net, data, members, rounds),
    }
    seconds = in_turn(runs, repeats=5)
    steps = rounds.rounds * rounds.steps * MEMBERS
    ours, other = (1e6 * seconds[name] / steps for name in ("ours", "other"))
    what = "Algorithm 2" if full else "plain SGD"
    note = f"{MEMBERS} members, batches of {rounds.batch_size}"
    note += f"; at least {WANTED:g} is wanted" if full else "; every ingredient switched off"
    return Row(f"{what}, m = {m}, engine / loop", ours, other, "µs a member and step", note)


def problem(m: int, full: bool = True) -> tuple[ThreeLayer, Sample, list[Smoothing]]:
    """Return initial weights, data and settings of an ensemble."""
    net = init_three_layer([stream(2, i) for i in range(MEMBERS)], d=D, m1=m, m2=m)
    x = padded_sphere(D)(N, stream(1))[None].expand(MEMBERS, -1, -1)
    data = Sample(x, torch.sin(3 * x[..., :1]))
    settings = Smoothing(
        seed=0,
        eta=0.3 / m,
        decay=0.01,
        sigma_w=0.1 / m,
        sigma_v=0.1 / m,
        lam_w=0.1,
        lam_v=0.001,
        gradient_noise=0.1,
    )
    if not full:
        settings = settings.without("signs", "smoothing", "regulariser", "decay", "gradient noise")
    return net, data, [settings] * MEMBERS


def plain_loop(
    net: ThreeLayer, data: Sample, members: list[Smoothing], rounds: Rounds
) -> list[tuple[Tensor, Tensor]]:
    """Train one member after the other."""
    return [
        _plain(
            net.member(i).map(torch.Tensor.float), data.x[i].float(), data.y[i].float(), s, rounds
        )
        for i, s in enumerate(members)
    ]


def _plain(
    net: ThreeLayer, x: Tensor, y: Tensor, s: Smoothing, rounds: Rounds
) -> tuple[Tensor, Tensor]:
    W0, b1, V0, b2, a = (part[0] for part in net)
    dW, dV = (torch.zeros_like(part, requires_grad=True) for part in (W0, V0))
    optimiser = torch.optim.SGD([dW, dV], lr=s.eta)
    size = s.gradient_noise / (dW.numel() + dV.numel()) ** 0.5
    for t in range(rounds.rounds):
        lam = s.lam(t)
        for _ in range(rounds.steps):
            index = torch.randint(len(x), (rounds.batch_size,))
            W, V = W0 + dW, V0 + dV
            if s.signs:
                signs = torch.randint(2, (len(W0),)) * 2.0 - 1
                W, V = W0 + signs[:, None] * dW, V0 + dV * signs
            if s.sigma_w:
                W = W + s.sigma_w * torch.randn_like(W0)
            if s.sigma_v:
                V = V + s.sigma_v * torch.randn_like(V0)
            h = torch.relu(x[index] @ W.T + b1)
            f = torch.relu(h @ V.T + b2) @ a.T
            value = 0.5 * (lam * f - y[index]).square().sum(dim=1).mean()
            if s.lam_v:
                value = value + s.lam_v * lam * dV.square().sum()
            if s.lam_w:
                value = value + s.lam_w * lam**2 * dW.square().sum(dim=1).square().sum()
            optimiser.zero_grad()
            value.backward()
            if size:
                for weight in (dW, dV):
                    if weight.grad is not None:
                        weight.grad.add_(torch.randn_like(weight), alpha=size)
            optimiser.step()
    return dW.detach(), dV.detach()
