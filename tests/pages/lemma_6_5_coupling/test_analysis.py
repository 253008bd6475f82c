"""What the page of Lemma 6.5 counts, against numbers that can be said beforehand."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.models import inputs, three_layer
from ovp_lib.pages.lemma_6_5_coupling import analysis
from ovp_lib.proofs import cross_term, perturbations, strong_coupling
from ovp_lib.proofs.smoothing import SmoothingGap
from ovp_lib.training import samples

M, D, SEEDS = 24, 4, 2


def streams(purpose: str) -> list[torch.Generator]:
    return list(samples.streams(0, SEEDS, purpose))


@pytest.fixture
def net() -> three_layer.ThreeLayer:
    return three_layer.init_three_layer(streams("init"), d=D, m1=M, m2=M)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.stack([inputs.padded_sphere(D)(3, g) for g in streams("test")])


def signs(n: int) -> torch.Tensor:
    return torch.stack([inputs.rademacher((n, M), g) for g in streams("signs")])


def test_a_gate_flips_when_zero_is_crossed() -> None:
    z = torch.tensor([[[1.0, 1.0, 1.0, -1.0, -1.0, 0.0]]])
    movement = torch.tensor([[[-2.0, -1.0, -0.5, 2.0, 0.5, -0.1]]])
    assert analysis.flips(z, movement).tolist() == [[3.0]]


def test_the_first_layer_is_averaged_over_networks_and_inputs() -> None:
    z = torch.tensor([[[0.1, 0.2, -0.4], [0.1, 5.0, 6.0]]])
    layers = [(z, -2 * z), (z, 0 * z), (z, 0 * z), (z, 0 * z)]  # two seeds of two networks
    found = analysis.first_layer_flips(layers, [0.15, 1.0], n_networks=2)
    # at tau = 0.15 the first gate alone, at 1.0 three gates of the first input, one of the second
    assert found["adversary"] == pytest.approx(np.array([[1.0, 2.0], [1.0, 2.0]]))
    assert found["random"] == pytest.approx(np.array([[0.0, 1.5], [0.0, 0.0]]))


def test_the_second_layer_flips_more_the_farther_it_is_moved(net, x) -> None:
    taus = [0.01, 0.1, 1.0]
    pairs = [(net, x), (net, x)]
    found = analysis.second_layer_flips(pairs, streams("perturbation"), taus, taus)
    assert list(found) == ["by $V'$", "through $W'$", "random $V'$"]
    for counts in found.values():
        assert counts.shape == (SEEDS, 3)
        assert (np.diff(counts, axis=1) >= 0).all()
        assert (counts[:, -1] > 0).all()
    assert (found["by $V'$"] >= found["random $V'$"]).all()
    through = analysis.through_first_layer(net, x, 1.0)
    assert found["through $W'$"][:, -1] == pytest.approx(through.numpy())


def test_the_adversary_of_both_layers_spends_the_norm_of_each_seed(net, x) -> None:
    norms = pd.DataFrame({"tau_w": [0.2, 1e-9], "tau_v": [1e-9, 0.5]})
    found = analysis.flips_at_norms(net, x, norms, streams("perturbation"))
    assert found["best adversary"].shape == (2, SEEDS)
    assert found["best adversary"][0, 0] > 0 == found["best adversary"][0, 1]
    assert found["best adversary"][1, 1] > 0 == found["best adversary"][1, 0]
    assert (found["random"][0] <= found["best adversary"][0]).all()


def test_bounds_have_a_row_a_layer() -> None:
    norms = pd.DataFrame({"tau_w": [1.0, 32.0], "tau_v": [0.0, 0.0]})
    bounds = analysis.flip_bounds(norms, 16)
    assert bounds[0] == pytest.approx(16**1.2 * np.array([1.0, 16.0]))
    assert bounds[1, 0] == pytest.approx(perturbations.second_bound(1.0, 0.0, 16, 16))
    assert analysis.size_bound(16) == pytest.approx(1 + 16**0.5 * 16**-0.75)


def test_a_sweep_fits_counts_in_the_norm_and_in_the_width() -> None:
    taus, widths = [1.0, 2.0, 4.0], (10, 100)
    in_tau = {"any": np.array([np.sqrt(taus), 3 * np.sqrt(taus)])}
    in_width = {"any": np.array([[1.0, 10.0], [2.0, 20.0]])}
    flips = analysis.Flips(taus, in_tau, widths, in_width)
    assert flips.tau_exponent("any").value == pytest.approx(0.5)
    assert flips.exponent("any").value == pytest.approx(1.0)


def test_the_cross_term_is_its_closed_form(net, x) -> None:
    movements = (0.1 * torch.randn_like(net.W), 0.1 * torch.randn_like(net.V))
    found = analysis.check_cross_term(net, x[:, :1], movements, signs(4000), eta=0.1)
    assert found.identity.tolist() == [analysis.ROUNDING] * SEEDS
    assert found.mean.tolist() == [analysis.ROUNDING] * SEEDS
    assert found.variance == pytest.approx(np.ones(SEEDS), abs=4 * math.sqrt(2 / 4000))


def test_the_spread_of_the_cross_term_is_the_norm_of_its_coefficients(net, x) -> None:
    dV = cross_term.worst_second(net, x[:, :1], 1.0)
    frozen = three_layer.gates(net, x[:, :1])
    nothing = torch.zeros_like(net.W)
    c = cross_term.coefficients(net, x[:, :1], frozen, nothing, dV)
    spread = analysis.std_over_eta(net, x[:, :1], dV=dV)
    assert torch.equal(spread, c.flatten(1).norm(dim=1))
    assert (spread > analysis.std_over_eta(net, x[:, :1], dV=dV.roll(1, dims=2))).all()


def test_strong_coupling_takes_the_worse_of_two_movements(net, x) -> None:
    drawn, tau_w, x1 = signs(16), M**-0.75, x[:, :1]
    found = analysis.strong_coupling_errors(net, x1, drawn, tau_w, tau_v=0.3)
    assert list(found) == ["$W'$, with Σ", "$W'$, without", "$V'$, with Σ", "$V'$, without"]
    dW = cross_term.worst_first(net, x1, tau_w)
    varying = strong_coupling.coupling_error(net, x1, dW, None, drawn).abs().mean(dim=(1, 2))
    assert (found["$W'$, with Σ"] >= varying).all()
    dV = strong_coupling.worst_second_without_signs(net, x1, 0.3)
    without = strong_coupling.coupling_error(net, x1, None, dV, None).abs().mean(dim=(1, 2))
    assert torch.equal(found["$V'$, without"], without)


def test_networks_are_averaged_at_their_first_input_and_the_radius_of_the_table(net, x) -> None:
    seen = []

    def measure(_, point, tau_w):
        seen.append((point.shape, tau_w))
        return {"any": torch.full((SEEDS,), float(len(seen)))}

    found = analysis.mean_over_networks(measure, [(net, x), (net, x)])
    assert found["any"].tolist() == [1.5, 1.5]
    assert seen == [((SEEDS, 1, D), M**-0.75)] * 2


def test_widths_are_put_side_by_side() -> None:
    columns = [{"any": np.array([[1.0], [2.0]])}, {"any": np.array([[3.0], [4.0]])}]
    assert analysis.joined(columns)["any"].tolist() == [[1.0, 3.0], [2.0, 4.0]]
    rows = [{"any": np.array([1.0, 2.0])}, {"any": np.array([3.0, 4.0])}]
    assert analysis.stacked(row for row in rows)["any"].tolist() == [[1.0, 3.0], [2.0, 4.0]]


def test_gaps_have_a_column_a_step_size() -> None:
    gaps = [SmoothingGap(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 6.0])) for _ in range(3)]
    found = analysis.gap_by_eta(gaps)
    assert found.mean.tolist() == [[1.0] * 3, [2.0] * 3]
    assert found.flips.tolist() == [[5.0] * 3, [6.0] * 3]


def test_gaps_relative_to_the_coefficient_are_of_order_one_at_every_width(x) -> None:
    def relative(m: int) -> dict[str, np.ndarray]:
        weights, noise, drawn = streams("init"), streams("perturbation"), streams("signs")
        nets = [three_layer.init_three_layer(weights, d=D, m1=m, m2=m) for _ in range(80)]
        return analysis.relative_gaps([(net, x) for net in nets], noise, drawn, n=300)

    narrow, wide = relative(8), relative(32)
    assert list(narrow) == ["$W''$ alone", "$V''$ alone"]
    for name in narrow:
        assert narrow[name].shape == (SEEDS,)
        assert 0.02 < narrow[name].mean() < 0.5
        assert wide[name].mean() / narrow[name].mean() == pytest.approx(1.0, abs=0.3)


def test_a_scale_without_theory_has_an_empty_cell() -> None:
    table = analysis.scales_table([("a", 0.12345, 0.98765), ("b", None, 1.0)])
    assert table.loc["a"].tolist() == ["0.123", "0.99"]
    assert table.loc["b"].tolist() == ["", "1"]
