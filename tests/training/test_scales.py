import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.training.protocol import Member
from ovp_lib.training.scales import LEAST_SHRINKAGE, Scales, small_root

momenta = st.just(0.0) | st.floats(0.01, 0.99)
products = st.just(0.0) | st.floats(1e-6, 2)


@given(momentum=momenta, eta_wd=products)
def test_the_root_solves_the_equation_or_decay_is_not_folded(
    momentum: float, eta_wd: float
) -> None:
    def equation(y):
        return momentum * y**2 + (1 - momentum - eta_wd) * y + eta_wd

    (y,) = small_root(np.array([eta_wd]), momentum)
    least = 1 - 1 / LEAST_SHRINKAGE
    if y == 0:
        assert eta_wd == 0 or (equation(np.linspace(least, 0, 2001)) > -1e-9).all()
    else:
        assert equation(y) == pytest.approx(0, abs=1e-12)
        assert least <= y < 0
        assert (equation(np.linspace(0.999 * y, 0, 100)) > 0).all()


@given(
    momentum=momenta,
    lr=st.floats(1e-3, 1),
    wd=st.floats(0, 1),
    gradients=st.lists(st.floats(-1, 1), min_size=12, max_size=12),
)
def test_both_recursions_move_a_weight_alike(
    momentum: float, lr: float, wd: float, gradients: list[float]
) -> None:
    """The module's equations for one weight, with a drop half way, against PyTorch's."""
    scales = Scales([Member(0, lr, wd)], momentum)
    W, M = 1.3, 0.0
    w, u = 1.3, scales.y[0] * 1.3
    for step, G in enumerate(gradients):
        if step == 6:
            a, b = scales.change(0.1)
            u = a[0] * u + b[0] * w
        eta = lr * (0.1 if step >= 6 else 1.0)
        M = momentum * M + G + wd * W
        W -= eta * M
        sigma, after = scales.ahead(1)[:, 0]
        u = momentum * u + scales.eta[0] * sigma * (G + scales.unfolded[0] * sigma * w)
        w -= u / (sigma * after)
        scales.sigma = np.array([after])
        if step % 5 == 4:
            (power,) = scales.fold()
            w, u = w * power, u / power
            assert 1 <= scales.sigma[0] < 2
        assert scales.sigma[0] * w == pytest.approx(W, rel=1e-9, abs=1e-11)


def test_the_decay_of_uneven_step_sizes_is_not_folded() -> None:
    uneven = Member(1, 0.02, 0.01, factors=(("V", 0.5),))
    scales = Scales([Member(0, 0.01, 0.1), uneven, Member(0, 0.02, 0.01)], 0.9)
    assert scales.unfolded.tolist() == [0.0, 0.01, 0.0]
    scales.keep([1, 2])
    assert scales.unfolded.tolist() == [0.01, 0.0]


def test_looking_further_ahead_gives_the_same_numbers() -> None:
    scales = Scales([Member(0, 0.01, 0.1), Member(1, 0.02, 0.01)], 0.9)
    far = scales.ahead(50)
    for step in range(50):
        near = scales.ahead(1)
        assert (near == far[step : step + 2]).all()
        scales.sigma = near[1]


def test_members_are_kept_with_their_scales() -> None:
    scales = Scales([Member(i, 0.01 * (i + 1), 0.1) for i in range(3)], 0.9)
    scales.change(0.5)
    scales.sigma = np.array([0.5, 0.6, 0.7])
    scales.keep([2, 0])
    assert scales.sigma.tolist() == [0.7, 0.5]
    assert scales.eta == pytest.approx([0.015, 0.005])


def test_decay_is_folded_as_long_as_scales_stay_near_one() -> None:
    y = small_root(np.array([0.0, 0.09, 0.11]), momentum=0.0)
    assert (y != 0).tolist() == [False, True, False]
    assert 1 / (1 - y[1]) == pytest.approx(0.91)
