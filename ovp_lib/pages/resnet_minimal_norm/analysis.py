"""Tables of the page on the norm figure: networks by hand, runs of SGD, how far each is off.

Of a run the tables have the training error ``train``, the test error ``test`` with its standard
error ``test_se``, the norm ``norm`` and the weight decay ``wd``, see
:data:`~ovp_lib.experiments.minimal_norm_task.COLUMNS`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from ovp_lib.evidence import figures, published, statistics
from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.statistics import Numbers
from ovp_lib.maths import hypercube
from ovp_lib.models import networks, sparse_parity
from ovp_lib.pages.resnet_minimal_norm.statement import CLAIMED_ERROR, EXACT
from ovp_lib.proofs import parity_network as best
from ovp_lib.training import ensemble, protocol, samples

PAPER_D, PAPER_K = 40, 6
"""Input dimension and coordinates of the parity, in the paper's plot and in the stored sweep."""

HAND_DECAYS = (1e-4, 2e-4, 5e-4)
"""Weight decays of the networks that are fitted to all inputs."""

SCALES = np.linspace(0.0, 1.0, 200)[:-1]
"""Parts of the network of least norm at which the frontier is drawn."""


def exactly(values: Sequence[float]) -> Estimate:
    """Return the largest of some deviations as an estimate without an interval.

    Below 1e-12 the digits are the machine's.

    Args:
        values: deviations, at least 0.

    Example:
        >>> exactly([0.0, 1e-15]).value
        1e-12
    """
    worst = max(EXACT, *values)
    return Estimate(worst, worst, worst, 1)


def count(hits: Numbers) -> Estimate:
    """Return how often something that a check forbids was found.

    Args:
        hits: for each case whether it was found; cases are no repetitions, so that n is 1.

    Example:
        >>> count([False, True, False])
        Estimate(value=1.0, low=1.0, high=1.0, n=1)
    """
    found = float(np.asarray(hits).sum())
    return Estimate(found, found, found, 1)


def largest(values: Tensor) -> Estimate:
    """Return the largest of some numbers that are computed, as an estimate without an interval.

    Args:
        values: any number of them.

    Example:
        >>> largest(torch.tensor([0.5, 0.25]))
        Estimate(value=0.5, low=0.5, high=0.5, n=1)
    """
    most = values.max().item()
    return Estimate(most, most, most, 1)


class Deviations(NamedTuple):
    """How far a network by hand is from what the proposition says of it.

    Attributes:
        error: the largest abs(f(x) - chi(x)) over all inputs.
        norm: abs(||W||_F / R* - 1).
        frontier: the largest difference of (f(x) - chi(x))^2 and the bound at its norm.
    """

    error: float
    norm: float
    frontier: float


def make_by_hand(k: int, d: int, m: int, scale: float = 1.0) -> Deviations:
    """Make a network by hand and measure it at all 2^k inputs that it can tell apart.

    Args:
        k: coordinates in the parity, even.
        d: input dimension.
        m: width.
        scale: factor of the parity.

    Returns:
        How far the network is from what the proposition says of it.
    """
    net = best.by_hand(d, m, k, scale)
    signs = hypercube.points(k)[None]
    x = torch.nn.functional.pad(signs, (0, d - k), value=1.0) / math.sqrt(d)
    error = (networks.two_layer(net, x) - sparse_parity.parity(signs, k)).abs()
    norm = net.W.norm().item() / best.least_norm(d, k)
    gap = (error.square() - (1 - min(1, norm)) ** 2).abs().max().item()
    return Deviations(error.max().item(), abs(norm - 1), gap)


class Fits(NamedTuple):
    """Networks that SGD fits to all inputs in k dimensions, by seed s and weight decay w.

    Attributes:
        decay: weight decays.
        norm: ||W||_F.
        error: mean squared errors over all inputs.
    """

    decay: Float[Tensor, " w"]
    norm: Float[Tensor, "s w"]
    error: Float[Tensor, "s w"]

    def distance(self, k: int) -> Float[Tensor, "s w"]:
        """Return each norm over the least norm at the same error.

        Args:
            k: input dimension, which is the number of coordinates in the parity.
        """
        return self.norm / best.norm_at(self.error, k, k)

    def objective(self, k: int) -> Float[Tensor, "s w"]:
        """Return each regularised objective over the least one.

        Args:
            k: input dimension, which is the number of coordinates in the parity.
        """
        reached = (self.error + self.decay * self.norm.square()) / 2
        return reached / best.least_objective(self.decay, k, k)


def fit_all_inputs(k: int, init: str, steps: int, *, seed: int, n_seeds: int, device: str) -> Fits:
    """Fit networks of width 200 to all 2^k inputs, in float64, as the paper does by hand.

    Args:
        k: coordinates, all of them in the parity.
        init: scale of the initial weights.
        steps: steps of SGD, each on all inputs; the step size falls for the last fifth.
        seed: root of the random streams.
        n_seeds: networks for each weight decay.
        device: where to train.

    Returns:
        The norms and the errors of the networks, with their weight decays.
    """
    grid = [(s, wd) for s in range(n_seeds) for wd in HAND_DECAYS]
    draws = samples.streams(seed, n_seeds, "init")
    drawn = sparse_parity.init_network(draws, d=k, m=200, init=init)
    start = drawn.select([s for s, _ in grid])
    signs = hypercube.points(k).expand(len(grid), -1, -1)
    every = samples.Sample(signs / math.sqrt(k), sparse_parity.parity(signs, k))
    rules = protocol.Protocol(steps, 2**k, drops=((steps * 4 // 5, 0.1),))
    members = [protocol.Member(seed + s, lr=5.0, wd=wd) for s, wd in grid]
    precision = torch.float64
    net = ensemble.train(start, every, members, rules, device=device, precision=precision).net
    norm = torch.linalg.vector_norm(net.W, dim=(1, 2))
    error = networks.two_layer(net, every.x.to(net.W)) - every.y.to(net.W)
    error = error.square().mean(dim=(1, 2))
    decay = torch.tensor(HAND_DECAYS, dtype=torch.float64)
    return Fits(decay, norm.cpu().view(n_seeds, -1), error.cpu().view(n_seeds, -1))


def printed(words: str) -> pd.DataFrame:
    """Return those points of the paper's plot whose series has some words in its name.

    Args:
        words: ``by hand``, ``train error`` or ``in test error``.
    """
    points = published.points("resnet-figure-1")
    return points[points["series"].str.contains(words)]


def printed_below_frontier() -> np.ndarray:
    """Return which plotted networks lie below the frontier, of those that it is a bound for."""
    points = pd.concat([printed("by hand"), printed("in test error")])
    norms = torch.tensor(points["frobenius_norm"].values)
    return points["error"].values < best.least_error(norms, PAPER_D, PAPER_K).numpy()


def distance(norm: pd.Series, error: pd.Series, d: int, k: int) -> pd.Series:
    """Return norms over the least norm at the same error.

    Args:
        norm: ||W||_F of some networks.
        error: their errors, at most 1.
        d: input dimension.
        k: coordinates in the parity.
    """
    return norm / best.norm_at(torch.tensor(error.values), d, k).numpy()


def below_frontier(runs: pd.DataFrame, d: int, k: int) -> np.ndarray:
    """Return which runs have a test error more than four standard errors below the bound.

    Args:
        runs: with their norms, test errors and standard errors.
        d: input dimension.
        k: coordinates in the parity.
    """
    bound = best.least_error(torch.tensor(runs["norm"].values), d, k).numpy()
    return (runs["test"] + 4 * runs["test_se"] < bound).to_numpy()


def objective(runs: pd.DataFrame, d: int, k: int) -> pd.Series:
    """Return the regularised objective of each run over that of the network by hand.

    Args:
        runs: with a positive weight decay.
        d: input dimension.
        k: coordinates in the parity.
    """
    least = best.least_objective(torch.tensor(runs["wd"].values), d, k).numpy()
    return (runs["train"] + runs["wd"] * runs["norm"] ** 2) / 2 / least


def ends(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the stored runs that did not diverge, as they ended, with their number of steps.

    Args:
        runs: the table of the sweep, which has every run twice: before the step size falls, too.
    """
    last = runs[runs["epoch"] == runs["epochs"]].dropna(subset="test")
    return last.assign(steps=last["epochs"] * last["samples"] // last["batch"])


def least_of_each_seed(runs: pd.DataFrame, column: str) -> pd.Series:
    """Return the smallest value of a column over the runs of each seed.

    Args:
        runs: of several seeds.
        column: what to return.
    """
    return runs.groupby("seed")[column].min()


def moved(again: pd.DataFrame, stored: pd.DataFrame) -> np.ndarray:
    """Return which runs that were computed again differ from the stored ones.

    That is, in the norm by more than 5 %, or in the test error by more than 15 %.

    Args:
        again: final results of some runs.
        stored: final results of these and others; both are matched by seed, step size and decay.
    """
    run = ["seed", "lr", "wd"]
    after = again.set_index(run)[["norm", "test"]]
    before = stored.set_index(run)[["norm", "test"]].loc[after.index]
    return ((after / before - 1).abs() > [0.05, 0.15]).any(axis=1).to_numpy()


def spread(values: pd.Series) -> str:
    """Return the mean of some values with its interval in words.

    Args:
        values: one a seed, at least two.

    Example:
        >>> spread(pd.Series([1.0, 1.0, 1.0]))
        '1 [1, 1]'
    """
    value, low, high, _ = statistics.mean_interval(values.tolist()).rounded(3)
    return f"{value:g} [{low:g}, {high:g}]"


def by_step_size(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the smallest test error of each budget and step size, and how many seeds get it low.

    Args:
        runs: with ``steps``, ``lr``, ``seed`` and ``test``.

    Returns:
        In words, a row for each number of steps, a column for each step size; empty where there
        is no run.
    """
    least = runs.groupby(["steps", "lr", "seed"]).test.min().groupby(["steps", "lr"])
    low = least.agg(lambda errors: (errors < CLAIMED_ERROR).sum())
    words = [
        f"{smallest:.2f} ({below:.0f} of {seeds} seeds)"
        for smallest, below, seeds in zip(least.min(), low, least.size(), strict=True)
    ]
    table = pd.Series(words, index=low.index).unstack(fill_value="")
    return table.rename_axis(index="steps", columns="step size")


def summary(runs: pd.DataFrame) -> dict[str, object]:
    """Return what a search over some runs finds: how many get below 0.69, and the chosen ones.

    Args:
        runs: of several seeds, a grid each.
    """
    hit = runs["test"] < CLAIMED_ERROR
    seeds = hit.groupby(runs["seed"]).any()
    share = statistics.proportion_interval(int(seeds.sum()), len(seeds)).rounded(2)
    return {
        "runs": len(runs),
        "runs below 0.69": int(hit.sum()),
        "seeds with one": f"{seeds.sum()} of {len(seeds)}, {share.low:g} to {share.high:g}",
        "test error, chosen by test": spread(_chosen(runs, "test")),
        "chosen by validation": spread(_chosen(runs, "validation")),
    }


def _chosen(runs: pd.DataFrame, by: str) -> pd.Series:
    return runs.loc[runs.groupby("seed")[by].idxmin(), "test"]


def by_initial_weights(runs: pd.DataFrame) -> pd.DataFrame:
    """Return errors, norm and share in words, a row for each width and initial scale.

    Args:
        runs: several seeds of each.
    """
    names = {
        "train": "training error",
        "test": "test error",
        "norm": "norm",
        "share": "share on the six",
    }
    rows = {
        f"m = {width}, {init} initial weights": {"seeds": len(table)}
        | {words: spread(table[name]) for name, words in names.items()}
        for (width, init), table in runs.groupby(["width", "init"])
    }
    return pd.DataFrame(rows).T


def draw_plane(axes: Sequence[Axes], d: int, k: int, series: Mapping[str, pd.DataFrame]) -> None:
    """Draw training error (first) and test error (second) against the norm.

    Args:
        axes: two.
        d: input dimension; the paper's points are drawn where it is the paper's.
        k: coordinates in the parity.
        series: runs by their name in the legend, a colour each.
    """
    hand = printed("by hand")
    for ax, column, words in zip(
        axes, ("train", "test"), ("train error", "in test error"), strict=True
    ):
        if d == PAPER_D:
            old = printed(words)
            figures.hollow(ax, old.frobenius_norm, old.error, "the paper's", colour=7, style="D")
        for colour, (name, table) in enumerate(series.items()):
            figures.cloud(ax, table["norm"], table[column], name, colour=colour)
        x = SCALES * best.least_norm(d, k)
        ax.plot(x, (1 - SCALES) ** 2, "-", color="black", label="least possible")
        figures.hollow(ax, hand.frobenius_norm, hand.error, "by hand", colour=3, style="*")
        ax.set(xlim=(-8, 400), ylim=(5e-3, 2.2), yscale="log", ylabel=f"{column} error")
        ax.set(xlabel=r"$\Vert W \Vert_F$")
    figures.legend(axes[-1], columns=2)
