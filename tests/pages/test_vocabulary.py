"""The same thing has the same parameter name on every page, and a name stands for one thing."""

import re

import pytest

from ovp_lib.pages import STATEMENTS

WORDS = {
    "samples": r"n_samples|n_train|train_size",
    "sample_sizes": r"train_sizes|sizes",
    "n_test": r"test_points|test_size|test_samples",
    "n_points": r"points",
    "n_draws": r"draws",
    "n_seeds": r"seeds|repetitions",
    "step_size": r"(.*_)?step|lr|learning_rate|eta",
    "step_sizes": r"lrs|learning_rates|etas",
    "batch_size": r"(.*_)?batch",
    "decays": r"wds|weight_decays",
    "dimension": r"d|inputs|input_dimension",
    "width": r"m|(.*_)?units|(.*_)?neurons|hidden",
    "accuracy": r"eps|epsilon",
    "last_lambda": r"last_scale",
    "radii": r"reaches",
    "subset_size": r"parity",
}
"""A word, and the names that it stands instead of, as a pattern of the whole name."""


@pytest.mark.parametrize("page", STATEMENTS)
def test_a_thing_has_one_name(page: str) -> None:
    for name in type(STATEMENTS[page].preset("quick")).model_fields:
        better = [word for word, others in WORDS.items() if re.fullmatch(others, name)]
        assert not better, f"{page}: {name} is called {better[0]} on the other pages"


def test_a_name_stands_for_one_kind_of_thing() -> None:
    kinds: dict[str, dict[str, list[str]]] = {}
    for page, statement in STATEMENTS.items():
        for name, value in statement.preset("quick"):
            kind = "several" if isinstance(value, tuple) else "one"
            kinds.setdefault(name, {}).setdefault(kind, []).append(page)
    assert {name: pages for name, pages in kinds.items() if len(pages) > 1} == {}
