"""The checker is checked: it must see what is broken, and its numbers are those of loops."""

import math

import pytest
import torch

from ovp_lib.kernels import feature_maps, span_bound, span_checks
from ovp_lib.kernels.ridge_regression import ridge
from ovp_lib.maths import hypercube
from ovp_lib.models.inputs import stream

D, K, N, ALPHA = 6, 3, 9, 0.3


def neurons() -> torch.Tensor:
    return feature_maps.random_maps(D, K, N, stream(1))["random neurons"]


def test_errors_are_those_of_least_squares_on_all_points() -> None:
    check, x = span_checks.check_span(neurons(), K, ALPHA), hypercube.points(D)
    which = hypercube.subsets(D, K)
    for s in range(0, len(which), 5):
        target = x[:, which[s, 0]] + ALPHA * x[:, which[s]].prod(dim=1)
        fitted = neurons() @ torch.linalg.lstsq(neurons(), target.unsqueeze(1))[0]
        error = (fitted[:, 0] - target).square().mean().item() / ALPHA**2
        assert check.errors[s].item() == pytest.approx(error)
    assert check.numbers()["error"] == pytest.approx(check.errors.mean().item())


def test_nothing_is_broken_and_every_case_is_counted() -> None:
    check = span_checks.check_span(neurons(), K, ALPHA)
    assert (check.broken, check.average_broken, check.share_broken) == (0, 0, 0)
    assert check.rank_defect < 1e-10
    assert check.cases == 20 * 3 + 3 + 20
    assert set(check.numbers()) == {
        "error",
        "rank",
        "cases",
        "broken",
        "average_broken",
        "share_broken",
        "rank_defect",
    }


def test_a_wrong_overlap_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = span_bound.overlaps

    def half(coefficients: torch.Tensor, level: int) -> span_bound.Overlaps:
        h, rank = honest(coefficients, level)
        return span_bound.Overlaps(h / 2, rank)

    tight = feature_maps.random_maps(D, K, N, stream(0))[feature_maps.TIGHT[0]]
    monkeypatch.setattr(span_bound, "overlaps", half)
    check = span_checks.check_span(tight, K, ALPHA)
    assert check.broken == N * K
    assert check.rank_defect == pytest.approx(N / 2)


def test_a_span_that_is_larger_than_it_says_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # all parities of the level, sold as half as many functions
    every = hypercube.parities(hypercube.points(D), hypercube.subsets(D, K))
    x = hypercube.points(D)
    whole = hypercube.fourier(torch.cat([x, every], dim=1))
    monkeypatch.setattr(hypercube, "fourier", lambda _: whole)
    check = span_checks.check_span(torch.cat([x, every], dim=1)[:, :16], K, ALPHA)
    assert check.average_broken == K
    assert check.share_broken == 20 - 16
    assert check.rank_defect == 4


def test_best_ridge_is_the_least_over_penalties_of_the_error_on_all_points() -> None:
    x, which = hypercube.points(D), hypercube.subsets(D, K)
    chosen = torch.tensor([0, 5, 44, 63, 20])
    sections = feature_maps.closed_form_sections(D, chosen)["arcsin"]
    found = span_checks.best_ridge(sections, chosen, K, ALPHA, (1.0, 1e-3))
    gram, scale = sections[chosen], sections[chosen].diagonal().mean().item()
    for s in (0, 7, 19):
        target = x[:, which[s, :1]] + ALPHA * x[:, which[s]].prod(dim=1, keepdim=True)
        path = ridge(gram, target[chosen], [scale, 1e-3 * scale])
        errors = (path.predict(sections) - target).square().mean(dim=(1, 2))
        assert found[s].item() == pytest.approx(errors.min().item() / ALPHA**2)
    assert not math.isclose(errors[0].item(), errors[1].item())
    assert (found >= span_checks.check_span(sections, K, ALPHA).errors - 1e-9).all()
