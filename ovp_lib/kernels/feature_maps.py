"""Spans that the lower bound is tested on: sections of kernels, random features, parities.

Every function is given by its values at all 2^d points of the hypercube, in the order of
:func:`ovp_lib.maths.hypercube.points`, one function a column.
"""

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from ovp_lib.kernels import finite_width
from ovp_lib.kernels.library import correlation_kernels
from ovp_lib.maths import hypercube
from ovp_lib.maths.krawtchouk import hamming
from ovp_lib.models.learners import init_learner

NETWORKS = ("two-layer", "three-layer", "resnet", "bottleneck")
"""Concrete networks whose kernels are listed; the bottleneck has no conjugate kernel."""


TIGHT = ("x, parities of the level", "x, mixtures of the level")
"""Maps that attain the bound: d coordinates, and nothing else that is spent on another level."""


def closed_form_sections(d: int, chosen: Int[Tensor, " n"]) -> dict[str, Tensor]:
    """Return the sections of every closed-form kernel at the chosen points, ``(2^d, n)`` each.

    Args:
        d: dimension.
        chosen: numbers of the training points.
    """
    x = hypercube.points(d)
    distances = hamming(x, x[chosen])
    return {name: kernel.gram(distances) for name, kernel in correlation_kernels(d).items()}


def network_sections(
    d: int, chosen: Int[Tensor, " n"], generator: Generator, *, m: int
) -> dict[str, Tensor]:
    """Return the sections of tangent and conjugate kernels of random networks of width ``m``.

    Args:
        d: dimension.
        chosen: numbers of the training points.
        generator: source of the initial weights, those of the ResNet paper's experiments.
        m: width of every hidden layer.
    """
    x, sections = hypercube.points(d).unsqueeze(0), {}
    for name in NETWORKS:
        net = init_learner(name, [generator], d=d, m=m, k=1)
        landmarks = x[:, chosen]
        sections[f"NTK of a {name} net"] = finite_width.ntk(net, x, landmarks)[0]
        if name != "bottleneck":
            sections[f"last layer of a {name} net"] = finite_width.conjugate(net, x, landmarks)[0]
    return sections


def random_maps(d: int, k: int, n: int, generator: Generator) -> dict[str, Tensor]:
    """Return ``n`` features of several kinds: useless for a parity, of some use, and the best.

    Neurons and waves have random weights; a lookup table knows ``n`` points; parities are drawn
    among all, or among those of level ``k``; mixtures are Gaussian combinations of all of the
    latter. Those in :data:`TIGHT` also have the d coordinates.

    Args:
        d: dimension of the hypercube, at least k.
        k: number of coordinates in the parity, at least 1.
        n: number of features of each kind, at least 1.
        generator: source of randomness.

    Returns:
        For each kind by name, its values at all 2^d points.

    Raises:
        ValueError: if there are fewer than ``n`` parities of level ``k``.
    """
    x, which = hypercube.points(d), hypercube.subsets(d, k)
    if not 1 <= n <= len(which):
        raise ValueError(f"there are {len(which)} parities of level {k}, got n = {n}")

    def normal(*shape: int) -> Float[Tensor, "*shape"]:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    def some(total: int) -> Int[Tensor, " n"]:
        return torch.randperm(total, generator=generator)[:n]

    z = x @ normal(d, n) / d**0.5 + normal(n)
    # In the order of these lines the generator is used: another order would give other features.
    at_level = hypercube.parities(x, which)
    every = hypercube.fourier(torch.eye(2**d, dtype=x.dtype)) * 2**d
    chosen = [at_level[:, some(len(which))], at_level @ normal(len(which), n)]
    tight = {name: torch.cat([x, f], dim=1) for name, f in zip(TIGHT, chosen, strict=True)}
    return {
        "random neurons": z.relu(),
        "random waves": z.cos(),
        "random functions": normal(2**d, n),
        "lookup table": torch.eye(2**d, dtype=x.dtype)[:, some(2**d)],
        "parities of any level": every[:, some(2**d)],
    } | tight
