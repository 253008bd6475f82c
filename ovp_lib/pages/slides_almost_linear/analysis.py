"""Almost linear and almost convex: what is measured near the initialisation, on digits."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.datasets import digits, grouped, on_sphere, random_labels, signs, split
from ovp_lib.datasets.generated import EVEN, ODD
from ovp_lib.datasets.labelled import LabelledData
from ovp_lib.maths import elementary
from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.proofs import linearisation as near
from ovp_lib.training.samples import streams

Array = NDArray[np.float64]


class SignedDigits(NamedTuple):
    """Digits on the sphere, with true and corrupted signs, for every seed.

    Attributes:
        seed: root of all random streams.
        x: training points, shape ``(e, n, d)``.
        y: their signs for each share of random labels, shape ``(shares, e, n)``.
        test_x: other points, shape ``(e, t, d)``.
        test_y: their signs, corrupted by the same shares, shape ``(shares, e, t)``.
    """

    seed: int
    x: Float[Tensor, "e n d"]
    y: Float[Tensor, "shares e n"]
    test_x: Float[Tensor, "e t d"]
    test_y: Float[Tensor, "shares e t"]

    @property
    def members(self) -> int:
        """Number of seeds e."""
        return len(self.x)

    def networks(self, m: int, depth: int) -> Deep:
        """Draw the networks of all seeds, on the device of the points.

        Args:
            m: width.
            depth: number of hidden layers L.

        Returns:
            One member a seed, in the precision of the points.
        """
        generators = streams(self.seed, self.members, "init")
        net = init_deep(generators, d=self.x.shape[2], m=m, depth=depth)
        return net.to(self.x.device, self.x.dtype)


class NearLinear(NamedTuple):
    """The error of the linearisation in one direction, one number a seed.

    Attributes:
        size: root mean square over points of f(W') - f(W) - <grad f(W), W' - W>.
        relative: the same over that of the linear part.
    """

    size: Array
    relative: Array


class NearConvex(NamedTuple):
    """How far the loss is from convex, one number a seed.

    Attributes:
        worst: largest defect that was found, geometric mean over points with either label.
        gradient: largest defect over points against the gradient of the training loss; below 0
            where the loss is convex at all of them.
    """

    worst: Array
    gradient: Array


def draw(
    seed: int, n_seeds: int, sizes: tuple[int, int], shares: Sequence[float], device: torch.device
) -> SignedDigits:
    """Draw training and test digits for every seed, odd against even.

    Args:
        seed: root of the streams.
        n_seeds: number of members.
        sizes: of training and test sample; fewer training samples are the first ones of more.
        shares: of labels that are drawn anew, in [0, 1]; corrupted labels are nested.
        device: where to compute.

    Returns:
        The problem, in float64.

    Raises:
        ValueError: if a share is out of range, or there are not as many digits.
    """
    data = on_sphere(grouped(digits(), {"even": EVEN, "odd": ODD}))
    generators = streams(seed, n_seeds, "train")
    parts = [split(data, sizes, generator) for generator in generators]
    x, y = _stacked([part[0] for part in parts], shares, seed, "signs")
    test_x, test_y = _stacked([part[1] for part in parts], shares, seed, "test")
    return SignedDigits(seed, *(each.to(device) for each in (x, y, test_x, test_y)))


def _stacked(
    parts: Sequence[LabelledData], shares: Sequence[float], seed: int, purpose: str
) -> tuple[Tensor, Tensor]:
    """Return points, and signs for each share; labels of a share start from the same stream."""

    def labels(share: float) -> Tensor:
        generators = streams(seed, len(parts), purpose)
        noisy = [random_labels(each, share, g) for each, g in zip(parts, generators, strict=True)]
        return torch.stack([signs(each, (1,))[:, 0] for each in noisy])

    x = torch.stack([part.x for part in parts])
    return x, torch.stack([labels(share) for share in shares])


def loss_gradient(net: Deep, x: Tensor, y: Tensor) -> near.Movement:
    """Return the gradient of the mean logistic loss in the hidden weights.

    Args:
        net: weights of all members.
        x: points, shape ``(e, n, d)``.
        y: signs, shape ``(e, n)``.
    """
    slope = -y * torch.sigmoid(-y * deep(net, x).squeeze(2)) / x.shape[1]
    return near.combined(near.outer_products(net, x), slope)


def directions(problem: SignedDigits, net: Deep, points: int) -> Mapping[str, near.Movement]:
    """Return a step against the gradient of the loss and a random one, each layer of norm 1.

    Args:
        problem: the loss is that of its first points with true signs.
        net: where the step starts.
        points: number of points.
    """
    x, y = problem.x[:, :points], problem.y[0, :, :points]
    downhill = tuple(-dW for dW in loss_gradient(net, x, y))
    generators = streams(problem.seed, problem.members, "perturbation")
    return {
        "gradient": near.of_radius(downhill, 1.0),
        "random": near.random_movement(net, 1.0, generators),
    }


def near_linear(net: Deep, direction: near.Movement, radius: float, x: Tensor) -> NearLinear:
    """Go ``radius`` / m^(1/2) far in every layer and compare f with its linearisation.

    Args:
        net: W.
        direction: of norm 1 in every layer.
        radius: R.
        x: points to look at, shape ``(e, n, d)``.

    Returns:
        Errors, absolute and relative.
    """
    reach = radius / net.W.shape[1] ** 0.5
    error, linear = near.linearisation_error(net, tuple(reach * dW for dW in direction), x)
    size, scale = (_numbers(elementary.sqrt(each.square().mean(dim=1))) for each in (error, linear))
    return NearLinear(size, size / scale)


def lipschitz(net: Deep, x: Tensor, y: Tensor) -> Array:
    """Return the largest ||grad_l L_(x,y)||_F / m^(1/2) over points and layers.

    Args:
        net: W.
        x: points, shape ``(e, n, d)``.
        y: signs, shape ``(e, n)``.
    """
    slope = torch.sigmoid(-y * deep(net, x).squeeze(2))
    sizes = [
        slope * torch.linalg.vector_norm(each.signals, dim=2) * each.inputs.norm(dim=2)
        for each in near.outer_products(net, x)
    ]
    return _numbers(torch.stack(sizes).amax(dim=(0, 2))) / float(net.W.shape[1]) ** 0.5


def near_convex(
    problem: SignedDigits, net: Deep, radius: float, *, points: int, steps: int
) -> NearConvex:
    """Look for the worst lack of convexity at distance ``radius`` / m^(1/2).

    Args:
        problem: digits with true signs.
        net: W, one member a seed.
        radius: R.
        points: how many points each seed looks at, one after the other.
        steps: of the search at each point.

    Returns:
        Defects in the worst direction found and against the gradient.
    """
    reach = radius / net.W.shape[1] ** 0.5
    ways = directions(problem, net, problem.x.shape[1])
    along, anywhere = (tuple(reach * dW for dW in ways[name]) for name in ("gradient", "random"))
    found = []
    for i in range(points):
        x, y = problem.x[:, i : i + 1], problem.y[0, :, i : i + 1]
        for label in (y, -y):  # a defect is larger where the margin is smaller
            found.append(near.worst_defect(net, x, label, anywhere, steps=steps).size)
    gaps = near.convexity_gap(net, along, problem.x, problem.y[0])
    sizes = torch.stack(found)
    # A search that finds no defect returns 0, which would make the mean of logarithms infinite.
    logs = elementary.log(sizes.clamp_min(torch.finfo(sizes.dtype).tiny)).mean(dim=0)
    return NearConvex(np.exp(_numbers(logs)), _numbers((-gaps).amax(dim=1)))


def _numbers(values: Tensor) -> Array:
    found: Array = values.double().cpu().numpy()
    return found
