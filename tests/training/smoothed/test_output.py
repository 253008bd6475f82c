from dataclasses import replace

import numpy as np
import pytest
import torch

from ovp_lib.models.three_layer import three_layer
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.smoothed.output import choose_output, mean_risks
from ovp_lib.training.smoothed.run import train_smoothed
from ovp_lib.training.smoothed.settings import Rounds
from tests.fake_device import DEVICE, empty, fake_device, there
from tests.training.smoothed.reference import MEMBERS, network, sample

ROUNDS = Rounds(rounds=3, steps=2, batch_size=5)


@pytest.fixture(scope="module")
def done():
    options = {"device": "cpu", "precision": torch.float64, "looks": [0]}
    return train_smoothed(network(), sample(), MEMBERS, ROUNDS, **options)


def by_hand(done, i: int, noise, x):
    """Lambda F of member i as lines 6 to 8 of Algorithm 2 have it."""
    sigma = torch.diag(noise.signs[i])
    W = done.net.W[i] + noise.W_rho[i] + sigma @ done.dW[i]
    V = done.net.V[i] + noise.V_rho[i] + done.dV[i] @ sigma
    h = torch.relu(x @ W.T + done.net.b1[i])
    return done.lam[i] * (torch.relu(h @ V.T + done.net.b2[i]) @ done.net.a[i].T)


def test_the_output_is_that_of_the_last_lines(done) -> None:
    data = sample()
    output = choose_output(done, data, 7)
    for i in range(len(MEMBERS)):
        risks = []
        for j in range(7):
            noise = done.drawn(j, smoothing=True)
            assert torch.equal(noise.signs, done.drawn(0, smoothing=True).signs)
            f = by_hand(done, i, noise, data.x[i])
            risks.append(SQUARED.value(f[None], data.y[i : i + 1]).mean().item())
        assert output.losses[:, i] == pytest.approx(risks, rel=1e-12)
        assert output.chosen[i] == np.argmin(risks)
        own = three_layer(output.net, data.x)[i]
        best = done.drawn(int(output.chosen[i]), smoothing=True)
        torch.testing.assert_close(own, by_hand(done, i, best, data.x[i]))


def test_candidates_differ_where_there_is_smoothing_and_only_there(done) -> None:
    spread = np.ptp(choose_output(done, sample(), 7).losses, axis=0)
    assert (spread > 1e-6).tolist() == [m.sigma_v > 0 for m in MEMBERS]


def test_more_candidates_never_train_worse(done) -> None:
    few, many = (choose_output(done, sample(), count).losses.min(axis=0) for count in (2, 9))
    assert (many <= few).all()


def test_predictions_average_over_draws_of_sigma(done) -> None:
    x = sample().x
    draws = [done.drawn(j, smoothing=False) for j in range(4)]
    for i, member in enumerate(MEMBERS):
        each = torch.stack([by_hand(done, i, noise, x[i]) for noise in draws])
        torch.testing.assert_close(done.predict(x, 4)[i], each.mean(dim=0))
        assert (np.ptp(each.numpy(), axis=0).max() > 1e-6) == member.signs


def test_noise_has_the_sizes_of_the_settings(done) -> None:
    drawn = [done.drawn(j, smoothing=True) for j in range(200)]
    for name, size in (("W_rho", "sigma_w"), ("V_rho", "sigma_v")):
        values = torch.stack([getattr(noise, name) for noise in drawn]).transpose(0, 1).flatten(1)
        for spread, member in zip(values.std(dim=1).tolist(), MEMBERS, strict=True):
            assert spread == pytest.approx(getattr(member, size), rel=0.06)
    signs = torch.stack([done.drawn(j, smoothing=False).signs for j in range(200)])
    assert (signs.mean(dim=(0, 2)).abs() < 0.15).tolist() == [m.signs for m in MEMBERS]


def test_looks_are_mean_risks_and_an_untrained_network_is_the_start(done) -> None:
    last = done.curves[done.curves["round"] == 3].sort_values("member")
    assert last["risk"].to_numpy() == pytest.approx(mean_risks(done, sample()), rel=1e-12)
    first = done.curves[done.curves["round"] == 0].sort_values("member")
    start = SQUARED.value(three_layer(network(), sample().x), sample().y).mean(dim=1)
    assert first["risk"].to_numpy() == pytest.approx(start.tolist(), rel=1e-12)


def test_no_candidates_are_refused(done) -> None:
    with pytest.raises(ValueError, match="at least 1 candidate, got 0"):
        choose_output(done, sample(), 0)


@pytest.mark.parametrize("smoothing", [True, False])
def test_what_is_drawn_and_predicted_stays_on_its_device(done, smoothing: bool) -> None:
    with fake_device():
        net, dW, dV = there(done.net), empty(*done.dW.shape), empty(*done.dV.shape)
        away = replace(done, net=net, dW=dW, dV=dV)
        drawn = away.drawn(1, smoothing=smoothing)
        x = empty(len(dW), 5, dW.shape[2])
        found = (*drawn, away.predict(x, sign_draws=2), three_layer(away.network(drawn), x))
        assert {each.device.type for each in found} == {DEVICE}
        assert away.select([1, 0]).dV.device.type == DEVICE
