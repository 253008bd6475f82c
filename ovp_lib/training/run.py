"""A run of SGD in progress: schedule, looks, divergence, checkpoints."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NoReturn, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from ovp_lib.models.ensemble import Network
from ovp_lib.training import checkpoint
from ovp_lib.training.divergence import Watch
from ovp_lib.training.evaluation import members_of, risk
from ovp_lib.training.job import Job
from ovp_lib.training.order import orders
from ovp_lib.training.stepper import make_stepper

N = TypeVar("N", bound=Network)
"""The type of the networks that are trained."""

Callback = Callable[[float, N, Sequence[int]], None]
"""``(epoch, net, members) -> None`` with the members that still train and their weights."""

CHECK_EPOCHS = 20
"""Divergence is looked for after the first epoch, after every so many, and at the end: not when
somebody looks, so that looking changes nothing."""

SECONDS = (0.1, 1.0)
"""Steps are taken in pieces that last about that long, for the progress bar and checkpoints."""


@dataclass(frozen=True)
class Trained(Generic[N]):
    """A trained ensemble.

    Attributes:
        net: final weights of all members; trained fields of diverged members are NaN.
        curves: one row for each look, member that still trained, and set: ``epoch``, ``step``,
            ``member``, ``set``, ``risk`` (mean loss).
        members: one row for each member: ``member``, its ``seed``, ``lr``, ``wd``, ``w24``,
            ``diverged_at`` (the epoch at which divergence was found, or NaN) and ``path`` (how
            its steps were taken).
    """

    net: N
    curves: pd.DataFrame
    members: pd.DataFrame


class Run:
    """A run in progress: how far it is, who still trains, and what has been seen."""

    def __init__(
        self, job: Job, callback: Callback[Any] | None, file: Path | None, seconds: float
    ) -> None:
        self.job, self.callback, self.file, self.seconds = job, callback, file, seconds
        self.stepper = make_stepper(
            job.path,
            job.architecture,
            job.net,
            job.data,
            job.members,
            job.protocol,
            trained=job.trained,
            loss=job.loss,
            graphs=job.graphs,
        )
        self.watch = Watch(job.net, job.trained)
        self.step = 0
        self.alive = list(range(len(job.members)))
        self.diverged = np.full(len(job.members), np.nan)
        self.rows: list[tuple[int, int, int, float]] = []
        self.description = job.describe() if file else {}
        self._resume()

    def go(self, progress: str | None) -> None:
        """Train to the end, or until every member has diverged.

        Args:
            progress: words for a progress bar; none if ``None``.
        """
        saved, span = time.monotonic(), self.job.epoch
        with _bar(self.job.steps, self.step, progress) as bar:
            if self.step == 0:
                self._events()
            while self.step < self.job.steps and self.alive:
                began, before = time.monotonic(), self.step
                self._advance(min(self._next_event(), self.step + span))
                span = _next_span(span, time.monotonic() - began, 64 * self.job.epoch)
                self._events()
                bar.update(self.step - before)
                if self.file and time.monotonic() - saved >= self.seconds:
                    self._save(self.file)
                    saved = time.monotonic()
        if self.file:
            self._save(self.file)

    def result(self) -> Trained[Any]:
        """Return what has been reached."""
        weights = self.job.net
        for name in self.job.trained:
            final = torch.full_like(getattr(weights, name), torch.nan)
            if self.alive:
                final[self.alive] = getattr(self.stepper.net(), name)
            weights = weights._replace(**{name: final})
        curves = pd.DataFrame(self.rows, columns=["step", "member", "set", "risk"])
        curves.insert(0, "epoch", curves.step / self.job.epoch)
        curves["set"] = curves["set"].map(dict(enumerate(self.job.sets)))
        members = pd.DataFrame(
            {"member": i, "seed": m.seed, "lr": m.lr, "wd": m.wd, "w24": m.w24}
            for i, m in enumerate(self.job.members)
        )
        members = members.assign(diverged_at=self.diverged, path=self.job.path)
        return Trained(weights, curves, members)

    def _advance(self, until: int) -> None:
        """Take steps up to ``until``, with one step size."""
        job, per_epoch = self.job, self.job.epoch
        first, last = self.step // per_epoch, -(-until // per_epoch)
        seeds = [job.members[i].seed for i in self.alive]
        batch = job.protocol.batch_size
        # Whole permutations are drawn and the steps cut out, since a piece may end within an epoch.
        drawn = orders(seeds, first, last, job.data.x.shape[1])[:, :, : per_epoch * batch]
        batches = drawn.reshape(len(seeds), -1, batch)
        start = self.step - first * per_epoch
        factor = job.protocol.factor(first)
        self.stepper.advance(batches[:, start : start + until - self.step], factor)
        self.step = until

    def _next_event(self) -> int:
        """Return the next step at which there is more to do than to train."""
        job, check = self.job, CHECK_EPOCHS * self.job.epoch
        drops = (epoch * job.epoch for epoch, _ in job.protocol.drops)
        # Divergence is checked at fixed epochs, not at looks: looking must not change the result.
        checks = (job.epoch, (self.step // check + 1) * check, job.steps)
        return min(step for step in (*job.looks, *drops, *checks) if step > self.step)

    def _events(self) -> None:
        """Do what is due at the current step."""
        job = self.job
        due = self.step in (job.epoch, job.steps) or self.step % (CHECK_EPOCHS * job.epoch) == 0
        if due and self.step:
            self._leave_diverged()
        if self.step in job.looks and self.alive:
            self._look()

    def _leave_diverged(self) -> None:
        healthy = self.watch.healthy(self.stepper.net(), self.alive)
        for i, well in zip(self.alive, healthy, strict=True):
            if not well:
                self.diverged[i] = self.step / self.job.epoch
        if not healthy.all():
            self._keep(np.flatnonzero(healthy).tolist())

    def _keep(self, positions: list[int]) -> None:
        self.alive = [self.alive[i] for i in positions]
        if self.alive:
            self.stepper.keep(positions)

    def _look(self) -> None:
        job, net = self.job, self.stepper.net()
        for number, sample in enumerate(job.sets.values()):
            risks = risk(job.architecture, net, members_of(sample, self.alive), job.loss)
            self.rows += [
                (self.step, i, number, value)
                for i, value in zip(self.alive, risks.tolist(), strict=True)
            ]
        if self.callback is not None:
            self.callback(self.step / job.epoch, net, tuple(self.alive))

    def _save(self, file: Path) -> None:
        state = self.stepper.state() if self.alive else {}
        contents: dict[str, NDArray[np.generic]] = {
            "step": np.array(self.step),
            "diverged": self.diverged,
            "rows": np.array(self.rows, dtype=np.float64).reshape(-1, 4),
        }
        contents |= {f"state/{name}": value.cpu().numpy() for name, value in state.items()}
        checkpoint.save(file, self.description, contents)

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        found = checkpoint.load(self.file, self.description) if self.file else None
        if found is None:
            return
        self.step, self.diverged = int(found["step"]), found["diverged"]
        self.rows = [(int(s), int(m), int(n), float(v)) for s, m, n, v in found["rows"]]
        self._keep(np.flatnonzero(np.isnan(self.diverged)).tolist())
        if self.alive:
            state = {name: value for name, value in found.items() if name.startswith("state/")}
            self.stepper.load({name[6:]: torch.from_numpy(value) for name, value in state.items()})


def _bar(total: int, done: int, text: str | None) -> "tqdm[NoReturn]":
    """Return a progress bar; the environment (TQDM_DISABLE) decides if there are words for it."""
    if text is None:
        return tqdm(total=total, disable=True)
    return tqdm(total=total, initial=done, desc=text, unit="step")


def _next_span(span: int, took: float, most: int) -> int:
    """Return how many steps to take next, after ``span`` steps took that many seconds."""
    short, long = SECONDS
    if took < short:
        return min(2 * span, most)
    return max(1, span // 2) if took > long else span
