import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ovp_lib.models.inputs import rademacher, stream
from ovp_lib.training.losses import CROSS_ENTROPY, LOSSES, PSEUDO_HUBER, SQUARED, entropy


def pair(name: str, seed: int = 0, k: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = stream(seed)
    f = 3 * torch.randn(2, 4, k, generator=generator, dtype=torch.float64)
    if LOSSES[name].classifies:
        return f, torch.randint(k, (2, 4), generator=generator)
    return f, torch.randn(2, 4, k, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("name", LOSSES)
def test_gradient_against_autograd(name: str) -> None:
    f, y = pair(name)
    f.requires_grad_()
    (expected,) = torch.autograd.grad(LOSSES[name].value(f, y).sum(), f)
    torch.testing.assert_close(LOSSES[name].gradient(f.detach(), y), expected)


def test_values_against_the_formulas() -> None:
    f = torch.tensor([[[1.0, -2.0, 0.5]]], dtype=torch.float64)
    y = torch.tensor([[[0.0, 1.0, 0.5]]], dtype=torch.float64)
    assert SQUARED.value(f, y).item() == pytest.approx(0.5 * (1 + 9))
    assert PSEUDO_HUBER.value(f, y).item() == pytest.approx(math.sqrt(1 + 1 + 9) - 1)
    z = sum(math.exp(v) for v in (1.0, -2.0, 0.5))
    c = torch.tensor([[2]])
    assert CROSS_ENTROPY.value(f, c).item() == pytest.approx(math.log(z) - 0.5)


@pytest.mark.parametrize("name", LOSSES)
@given(seed=st.integers(0, 10**6), mix=st.floats(0, 1))
def test_losses_are_non_negative_and_convex(name: str, seed: int, mix: float) -> None:
    (f, y), (g, _) = pair(name, seed), pair(name, seed + 1)
    loss = LOSSES[name].value
    assert (loss(f, y) >= 0).all()
    between = loss(mix * f + (1 - mix) * g, y)
    assert (between <= mix * loss(f, y) + (1 - mix) * loss(g, y) + 1e-9).all()


@given(seed=st.integers(0, 10**6))
def test_pseudo_huber_is_1_lipschitz_and_1_smooth(seed: int) -> None:
    (f, y), (g, _) = pair("pseudo_huber", seed), pair("pseudo_huber", seed + 1)
    assert (PSEUDO_HUBER.gradient(f, y).norm(dim=-1) < 1).all()
    change = (PSEUDO_HUBER.gradient(f, y) - PSEUDO_HUBER.gradient(g, y)).norm(dim=-1)
    assert (change <= (f - g).norm(dim=-1) + 1e-12).all()


def test_cross_entropy_is_only_sqrt_2_lipschitz_and_starts_at_log_k() -> None:
    """Errata: Section 3 lists the cross-entropy among the 1-Lipschitz losses with L(0, y) <= 1."""
    f = torch.tensor([[[30.0, 0.0, 0.0]]], dtype=torch.float64)
    gradient = CROSS_ENTROPY.gradient(f, torch.tensor([[1]]))
    assert gradient.norm().item() == pytest.approx(math.sqrt(2), rel=1e-6)
    at_zero = CROSS_ENTROPY.value(torch.zeros(1, 1, 3), torch.tensor([[0]])).item()
    assert at_zero == pytest.approx(math.log(3))
    assert at_zero > 1


@pytest.mark.parametrize("loss", [SQUARED, PSEUDO_HUBER])
@pytest.mark.parametrize("k", [1, 3])
def test_noise_risk_is_the_risk_of_the_target_and_no_shift_beats_it(loss, k: int) -> None:
    y = 0.7 * rademacher((1, 40_000, k), stream(0))
    at_target = loss.value(torch.zeros_like(y), y)
    assert at_target.std() < 1e-12
    assert at_target.mean().item() == pytest.approx(loss.noise_risk(0.7, k))
    for shift in (-0.3, -0.1, 0.1, 0.3):
        values = loss.value(torch.full_like(y, shift), y)
        assert values.mean() - 4 * values.std() / math.sqrt(y.shape[1]) > at_target.mean()


def test_entropy_against_the_sum() -> None:
    logits = torch.tensor([[0.0, 1.0, -1.0]], dtype=torch.float64)
    q = logits.softmax(-1)[0].tolist()
    assert entropy(logits).item() == pytest.approx(-sum(v * math.log(v) for v in q))
