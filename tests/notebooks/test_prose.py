"""Numbers in prose: those on record, and those that can be computed again."""

import copy
import json
import re
import shlex
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.cli.runs import parse_parameters
from ovp_lib.evidence import published, statistics
from ovp_lib.experiments import networks
from ovp_lib.lab.sweeps.results import reference
from ovp_lib.pages import STATEMENTS, SWEEPS
from ovp_lib.pages.resnet_minimal_norm.statement import CLAIMED_ERROR
from ovp_lib.pages.section_7 import curves
from ovp_lib.proofs import parity_network
from ovp_lib.training.protocol import Protocol, one_two_five
from tests.notebooks.prose import NUMBER, RECORD, on_card, on_record, prose, read

STEMS = sorted(STATEMENTS)
RENEW = "look at the difference, then: python -m tests.notebooks.prose"


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return json.loads(RECORD.read_text())


def text(stem: str) -> str:
    """Return all prose of a notebook, each white space a blank."""
    return " ".join("\n".join(prose(read(stem)).values()).split())


def test_every_notebook_is_on_record(record: dict[str, Any]) -> None:
    assert sorted(record) == STEMS


@pytest.mark.parametrize("stem", STEMS)
def test_no_number_in_prose_changed_unseen(stem: str, record: dict[str, Any]) -> None:
    found = {"card": on_card(stem), **on_record(read(stem))}
    assert list(found.items()) == list(record[stem].items()), RENEW


@pytest.mark.parametrize("stem", STEMS)
def test_each_number_and_each_cell_counts(stem: str, record: dict[str, Any]) -> None:
    """Every single number of a page, altered, gives another record; so does a cell without any."""
    notebook = read(stem)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    altered = 0
    for cell in cells:
        source = "".join(cell["source"])
        for found in NUMBER.finditer(source):
            other = f"{found[0]}7" if found[0][0].isdigit() else "ninety"
            cell["source"] = source[: found.start()] + other + source[found.end() :]
            assert on_record({"cells": [cell]}) != {cell["id"]: record[stem][cell["id"]]}
            altered += 1
        cell["source"] = source
    assert altered
    fewer = copy.deepcopy(notebook)
    fewer["cells"].remove(cells[-2])
    assert {"card": record[stem]["card"], **on_record(fewer)} != record[stem]


def places(pattern: str) -> list[tuple[str, str]]:
    """Return every match of a pattern with one group in the prose of all notebooks."""
    return [(stem, found) for stem in STEMS for found in re.findall(pattern, text(stem))]


PROTOCOL = Protocol()

SETTINGS: dict[str, tuple[str, Callable[[str], set[float]]]] = {
    "level of intervals": (r"(\d+) % interval", lambda _: {100 * statistics.LEVEL}),
    "batch size": (r"[Bb]atches of (\d+)", lambda _: {PROTOCOL.batch_size}),
    "momentum": (r"[Mm]omentum (?:is )?(\d\.\d+)", lambda _: {PROTOCOL.momentum}),
    "epochs": (
        r"\b(\d+) epochs",
        lambda stem: {quick(stem)["epochs"] if stem == "kernel-lower-bound" else PROTOCOL.epochs},
    ),
    "drop": (r"epoch (\d+)\b", lambda _: {PROTOCOL.drops[0][0]}),
    "test points": (r"error on (\d+) points", lambda _: {networks.TEST}),
    "step sizes": (r"\\\{1, 2, (\d)\\\}", lambda _: {one_two_five(1.0, 9.0)[-1]}),
    "the paper's least error": (r"(0\.69)\b|below (\d\.\d\d)\b", lambda _: {CLAIMED_ERROR}),
}
"""What is said more than once, by a pattern, and what it must be on each page."""


def quick(stem: str) -> dict[str, Any]:
    return STATEMENTS[stem].resolve("quick", device="cpu").model_dump()


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_in_prose_are_those_of_the_code(name: str) -> None:
    pattern, allowed = SETTINGS[name]
    found = places(pattern)
    assert found
    for stem, number in found:
        words = number if isinstance(number, str) else "".join(number)
        assert float(words) in allowed(stem), (stem, words)


@cache
def minimal_norm() -> pd.DataFrame:
    """Return the ends of the stored runs behind the page on least norms."""
    table = reference("resnet-minimal-norm", "paper")
    ends = table.query("epoch == epochs").dropna(subset="test")
    return ends.assign(steps=ends.epochs * ends.samples // ends.batch)


@cache
def learned() -> pd.DataFrame:
    """Return those of the one setting that learns, with how far each is from the least norm."""
    which = "width == 200 and init == 'small' and lr == 10 and wd == 2e-5"
    runs = minimal_norm().query(which)
    least = parity_network.norm_at(torch.tensor(runs.train.values), 40, 6).numpy()
    return runs.assign(far=runs.norm / least)


def thousands(number: float) -> str:
    return f"{number:,.0f}".replace(",", " ") if number >= 1e4 else f"{number:.0f}"


def spread(values: Any, digits: int) -> str:
    return f"{min(values):.{digits}f} to {max(values):.{digits}f}"


def seeds_below(steps: int) -> int:
    runs = learned().query(f"steps == {steps}")
    return int((runs.test < CLAIMED_ERROR).groupby(runs.seed).any().sum())


def budgets() -> str:
    return f"{thousands(minimal_norm().steps.min())} to {thousands(minimal_norm().steps.max())}"


def below_frontier() -> str:
    """Say how the paper's training errors lie below a frontier that is none for them."""
    points = published.points("resnet-figure-1").query("d == 40")
    least = parity_network.least_error(torch.tensor(points.frobenius_norm.values), 40, 6).numpy()
    below = points.assign(gap=least - points.error).query("gap > 0")
    assert set(below.frobenius_norm) == {points.frobenius_norm.min()}
    words = f"{COUNTS[len(below)]} of them, all at the smallest norm plotted"
    return f"{words}, lie {below.gap.max():.3f} below it"


def resnet() -> Any:
    return next(task for task in SWEEPS["resnet-separation"].tasks("paper") if task.beta == 1)


COUNTS = {5: "five", 6: "six", 12: "twelve"}

COMPUTED: list[tuple[str, Callable[[], str]]] = [
    ("resnet-minimal-norm", lambda: f"run, for {budgets()} steps"),
    ("resnet-minimal-norm", lambda: f"both initial scales, {budgets()} steps"),
    ("resnet-minimal-norm", lambda: f"| budget | not in our text | {budgets()} steps"),
    (
        "resnet-minimal-norm",
        lambda: (
            f"widths of {minimal_norm().width.min()} to {minimal_norm().width.max()}, step sizes "
            f"of {minimal_norm().lr.min():g} to {minimal_norm().lr.max():g}, weight decays of "
            f"{minimal_norm().wd.min():g} to $10^{{-3}}$"
        ),
    ),
    (
        "resnet-minimal-norm",
        lambda: (
            f"{COUNTS[seeds_below(100_000)]} of {COUNTS[learned().seed.nunique()]} seeds are below "
            f"it by 100 000 steps and all by 400 000, at "
            f"{spread(learned().query('steps == 400_000').test, 2)}."
        ),
    ),
    (
        "resnet-minimal-norm",
        lambda: (
            f"they keep {spread(learned().query('steps == 400_000').far, 1)} times the norm that"
        ),
    ),
    (
        "resnet-minimal-norm",
        lambda: f"R^\\star = {parity_network.least_norm(40, 6) / 40**0.5:.2f} \\sqrt d$",
    ),
    ("resnet-minimal-norm", lambda: f"({below_frontier()}, within a pixel)"),
    ("resnet-minimal-norm", lambda: f"With all {2**6} inputs as training set"),
    (
        "figure-3",
        lambda: f"in $d = 5$ dimensions and the ratio is near $1 + \\tfrac2d = {1 + 2 / 5:g}$",
    ),
    (
        "resnet-separation",
        lambda: (
            f"Figure 2: $d = {resnet().dimension}$, $k = 8$, $\\alpha = {resnet().alpha:g}$, "
            f"$N = 1000$, {resnet().epochs} epochs"
        ),
    ),
]


@pytest.mark.parametrize(("stem", "sentence"), COMPUTED, ids=range(len(COMPUTED)))
def test_what_prose_says_of_runs_is_what_they_gave(stem: str, sentence: Callable[[], str]) -> None:
    assert sentence() in text(stem)


def commands() -> list[str]:
    """Return every command in a fence of the notebooks."""
    lines = [
        line.split(" #")[0].strip()
        for stem in STEMS
        for source in prose(read(stem)).values()
        for fence in re.findall(r"```bash\n(.*?)```", source, re.DOTALL)
        for line in fence.splitlines()
    ]
    inline = [c for stem in STEMS for c in re.findall(r"`(ovp (?:run|sweep) [^`]+)`", text(stem))]
    return sorted({line for line in [*lines, *inline] if line})


@pytest.mark.parametrize("command", commands())
def test_every_command_on_a_page_can_be_given(command: str) -> None:
    ovp, what, name, *rest = shlex.split(command)
    assert ovp == "ovp"
    if what == "sweep":
        assert name == "run"
        assert rest[rest.index("--preset") + 1] in SWEEPS[rest[0]].presets
        return
    assert what == "run"
    preset = "quick"
    words = iter(rest)
    pairs = []
    for word in words:
        match word:
            case "-p":
                pairs.append(f"{next(words)}={next(words)}")
            case "--preset":
                preset = next(words)
            case "--device":
                next(words)
            case _:
                pytest.fail(f"{word} in {command}")
    statement = STATEMENTS[name]
    statement.resolve(preset, device="cpu", **parse_parameters(pairs, [statement]))


@cache
def figure_1() -> pd.Series:
    """Return ours / printed by panel, curve and size, as the table of part (b) has it."""
    chosen = curves.chosen(curves.finished(reference("figure-1", "paper")), by="test")
    printed = published.points("figure-1").set_index(["panel", "series", "x"])["test_error"]
    ours = {
        (panel, name): np.exp(np.log(curves.curve(chosen, name, panel)).mean())
        for panel in "ab"
        for name in ("3layer", "2layer", "2layer(last)", "3layer(NTK)")
    }
    ratio = pd.concat(ours).rename_axis(printed.index.names) / printed
    return ratio.dropna()


def at(panel: str, name: str) -> pd.Series:
    return figure_1().xs((panel, name), level=("panel", "series"))


SAID: list[tuple[str, Callable[[], bool]]] = [
    (
        "The errors of three layers are those that are printed, within two fifths at every point "
        "that was run",
        lambda: all(at(p, "3layer").between(1 / 1.4, 1.4).all() for p in "ab"),
    ),
    (
        "So are those of two layers up to $m = 500$ and beyond $m = 20{,}000$",
        lambda: at("a", "2layer").drop([1000, 2000, 5000, 10_000, 20_000]).between(0.7, 1.4).all(),
    ),
    (
        "in between they are *lower* than printed, at $m = 2000$ by almost a factor of three where "
        "there are 5000 samples",
        lambda: (
            (at("a", "2layer")[[1000, 2000, 5000, 10_000, 20_000]] < 0.8).all()
            and 2.5 < 1 / at("b", "2layer")[5000] < 3
        ),
    ),
    (
        "The tangent kernel of three layers has a higher error here than is printed at every width",
        lambda: (at("a", "3layer(NTK)") > 1).all(),
    ),
    (
        "Where it is wide, our last layer of two layers has about half the error that is printed",
        lambda: (
            at("a", "2layer(last)")[[10_000, 20_000, 50_000, 100_000, 200_000]]
            .between(0.45, 0.6)
            .all()
        ),
    ),
]


@pytest.mark.parametrize(("sentence", "holds"), SAID, ids=range(len(SAID)))
def test_what_is_said_of_figure_1_follows_from_its_table(
    sentence: str, holds: Callable[[], bool]
) -> None:
    assert sentence in text("figure-1")
    assert holds()
