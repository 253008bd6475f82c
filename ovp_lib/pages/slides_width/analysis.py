"""Errors against width: what is trained, which widths are chosen, and what is compared.

Every table has one row for each seed and width. Which width is the best is chosen in each seed, by
the error on validation points, whose labels are as noisy as those of the training set; where the
peak is, by the mean of these errors over seeds.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from ovp_lib.evidence.claims import Estimate
from ovp_lib.evidence.statistics import mean_interval
from ovp_lib.models.ensemble import joined
from ovp_lib.pages.slides_width.problem import LABELS, WidthStudy
from ovp_lib.pages.slides_width.statement import SlidesWidthParameters
from ovp_lib.training import classifier
from ovp_lib.training.classifier import Classified, train_classifier
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample, streams

Array = NDArray[np.float64]

APART = 10_000
"""Orders of samples of one root seed are that far from those of the next one."""

HELD = ("validation", "test")
"""The sets on which networks are not trained."""


class Errors(NamedTuple):
    """Errors of one family of networks on one kind of labels, each of shape (seeds, widths).

    Attributes:
        widths: increasing.
        train: on the training set, with its labels, where training ended.
        validation: on the validation points, with labels like those of the training set.
        test: on the test points, with true labels.
        epoch: at which training ended.
        curves: one row a width, seed and look; the last look alone where no other is followed.
    """

    widths: tuple[int, ...]
    train: Array
    validation: Array
    test: Array
    epoch: Array
    curves: pd.DataFrame


def train_widths(
    problem: WidthStudy,
    widths: Sequence[int],
    protocol: Protocol,
    *,
    lr: float,
    p: SlidesWidthParameters,
    device: torch.device,
    follow: bool = False,
) -> dict[str, Errors]:
    """Train networks of all widths until they fit, one of each width a seed and kind of labels.

    The data, and the order in which they are seen, are the same for all widths. Networks with true
    and with noisy labels are one ensemble: what a member learns does not depend on the others.

    Args:
        problem: data and networks.
        widths: increasing.
        protocol: epochs, batches and momentum.
        lr: step size, the same at all widths.
        p: parameters of the page.
        device: where to train.
        follow: whether validation and test errors are measured on the way, too.

    Returns:
        Errors where training ended, and on the way, for each of
        :data:`~ovp_lib.pages.slides_width.problem.LABELS`.
    """
    sets, tables = _of_all_labels(problem), []
    members = [Member(seed=APART * p.seed + i, lr=lr) for i in range(p.n_seeds)] * len(LABELS)
    others = {name: sets[name] for name in HELD}
    for m in tqdm(widths, desc=problem.name):
        start = problem.start(streams(p.seed, p.n_seeds, "init"), m)
        done = train_classifier(
            problem.network,
            joined([start] * len(LABELS)).to(device, torch.float32),
            sets["train"],
            members,
            protocol,
            sets=others if follow else {},
            looks=range(0, protocol.epochs + 1, p.epochs_per_look),
        )
        curves = done.curves if follow else _measured(problem, done, others)
        tables.append(curves.assign(width=m))
    table = pd.concat(tables, ignore_index=True)
    table["labels"], table["member"] = divmod(table["member"], p.n_seeds)
    kinds = table.groupby("labels")
    return {name: gathered(rows) for name, (_, rows) in zip(LABELS, kinds, strict=True)}


def _of_all_labels(problem: WidthStudy) -> dict[str, Sample]:
    """Return the parts of all seeds with true labels, and after them those with noisy ones."""
    return {
        part: joined([problem.sets[labels][part] for labels in LABELS]) for part in ("train", *HELD)
    }


def _measured(
    problem: WidthStudy, done: Classified[Any], others: Mapping[str, Sample]
) -> pd.DataFrame:
    """Return the last look at each member, with its errors on the other sets."""
    last, healthy = done.last.copy(), ~done.last["diverged"].to_numpy()
    for name, each in others.items():
        wrong = classifier.errors(problem.network, done.net, each.to(done.net[0]))[1]
        last[name] = np.where(healthy, wrong.double().cpu().numpy(), math.nan)
    return last


def gathered(curves: pd.DataFrame) -> Errors:
    """Return the last errors of every width and seed.

    Args:
        curves: rows of looks, with the columns of
            :class:`~ovp_lib.training.classifier.Classified`, and ``width``.

    Returns:
        The errors as arrays.
    """
    last = curves.drop_duplicates(["width", "member"], keep="last")
    named = ("train", "validation", "test", "epoch")
    parts = [last.pivot(index="member", columns="width", values=each) for each in named]
    widths = tuple(int(m) for m in parts[0].columns)
    train, validation, test, epoch = (each.to_numpy(np.float64) for each in parts)
    return Errors(widths, train, validation, test, epoch, curves)


def first_fit(errors: Errors) -> int | None:
    """Return the position of the first width from which on every seed fits, ``None`` if none does.

    Args:
        errors: of one family.
    """
    fits = (errors.train == 0).all(axis=0)
    return next((i for i in range(len(fits)) if fits[i:].all()), None)


def beyond(errors: Errors) -> Estimate:
    """Return by how much the test error falls from the first width that fits to the widest.

    Args:
        errors: of one family.

    Returns:
        The mean difference over seeds; not measurable if no narrower width fits.
    """
    first = first_fit(errors)
    if first is None or first == len(errors.widths) - 1:
        return _nothing(errors)
    return mean_interval(errors.test[:, first] - errors.test[:, -1])


def best_narrower(errors: Errors, end: int = -1) -> NDArray[np.int64]:
    """Return the position of the width with the least validation error, for each seed.

    Args:
        errors: of one family.
        end: only widths before that position are asked; by default all but the widest.
    """
    return errors.validation[:, :end].argmin(axis=1)


def of_best(errors: Errors, end: int = -1) -> Array:
    """Return the test error at the width that :func:`best_narrower` chooses, one a seed.

    Args:
        errors: of one family.
        end: as there.
    """
    return errors.test[np.arange(len(errors.test)), best_narrower(errors, end)]


def chosen(errors: Errors) -> str:
    """Return which widths were the best narrower ones, in words.

    Args:
        errors: of one family.
    """
    widths = sorted({errors.widths[i] for i in best_narrower(errors).tolist()})
    return f"The best narrower widths are {', '.join(map(str, widths))}"


def widest_against_best(errors: Errors) -> Estimate:
    """Return the test error of the widest less that of the best narrower one, paired over seeds.

    Args:
        errors: of one family.
    """
    return mean_interval(errors.test[:, -1] - of_best(errors))


def peak(errors: Errors) -> int | None:
    """Return the position of the peak: the width with the largest mean validation error.

    It is looked for to the right of where the error first stops falling, and never the widest.

    Args:
        errors: of one family.

    Returns:
        The position; ``None`` if the error falls at every step, or rises up to the widest.
    """
    mean = errors.validation.mean(axis=0)
    rises = np.flatnonzero(np.diff(mean) > 0)
    if not len(rises):
        return None
    found = int(rises[0]) + int(mean[rises[0] :].argmax())
    return None if found == len(mean) - 1 else found


def rise_and_fall(errors: Errors) -> tuple[Estimate, Estimate]:
    """Return how high the peak is over the best width left of it, and over the widest.

    Args:
        errors: of one family.

    Returns:
        Mean differences of test errors, paired over seeds; not measurable without a peak.
    """
    top = peak(errors)
    if top is None:
        return _nothing(errors), _nothing(errors)
    high = errors.test[:, top]
    return mean_interval(high - of_best(errors, top)), mean_interval(high - errors.test[:, -1])


def place_of_peak(errors: Errors) -> Array:
    """Return the width of the largest test error over the first that fits, in each seed.

    The widths that are trained are few, so the peak is placed where a parabola in log m has its
    top, through the largest error and its two neighbours. As in :func:`peak` only widths from the
    first rise of the mean validation error on count.

    Args:
        errors: of one family.

    Returns:
        One ratio a seed, NaN where no width fits or there is no peak.
    """
    rises = np.flatnonzero(np.diff(errors.validation.mean(axis=0)) > 0)
    if not len(rises):
        return np.full(len(errors.test), math.nan)
    logs, start = np.log2(errors.widths), int(rises[0])
    tops = start + errors.test[:, start:].argmax(axis=1)
    places = [_top(logs, row, int(top)) for row, top in zip(errors.test, tops, strict=True)]
    fits = errors.train == 0
    first = np.where(fits.any(axis=1), logs[fits.argmax(axis=1)], math.nan)
    return np.exp2(np.array(places) - first)


def _top(logs: Array, row: Array, top: int) -> float:
    """Return where the parabola through the largest error and its neighbours has its top."""
    if top in (0, len(row) - 1):
        return float(logs[top])
    around = slice(top - 1, top + 2)
    bend, slope, _ = np.polyfit(logs[around] - logs[top], row[around], 2)
    return float(logs[top] - slope / (2 * bend)) if bend < 0 else float(logs[top])


def stopped_early(errors: Errors, position: int) -> tuple[Array, int]:
    """Return test errors at the look with the least mean validation error.

    A network that fits keeps its errors from then on.

    Args:
        errors: of one family.
        position: of the width.

    Returns:
        One test error a seed, and the epoch.
    """
    own = errors.curves[errors.curves["width"] == errors.widths[position]]
    validation, test = (
        own.pivot(index="epoch", columns="member", values=each).ffill()
        for each in ("validation", "test")
    )
    look = int(validation.mean(axis=1).to_numpy().argmin())
    return test.iloc[look].to_numpy(np.float64), int(validation.index.to_numpy()[look])


def early_gain(errors: Errors) -> Estimate:
    """Return by how much stopping early lowers the test error at the peak, paired over seeds.

    Args:
        errors: of one family.
    """
    top = peak(errors)
    if top is None:
        return _nothing(errors)
    return mean_interval(errors.test[:, top] - stopped_early(errors, top)[0])


def summary(errors: Errors) -> pd.DataFrame:
    """Return the mean errors and epochs of every width, in one table.

    Args:
        errors: of one family.
    """
    columns = {
        "training error": errors.train,
        "seeds that fit": errors.train == 0,
        "test error": errors.test,
        "epochs": errors.epoch,
    }
    means = {name: each.mean(axis=0).round(3) for name, each in columns.items()}
    return pd.DataFrame(means, index=pd.Index(errors.widths, name="width m"))


def _nothing(errors: Errors) -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, len(errors.test))
