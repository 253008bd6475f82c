import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, spearmanr

from ovp_lib.models.inputs import stream
from ovp_lib.models.neurons import Neurons, draw_neurons, points_along
from ovp_lib.proofs.information import Pieces, decompose, sample_pieces, signs_of
from ovp_lib.proofs.interval import interval_partition

DIRECTION = torch.tensor([0.6, 0.0, 0.8, 0.0], dtype=torch.float64)
X1 = torch.tensor([-0.7, 0.2, 0.8], dtype=torch.float64)
X = points_along(DIRECTION, X1, stream(9))
SCALE = math.sqrt(2 * math.pi) * math.sqrt(2)


def h(alpha1: torch.Tensor, b0: torch.Tensor) -> torch.Tensor:
    """phi(z) = z, not clipped: E[alpha1 1{alpha + b0 >= 0}] = x1 / (sqrt(2 pi) sqrt(2))."""
    return SCALE * alpha1.clamp(-5, 5) + 0 * b0


PHI = X1  # the clip at 5 changes it by less than 1e-5
BOUND = 2.0001 * 5 * SCALE


def pieces(neurons: Neurons, **changes: Any) -> Pieces:
    arguments = {"x": X, "direction": DIRECTION, "h": h, "phi_eps": PHI, "bound": BOUND}
    return decompose(neurons, **(arguments | changes))


def many(draws: int, m1: int, key: int, m2: int = 100) -> Pieces:
    return sample_pieces(draws, stream(key), X, DIRECTION, h, PHI, m1=m1, m2=m2, bound=BOUND)


@pytest.fixture(scope="module")
def narrow() -> Pieces:
    return many(4000, 1000, 5)


def slowly(neurons: Neurons, e: int, n: int) -> dict[str, float]:
    """Every piece for one draw and one point, neuron by neuron, in the words of the proof."""
    v, W, b, m2 = neurons
    m1, x, tau = W.shape[1], X[n], 0.01
    y, s = [], []
    for i in range(m1):
        alpha1, b0 = math.sqrt(m1) * W[e, i] @ DIRECTION, math.sqrt(m1) * b[e, i]
        y.append(2 * h(alpha1, b0) / BOUND)
        g = math.sqrt(m2) * v[e, i]
        s.append(interval_partition(y[i].reshape(1), tau).sign(g.reshape(1)).item())
    S = [i for i in range(m1) if s[i] != 0]
    alpha = sum(s[i] / math.sqrt(len(S)) * W[e, i, -1] for i in S)
    total = dict.fromkeys(["n1", "B1", "B2", "R1", "R3", "average"], 0.0)
    for i in range(m1):
        z = (W[e, i] @ x + b[e, i]).item()
        total["n1"] += v[e, i].item() * max(z, 0.0)
        if i not in S:
            total["B1"] += v[e, i].item() * max(z, 0.0)
            continue
        beta = W[e, i].clone()
        beta[-1] -= alpha * s[i] / math.sqrt(len(S))
        z_beta = (beta @ x + b[e, i]).item()
        total["B2"] += v[e, i].item() * max(z_beta, 0.0)
        total["R1"] += (s[i] * math.sqrt(m2) * v[e, i].item() - y[i].item()) * (z >= 0)
        total["average"] += y[i].item() * (z >= 0)
        total["R3"] += v[e, i].item() * z_beta * ((z >= 0) - (z_beta >= 0))
    front = alpha.item() * 0.5 / math.sqrt(len(S) * m2)
    total["rho"] = alpha.item() * math.sqrt(tau * m1 / m2) / BOUND
    total["R1"] *= front
    total["R2"] = front * total.pop("average") - total["rho"] * PHI[n].item()
    total["size"] = float(len(S))
    return total


def test_pieces_neuron_by_neuron() -> None:
    neurons = draw_neurons(2, stream(32), d=4, m1=400, m2=50)
    got = pieces(neurons)
    for e in range(2):
        for n in range(0, 3, 2):
            for name, value in slowly(neurons, e, n).items():
                piece = getattr(got, name)[e]
                piece = piece if name in ("rho", "size") else piece[n]
                assert piece.item() == pytest.approx(value, abs=1e-14), name
    assert got.R3.abs().max() > 0  # some gate did differ
    layer = torch.relu(neurons.W @ X.T + neurons.b[..., None])
    torch.testing.assert_close(got.norm, layer.square().sum(1).sqrt())


@settings(max_examples=25)
@given(
    m1=st.integers(800, 3000),
    m2=st.integers(1, 1000),
    tau=st.floats(0.008, 0.01),
    slack=st.floats(1.0, 100.0),
    key=st.integers(0, 10**6),
)
def test_sum_of_the_pieces_is_the_neuron(m1, m2, tau, slack, key) -> None:
    """Exact for every draw, every C that is large enough, and any number called phi_eps."""
    got = pieces(
        draw_neurons(2, stream(key), d=4, m1=m1, m2=m2),
        bound=slack * BOUND,
        tau=tau,
        phi_eps=PHI + slack,
    )
    total = got.rho[:, None] * (PHI + slack) + got.B + got.R
    scale = got.n1.abs().max().item()
    torch.testing.assert_close(total, got.n1, atol=1e-13 * scale, rtol=0)


def test_second_width_only_rescales() -> None:
    one = draw_neurons(4, stream(2), d=4, m1=900, m2=1)
    other = Neurons(one.v / 20, one.W, one.b, 400)
    for name, piece, rescaled in zip(Pieces._fields, pieces(one), pieces(other), strict=True):
        factor = 1.0 if name in ("size", "norm") else 20.0
        torch.testing.assert_close(factor * rescaled, piece, rtol=1e-9, atol=1e-14)


def test_another_function_sees_the_same_neurons() -> None:
    one = many(30, 900, 7)
    other = sample_pieces(
        30, stream(7), X, DIRECTION, lambda a, b: h(b, a), PHI, m1=900, m2=100, bound=BOUND
    )
    torch.testing.assert_close(one.n1, other.n1, rtol=0, atol=0)
    assert (one.rho != other.rho).all()


def test_sampling_in_chunks_is_decomposing_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovp_lib.proofs.information.CHUNK", 2000)
    generator = stream(8)
    drawn = [draw_neurons(n, generator, d=4, m1=900, m2=100) for n in (2, 2, 1)]
    parts = [pieces(neurons) for neurons in drawn]
    for k, whole in enumerate(many(5, 900, 8)):
        torch.testing.assert_close(whole, torch.cat([part[k] for part in parts]))


def test_signs_are_fair_and_independent_of_the_first_layer() -> None:
    """The core of the proof: S and s say nothing of W, b; membership has probability tau."""
    neurons = draw_neurons(300, stream(4), d=4, m1=2000, m2=9)
    y, s = signs_of(neurons, DIRECTION, h, bound=BOUND)
    members = s != 0
    n, k = s.numel(), int(members.sum())
    assert abs(k / n - 0.01) < 4.5 * math.sqrt(0.01 / n)
    assert abs(s.sum().item()) < 4.5 * math.sqrt(k)
    first = math.sqrt(2000) * torch.cat([neurons.W, neurons.b[..., None]], dim=2)
    for column in first[members].T:
        assert kstest(column.numpy(), "norm").pvalue > 1e-4
        assert abs((s[members] * column).mean()) < 4.5 / math.sqrt(k)
    product = s[members] * 3 * neurons.v[members] - y[members]
    assert abs(product.mean()) < 4.5 * product.std() / math.sqrt(k)
    assert product.abs().max() <= 0.1  # property 5


def test_rho_is_gaussian_with_the_printed_variance(narrow: Pieces) -> None:
    """Item 2: N(0, 1/(100 C^2 m2)), exactly, at any width."""
    scaled = narrow.rho * 10 * BOUND * math.sqrt(100)
    assert kstest(scaled.numpy(), "norm").pvalue > 1e-3
    assert abs(scaled.square().mean() - 1) < 4.5 * math.sqrt(2 / len(scaled))


def test_rho_is_independent_of_the_noise(narrow: Pieces) -> None:
    """Item 1, in rank and in size; the control shows that the test can see a dependence."""
    limit = 4.5 / math.sqrt(len(narrow.rho))
    for n in range(len(X1)):
        for noise in (narrow.B[:, n], narrow.B1[:, n], narrow.B2[:, n]):
            assert abs(spearmanr(narrow.rho, noise).statistic) < limit
            assert abs(spearmanr(narrow.rho.abs(), noise.abs()).statistic) < limit
    left_in = (narrow.n1 - narrow.B1) * torch.sign(PHI)
    control = [spearmanr(narrow.rho, column).statistic for column in left_in.T]
    assert max(control) > limit


def test_neuron_is_gaussian_given_the_first_layer(narrow: Pieces) -> None:
    for n in range(len(X1)):
        scaled = 10 * narrow.n1[:, n] / narrow.norm[:, n]
        assert kstest(scaled.numpy(), "norm").pvalue > 1e-3


def test_what_is_left_without_the_noise_has_the_slope_phi() -> None:
    got = many(400, 10_000, 6)
    rho, signal = got.rho[:, None], got.n1 - got.B
    slope = (signal * rho).sum(0) / rho.square().sum()
    left = signal - slope * rho
    robust = ((left * rho).square().sum(0)).sqrt() / rho.square().sum()
    assert ((slope - PHI).abs() < 4.5 * robust).all()
    assert robust.max() < 0.05
    assert (got.size / 100 - 1).abs().mean() < 0.15


def test_remainder_falls_like_the_square_root_of_the_first_width() -> None:
    """Item 4; R3 falls faster, with exponent -3/4."""
    widths = torch.tensor([1000.0, 8000.0, 64_000.0], dtype=torch.float64)
    runs = [many(max(40, int(400_000 / m)), int(m), 11) for m in widths]
    ratio = [(r.R.square().mean() / r.rho.square().mean()).sqrt().item() for r in runs]
    third = [(r.R3.square().mean() / r.rho.square().mean()).sqrt().item() for r in runs]
    centred = widths.log() - widths.log().mean()
    for sizes, power in ((ratio, -0.5), (third, -0.75)):
        logs = torch.tensor(sizes, dtype=torch.float64).log()
        slope = (logs @ centred / (centred @ centred)).item()
        assert slope == pytest.approx(power, abs=0.12)
    noise = [r.B.square().mean().sqrt().item() * 10 for r in runs]
    assert max(noise) < 1.2 * min(noise)


def test_refuses_a_bound_below_the_function() -> None:
    neurons = draw_neurons(5, stream(12), d=4, m1=2000, m2=2)
    with pytest.raises(ValueError, match=r"at least 2 sup\|h\|; it is 5, and \|h\| reaches"):
        pieces(neurons, bound=5.0)


@pytest.mark.parametrize(
    ("direction", "said"),
    [([0.6, 0.0, 0.0, 0.8], "last coordinate 0.8"), ([2.0, 0.0, 0.0, 0.0], "norm 2")],
)
def test_refuses_a_direction_that_sees_alpha(direction: list[float], said: str) -> None:
    w_star = torch.tensor(direction, dtype=torch.float64)
    with pytest.raises(ValueError, match=f"orthogonal to the padded coordinate.*{said}"):
        pieces(draw_neurons(1, stream(1), d=4, m1=900, m2=2), direction=w_star)


def test_refuses_points_without_padding_and_empty_sets() -> None:
    neurons = draw_neurons(1, stream(1), d=4, m1=900, m2=2)
    with pytest.raises(ValueError, match="norm 1 and last coordinate 1/2"):
        pieces(neurons, x=X.flip(1))
    with pytest.raises(ValueError, match="norm 1 and last coordinate 1/2"):
        pieces(neurons, x=2 * X)
    with pytest.raises(ValueError, match="m1 = 3 is too small"):
        pieces(draw_neurons(20, stream(1), d=4, m1=3, m2=2))
    with pytest.raises(ValueError, match="tau must lie"):
        pieces(neurons, tau=0.02)
