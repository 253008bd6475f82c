"""Calls that the tiny runs of pages make again and again, with what they gave.

A page is run once for each of its parameters, and most of what it computes does not depend on that
parameter. What is computed from the stored tables alone is kept for all runs (``STORED``); other
functions that take long and depend on nothing but their arguments are remembered by what these hold
(``PURE``). That they depend on nothing else is tested: the second run of
``test_the_same_parameters_give_the_same_claims_and_data`` computes all of ``PURE`` again.
"""

import functools
import hashlib
import inspect
import io
import pickle
from collections.abc import Callable
from importlib import import_module
from typing import Any

import cloudpickle
import pandas as pd
import pytest
import torch

Place = tuple[str, str]
"""A module, and the name under which it is called there."""

STORED: tuple[Place, ...] = (
    ("ovp_lib.pages.section_7.recomputation", "run"),
    ("ovp_lib.pages.section_7.linear_models", "ridge"),
    ("ovp_lib.pages.section_7.baselines", "baselines"),
    ("ovp_lib.pages.figure_1.tangents", "least_errors"),
    ("ovp_lib.pages.resnet_separation.analysis", "again"),
    ("ovp_lib.lab.sweeps.results", "reference"),
)
"""What depends on the stored tables, or on the seed alone."""

PURE: tuple[Place, ...] = (
    ("ovp_lib.datasets", "mnist_1d"),
    ("ovp_lib.experiments.residual", "run"),
    ("ovp_lib.experiments.minimal_norm", "run"),
    ("ovp_lib.experiments.hierarchy", "layer_wise"),
    ("ovp_lib.training.chosen", "train_chosen"),
    ("ovp_lib.kernels.hard_instance", "relative_ridge_errors"),
    ("ovp_lib.pages.kernel_lower_bound.analysis", "check_spans"),
    ("ovp_lib.pages.kernel_lower_bound.analysis", "share_resisting"),
    ("ovp_lib.pages.resnet_separation.analysis", "select"),
    ("ovp_lib.pages.resnet_separation.ends", "winners"),
    ("ovp_lib.pages.section_7.choices", "select"),
    ("ovp_lib.pages.section_7.hypotheses", "ends"),
    ("ovp_lib.pages.figure_1.analysis", "initial_output"),
    ("ovp_lib.pages.slides_arbitrary_labels.analysis", "smallest_widths"),
    ("ovp_lib.pages.section_7.curves", "select"),
    ("ovp_lib.pages.figure_3.analysis", "select"),
    ("ovp_lib.proofs.descent.escape", "noisy_sgd"),
    ("ovp_lib.proofs.minimal_sup", "least_sup_indicator"),
)
"""What depends on its arguments alone, and takes long enough to be remembered."""


SMALLER: tuple[tuple[str, str, int], ...] = (
    ("ovp_lib.pages.section_7.baselines", "POINTS", 5_000),
    ("ovp_lib.pages.section_7.baselines", "DRAWS", 2),
    ("ovp_lib.pages.figure_1.tangents", "SAMPLES", 200),
)
"""Sizes that no parameter changes and no claim rests on; the stored notebooks run as they are."""

OF_ONE_SEED: tuple[Place, ...] = (("ovp_lib.pages.section_7.linear_models", "beside_sgd"),)
"""What takes a table and long, seed by seed, and no claim rests on: the first seed stands for all.

Where a test is about all seeds, it looks at what the stored notebook shows.
"""


class Content(cloudpickle.Pickler):  # type: ignore[misc,name-defined]
    """Writes down what objects hold; PyTorch's own form of a tensor has its address in memory."""

    def reducer_override(self, obj: Any) -> Any:
        """Write a tensor as the array of its numbers."""
        if isinstance(obj, torch.Tensor):
            return torch.tensor, (obj.detach().numpy(),)
        return super().reducer_override(obj)


def key_of(arguments: Any) -> bytes:
    """Return a hash of what arguments hold."""
    written = io.BytesIO()
    Content(written).dump(arguments)
    return hashlib.sha256(written.getvalue()).digest()


def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that computes once for arguments that hold the same.

    Every call returns a result of its own, which the caller may change. Arguments that cannot be
    written down are no key: then it is computed.
    """
    known: dict[bytes, bytes] = {}

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            key = key_of((arguments, named))
        except (pickle.PicklingError, TypeError):
            return function(*arguments, **named)
        if key not in known:
            known[key] = cloudpickle.dumps(function(*arguments, **named))
        return pickle.loads(known[key])

    return call


@functools.cache
def kept(place: Place) -> Callable[..., Any]:
    """Return the cached version of a function; all tests of a process share it."""
    module, name = place
    return remembering(getattr(import_module(module), name))


def of_one_seed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that keeps of its table the first seed alone."""

    @functools.wraps(function)
    def call(table: pd.DataFrame, *arguments: Any) -> Any:
        return function(table[table["seed"] == table["seed"].min()], *arguments)

    return call


def remember(patch: pytest.MonkeyPatch) -> None:
    """Put remembering functions in all places, and smaller sizes."""
    for place in (*STORED, *PURE):
        patch.setattr(import_module(place[0]), place[1], kept(place))
    for module, name, size in SMALLER:
        patch.setattr(import_module(module), name, size)
    for module, name in OF_ONE_SEED:
        whole = getattr(import_module(module), name)
        patch.setattr(import_module(module), name, of_one_seed(inspect.unwrap(whole)))


def forget(patch: pytest.MonkeyPatch, places: tuple[Place, ...]) -> None:
    """Put the functions themselves in some places."""
    for place in places:
        function = kept(place).__wrapped__  # type: ignore[attr-defined]
        patch.setattr(import_module(place[0]), place[1], function)
