import numpy as np
import pytest
import torch

from ovp_lib.experiments import hierarchy
from ovp_lib.experiments.grids import train_grid
from ovp_lib.experiments.hierarchy import experiment, layer_wise, over_time
from ovp_lib.experiments.residual import data, initial, run
from ovp_lib.models.resnet import bottleneck, first_output
from ovp_lib.training.ensemble import train
from ovp_lib.training.samples import Sample
from tests.experiments.conftest import residual_task as task

pytestmark = pytest.mark.usefixtures("few_points")


def test_members_have_the_data_and_weights_of_their_seeds() -> None:
    learning = experiment(task())
    assert [(m.seed, m.lr, m.wd) for m in learning.members] == [
        (seed, lr, wd) for seed in (0, 3) for lr in (0.05, 0.02) for wd in (0.0, 0.01)
    ]
    for i, member in enumerate(learning.members):
        assert torch.equal(learning.splits.train.x[i], data(learning.task, member.seed).train.x[0])
        assert torch.equal(learning.net.W[i], initial(learning.task, member.seed).W[0])
    labels = learning.test.labels(learning.task.alpha, learning.task.beta)
    torch.testing.assert_close(labels, learning.splits.test.y)


def test_what_is_followed_over_time_ends_where_the_sweep_ends() -> None:
    learning = experiment(task())
    seen = over_time(learning, [0.0, 0.5, 4.0], "cpu")
    assert sorted(seen["epoch"].unique()) == [0.0, 0.5, 4.0]
    end = seen[seen["epoch"] == 4].set_index("member")
    table = run(learning.task, "cpu")
    np.testing.assert_allclose(end["error"], table["test"], rtol=1e-5)
    np.testing.assert_allclose(end["validation"], table["validation"], rtol=1e-5)
    np.testing.assert_allclose(end["base"], table["base"], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(end["composite"], table["composite"], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(end["seed"], table["seed"])


def test_the_first_layer_is_followed_for_itself() -> None:
    learning = experiment(task(lrs=(0.05,), wds=(0.0,)))
    start = over_time(learning, [0.0], "cpu").set_index("member")
    parts = learning.test
    out, out1 = bottleneck(learning.net, parts.x), first_output(learning.net, parts.x)
    assert not torch.allclose(out, out1)
    for member in range(2):
        gap = (out1 - parts.base)[member].square().sum(dim=1).mean().item()
        assert start.loc[member, "first_gap"] == pytest.approx(gap, rel=1e-4)
        b, c = parts.coefficients(out1)[member].tolist()
        assert start.loc[member, "first_base"] == pytest.approx(b, abs=1e-5)
        assert start.loc[member, "first_composite"] == pytest.approx(c, abs=1e-5)


def test_a_member_that_diverges_leaves_and_the_others_keep_their_rows() -> None:
    learning = experiment(task(lrs=(1e6, 0.05), wds=(0.0,)))
    seen = over_time(learning, [0.0, 4.0], "cpu")
    assert sorted(seen.loc[seen["epoch"] == 4, "member"]) == [1, 3]
    alone = over_time(experiment(task(lrs=(0.05,), wds=(0.0,))), [4.0], "cpu")
    found = seen.loc[seen["epoch"] == 4, "error"].to_numpy()
    np.testing.assert_allclose(found, alone["error"], rtol=1e-5)


def test_one_phase_with_all_layers_is_joint_training() -> None:
    learning = experiment(task())
    together, table = layer_wise(learning, ["W,V"], "cpu"), run(learning.task, "cpu")
    for name in ("seed", "lr", "wd", "validation", "test"):
        np.testing.assert_allclose(together[name], table[name], rtol=1e-5)


@pytest.mark.parametrize("network", ["bottleneck", "three-layer"])
def test_layers_are_trained_in_the_order_given_from_where_the_last_phase_ended(network) -> None:
    learning = experiment(task(network=network, lrs=(0.05,), wds=(0.01,)))
    for order in (("W", "V"), ("V", "W")):
        net = learning.net
        for phase in order:
            done = train(
                net,
                learning.splits.train,
                learning.members,
                learning.task.protocol,
                trained=(phase,),
                device="cpu",
            )
            net = done.net.map(torch.clone)
        expected = train(
            net,
            learning.splits.train,
            learning.members,
            learning.task.protocol,
            looks=[0],
            sets={"test": Sample(*learning.splits.test)},
            device="cpu",
        ).curves.risk
        found = layer_wise(learning, order, "cpu")
        np.testing.assert_allclose(found["test"], 2 * expected, rtol=1e-5)


def test_who_diverged_in_the_first_phase_has_no_numbers_in_the_end() -> None:
    learning = experiment(task(lrs=(1e6, 0.05), wds=(0.0,), epochs=12))
    found = layer_wise(learning, ["W", "V"], "cpu")
    assert found["test"].isna().tolist() == [True, False, True, False]
    assert found["validation"].isna().tolist() == [True, False, True, False]


def test_a_second_phase_that_ends_well_does_not_bring_back_who_was_lost(monkeypatch) -> None:
    def first_layer_fails(*given, trained, **named):
        done = train_grid(*given, trained=trained, **named)
        if trained == ("W",):
            done.members.loc[1, "diverged_at"] = 1.0
        return done

    monkeypatch.setattr(hierarchy, "train_grid", first_layer_fails)
    found = layer_wise(experiment(task(lrs=(0.05,), wds=(0.0,))), ["W", "V"], "cpu")
    assert found["test"].isna().tolist() == [False, True]


def test_what_cannot_be_looked_at_is_refused() -> None:
    with pytest.raises(TypeError, match="only a bottleneck has out1"):
        over_time(experiment(task(network="three-layer")), [0.0])
    for order in (["W", "A"], [""], []):
        with pytest.raises(ValueError, match="Bottleneck trains"):
            layer_wise(experiment(task()), order)
