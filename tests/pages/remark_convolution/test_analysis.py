"""Runs of the page on convolutions on tiny problems, against what they must be."""

import numpy as np
import pandas as pd
import pytest
import torch

from ovp_lib.models.architectures import forward
from ovp_lib.models.learners import init_learner
from ovp_lib.pages.remark_convolution import analysis, problem, rival
from ovp_lib.pages.remark_convolution.statement import TINY, RemarkConvolutionParameters
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.protocol import Protocol


def task(seed: int = 0, n_test: int = 40) -> problem.ConvolutionalTargets:
    return problem.make_problem(
        seed,
        2,
        phi=["sin(2z)", "poly(-1,0,1)"],
        channels=2,
        inputs=(4, 2),
        size=3,
        stride=2,
        n_test=n_test,
        device=torch.device("cpu"),
    )


def test_the_target_itself_has_no_risk_and_predicting_0_has_risk_1() -> None:
    own = task()
    network = problem.network_of(own, own.target.activation)
    exact = own.target.network()
    zero = exact._replace(a=torch.zeros_like(exact.a))
    assert problem.relative_risk(network, exact, own.test).tolist() == pytest.approx([0, 0])
    assert problem.relative_risk(network, zero, own.test).tolist() == pytest.approx([1, 1])


def test_risks_do_not_depend_on_chunks() -> None:
    own = task(n_test=2 * problem.CHUNK + 7)
    network, net = problem.network_of(own), own.learner(6)
    f = network(net, own.test.x.to(net.W))
    expected = (f - own.test.y).square().mean(dim=(1, 2)) / own.test.y.square().mean(dim=(1, 2))
    torch.testing.assert_close(problem.relative_risk(network, net, own.test), expected.double())


def test_fresh_samples_are_new_at_every_step_and_not_those_of_the_test() -> None:
    own = task()
    blocks = list(own.fresh()(300, 2))
    assert [len(block.x) for block in blocks] == [256, 44]
    x = torch.cat([block.x for block in blocks]).transpose(0, 1).reshape(2, 600, 8)
    assert all(len(each.unique(dim=0)) == 600 for each in x)
    assert not np.isin(own.test.x[0].numpy(), x[0].numpy()).any()
    torch.testing.assert_close(
        own.target(x), torch.cat([b.y for b in blocks]).transpose(0, 1).reshape(2, 600, 1)
    )


def test_one_pass_takes_the_steps_of_sgd() -> None:
    """A step by hand: the gradient of half the mean square, at the first samples of the stream."""
    own = task()
    net, network = own.learner(3), problem.network_of(own)
    table = analysis.one_pass(own, net, eta=0.1, batch_size=4, looks=[1])
    assert table["step"].tolist() == [4, 4]
    first = next(own.fresh()(1, 4))
    W = net.W.clone().requires_grad_()
    f = network(net._replace(W=W), first.x[0].to(net.W))
    loss = 0.5 * (f - first.y[0]).square().mean(dim=(1, 2)).sum()
    (gradient,) = torch.autograd.grad(loss, W)
    moved = net._replace(W=(W - 0.1 * gradient).detach())
    expected = problem.relative_risk(network, moved, own.test)
    assert table["test"].tolist() == pytest.approx(expected.tolist(), rel=1e-5)
    assert "validation" not in table


def test_the_level_is_that_of_the_widest_network() -> None:
    def table(a: list[float], b: list[float]) -> pd.DataFrame:
        return pd.DataFrame(
            {"step": [10, 10, 100, 100], "member": [0, 1] * 2, "test": [a[0], b[0], a[1], b[1]]}
        )

    tables = {4: table([1.0, 1.0], [1.0, 0.8]), 8: table([0.5, 0.05], [0.4, 0.2])}
    found = analysis.samples_needed(tables, 2.0)
    np.testing.assert_allclose(found.level, [0.1, 0.4])
    np.testing.assert_allclose(found.least, [[10, 0.5], [2, 0.5]])
    assert np.isinf(found.samples[:, 0]).all()
    assert found.samples[1, 1] == 10
    assert 10 < found.samples[0, 1] < 100


def test_only_the_narrower_half_may_count_with_the_whole_pass() -> None:
    counts = np.array([[np.inf, np.inf, 9.0, np.inf, 9.0], [20.0, 10.0, np.inf, 5.0, 4.0]])
    found = analysis.at_least(counts, 99.0)
    expected = [[99.0, 99.0, 9.0, np.inf, 9.0], [20.0, 10.0, np.inf, 5.0, 4.0]]
    np.testing.assert_array_equal(found, expected)


def test_a_ratio_of_what_neither_reached_is_nothing() -> None:
    found = analysis.times_as_many(np.array([8.0, np.inf, np.inf]), np.array([2.0, 2.0, np.inf]))
    np.testing.assert_array_equal(found, [4.0, np.inf, np.nan])


def test_training_on_a_data_set_lowers_its_risk() -> None:
    before = analysis.on_a_data_set(task(), 8, 20, steps=4, eta=0.1, batch_size=5)
    after = analysis.on_a_data_set(task(), 8, 20, steps=400, eta=0.1, batch_size=5)
    assert (after[1] < before[1] / 2).all()
    assert (after[1] < after[0]).all()


def test_the_best_step_size_is_taken_for_a_network_that_can_be_the_target() -> None:
    def best(etas: tuple[float, ...]) -> pd.DataFrame:
        return analysis.with_own_activation(
            task(), 1, etas, goal=0.8, batch_size=10, looks=[50, 200]
        )

    table = best((1e-9, 0.03, 1e9))
    assert table["eta"].unique().tolist() == [0.03]
    assert not table["at_edge"].any()
    lower = best((1e-9, 1e9))
    assert lower["eta"].unique().tolist() == [1e-9]
    assert lower["at_edge"].all()


def test_the_fully_connected_network_is_tuned_on_validation_data() -> None:
    protocol = Protocol(epochs=4, batch_size=5, momentum=0.0, drops=())
    runs = rival.fully_connected(
        task(),
        20,
        widths=(8, 16),
        step_sizes=(1e-3, 0.1, 1e9),
        decays=(1e-3, 1e-2),
        protocol=protocol,
    )
    assert len(runs) == 24
    assert np.isinf(runs.loc[runs["lr"] == 1e9, "test"]).all()
    test, setting = rival.best_setting(runs)
    means = runs.groupby(["m", "lr", "wd"])["validation"].mean()
    assert (setting["m"], setting["lr"], setting["wd"]) == means.idxmin()
    chosen = runs[(runs[["m", "lr", "wd"]] == setting[["m", "lr", "wd"]]).all(axis=1)]
    np.testing.assert_allclose(test, chosen["test"])
    assert "wd" in setting["at_edge"]


def test_the_fully_connected_network_has_the_same_data() -> None:
    """With a step size of nothing its risk is that of its initial weights."""
    own = task()
    protocol = Protocol(epochs=1, batch_size=20, momentum=0.0, drops=())
    runs = rival.fully_connected(
        own, 20, widths=(8,), step_sizes=(1e-12,), decays=(1e-3,), protocol=protocol
    )
    y = own.draw(20, "validation").y
    net = init_learner("two-layer", own.draws("init"), d=8, m=8, k=1)
    f = forward(net, own.draw(20, "validation").x)
    ratio = SQUARED.value(f, y).mean(dim=1) / SQUARED.value(torch.zeros_like(y), y).mean(dim=1)
    np.testing.assert_allclose(runs["validation"], ratio.numpy(), rtol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"patch": 17}, "at most rows"),
        ({"stride": 3}, "stride divide"),
        ({"target_channels": 7}, "orthogonal"),
        ({"widths": (4, 8, 16)}, "exceed"),
        ({"samples": 10, "batch_size": 11}, "samples"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        RemarkConvolutionParameters.model_validate(TINY.model_dump() | wrong)
