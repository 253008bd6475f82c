import numpy as np
import pytest
import torch

from ovp_lib.experiments.grids import grid_of, risks, settings, train_grid
from ovp_lib.models.ensemble import joined
from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import TwoLayer, init_two_layer
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample
from ovp_lib.training.splits import Splits, draw_splits

SEEDS, LRS, WDS = (4, 7), (0.05, 1e9, 0.1), (0.0, 0.01)
PROTOCOL = Protocol(epochs=4, batch_size=5, drops=())
LOOKS = (2, 4)


def weights(seed: int) -> TwoLayer:
    return init_two_layer([stream(seed, 1)], d=3, m=20, init_scale=0.3)


def data(seed: int) -> Splits:
    def draw(n: int, generators: list[torch.Generator]) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.stack([torch.randn(n, 3, generator=g, dtype=torch.float64) for g in generators])
        return x, x[..., :1] * x[..., 1:2]

    return draw_splits(draw, seed, 1, train=30, validation=20, test=25)


def of_two_seeds():
    splits = Splits(*map(joined, zip(data(4), data(7), strict=True)))
    return grid_of(joined([weights(4), weights(7)]), splits, SEEDS, LRS, WDS)


def test_every_seed_meets_every_setting_once() -> None:
    members = settings(SEEDS, LRS, WDS, (0.0, 1e-3))
    assert len(set(members)) == len(members) == 24
    assert members[0] == Member(4, 0.05, 0.0, 0.0)
    assert members[-1] == Member(7, 0.1, 0.01, 1e-3)
    assert [each.seed for each in members] == [4] * 12 + [7] * 12


def test_members_have_the_weights_and_the_data_of_their_seeds() -> None:
    grid = of_two_seeds()
    for i, member in enumerate(grid.members):
        assert torch.equal(grid.net.W[i], weights(member.seed).W[0])
        for part, own in zip(grid.splits, data(member.seed), strict=True):
            assert torch.equal(part.x[i], own.x[0])
            assert torch.equal(part.y[i], own.y[0])


def test_the_data_of_one_seed_are_held_once() -> None:
    grid = grid_of(weights(4), data(4), (4,), LRS, WDS)
    assert len(grid.splits.train.x) == len(grid.net.W) == 6
    assert grid.splits.train.x.stride(0) == grid.splits.test.y.stride(0) == 0


def test_a_grid_comes_to_what_each_member_comes_to_alone() -> None:
    grid = of_two_seeds()
    done = train_grid(grid, PROTOCOL, looks=LOOKS, device="cpu")
    table = risks(done.curves, grid.members, LOOKS)
    for i, member in enumerate(grid.members):
        alone = train(
            weights(member.seed),
            data(member.seed).train,
            [member],
            PROTOCOL,
            looks=LOOKS,
            sets={"test": Sample(*data(member.seed).test)},
            device="cpu",
        ).curves
        expected = alone.set_index("epoch")["risk"].reindex(LOOKS).to_numpy(float)
        np.testing.assert_allclose(table.loc[i, "test"], expected, rtol=1e-5)


def test_the_table_has_every_member_and_look_with_its_setting() -> None:
    grid = of_two_seeds()
    done = train_grid(grid, PROTOCOL, looks=LOOKS, device="cpu")
    table = risks(done.curves, grid.members, LOOKS)
    assert list(table.columns) == ["seed", "lr", "wd", "w24", "train", "validation", "test"]
    assert list(table.index) == [(member, look) for member in range(12) for look in LOOKS]
    lost = table["lr"] == 1e9
    assert table.loc[lost, "test"].isna().all()
    assert table.loc[~lost, ["train", "validation", "test"]].notna().all(axis=None)


def test_a_grid_in_which_all_diverge_still_has_its_table() -> None:
    grid = grid_of(weights(4), data(4), (4,), (1e9,))
    done = train_grid(grid, PROTOCOL, looks=LOOKS, device="cpu")
    table = risks(done.curves, grid.members, LOOKS)
    assert table["lr"].tolist() == [1e9, 1e9]
    assert table[["train", "validation", "test"]].isna().all(axis=None)


def test_the_fields_that_are_asked_for_are_trained() -> None:
    grid = grid_of(weights(4), data(4), (4,), (0.05,))
    net = train_grid(grid, PROTOCOL, looks=(), trained=("a",), device="cpu").net
    assert torch.equal(net.W, grid.net.W.float())
    assert not torch.equal(net.a, grid.net.a.float())


@pytest.mark.parametrize("seeds", [(4,), (4, 7, 8)])
def test_a_seed_without_its_own_network_is_refused(seeds: tuple[int, ...]) -> None:
    net, splits = joined([weights(4), weights(7)]), data(4).expand(2)
    with pytest.raises(ValueError, match=rf"{len(seeds)} seeds need .*, got \(2, 2\)"):
        grid_of(net, splits, seeds, LRS)
