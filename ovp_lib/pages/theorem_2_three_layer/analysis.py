"""What the page on Theorem 2 trains and reads off: outputs, tuned learners, complexities."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.selection import select
from ovp_lib.experiments.grids import grid_of, risks, settings, train_grid
from ovp_lib.experiments.three_layer import Reached, errors
from ovp_lib.kernels.closed_form import relu_network
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.models.composite_targets import ThreeLayerTarget, labelled
from ovp_lib.models.inputs import padded_sphere
from ovp_lib.models.networks import init_two_layer
from ovp_lib.models.three_layer import init_three_layer, three_layer
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.protocol import Protocol
from ovp_lib.training.samples import Sample, streams
from ovp_lib.training.smoothed.output import choose_output
from ovp_lib.training.splits import Splits

Array = NDArray[np.float64]

VALIDATION, TEST = 1000, 1000
"""Points to tune by, and points to report."""

PENALTIES = tuple(10.0**power for power in range(-12, 1))
"""Ridge penalties, as multiples of the trace of the kernel."""


class Learner(NamedTuple):
    """A network whose hidden weights are trained, and the step sizes that it is tuned over.

    Attributes:
        layers: 2 or 3.
        width: m of its hidden layers.
        step_sizes: what validation data choose from.
    """

    layers: int
    width: int
    step_sizes: tuple[float, ...]


def outputs(reached: Reached, candidates: int) -> pd.DataFrame:
    """Return the excess of Algorithm 2's own output beside those of ``errors``.

    Args:
        reached: what has been trained.
        candidates: noise matrices among which the training loss chooses j*.

    Returns:
        The table of ``errors`` with the column ``excess_of_output``.
    """
    net = choose_output(reached.run, reached.data, candidates).net
    points = reached.points.to(net.W)
    losses = SQUARED.value(three_layer(net, points.x), points.y).double().mean(dim=1)
    return errors(reached).assign(excess_of_output=2 * losses.cpu().numpy())


def visible_slope(estimate: Estimate, border: float) -> float:
    """Return the slope beyond which the interval would have left the region.

    Args:
        estimate: the measured slope with its interval.
        border: b, the upper end of the region.

    Returns:
        b and half the length of the interval: had the slope been larger, an interval as long as
        this one would have lain outside the region.

    Example:
        >>> round(visible_slope(Estimate(0.0, -0.1, 0.1, 5), 0.3), 2)
        0.4
    """
    return border + (estimate.high - estimate.low) / 2


def split(target: ThreeLayerTarget, samples: int, seed: int) -> Splits:
    """Draw the data of every member, without label noise.

    Args:
        target: F*, one member for each seed.
        samples: N.
        seed: root of the streams.

    Returns:
        Training, validation and test points in float64 on the CPU.
    """
    sizes, sampler = (samples, VALIDATION, TEST), padded_sphere(target.w1.shape[2])

    def part(n: int, purpose: str) -> Sample:
        return Sample(*labelled(target, sampler, n, streams(seed, len(target.w1), purpose)))

    return Splits(*(part(n, name) for n, name in zip(sizes, Splits._fields, strict=True)))


def compare(
    target: ThreeLayerTarget,
    learners: Mapping[str, Learner],
    samples: int,
    *,
    epochs: int,
    seed: int,
    device: str = "auto",
) -> pd.DataFrame:
    """Give the same samples to networks and to four kernels, all of them tuned in each seed.

    Args:
        target: F*, one member for each seed.
        learners: the networks, by name.
        samples: N.
        epochs: passes over the training set.
        seed: root of the streams of data and initial weights.
        device: where to train.

    Returns:
        One row a learner and seed: ``learner``, ``seed``, ``test`` and ``at_edge``; the networks'
        also have ``lr``.
    """
    splits = split(target, samples, seed)
    networks = [
        tuned_network(each, splits, epochs=epochs, seed=seed, device=device).assign(learner=name)
        for name, each in learners.items()
    ]
    return pd.concat([*networks, tuned_kernels(splits)], ignore_index=True)


def by_learner(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the test errors of a comparison, one row a seed.

    Args:
        compared: as :func:`compare` returns it.

    Returns:
        One column a learner, and the least error of the kernels as ``best kernel``.
    """
    tests = compared.pivot(index="seed", columns="learner", values="test")
    kernels = compared["lr"].isna()
    return tests.assign(**{"best kernel": compared[kernels].groupby("seed")["test"].min()})


def tuned_network(
    learner: Learner, splits: Splits, *, epochs: int, seed: int, device: str = "auto"
) -> pd.DataFrame:
    """Train a network with every step size, by the protocol of Section 7, and choose in each seed.

    Args:
        learner: which network.
        splits: data of each seed.
        epochs: passes over the training set; the step size is divided by ten after half of them.
        seed: root of the streams of the initial weights.
        device: where to train.

    Returns:
        One row a seed: ``test`` (squared error) of the step size with the least validation error,
        ``lr``, and ``at_edge``, empty if a smaller and a larger one were tried.
    """
    e, d = len(splits.train.x), splits.train.x.shape[2]
    generators = streams(seed, e, "init")
    seeds, protocol = range(e), Protocol.of_section_7(epochs)
    if learner.layers == 2:
        two = init_two_layer(generators, d=d, m=learner.width)
        grid = grid_of(two, splits, seeds, learner.step_sizes)
        curves = train_grid(grid, protocol, looks=(epochs,), device=device).curves
    else:
        three = init_three_layer(generators, d=d, m1=learner.width, m2=learner.width)
        deep = grid_of(three, splits, seeds, learner.step_sizes)
        curves = train_grid(deep, protocol, looks=(epochs,), device=device).curves
    members = settings(seeds, learner.step_sizes)
    table = risks(curves, members, (epochs,)).reset_index()
    # Risks are losses, half of the squared errors that the page shows.
    table[["validation", "test"]] *= 2
    best = select(table, score="validation", groups=["seed"], parameters=["lr"])
    return best[["seed", "lr", "test", "at_edge"]]


def tuned_kernels(splits: Splits) -> pd.DataFrame:
    """Fit the kernels of wide networks of two and three layers, with the best ridge penalty.

    Args:
        splits: data of each seed.

    Returns:
        One row a kernel and seed: ``learner``, ``seed``, ``test``, and ``at_edge``, ``penalty`` if
        the largest penalty has the least validation error; the smallest one interpolates.
    """
    rows = []
    for member in range(len(splits.train.x)):
        parts = [Sample(part.x[member], part.y[member]) for part in splits]
        for layers in (2, 3):
            inside = relu_network(parts[0].x, hidden_layers=layers - 1)
            points = torch.cat([part.x for part in parts[1:]])
            across = relu_network(points, parts[0].x, hidden_layers=layers - 1)
            pairs = {"NTK": (inside.ntk(), across.ntk())}
            pairs["conjugate"] = (inside.conjugate, across.conjugate)
            for name, (kernel, between) in pairs.items():
                found = _best_ridge(kernel, between, parts)
                rows.append({"learner": f"{name}, {layers} layers", "seed": member} | found)
    return pd.DataFrame(rows)


def _best_ridge(
    kernel: torch.Tensor, across: torch.Tensor, parts: Sequence[Sample]
) -> dict[str, object]:
    train, validation, test = parts
    scale = float(kernel.trace())
    fitted = ridge(kernel, train.y, [scale * each for each in PENALTIES]).predict(across)
    n = len(validation.y)
    errors_at = [
        (fitted[:, part] - y).square().mean(dim=(1, 2))
        for part, y in ((slice(None, n), validation.y), (slice(n, None), test.y))
    ]
    best = int(errors_at[0].argmin())
    edge = "penalty" if best == len(PENALTIES) - 1 else ""
    return {"test": float(errors_at[1][best]), "at_edge": edge}


def complexities(
    targets: Sequence[ThreeLayerTarget], needed: Sequence[Array], eps: float
) -> pd.DataFrame:
    """Return what each target needs beside its complexity, in order of the complexity.

    Args:
        targets: the targets.
        needed: samples of each, one number a seed; infinite if never, 0 if fewer than the fewest.
        eps: accuracy in C_eps.

    Returns:
        Columns ``log complexity`` (log C_eps(Phi, sqrt(p2) C_eps(phi, 1)) at C* = 1) and
        ``samples (median)``, in words.
    """
    logs = [target.composed(c_star=1.0).log_c_eps(eps) for target in targets]
    names = [f"{target.outer[0].name} of {target.inner[0].name}" for target in targets]
    rows = {
        "log complexity": [f"{each:.3g}" for each in logs],
        "samples (median)": [_words(float(np.median(each))) for each in needed],
    }
    table = pd.DataFrame(rows, index=pd.Index(names, name="target"))
    return table.iloc[np.argsort(logs)]


def _words(samples: float) -> str:
    if math.isinf(samples):
        return "more than the largest sample"
    return f"{samples:.0f}" if samples else "fewer than the smallest sample"
