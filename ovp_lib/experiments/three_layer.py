r"""Theorems 2 and 3 in runs: three-layer networks over widths, sample sizes and data seeds.

Every (width, sample size) is one ensemble: each algorithm with each data seed. A seed has the same
target, test points and training points at every width, of which a smaller size takes the first
ones; so algorithms, widths and sizes are compared on paired data. Errors are squared errors, twice
the loss: a target of variance one and signs of size s have OPT = s^2, and predicting the mean has
an excess of 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from ovp_lib.experiments.three_layer_recipes import Recipe
from ovp_lib.models.composite_targets import ThreeLayerTarget, labelled
from ovp_lib.models.inputs import padded_sphere
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer
from ovp_lib.training.samples import Sample, streams
from ovp_lib.training.smoothed.output import Smoothed, mean_risks
from ovp_lib.training.smoothed.run import train_smoothed
from ovp_lib.training.smoothed.settings import Rounds

COLUMNS = ("algorithm", "m", "samples", "seed", "train", "excess", "excess_one_sign")
"""What :func:`learn` returns; the last three are NaN where a member diverged."""


@dataclass(frozen=True)
class Study:
    """What is learned, and how it is measured.

    Attributes:
        target: F*, one member for each data seed, of one output.
        noise: size of the signs that are added to training labels; OPT is its square.
        rounds: T, T_w and the batch size.
        seed: root of all streams.
        test: points on which the excess is measured, without label noise.
        sign_draws: draws of Sigma over which predictions are averaged.
    """

    target: ThreeLayerTarget
    noise: float = 0.0
    rounds: Rounds = field(default_factory=Rounds)
    seed: int = 0
    test: int = 2000
    sign_draws: int = 16

    @property
    def n_seeds(self) -> int:
        """Number of data seeds."""
        return len(self.target.w1)

    @property
    def opt(self) -> float:
        """OPT, as a squared error: that of F* itself."""
        return self.noise**2

    def data(self, samples: int) -> Sample:
        """Draw the training sets, of which a smaller sample takes the first points.

        Args:
            samples: N of the largest sample, at least 1.

        Returns:
            One set for each data seed, in float64 on the CPU.
        """
        return self._drawn("train", samples, self.noise)

    def points(self, purpose: str = "test") -> Sample:
        """Draw points without label noise to measure on: the squared error there is the excess.

        Args:
            purpose: the stream, ``test`` or ``validation``.

        Returns:
            One set for each data seed, in float64 on the CPU.
        """
        return self._drawn(purpose, self.test, 0.0)

    def init(self, m: int) -> ThreeLayer:
        """Draw initial weights, one member for each data seed.

        Args:
            m: width of both hidden layers, at least 1.

        Returns:
            Networks in float64 on the CPU.
        """
        d, generators = self.target.w1.shape[2], streams(self.seed, self.n_seeds, "init")
        return init_three_layer(generators, d=d, m1=m, m2=m, k=self.target.n_outputs)

    def _drawn(self, purpose: str, n: int, noise: float) -> Sample:
        sampler = padded_sphere(self.target.w1.shape[2])
        generators = streams(self.seed, self.n_seeds, purpose)
        return Sample(*labelled(self.target, sampler, n, generators, noise))


class Reached(NamedTuple):
    """What an ensemble has reached.

    Attributes:
        run: weights, with algorithms outermost and data seeds within.
        data: training set of each member.
        points: test points of each member, without label noise.
        labels: ``algorithm`` and ``seed`` (number of the data seed) of each member.
    """

    run: Smoothed
    data: Sample
    points: Sample
    labels: pd.DataFrame


def train_three_layer(
    study: Study,
    recipes: Mapping[str, Recipe],
    data: Sample,
    m: int,
    *,
    looks: Sequence[int] = (),
    device: str = "auto",
) -> Reached:
    """Train every algorithm with every data seed at one width and sample size.

    Args:
        study: the target, and how it is measured.
        recipes: algorithms by name.
        data: training set of each data seed.
        m: width of both hidden layers.
        looks: finished rounds at which ``run.curves`` has training and test risks (halves of
            squared errors), besides the last one.
        device: where to train.

    Returns:
        The runs.
    """
    e = study.n_seeds
    at = list(range(e)) * len(recipes)
    members = [recipe.at(m, study.seed + i) for recipe in recipes.values() for i in range(e)]
    train, points = data.select(at), study.points().select(at)
    run = train_smoothed(
        study.init(m).select(at),
        train,
        members,
        study.rounds,
        looks=looks,
        sets={"train": train, "test": points},
        sign_draws=study.sign_draws,
        device=device,
    )
    names = [name for name in recipes for _ in range(e)]
    return Reached(run, train, points, pd.DataFrame({"algorithm": names, "seed": at}))


def learn(
    study: Study,
    recipes: Mapping[str, Recipe],
    *,
    widths: Sequence[int],
    samples: Sequence[int],
    device: str = "auto",
) -> pd.DataFrame:
    """Train every algorithm at every width and sample size, with every data seed.

    Args:
        study: the target, and how it is measured.
        recipes: algorithms by name.
        widths: m of both hidden layers.
        samples: sample sizes N.
        device: where to train.

    Returns:
        One row for each run: ``algorithm``, ``m``, ``samples``, ``seed``, and as squared errors
        ``train`` (on noisy labels), ``excess`` over OPT with predictions averaged over draws of
        Sigma, and ``excess_one_sign`` with one draw. They are NaN where a run diverged.

    Example:
        >>> from ovp_lib.experiments.three_layer_recipes import algorithms
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.composite_targets import random_three_layer_target
        >>> draws = streams(0, 2, "target")
        >>> target = random_three_layer_target(parse("z"), parse("z"), draws, d=3)
        >>> study = Study(target, rounds=Rounds(2, 5, 10), test=50)
        >>> table = learn(study, algorithms(Recipe()), widths=[10, 20], samples=[20], device="cpu")
        >>> len(table), tuple(table.columns) == COLUMNS
        (12, True)
    """
    tables = [
        errors(reached).assign(m=m, samples=len(reached.data.x[0]))
        for m in widths
        for reached in train_sizes(study, recipes, samples, m, device=device)
    ]
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def train_sizes(
    study: Study,
    recipes: Mapping[str, Recipe],
    samples: Sequence[int],
    m: int,
    *,
    device: str = "auto",
) -> list[Reached]:
    """Train every algorithm with every data seed at one width, from several sample sizes at once.

    Args:
        study: the target, and how it is measured.
        recipes: algorithms by name.
        samples: sample sizes N.
        m: width of both hidden layers.
        device: where to train.

    Returns:
        The runs of each sample size, as :func:`train_three_layer` has them.
    """
    e, names = study.n_seeds, list(recipes)
    of_one_size = [(name, i) for name in names for i in range(e)]
    places = [i for _, i in of_one_size]
    members = [recipes[name].at(m, study.seed + i) for name, i in of_one_size]
    # One draw of the largest sample, of which the others are parts. Risks are measured afterwards,
    # since training sets of several sizes do not fit into one tensor.
    every, data, points = places * len(samples), study.data(max(samples)), study.points()
    run = train_smoothed(
        study.init(m).select(every),
        data.select(every),
        members * len(samples),
        study.rounds,
        sets={},
        sizes=[n for n in samples for _ in members],
        sign_draws=study.sign_draws,
        device=device,
    )
    labels = pd.DataFrame({"algorithm": [name for name, _ in of_one_size], "seed": places})
    found = []
    for place, n in enumerate(samples):
        own = run.select(range(place * len(members), (place + 1) * len(members)))
        train = Sample(*(part[:, :n] for part in data)).select(places)
        reached = Reached(own, train, points.select(places), labels)
        found.append(reached._replace(run=_with_curves(reached, study)))
    return found


def _with_curves(reached: Reached, study: Study) -> Smoothed:
    """Measure the risks of a run after its last round."""
    run, last = reached.run, study.rounds.rounds
    alive = np.flatnonzero(np.isnan(run.diverged_at)).tolist()
    rows = [
        (last, member, name, risk)
        for name, sample in (("train", reached.data), ("test", reached.points))
        for member, risk in zip(
            alive,
            mean_risks(run, sample, members=alive, sign_draws=study.sign_draws),
            strict=True,
        )
    ]
    return replace(run, curves=pd.DataFrame(rows, columns=["round", "member", "set", "risk"]))


def errors(reached: Reached) -> pd.DataFrame:
    """Return the squared errors of every member after the last round.

    Args:
        reached: what has been trained.

    Returns:
        One row a member: its labels, ``train``, ``excess`` and ``excess_one_sign``.
    """
    run, _, points, labels = reached
    last = run.curves[run.curves["round"] == run.curves["round"].max()]
    risks = last.pivot(index="member", columns="set", values="risk")
    risks = risks.reindex(index=range(len(labels)), columns=["train", "test"])
    risks[np.isfinite(run.diverged_at)] = np.nan
    return labels.assign(
        train=2 * risks["train"],
        excess=2 * risks["test"],
        excess_one_sign=2 * mean_risks(run, points),
    )
