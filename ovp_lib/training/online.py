r"""SGD that sees each sample once: the algorithm of Cao and Gu on the deep networks of the slides.

    W^(t) = W^(t-1) - eta grad l(y_t f_{W^(t-1)}(x_t)),   l(u) = log(1 + exp(-u)),   eta = kappa / m

(Cao and Gu, 2019, Algorithm 1; its answer is one of W^(0), ..., W^(n-1), drawn uniformly.) So what
their theorem bounds is the 0-1 error averaged over these iterates. All hidden layers are trained,
the output weights stay, as on the slides.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from ovp_lib.models.deep import Deep, deep
from ovp_lib.models.devices import one_thread
from ovp_lib.proofs.linearisation import logistic
from ovp_lib.training.losses import Loss
from ovp_lib.training.probes import rows
from ovp_lib.training.samples import Sample


def _value(f: Float[Tensor, "e n 1"], y: Float[Tensor, "e n 1"]) -> Float[Tensor, "e n"]:
    return logistic((y * f).squeeze(-1))


def _gradient(f: Float[Tensor, "e n 1"], y: Float[Tensor, "e n 1"]) -> Float[Tensor, "e n 1"]:
    return -y * torch.sigmoid(-y * f)


LOGISTIC = Loss("logistic", _value, _gradient)
"""L(f, y) = log(1 + exp(-y f)) for signs y: convex and 1-Lipschitz."""


def zero_one_error(f: Float[Tensor, "e n 1"], y: Float[Tensor, "e n 1"]) -> Float[Tensor, " e"]:
    """Return the share of points whose sign is wrong; an output of exactly 0 is wrong.

    Args:
        f: outputs, shape ``(e, n, 1)``.
        y: signs, shape ``(e, n, 1)``.

    Returns:
        In [0, 1], shape ``(e,)``, in the precision of ``f``.

    Example:
        >>> f, y = torch.tensor([[[2.0], [-1.0], [0.0]]]), torch.ones(1, 3, 1)
        >>> round(zero_one_error(f, y).item(), 4)
        0.6667
    """
    return (y * f <= 0).to(f).mean(dim=(1, 2))


def online_sgd(
    net: Deep,
    data: Sample,
    test: Sample,
    *,
    kappa: float | Sequence[float],
    looks: Iterable[int] = (),
) -> tuple[Deep, pd.DataFrame]:
    """Train every member on its samples, each seen once in the order given.

    The table has a row for each look and member: ``samples`` seen; ``error``, the 0-1 error of the
    network at that time on the test sample; ``average``, the mean of that over all iterates before,
    where the iterates between two looks count like the earlier one, so that it is exact with a look
    at every sample; ``online``, the share of training samples that the network got wrong when it
    saw them. Its mean over draws is that of the average, without any test sample.

    Args:
        net: initial weights of all members with one output, see
            :func:`~ovp_lib.models.deep.init_deep`; their device and precision are used; they are
            not changed.
        data: points ``(e, n, d)`` and signs ``(e, n, 1)`` of each member.
        test: points and signs on which errors are measured.
        kappa: m eta, one for all members or one for each; positive.
        looks: numbers of samples after which to look, in 0..n; 0 and n are always among them.

    Returns:
        The networks after all samples, and the table.

    Raises:
        ValueError: if a label is no sign, sizes do not fit, there is no sample, or a number is out
            of range.

    Example:
        >>> from ovp_lib.models.deep import init_deep
        >>> from ovp_lib.models.inputs import sphere, stream
        >>> x = sphere(3)(400, stream(0))[None]
        >>> half = [Sample(part, part[..., :1].sign()) for part in x.split(200, dim=1)]
        >>> net = init_deep([stream(1)], d=3, m=50, depth=2)
        >>> _, table = online_sgd(net, *half, kappa=2.0, looks=range(0, 201, 10))
        >>> first, last = table.error.iloc[[0, -1]]
        >>> bool(last < first / 3), bool(last < table.average.iloc[-1] < first)
        (True, True)
    """
    n = data.x.shape[1]
    etas = _checked(net, data, test, kappa)
    times = {0, *looks, n}
    if min(times) < 0 or max(times) > n:
        raise ValueError(f"looks must lie in 0..{n}, the samples, got {sorted(times)}")
    watch = _Watch(test.to(net.W))
    watch.look(0, net)
    for t, (current, margins) in enumerate(iterates(net, data, etas), start=1):
        watch.see(margins)
        if t in times:
            watch.look(t, current)
    return current, pd.concat(watch.tables, ignore_index=True)


def iterates(
    net: Deep, data: Sample, etas: Float[Tensor, " e"]
) -> Iterator[tuple[Deep, Float[Tensor, " e"]]]:
    """Yield the networks after each sample, and their margins on it before.

    Args:
        net: initial weights of all members with one output; they are not changed.
        data: points ``(e, n, d)`` and signs ``(e, n, 1)``.
        etas: step size of each member, shape ``(e,)``.

    Yields:
        The networks W^(t), whose weights the next step changes in place, and the margins
        y_t f_{W^(t-1)}(x_t), shape ``(e,)``.
    """
    samples, etas = data.to(net.W), etas.to(net.W)
    current = net._replace(W=net.W.clone(), V=net.V.clone())
    on_cpu = net.W.device.type == "cpu"
    for x, y in zip(*(part.unbind(dim=1) for part in samples), strict=True):
        # Closed before each yield: what the caller computes in between has all its threads.
        with one_thread() if on_cpu else nullcontext():
            margins = _step(current, x, y.squeeze(1), etas)
        yield current, margins


def _step(
    net: Deep, x: Float[Tensor, "e d"], y: Float[Tensor, " e"], etas: Float[Tensor, " e"]
) -> Float[Tensor, " e"]:
    """Move all hidden layers in place, and return the margins before."""
    layers, v = (net.W, *net.V.unbind(dim=1)), net.a.squeeze(1)
    h = [x]
    for layer in layers:
        h.append(torch.bmm(layer, h[-1].unsqueeze(2)).squeeze(2).relu())
    margins = y * (v * h[-1]).sum(dim=1)
    # y sigmoid(-y f) is minus the derivative of the loss in f.
    signal = (etas * y * torch.sigmoid(-margins)).unsqueeze(1) * v
    for layer, below, above in zip(reversed(layers), h[-2::-1], h[:0:-1], strict=True):
        signal = signal * (above > 0)
        step = signal
        if layer is not net.W:
            # The signal for the layer below needs the weights from before this step.
            signal = torch.bmm(signal.unsqueeze(1), layer).squeeze(1)
        layer.baddbmm_(step.unsqueeze(2), below.unsqueeze(1))
    return margins


class _Watch:
    """Counts what was wrong, and looks at the test sample.

    Args:
        test: points and signs of each member.
    """

    def __init__(self, test: Sample) -> None:
        self.test, self.tables = test, list[pd.DataFrame]()
        self.wrong = self.total = self.error = test.y.new_zeros(len(test.y))
        self.latest = 0

    def see(self, margins: Float[Tensor, " e"]) -> None:
        self.wrong = self.wrong + (margins <= 0)

    def look(self, t: int, net: Deep) -> None:
        self.total = self.total + (t - self.latest) * self.error
        self.latest, self.error = t, zero_one_error(deep(net, self.test.x), self.test.y)
        means = (self.total / t, self.wrong / t) if t else (self.error, self.error)
        measured = dict(zip(("error", "average", "online"), (self.error, *means), strict=True))
        self.tables.append(rows(t, measured).rename(columns={"step": "samples"}))


def _checked(
    net: Deep, data: Sample, test: Sample, kappa: float | Sequence[float]
) -> Float[Tensor, " e"]:
    """Return the step size of each member, if everything fits."""
    e, m, d = net.W.shape
    for name, (x, y) in {"data": data, "test": test}.items():
        if net.a.shape[1] != 1 or x.ndim != 3 or x.shape[::2] != (e, d) or not x.shape[1]:
            raise ValueError(
                f"{e} networks of {d} inputs and one output need points ({e}, n, {d}) with n at "
                f"least 1, got {tuple(x.shape)} as {name} and {net.a.shape[1]} outputs"
            )
        if y.shape != (*x.shape[:2], 1) or not bool((y.abs() == 1).all()):
            raise ValueError(
                f"{name} must have one label for each point, all of them -1 or 1, got shape "
                f"{tuple(y.shape)} and values from {float(y.min()):g} to {float(y.max()):g}"
            )
    kappas = torch.as_tensor(kappa, dtype=torch.float64)
    if kappas.shape not in ((), (e,)) or not bool((kappas > 0).all()):
        raise ValueError(f"kappa must be positive, one number or one a member, got {kappa}")
    return (kappas / m).expand(e)
