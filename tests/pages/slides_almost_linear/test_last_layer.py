"""What is trained in each scale, and what stays."""

import numpy as np
import pytest
import torch

from ovp_lib.models.deep import Deep, deep
from ovp_lib.pages.slides_almost_linear import analysis, last_layer


def problem() -> analysis.SignedDigits:
    return analysis.draw(3, 2, (40, 30), (0.0, 1.0), torch.device("cpu"))


def test_daniely_s_start_is_zero_and_its_hidden_units_have_size_one() -> None:
    found = problem()
    slides = found.networks(400, 2)
    net = last_layer.in_daniely_s_scale(slides)
    assert bool((deep(net, found.x) == 0).all())
    units = deep(net._replace(a=torch.ones_like(net.a) / 400), found.x)  # the mean unit
    assert 0.3 < float(units.mean()) < 0.8
    assert last_layer.as_on_the_slides(slides) is slides


def test_the_difference_is_small_where_the_last_layer_does_all() -> None:
    found = problem()
    daniely, slides = (
        last_layer.compare(found, scale(found.networks(200, 2)), 0.5, 5)
        for scale in (last_layer.in_daniely_s_scale, last_layer.as_on_the_slides)
    )
    assert (daniely.difference < 0.1).all()
    assert (slides.difference > 0.9).all()
    assert (daniely.movement > 0).all()
    assert ((daniely.risk_all >= 0) & (daniely.risk_all <= 1)).all()


def test_the_difference_is_a_share_of_the_change_by_all_layers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All layers double the outputs, the last one alone adds a half of them."""

    def train(net: Deep, _data: object, layers: tuple[str, ...], *_: object) -> Deep:
        return net._replace(a=net.a * (2 if "W" in layers else 1.5), V=net.V * 1)

    monkeypatch.setattr(last_layer, "_trained", train)
    found = problem()
    gap = last_layer.compare(found, found.networks(16, 2), 0.5, 5)
    np.testing.assert_allclose(gap.difference, 0.5, rtol=1e-5)
    np.testing.assert_array_equal(gap.movement, 0)


def test_a_batch_that_does_not_divide_the_sample_leaves_the_last_digits_out() -> None:
    found = problem()
    net = last_layer.in_daniely_s_scale(found.networks(16, 2))
    fewer = found._replace(x=found.x[:, :36], y=found.y[:, :, :36])
    whole, part = (last_layer.compare(each, net, 0.5, 9) for each in (found, fewer))
    np.testing.assert_array_equal(whole.difference, part.difference)
