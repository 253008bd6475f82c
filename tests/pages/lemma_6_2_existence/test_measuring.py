"""What is measured for the page of Lemma 6.2, over seeds and widths."""

import numpy as np
import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import stream
from ovp_lib.pages.lemma_6_2_existence import analysis, measuring
from ovp_lib.pages.lemma_6_2_existence.statement import TINY
from ovp_lib.proofs import composed_existence

CPU = torch.device("cpu")


def test_sizes_are_those_of_the_networks() -> None:
    found = measuring.sizes(TINY, "z", CPU)
    given = measuring.problem(TINY, 1, "z", CPU)
    net = analysis.build(given, stream(TINY.seed, 1, 3, 100, 0), m1=100, m2=100, clip=TINY.clip)
    error = analysis.distance(analysis.output(net, given.x), given.f)
    assert found.error[1, 1] == pytest.approx(error)
    assert found.rows[1, 1] == pytest.approx(analysis.row_product(net))
    assert found.frobenius[1, 1] <= found.rows[1, 1]
    assert np.isnan(measuring.sizes(TINY, "z", CPU, p1=2).sum).all()


def test_what_moves_add_has_a_row_for_every_move() -> None:
    found = measuring.added(TINY, "z", CPU)
    assert list(found) == list(measuring.MOVES)
    assert all(values.shape == (2, 3) for values in found.values())
    assert found["worst W', V'"].min() > found["worst W'"].max()


def test_the_width_that_is_needed_shows_the_accuracy() -> None:
    """The standard deviation of the sum over that many neurons is at most the accuracy."""
    C_prime, accuracy = 1.5, 0.1
    m2 = int(measuring.needed(C_prime, "z^2", 6.0, accuracy))
    h = analysis.function_of(composed_existence.stretched(parse("z^2"), C_prime), 6.0)
    alpha, b, a, g = torch.randn(4, 400_000, generator=stream(7), dtype=torch.float64)
    z = 0.5
    opened = z * alpha + np.sqrt(1 - z * z) * g + b >= 0
    std = float((a.square() * h(alpha, b) * opened).std()) / m2**0.5
    assert 0.5 * accuracy < std < 1.1 * accuracy


def test_constants_are_ordered() -> None:
    printed, gates, least = measuring.constants(TINY).values()
    assert printed > 10 * gates > 10 * least > 1


def test_shares_are_projected_on_the_functions() -> None:
    phi = np.array([[[1.0, 2.0], [3.0, -1.0]]])
    carried = measuring.Carried(
        slope=phi * np.array([1.0, 0.5])[:, None],
        phi=phi,
        rest=np.ones((1, 3)),
        law=np.ones(1),
        C_prime=1.0,
    )
    assert measuring.projected(carried).tolist() == [[1.0, 0.5]]


def test_the_fit_is_better_than_the_construction() -> None:
    error, product = measuring.fitted(TINY.but(ball_widths=(40, 60, 80)), "z^2")
    assert error.mean() < measuring.sizes(TINY, "z^2", CPU).error.mean()
    assert (product > 0).all()
