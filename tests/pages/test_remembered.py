from importlib import import_module

import pandas as pd
import pytest
import torch

from tests.pages import remembered
from tests.pages.remembered import (
    OF_ONE_SEED,
    PURE,
    SMALLER,
    STORED,
    forget,
    kept,
    of_one_seed,
    remember,
    remembering,
)


def test_it_computes_once_for_what_arguments_hold_and_gives_each_caller_its_own() -> None:
    calls: list[int] = []

    def doubled(x: torch.Tensor, *, plus: int = 0) -> list[torch.Tensor]:
        calls.append(len(x))
        return [2 * x + plus]

    ask = remembering(doubled)
    first = ask(torch.ones(3))
    first[0] += 7
    first.append(torch.ones(1))
    again = ask(torch.ones(3))
    assert [each.tolist() for each in again] == [[2.0, 2.0, 2.0]]
    assert calls == [3]
    ask(torch.ones(3), plus=1)
    ask(torch.tensor([1.0, 1.0, 1.5]))
    assert calls == [3, 3, 3]


def test_what_cannot_be_written_down_is_computed() -> None:
    calls: list[object] = []
    ask = remembering(calls.append)
    draws = (each for each in "ab")
    ask(draws)
    ask(draws)
    assert calls == [draws, draws]


def test_of_a_table_the_first_seed_stands_for_all() -> None:
    table = pd.DataFrame({"seed": [4, 3, 3], "error": [1.0, 2.0, 3.0]})
    assert of_one_seed(lambda t, name: t[name].tolist())(table, "error") == [2.0, 3.0]


def test_functions_stand_in_their_places_and_go_again(monkeypatch: pytest.MonkeyPatch) -> None:
    module, name = PURE[0]
    itself = getattr(import_module(module), name)
    with monkeypatch.context() as patch:
        remember(patch)
        assert all(getattr(import_module(m), n) is kept((m, n)) for m, n in (*STORED, *PURE))
        assert all(getattr(import_module(m), n) == size for m, n, size in SMALLER)
        assert all(getattr(import_module(m), n).__wrapped__ for m, n in OF_ONE_SEED)
        forget(patch, PURE)
        assert getattr(import_module(module), name) is itself
    assert getattr(import_module(module), name) is itself
    assert remembered.kept((module, name)).__wrapped__ is itself  # type: ignore[attr-defined]
