"""Algorithms 2 and 3 for an ensemble: rounds, looks, divergence, checkpoints."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from ovp_lib.models.devices import one_thread, resolve_device
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.training import checkpoint
from ovp_lib.training.batches import Batches
from ovp_lib.training.by_hand import CACHE
from ovp_lib.training.losses import SQUARED, Loss
from ovp_lib.training.samples import Sample
from ovp_lib.training.smoothed import counters
from ovp_lib.training.smoothed.output import Smoothed, mean_risks
from ovp_lib.training.smoothed.settings import Rounds, Smoothing
from ovp_lib.training.smoothed.step import Keys, Scalars, StepGroup

Callback = Callable[[int, Smoothed], None]
"""``(rounds, run) -> None`` with what has been reached."""


def train_smoothed(
    net: ThreeLayer,
    data: Sample,
    members: Sequence[Smoothing],
    rounds: Rounds | None = None,
    *,
    loss: Loss = SQUARED,
    looks: Iterable[int] = (),
    sets: Mapping[str, Sample] | None = None,
    sizes: Sequence[int] | None = None,
    sign_draws: int = 1,
    callback: Callback | None = None,
    device: str | torch.device = "auto",
    precision: torch.dtype = torch.float32,
    checkpoint_at: Path | None = None,
    checkpoint_seconds: float = 300.0,
    progress: str | None = None,
) -> Smoothed:
    r"""Train every member of an ensemble by Algorithm 2 or 3, each with its own ingredients.

    Round t = 1, ..., T takes T_w steps of noisy SGD on the stochastic objective at
    lambda_{t-1} = (1 - decay)^(t-1), from W' = V' = 0; see
    :class:`~ovp_lib.training.smoothed.settings.Smoothing`. The paper starts with lambda_1 = 1 and
    has lambda_{t-1} in round t, which leaves round 1 without one: here lambda_0 = 1.

    What a member learns depends on neither looks, callbacks, checkpoints nor on how often the run
    was interrupted, to the bit. The other members may change its last digits, as batched products
    round differently; its random numbers depend on its seed alone. A member whose weights are no
    longer finite is recorded as diverged and left behind.

    Args:
        net: initial weights of all members, with the outputs' weights; it is not changed.
        data: training set Z of each member, ``x`` of shape ``(e, n, d)`` and ``y`` as the loss
            wants it. One data set for all is an expanded view, and is held once.
        members: the settings of each.
        rounds: T, T_w, batch size, and how noise is drawn.
        loss: L.
        looks: numbers of finished rounds at which to measure risks, in 0..T; always with T.
        sets: where to measure them; the training set by default.
        sizes: how many of its points, the first ones, each member trains on; all by default.
        sign_draws: draws of Sigma over which predictions are averaged at looks, at least 1; a
            member without Sigma has none. W^rho and V^rho are left out.
        callback: called at each look, after the risks. It is not called again for looks that a
            checkpoint remembers.
        device: ``auto``, a name (see :func:`~ovp_lib.models.devices.resolve_device`) or a device.
        precision: number format of weights and data.
        checkpoint_at: file to go on from if it is there, and to write checkpoints to.
        checkpoint_seconds: how often, about.
        progress: words for a progress bar; none if ``None``.

    Returns:
        W_T, V_T and lambda_T of every member, with its curves.

    Raises:
        ValueError: if the parts do not fit together, or a checkpoint belongs to another run.

    Example:
        >>> from ovp_lib.models.inputs import stream
        >>> from ovp_lib.models.three_layer import init_three_layer
        >>> x = torch.randn(1, 100, 2, generator=stream(2)).expand(2, -1, -1)
        >>> data, net = Sample(x, x[..., :1]), init_three_layer([stream(0)], d=2, m1=50, m2=50)
        >>> members = [Smoothing(seed=1, eta=0.02, signs=signs) for signs in (True, False)]
        >>> done = train_smoothed(net.expand(2), data, members, Rounds(50), looks=[0, 50])
        >>> risks = done.curves.pivot(index="member", columns="round", values="risk")
        >>> bool((risks[50] < risks[0] / 2).all())
        True
    """
    rounds = rounds or Rounds()
    where = device if isinstance(device, torch.device) else resolve_device(device)
    sets = {"train": data} if sets is None else sets
    chosen = tuple(sorted({*looks, rounds.rounds}))
    n = data.x.shape[1]
    within = (n,) * len(members) if sizes is None else tuple(sizes)
    _check(net, data, members, rounds, loss, sets, chosen, sign_draws)
    if len(within) != len(members) or not 1 <= min(within) <= max(within) <= n:
        raise ValueError(f"need {len(members)} sizes in 1..{n}, got {within}")
    job = _Job(
        net, data, tuple(members), rounds, loss, chosen, sets, within, sign_draws, where, precision
    )
    with torch.no_grad():
        run = _Run(job, callback, checkpoint_at, checkpoint_seconds)
        run.go(progress)
        return run.result()


@dataclass(frozen=True)
class _Job:
    net: ThreeLayer
    data: Sample
    members: tuple[Smoothing, ...]
    rounds: Rounds
    loss: Loss
    looks: tuple[int, ...]
    sets: Mapping[str, Sample]
    sizes: tuple[int, ...]
    sign_draws: int
    device: torch.device
    precision: torch.dtype

    def describe(self) -> dict[str, str]:
        """Return all that the result depends on, as words and fingerprints."""
        sets = [(f"{name}.{i}", part) for name, s in self.sets.items() for i, part in enumerate(s)]
        return {
            "initial weights": checkpoint.digest_of(self.net._asdict().items()),
            "training set": checkpoint.digest_of(self.data._asdict().items()),
            "sets": checkpoint.digest_of(sets),
            "members": f"{self.members}, {self.sizes} points",
            "rounds": str(self.rounds),
            "loss": self.loss.name,
            "looks": f"{self.looks}, {self.sign_draws} draws of Sigma",
            "device": self.device.type,
            "precision": str(self.precision),
            "torch": torch.__version__,
        }


class _Run:
    """A run in progress: how many rounds are finished, who still trains, what has been seen."""

    def __init__(
        self, job: _Job, callback: Callback | None, file: Path | None, seconds: float
    ) -> None:
        self.job, self.callback, self.file, self.seconds = job, callback, file, seconds
        self.net = job.net.map(torch.Tensor.detach).to(job.device, job.precision)
        self.batches = Batches(
            job.data, self.net.W, job.rounds.steps, job.rounds.batch_size, constant=False
        )
        self.alive = list(range(len(job.members)))
        self.diverged = np.full(len(job.members), np.nan)
        self.rows: list[tuple[int, int, int, float]] = []
        self.finished = 0
        self._group()
        self.description = job.describe() if file else {}
        self._resume()

    def go(self, progress: str | None) -> None:
        """Train to the last round, or until every member has diverged."""
        saved, total = time.monotonic(), self.job.rounds.rounds
        small = self.net.W.device.type == "cpu"
        with tqdm(total=total, initial=self.finished, desc=progress, disable=not progress) as bar:
            if self.finished == 0 and 0 in self.job.looks:
                self._look()
            while self.finished < total and self.alive:
                if small:
                    with one_thread():
                        self._round()
                else:
                    self._round()
                self.finished += 1
                self._leave_diverged()
                if self.finished in self.job.looks and self.alive:
                    self._look()
                bar.update()
                if self.file and time.monotonic() - saved >= self.seconds:
                    self._save(self.file)
                    saved = time.monotonic()
        if self.file:
            self._save(self.file)

    def result(self) -> Smoothed:
        """Return what has been reached."""
        job = self.job
        dW, dV = torch.full_like(self.net.W, torch.nan), torch.full_like(self.net.V, torch.nan)
        if self.alive:
            dW[self.alive], dV[self.alive] = self._moved()
        curves = pd.DataFrame(self.rows, columns=["round", "member", "set", "risk"])
        curves["set"] = curves["set"].map(dict(enumerate(job.sets)))
        lam = torch.tensor([s.lam(self.finished) for s in job.members], dtype=torch.float64)
        return Smoothed(self.net, dW, dV, lam, job.members, curves, self.diverged.copy())

    def _group(self) -> None:
        """Put the members that still train into groups; on a CPU into such as fit its cache."""
        members, rounds = self.job.members, self.job.rounds
        m1, m2 = self.net.widths
        size = len(self.alive)
        if self.net.W.device.type == "cpu":
            size = max(1, CACHE // (rounds.batch_size * max(m1, m2)))
        self.places = [self.alive[i : i + size] for i in range(0, len(self.alive), size)]
        self.groups = [
            StepGroup(self.net.select(group), [members[i] for i in group], rounds, self.job.loss)
            for group in self.places
        ]

    def _round(self) -> None:
        """Take the T_w steps of a round."""
        rounds = self.job.rounds
        seeds = [self.job.members[i].seed for i in self.alive]
        first = self.finished * rounds.steps
        ahead = {
            name: counters.keys(seeds, name, first, rounds.steps) for name in counters.PURPOSES
        }
        sizes = np.array([self.job.sizes[i] for i in self.alive])
        found = counters.positions(ahead["sample"], rounds.batch_size, sizes)
        self.batches.gather(found.astype(np.int32).swapaxes(0, 1))
        keys = {name: counters.on_device(each, self.net.W) for name, each in ahead.items()}
        start = 0
        for group, members in zip(self.groups, self.places, strict=True):
            self._steps(group, start, keys)
            start += len(members)

    def _steps(self, group: StepGroup, start: int, keys: Mapping[str, Keys]) -> None:
        """Take a round's steps with the members from ``start`` on that are in a group."""
        scalars, nu = _scalars(group, self.finished)
        size, batches = len(group.settings), self.batches
        for step in range(self.job.rounds.steps):
            own = {name: _part(each, step, start, size) for name, each in keys.items()}
            x, y = (part.select(0, step).narrow(0, start, size) for part in (batches.x, batches.y))
            group.take(x, y, Scalars(*(part.select(0, step) for part in scalars)), own)
        # Between rounds v is V' itself, as looks, checkpoints and the test for divergence read it.
        if nu is not None:
            group.v.mul_(nu)

    def _moved(self) -> tuple[Tensor, Tensor]:
        """Return W' and V' of the members that still train."""
        dW = torch.cat([group.dW for group in self.groups]).mT
        return dW, torch.cat([group.v for group in self.groups]).mT

    def _leave_diverged(self) -> None:
        dW, dV = self._moved()
        size = dW.abs().amax(dim=(1, 2)) + dV.abs().amax(dim=(1, 2))
        well = torch.isfinite(size).cpu().numpy()
        if well.all():
            return
        self.diverged[[i for i, fine in zip(self.alive, well, strict=True) if not fine]] = (
            self.finished
        )
        self._keep(np.flatnonzero(well).tolist(), dW, dV)

    def _keep(self, positions: list[int], dW: Tensor, dV: Tensor) -> None:
        """Go on with some members only, from these weights."""
        self.alive = [self.alive[i] for i in positions]
        self.batches.keep(positions)
        self._group()
        self._set(dW[positions], dV[positions])

    def _set(self, dW: Tensor, dV: Tensor) -> None:
        start = 0
        for group in self.groups:
            stop = start + len(group.dW)
            group.dW.copy_(dW[start:stop].mT)
            group.v.copy_(dV[start:stop].mT)
            start = stop

    def _look(self) -> None:
        done = self.result()
        for number, sample in enumerate(self.job.sets.values()):
            risks = mean_risks(
                done, sample, self.job.loss, members=self.alive, sign_draws=self.job.sign_draws
            )
            self.rows += [
                (self.finished, i, number, value)
                for i, value in zip(self.alive, risks.tolist(), strict=True)
            ]
        if self.callback is not None:
            # A new result, as the first one does not have the risks of this look.
            self.callback(self.finished, self.result())

    def _save(self, file: Path) -> None:
        contents: dict[str, NDArray[np.generic]] = {
            "finished": np.array(self.finished),
            "diverged": self.diverged,
            "rows": np.array(self.rows, dtype=np.float64).reshape(-1, 4),
        }
        if self.alive:
            dW, dV = self._moved()
            contents |= {"dW": dW.cpu().numpy(), "dV": dV.cpu().numpy()}
        checkpoint.save(file, self.description, contents)

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        found = checkpoint.load(self.file, self.description) if self.file else None
        if found is None:
            return
        self.finished, self.diverged = int(found["finished"]), found["diverged"]
        self.rows = [(int(r), int(m), int(n), float(v)) for r, m, n, v in found["rows"]]
        kept = np.flatnonzero(np.isnan(self.diverged)).tolist()
        if len(kept) < len(self.alive):
            self.alive = kept
            self.batches.keep(kept)
            self._group()
        if self.alive:
            self._set(*(torch.from_numpy(found[name]).to(self.net.W) for name in ("dW", "dV")))


def _part(keys: Keys, step: int, start: int, size: int) -> Keys:
    """Return the keys of some members for one step."""
    if isinstance(keys, Tensor):
        return keys.select(0, step).narrow(0, start, size)
    return keys[step, start : start + size]


def _scalars(group: StepGroup, finished: int) -> tuple[Scalars, Tensor | None]:
    """Return the numbers of a round's steps, and nu after it; ``None`` where that is 1."""
    settings, steps = group.settings, group.rounds.steps
    lam = np.array([s.lam(finished) for s in settings])
    eta = np.array([s.step(value) for s, value in zip(settings, lam, strict=True)])
    lam_v, lam_w = (np.array([getattr(s, name) for s in settings]) for name in ("lam_v", "lam_w"))
    shrinkage = np.broadcast_to(1 - 2 * eta * lam_v * lam, (steps, len(lam)))
    # In float64: a factor very close to 1 would be 1 in float32.
    nu = np.multiply.accumulate(np.vstack([np.ones_like(lam), shrinkage]), axis=0)
    columns = np.broadcast_arrays(
        lam,
        lam / group.rounds.batch_size,
        eta,
        nu[:-1],
        eta / nu[1:],
        4 * eta * lam_w * lam**2,
    )
    table = torch.from_numpy(np.stack(columns)[..., None, None]).to(group.W0)
    last = torch.from_numpy(nu[-1]).to(group.W0).view(-1, 1, 1) if lam_v.any() else None
    return Scalars(*table.unbind()), last


def _check(
    net: ThreeLayer,
    data: Sample,
    members: Sequence[Smoothing],
    rounds: Rounds,
    loss: Loss,
    sets: Mapping[str, Sample],
    looks: tuple[int, ...],
    sign_draws: int,
) -> None:
    """Refuse what does not fit together, before anything is computed."""
    e, d, k = len(net.W), net.W.shape[2], net.a.shape[1]
    if len(members) != e or e < 1:
        raise ValueError(f"need a member for each of {e} networks, got {len(members)}")
    if looks[0] < 0 or looks[-1] > rounds.rounds or sign_draws < 1:
        raise ValueError(
            f"need looks in 0..{rounds.rounds} rounds and sign_draws >= 1, "
            f"got {looks[0]} to {looks[-1]} and {sign_draws}"
        )
    for name, (x, y) in {"training set": data, **sets}.items():
        if x.ndim != 3 or len(x) != e or x.shape[2] != d or x.shape[1] < 1:
            raise ValueError(f"{name}: x must be ({e}, n, {d}) with n >= 1, got {tuple(x.shape)}")
        expected = (e, x.shape[1]) if loss.classifies else (e, x.shape[1], k)
        if y.shape != expected:
            raise ValueError(
                f"{name}: y must be {expected} for the {loss.name} loss, got {tuple(y.shape)}"
            )
