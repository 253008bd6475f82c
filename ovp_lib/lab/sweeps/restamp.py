"""New keys for a table whose code has changed and whose numbers have not: ``ovp sweep restamp``.

After a renamed function every key is another, and the hours behind a table would be void. So the
keys and the record of a table can be written anew for the code of today, if a sample of its tasks
that is computed again shows that nothing else changed:

- tasks are drawn by a stated seed, so many of each kind (a kind is what the fields that are words
  say: target, network, what is trained, ...), from those that do not take long;
- with a checkout of the code that the table was computed by, both codes compute them here in the
  reproducible arithmetic, and must agree to the bit: that holds on any machine (MKL promises the
  same bits twice only there);
- without it, what is stored must come out again: to the bit, or within a tolerance, which is the
  median deviation of a column that is allowed, in logarithms. A machine like that of the table can
  have no tolerance at all; on another one, SGD moves single runs far.

A field that tasks have got since, with a default that leaves their numbers as they were, is added
to the table; the old code is asked without it.

The record keeps what was checked and by which rule. Rows of a table from before there were keys get
what its record knows: the arithmetic (native: there was no other), the machine and the versions if
they are the same in all of its environments; not when each was computed, nor what it took.
"""

import json
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import ovp_lib
from ovp_lib.arithmetic import Mode
from ovp_lib.errors import InputError
from ovp_lib.isolation import arithmetic_in, process_environment
from ovp_lib.lab.files.provenance import Environment, environment, now
from ovp_lib.lab.sweeps.fingerprint import fingerprint
from ovp_lib.lab.sweeps.origin import ORIGIN
from ovp_lib.lab.sweeps.plan import OTHER, task_key
from ovp_lib.lab.sweeps.results import ResultsRecord, Stamp, read_export, write_table
from ovp_lib.lab.sweeps.table import is_of
from ovp_lib.pages import Sweep, Task

ROOT = Path(ovp_lib.__file__).parents[1]

AGREED: Mode = "reproducible"
"""The arithmetic in which two codes are compared: in it the same code gives the same bits again."""

COMPUTE = """
import json, pathlib, sys
import torch
import ovp_lib
if not pathlib.Path(ovp_lib.__file__).resolve().is_relative_to(pathlib.Path.cwd()):
    sys.exit("there is no ovp_lib there")
try:
    from ovp_lib.lab.sweeps.fingerprint import fingerprint
    from ovp_lib.pages import SWEEPS
except ModuleNotFoundError:  # a checkout of before November 28, 2026
    from ovp_lib.lab.fingerprint import fingerprint
    from ovp_lib.sweeps import SWEEPS
torch.set_num_threads(1)
asked = json.load(sys.stdin)
sweep = SWEEPS[asked["sweep"]]
for number, task in enumerate(asked["tasks"]):
    table = sweep.run(sweep.task.model_validate_json(json.dumps(task)), "cpu")
    table.to_parquet(f"{asked['out']}/{number}.parquet")
print(fingerprint(getattr(sweep.run, "module", sweep.run.__module__)))
"""
"""What computes tasks in a process of its own, with the code of any checkout that has sweeps."""


@dataclass(frozen=True)
class Rule:
    """The rule by which a table is checked before it gets new keys.

    Attributes:
        tasks: number of tasks of each kind that are computed again.
        seed: of the draw of these tasks.
        seconds: about how long one of them may take; of a kind in which all take longer, the
            cheapest is taken.
        tolerance: largest median deviation from the stored numbers, in logarithms.
        old: checkout of the code that computed the table; with it the new code must agree with the
            old one, and the tolerance does not count.
    """

    tasks: int = 1
    seed: int = 0
    seconds: float = 20.0
    tolerance: float = 0.0
    old: Path | None = None


@dataclass(frozen=True)
class Stored:
    """A task of a table with its rows."""

    task: Task
    rows: pd.DataFrame
    arithmetic: Mode


@dataclass(frozen=True)
class Found:
    """A task that was computed again, compared with the table and with the old code.

    Attributes:
        stored: the task as the table has it.
        off: the largest over the columns of their median deviation, in logarithms.
        equal: whether every number is the stored one.
        as_before: whether the old code gives the same; ``None`` if there is no old code.
    """

    stored: Stored
    off: float
    equal: bool
    as_before: bool | None

    def describe(self) -> str:
        """Say it in a line."""
        was = {None: "", True: ", equal to the old code's", False: ", NOT the old code's"}
        same = "equal to what is stored" if self.equal else f"off by {self.off:.2g}"
        return f"{self.stored.task}: {same}{was[self.as_before]}"


def restamp(sweep: Sweep[Any], path: Path, rule: Rule) -> tuple[list[Found], Stamp]:
    """Write the keys and the record of a table for the code of today, if a sample agrees.

    Args:
        sweep: whose table it is.
        path: of the table, named after its preset.
        rule: what is computed again, and by which rule it is judged.

    Returns:
        How each task of the sample came out, and what the record says of it now.

    Raises:
        InputError: if the sample does not agree, the table is of the code of today already, or is
            none of this sweep's.
        DamagedShard: if it was changed.
    """
    table, record = read_export(path)
    code = fingerprint(sweep.run.module)
    if (record.sweep, record.code) == (sweep.name, code) and "key" in table:
        raise InputError(f"{path} is of the code of today already")
    table = _with_new_fields(table, sweep)
    stored = list(tasks_of(table, sweep, path.stem))
    found = recompute(sweep, drawn(sweep, stored, record, rule), record, rule)
    _require_agreement(found, rule)
    stamp = _stamp(found, record, rule)
    write_table(path, *_stamped(sweep, stored, table, record, stamp))
    return found, stamp


def tasks_of(table: pd.DataFrame, sweep: Sweep[Any], preset: str) -> Iterator[Stored]:
    """Yield the tasks of a table with their rows, in its order.

    Args:
        table: an exported table of the sweep, with or without keys.
        sweep: whose table it is.
        preset: name of the grid that it was exported for.

    Yields:
        Each task with its rows and its arithmetic, ``native`` where the table has none.

    Raises:
        InputError: if rows are of no task of the preset.
    """
    names = list(sweep.task.model_fields)
    grid = sweep.tasks(preset)
    for _, rows in table.groupby(names, sort=False, dropna=False):
        first = {str(name): value for name, value in rows.iloc[0].items()}
        matching = [task for task in grid if is_of(first, task)]
        if len(matching) != 1:
            raise InputError(f"rows of {sweep.name} are of no task of {preset!r}: {first}")
        yield Stored(matching[0], rows, first.get("arithmetic", "native"))


def _with_new_fields(table: pd.DataFrame, sweep: Sweep[Any]) -> pd.DataFrame:
    """Return the table with the defaults of optional fields that it is older than."""
    for name, field in sweep.task.model_fields.items():
        if name not in table and not field.is_required():
            value = field.get_default(call_default_factory=True)
            table = table.assign(**{name: json.dumps(value) if isinstance(value, tuple) else value})
    return table


def drawn(
    sweep: Sweep[Any], stored: Sequence[Stored], record: ResultsRecord, rule: Rule
) -> list[Stored]:
    """Draw tasks of every kind.

    Args:
        sweep: whose table it is, which knows what a task costs.
        stored: the tasks of the table, from :func:`tasks_of`.
        record: of the table; from its processor time follows how long a task takes.
        rule: how many to draw of each kind, by which seed, and how long one may take.

    Returns:
        The drawn tasks, kind by kind; fewer than the rule asks for of a kind that has fewer which
        are short enough, and at least one of each.
    """
    total = sum(sweep.cost_of(each.task) for each in stored)
    # Costs are declared in any unit: what the whole table took says how many a second has.
    limit = rule.seconds * total / max(record.cpu_seconds, 1.0)
    kinds: dict[tuple[str, ...], list[Stored]] = defaultdict(list)
    for each in stored:
        values = each.task.model_dump(mode="json").values()
        kinds[tuple(value for value in values if isinstance(value, str))].append(each)
    generator, found = random.Random(rule.seed), []
    for kind in sorted(kinds):
        costs = [sweep.cost_of(each.task) for each in kinds[kind]]
        cheap = [e for e, cost in zip(kinds[kind], costs, strict=True) if cost <= limit]
        cheap = cheap or [kinds[kind][costs.index(min(costs))]]
        found += generator.sample(cheap, min(rule.tasks, len(cheap)))
    return found


def recompute(
    sweep: Sweep[Any], chosen: Sequence[Stored], record: ResultsRecord, rule: Rule
) -> list[Found]:
    """Compute tasks again, by the old code as well if there is a checkout of it.

    Args:
        sweep: one of ``ovp_lib.pages.SWEEPS``.
        chosen: tasks of its table, from :func:`drawn`.
        record: of the table, which says by which code it was computed.
        rule: names the checkout of the old code, if there is one.

    Returns:
        How each came out; first those of the reproducible arithmetic, then the native ones.

    Raises:
        InputError: if a code cannot compute them, or the checkout does not have the code of the
            table.
    """
    found: list[Found] = []
    for mode in OTHER:
        some = [each for each in chosen if each.arithmetic == mode]
        if some:
            found += _again(sweep, some, record, rule)
    return found


def _again(
    sweep: Sweep[Any], some: Sequence[Stored], record: ResultsRecord, rule: Rule
) -> Iterator[Found]:
    """Yield how tasks of one arithmetic come out again."""
    tasks, mode = [each.task for each in some], some[0].arithmetic
    as_before: Sequence[bool | None] = [None] * len(some)
    if rule.old:
        old, code = compute(sweep, tasks, AGREED, rule.old)
        if code != record.code:
            raise InputError(f"{rule.old} has the code {code}, the table is of {record.code}")
        new, _ = compute(sweep, tasks, AGREED)
        as_before = [before.equals(after) for before, after in zip(old, new, strict=True)]
    if not rule.old or mode != AGREED:
        new, _ = compute(sweep, tasks, mode)
    for each, again, same in zip(some, new, as_before, strict=True):
        was = each.rows[list(sweep.columns)].reset_index(drop=True)
        yield Found(each, _off(again, was), again.equals(was), same)


def compute(
    sweep: Sweep[Any], tasks: Sequence[Task], mode: Mode, root: Path = ROOT
) -> tuple[list[pd.DataFrame], str]:
    """Compute tasks in a process of its own, by the code of any checkout that has the sweep.

    Args:
        sweep: one of ``ovp_lib.pages.SWEEPS``, there as here.
        tasks: of the sweep.
        mode: the arithmetic.
        root: of the checkout.

    Returns:
        What every task gave, and the fingerprint of the code that gave it.

    Raises:
        InputError: if that process fails.
    """
    # Another code may not know fields that were added later: what has its default goes unsaid.
    asked = {
        "sweep": sweep.name,
        "tasks": [task.model_dump(mode="json", exclude_defaults=root != ROOT) for task in tasks],
    }
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run(
            [sys.executable, "-c", COMPUTE],
            cwd=root,
            env={**process_environment(mode), "PYTHONPATH": str(root.resolve())},
            input=json.dumps(asked | {"out": out}),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise InputError(
                f"the code in {root} cannot compute {sweep.name}: {done.stderr[-500:]}"
            )
        tables = [pd.read_parquet(f"{out}/{number}.parquet") for number in range(len(tasks))]
    return tables, done.stdout.split()[-1]


def _off(again: pd.DataFrame, was: pd.DataFrame) -> float:
    """Return the largest over the columns of their median deviation; infinite if rows differ."""
    numbers = was.select_dtypes("float").columns
    if again.shape != was.shape or not again.drop(columns=numbers).equals(
        was.drop(columns=numbers)
    ):
        return np.inf
    new, old = again[numbers].to_numpy(), was[numbers].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.abs(np.log(new / old))
    # Equal numbers need no logarithm: of two zeros it is NaN, which would count as infinitely far.
    off = np.where((new == old) | (np.isnan(new) & np.isnan(old)), 0.0, off)
    return float(np.median(np.nan_to_num(off, nan=np.inf), axis=0).max(initial=0.0))


def _require_agreement(found: Sequence[Found], rule: Rule) -> None:
    if rule.old:
        wrong = [each for each in found if not each.as_before]
        words = "to the bit with the old code"
    else:
        wrong = [each for each in found if each.off > rule.tolerance]
        words = f"within {rule.tolerance:g} with what is stored"
    if wrong:
        raise InputError(
            f"{len(wrong)} of {len(found)} tasks do not agree {words}, the first: "
            f"{wrong[0].describe()}"
        )


def _stamp(found: Sequence[Found], record: ResultsRecord, rule: Rule) -> Stamp:
    settings = process_environment(AGREED if rule.old else found[0].stored.arithmetic)
    return Stamp(
        when=now(),
        code=record.code,
        checked=len(found),
        seed=rule.seed,
        against="old code" if rule.old else "stored rows",
        tolerance=0.0 if rule.old else rule.tolerance,
        equal=sum(each.equal for each in found),
        worst=max(each.off for each in found),
        environment=environment(device="cpu", threads=1, arithmetic=arithmetic_in(settings)),
    )


def _stamped(
    sweep: Sweep[Any],
    stored: Sequence[Stored],
    table: pd.DataFrame,
    record: ResultsRecord,
    stamp: Stamp,
) -> tuple[pd.DataFrame, ResultsRecord]:
    """Return the table and the record with new keys."""
    code = fingerprint(sweep.run.module)
    where = record.environments
    unknown: dict[str, Any] = {"started": "", "wall_seconds": np.nan, "cpu_seconds": np.nan}
    if "key" not in table:
        where = (*where, _common(where))
        unknown |= {"environment": len(where) - 1, "host": _only(record.hosts)}
    parts = []
    for each in stored:
        origin = {name: value for name, value in unknown.items() if name not in each.rows}
        key = task_key(sweep, each.task, code, each.arithmetic)
        parts.append(each.rows.assign(**origin, key=key, arithmetic=each.arithmetic))
    columns = [*sweep.task.model_fields, *sweep.columns, *ORIGIN]
    modes = [each.arithmetic for each in stored]
    changed = {
        **{"code": code, "version": sweep.version, "stamps": (*record.stamps, stamp)},
        **{"environments": where, "arithmetic": {m: modes.count(m) for m in OTHER if m in modes}},
    }
    return pd.concat(parts)[columns].astype(ORIGIN), record.model_copy(update=changed)


def _common(environments: Sequence[Environment]) -> Environment:
    """Return what several environments have in common; their commits may differ, nothing else.

    Raises:
        InputError: if more does.
    """
    first = environments[0].model_copy(update={"commit": None, "dirty": None})
    if any(e.model_copy(update={"commit": None, "dirty": None}) != first for e in environments):
        raise InputError("the environments of the table differ in more than their commits")
    return first


def _only(hosts: Sequence[str]) -> str:
    return hosts[0] if len(hosts) == 1 else ""
