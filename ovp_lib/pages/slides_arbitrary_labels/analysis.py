"""What the page on arbitrary labels trains: real points with labels of any kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.datasets.corruption import corrupted_pixels, random_labels
from ovp_lib.datasets.generated import ODD
from ovp_lib.datasets.labelled import LabelledData, on_sphere, signs, split
from ovp_lib.kernels.closed_form import NetworkKernels, relu_network, relu_ntk
from ovp_lib.kernels.finite_width import ntk
from ovp_lib.maths import elementary
from ovp_lib.maths.width_conditions import Condition, Setting
from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.inputs import rademacher
from ovp_lib.training.full_batch import Descent, full_batch_descent
from ovp_lib.training.online import zero_one_error
from ovp_lib.training.samples import Sample, streams

Array = NDArray[np.float64]

KINDS = ("true labels", "random labels", "shuffled pixels", "random pixels", "gaussian pixels")
"""What is fitted: Zhang et al.'s randomisation tests."""


@dataclass(frozen=True)
class LabelledPoints:
    """Labelled points of every seed, and where networks on them are trained.

    Attributes:
        source: the data set that points are drawn from.
        seed: root seed.
        n_seeds: number of seeds.
        device: where networks are trained.
        steps: most steps of a run.
    """

    source: LabelledData
    seed: int
    n_seeds: int
    device: torch.device
    steps: int

    def draw(self, kind: str, n: int, n_test: int = 0) -> tuple[Sample, Sample | None]:
        """Draw training points of every seed, and test points that are none of them.

        The whole data set is randomised before it is divided, so a smaller training set is the
        beginning of a larger one. Test labels are randomised as the training labels are.

        Args:
            kind: one of :data:`KINDS`.
            n: number of training points.
            n_test: number of test points; 0 for none.

        Returns:
            Points of the unit sphere with labels -1 and 1.

        Raises:
            ValueError: if there are too few points, or a part has one class only.
        """
        sizes = (n, n_test) if n_test else (n,)
        parts = [
            split(_randomised(self.source, kind, noise), sizes, order)
            for noise, order in zip(self._draws("signs"), self._draws("train"), strict=True)
        ]
        samples = [_sample(part) for part in zip(*parts, strict=True)]
        return samples[0], samples[1] if n_test else None

    def pairs(self, n: int, phi: float) -> Sample:
        """Draw n / 2 points, each with a neighbour at distance phi that has the other label.

        Args:
            n: number of points, even.
            phi: distance within a pair, in (0, 2), smaller than that between the points drawn.

        Returns:
            Points of the unit sphere with labels -1 and 1.
        """
        x = self.draw("true labels", n // 2)[0].x
        cosine = 1 - phi**2 / 2
        sine = (1 - cosine**2) ** 0.5
        xs, ys = [], []
        for points, generator in zip(x, self._draws("perturbation"), strict=True):
            aside = torch.randn(points.shape, generator=generator, dtype=torch.float64)
            aside -= (aside * points).sum(dim=1, keepdim=True) * points
            aside /= aside.norm(dim=1, keepdim=True)
            y = rademacher((n // 2, 1), generator)
            xs.append(torch.cat([points, cosine * points + sine * aside]))
            ys.append(torch.cat([y, -y]))
        return Sample(torch.stack(xs), torch.stack(ys))

    def start(self, d: int, m: int, depth: int) -> Deep:
        """Return initial weights of every seed, on the device, in the usual precision of training.

        Args:
            d: input dimension.
            m: width.
            depth: number of hidden layers.
        """
        net = init_deep(self._draws("init"), d=d, m=m, depth=depth)
        return net.to(self.device, torch.float32)

    def fit(
        self,
        data: Sample,
        m: int,
        depth: int,
        goal: float | None = None,
        *,
        members: Sequence[int] | slice = slice(None),
    ) -> Descent:
        """Train one network a seed by full-batch gradient descent.

        Args:
            data: points and labels of every seed.
            m: width.
            depth: number of hidden layers.
            goal: loss at which a run stops; ``None`` for zero training error.
            members: which seeds are trained; all by default.

        Returns:
            The course of every one of these seeds.
        """
        net = self.start(data.x.shape[2], m, depth).select(members)
        return full_batch_descent(net, data.select(members), steps=self.steps, goal=goal)

    def _draws(self, purpose: str) -> list[torch.Generator]:
        return streams(self.seed, self.n_seeds, purpose)


def test_errors(net: Deep, test: Sample) -> Array:
    """Return the share of test points on whose label the sign of the output is wrong.

    Args:
        net: trained weights.
        test: points of every seed.

    Returns:
        One number a seed.
    """
    x, y = test.to(net.W)
    return zero_one_error(deep(net, x), y).double().cpu().numpy()


def smallest_widths(
    task: LabelledPoints,
    samples: Mapping[int, Sample],
    widths: Sequence[int],
    depth: int,
) -> Array:
    """Return the smallest width with which all points are fitted, for each seed and sample size.

    Widths are tried from the smallest up, for each seed until it has been fitted. A network that is
    wider might fail where a narrower one did not; it is not tried.

    Args:
        task: how networks are trained.
        samples: points by their number.
        widths: to try, increasing.
        depth: number of hidden layers.

    Returns:
        Shape ``(seeds, sample sizes)``, infinite where no width was enough.
    """
    found = np.full((task.n_seeds, len(samples)), np.inf)
    for column, data in enumerate(samples.values()):
        for m in widths:
            left = np.flatnonzero(np.isinf(found[:, column]))
            if not len(left):
                break
            steps = steps_of(task.fit(data, m, depth, members=left.tolist()))
            found[left[steps < np.inf], column] = m
    return found


def steps_of(done: Descent) -> Array:
    """Return the number of steps of each seed, infinite if it did not stop.

    Args:
        done: course of training.
    """
    return done.steps.cpu().double().numpy()


def zero_error(done: Descent) -> Array:
    """Return the first step without a wrong sign, infinite if there is none.

    Args:
        done: course of training.

    Returns:
        One number a seed.
    """
    errors = done.errors.cpu().double().numpy()
    return np.where((errors == 0).any(axis=0), (errors == 0).argmax(axis=0), np.inf)


def course(runs: Mapping[float, Descent]) -> dict[str, Array]:
    """Return what the claims on steps, distances and the ball are about.

    Args:
        runs: courses of training, by what was varied.

    Returns:
        Arrays of shape ``(seeds, runs)``: ``steps`` to the goal, ``zero`` (to zero error),
        ``moved`` (by all layers together), ``furthest`` (by the layer that moved most), ``path``
        (its length), ``dominance`` (least along the way) and ``curvature`` (largest, times eta).
    """
    each = [_numbers(done) for done in runs.values()]
    return {name: np.stack([numbers[name] for numbers in each], axis=1) for name in each[0]}


def _numbers(done: Descent) -> dict[str, Array]:
    # NaN stands for steps after a run has stopped, which must not decide a least or a largest.
    measured = {
        "moved": elementary.sqrt(done.moved.square().sum(dim=1)),
        "furthest": done.moved.amax(dim=1),
        "path": elementary.sqrt(done.path.square().sum(dim=1)),
        "dominance": done.dominance.nan_to_num(torch.inf).amin(dim=0),
        "curvature": done.curvature.nan_to_num(-torch.inf).amax(dim=0),
    }
    numbers = {name: value.cpu().double().numpy() for name, value in measured.items()}
    return {"steps": steps_of(done), "zero": zero_error(done), **numbers}


def least_eigenvalues(task: LabelledPoints, data: Sample, m: int, depth: int) -> Array:
    """Return lambda_min(J J^T / n) at the start of training, for each seed.

    Args:
        task: whose initial weights are meant.
        data: points of every seed.
        m: width.
        depth: number of hidden layers.
    """
    net = task.start(data.x.shape[2], m, depth).to(task.device)  # eigenvalues need more digits
    kernel = ntk(net, data.to(net.W).x)
    return torch.linalg.eigvalsh(kernel)[:, 0].cpu().double().numpy() / data.x.shape[1]


def orders_of_magnitude(
    rows: Sequence[Condition], seen: Sequence[Setting], what: str = "log10_width"
) -> dict[str, Array]:
    """Return the base-10 logarithm of what each row of the tables asks for.

    Args:
        rows: of the slides' tables; those without powers are left out.
        seen: what the conditions see of the points of each seed.
        what: ``log10_width`` or ``log10_steps``.

    Returns:
        One number a seed, by the name of the row.
    """
    found = {row.name: np.array([getattr(row, what)(each) for each in seen]) for row in rows}
    return {name: values for name, values in found.items() if np.isfinite(values).all()}


def limiting_ratios(data: Sample, depths: Sequence[int]) -> Array:
    """Return least over largest eigenvalue of the tangent kernel of infinitely wide networks.

    Args:
        data: points of every seed.
        depths: numbers of hidden layers.

    Returns:
        Shape ``(seeds, depths)``.
    """
    limit = partial(relu_ntk, weight_variance=2.0, bias_variance=0.0)
    kernels = [[limit(x, hidden_layers=layers) for layers in depths] for x in data.x]
    values = torch.stack([torch.linalg.eigvalsh(torch.stack(row)) for row in kernels])
    return (values[..., 0] / values[..., -1]).numpy()


def settings(data: Sample, depth: int) -> list[Setting]:
    """Return what the conditions of the slides see of the points of each seed.

    Args:
        data: points of the unit sphere with labels -1 and 1, no two in the same direction.
        depth: number of hidden layers L.
    """
    return [_setting(x, y[:, 0], depth) for x, y in zip(data.x, data.y, strict=True)]


def _setting(x: Tensor, y: Tensor, depth: int) -> Setting:
    # From differences: by a matrix product small distances lose their digits to cancellation.
    n, distances = len(x), torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist")
    others = ~torch.eye(n, dtype=torch.bool)
    two, several = _kernels(x, 1), _kernels(x, depth)
    return Setting(
        n=n,
        depth=depth,
        phi=float(distances[y[:, None] != y].min()),
        closest=float(distances[others].min()),
        lambda_0=float(torch.linalg.eigvalsh(two.weights[0])[0]),
        lambda_k=float(torch.linalg.eigvalsh(several.conjugate)[0]),
    )


def _kernels(x: Tensor, layers: int) -> NetworkKernels:
    return relu_network(x, hidden_layers=layers, weight_variance=2.0, bias_variance=0.0)


def _randomised(source: LabelledData, kind: str, generator: torch.Generator) -> LabelledData:
    if kind not in KINDS:
        raise ValueError(f"what is fitted must be one of {', '.join(KINDS)}, got {kind!r}")
    if kind == "true labels":
        return source
    if kind == "random labels":
        return random_labels(source, 1.0, generator)
    return corrupted_pixels(source, kind.removesuffix(" pixels"), generator)


def _sample(parts: Sequence[LabelledData]) -> Sample:
    x = torch.stack([on_sphere(part).x for part in parts])
    return Sample(x, torch.stack([signs(part, ODD) for part in parts]))
