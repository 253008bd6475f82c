"""What Algorithms 2 and 3 return: networks, the choice of j*, and averages over Sigma."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.models.ensemble import joined
from ovp_lib.models.three_layer import ThreeLayer, three_layer
from ovp_lib.training.evaluation import members_of
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.samples import Sample
from ovp_lib.training.smoothed import counters
from ovp_lib.training.smoothed.draws import Noise, perturbed
from ovp_lib.training.smoothed.settings import Smoothing


@dataclass(frozen=True)
class Smoothed:
    """What an ensemble has reached by Algorithm 2 or 3.

    Attributes:
        net: initial weights.
        dW: W', shape ``(e, m1, d)``; NaN for members that diverged.
        dV: V', shape ``(e, m2, m1)``.
        lam: lambda, by which outputs are multiplied, shape ``(e,)``, in float64 on the CPU.
        members: the settings.
        curves: one row for each look, member that still trained, and set: ``round``, ``member``,
            ``set``, ``risk`` (mean loss).
        diverged_at: the round after which divergence was found, or NaN, shape ``(e,)``.
    """

    net: ThreeLayer
    dW: Float[Tensor, "e m1 d"]
    dV: Float[Tensor, "e m2 m1"]
    lam: Float[Tensor, " e"]
    members: tuple[Smoothing, ...]
    curves: pd.DataFrame
    diverged_at: NDArray[np.float64]

    def drawn(self, number: int, *, smoothing: bool) -> Noise:
        r"""Draw \hat Sigma, and the noise matrices W^{rho,j}, V^{rho,j}, of each member.

        Args:
            number: j, at least 0. Without smoothing it numbers draws of Sigma; with smoothing
                Sigma is that of number 0, as the paper draws one for all j.
            smoothing: whether W^rho and V^rho are drawn, or zero.

        Returns:
            The noise, which depends on the members' seeds alone.
        """
        W, V, signs = self.net.W.mT.contiguous(), self.net.V.mT.contiguous(), self.net.b1
        W, V, signs = torch.zeros_like(W), torch.zeros_like(V), torch.ones_like(signs)
        self._fill_signs(signs, 0 if smoothing else number)
        if smoothing:
            for part, (out, size) in enumerate(((W, "sigma_w"), (V, "sigma_v"))):
                counters.fill_normals(self._keys(3 * number + 1 + part), out)
                out.mul_(self._numbers(size))
        return Noise(W.mT, V.mT, signs)

    def network(self, drawn: Noise | None = None) -> ThreeLayer:
        """Return the networks x -> lambda F(x; W0 + W^rho + Sigma W', V0 + V^rho + V' Sigma).

        Args:
            drawn: the noise; without it, Sigma of number 0 and no smoothing.

        Returns:
            Networks whose output weights are multiplied by lambda.
        """
        noise = self.drawn(0, smoothing=False) if drawn is None else drawn
        net = perturbed(self.net, self.dW, self.dV, noise)
        return net._replace(a=net.a * self.lam.to(net.a).view(-1, 1, 1))

    def predict(self, x: Float[Tensor, "e n d"], sign_draws: int = 1) -> Float[Tensor, "e n k"]:
        """Return outputs, averaged over draws of Sigma, without smoothing.

        The paper's output has one draw; the class that Lemma 6.12 bounds has the average over all.

        Args:
            x: inputs of each member.
            sign_draws: draws of Sigma, at least 1.

        Returns:
            Outputs of lambda F.
        """
        draws = (self.drawn(j, smoothing=False) for j in range(sign_draws))
        total = sum(three_layer(self.network(each), x) for each in draws)
        return torch.as_tensor(total) / sign_draws

    def select(self, at: Sequence[int]) -> "Smoothed":
        """Return some members, without their curves.

        Args:
            at: positions in the leading axis.
        """
        index = list(at)
        return Smoothed(
            self.net.select(index),
            self.dW[index],
            self.dV[index],
            self.lam[index],
            tuple(self.members[i] for i in index),
            self.curves.iloc[:0],
            self.diverged_at[index],
        )

    def _keys(self, number: int) -> NDArray[np.uint64] | Tensor:
        seeds = [member.seed for member in self.members]
        return counters.on_device(counters.keys(seeds, "output", number, 1)[0], self.net.W)

    def _fill_signs(self, signs: Tensor, number: int) -> None:
        fair = torch.empty_like(signs)
        counters.fill_signs(self._keys(3 * number), fair)
        for i, member in enumerate(self.members):
            if member.signs:
                signs[i] = fair[i]

    def _numbers(self, name: str) -> Tensor:
        values = [float(getattr(each, name)) for each in self.members]
        return torch.tensor(values, dtype=torch.float64).to(self.net.W).view(-1, 1, 1)


class Output(NamedTuple):
    """The output of Algorithms 2 and 3.

    Attributes:
        net: the networks lambda_T F(.; W_T^(out), V_T^(out)).
        chosen: j* of each member, shape ``(e,)``.
        losses: training loss of every candidate, shape ``(candidates, e)``.
    """

    net: ThreeLayer
    chosen: NDArray[np.int64]
    losses: NDArray[np.float64]


def choose_output(run: Smoothed, data: Sample, candidates: int, *, loss: Loss = SQUARED) -> Output:
    r"""Return the output of Algorithms 2 and 3: of several noise matrices those that train best.

    j* = argmin_j E_{z in Z} L(lambda_T F(x; W0 + W^{rho,j} + \hat Sigma W_T,
                                           V0 + V^{rho,j} + V_T \hat Sigma))

    (Going Beyond Two Layers, Algorithm 2, lines 6 to 8; Algorithm 3 has no Sigma.)

    Args:
        run: what training has reached.
        data: the training set Z of each member.
        candidates: number of noise matrices; the paper takes 1 / eps0^2 up to logarithms, which is
            :attr:`ovp_lib.maths.table_1.Table1.candidates`.
        loss: L.

    Returns:
        The networks with what they were chosen from.

    Raises:
        ValueError: if ``candidates < 1``.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer
        >>> from ovp_lib.training.smoothed.run import train_smoothed
        >>> x = torch.randn(1, 60, 2, generator=stream(2))
        >>> data, net = Sample(x, x[..., :1]), init_three_layer([stream(0)], d=2, m1=20, m2=20)
        >>> done = train_smoothed(net, data, [Smoothing(seed=1, eta=0.02, sigma_v=0.1)])
        >>> output = choose_output(done, data, candidates=5)
        >>> bool(output.losses[output.chosen[0], 0] == output.losses.min())
        True
    """
    if candidates < 1:
        raise ValueError(f"the output is chosen from at least 1 candidate, got {candidates}")
    sample = data.to(run.net.W)
    losses = np.stack(
        [_risks(run.network(run.drawn(j, smoothing=True)), sample, loss) for j in range(candidates)]
    )
    chosen = losses.argmin(axis=0)
    best = [
        run.select([i]).network(run.select([i]).drawn(int(j), smoothing=True))
        for i, j in enumerate(chosen)
    ]
    return Output(joined(best), chosen, losses)


def mean_risks(
    run: Smoothed,
    sample: Sample,
    loss: Loss = SQUARED,
    *,
    members: Sequence[int] | None = None,
    sign_draws: int = 1,
) -> NDArray[np.float64]:
    """Return the mean loss of each member's predictions, see :meth:`Smoothed.predict`.

    Args:
        run: what training has reached.
        sample: points of each member.
        loss: L.
        members: positions of the members that are wanted; all by default.
        sign_draws: draws of Sigma over which predictions are averaged.

    Returns:
        Mean losses in float64, one for each member wanted.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer
        >>> from ovp_lib.training.smoothed.run import train_smoothed
        >>> x = torch.randn(1, 60, 2, generator=stream(2))
        >>> data, net = Sample(x, x[..., :1]), init_three_layer([stream(0)], d=2, m1=20, m2=20)
        >>> done = train_smoothed(net, data, [Smoothing(seed=1, eta=0.02)])
        >>> bool(mean_risks(done, data, sign_draws=8) < mean_risks(done, data))
        True
    """
    at = range(len(run.members)) if members is None else members
    found = []
    for i in at:
        own = members_of(sample, [i]).to(run.net.W)
        alone = run.select([i])
        draws = sign_draws if alone.members[0].signs else 1
        value = loss.value(alone.predict(own.x, draws), own.y)
        found.append(float(value.double().mean()))
    return np.array(found)


def _risks(net: ThreeLayer, sample: Sample, loss: Loss) -> NDArray[np.float64]:
    value = loss.value(three_layer(net, sample.x), sample.y)
    return value.double().mean(dim=1).cpu().numpy()
