import numpy as np
import pytest
import torch

from ovp_lib.models.inputs import stream
from ovp_lib.models.networks import init_two_layer
from ovp_lib.training.chosen import Chosen, train_chosen
from ovp_lib.training.ensemble import train
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

RULES = Protocol(epochs=4, batch_size=10, drops=())
LRS = (1e9, 0.001, 0.05)
E = 3


def sample(key: int, n: int = 40) -> Sample:
    x = torch.stack([torch.randn(n, 2, generator=stream(key, i)).double() for i in range(E)])
    return Sample(x, x[..., :1] * x[..., 1:])


def net():
    return init_two_layer([stream(9, i) for i in range(E)], d=2, m=20)


@pytest.fixture(scope="module")
def chosen() -> Chosen:
    sets = {"validation": sample(1), "test": sample(2)}
    return train_chosen(
        net(), sample(0), LRS, wd=1e-3, protocol=RULES, sets=sets, looks=[1], device="cpu"
    )


def test_each_member_has_the_run_that_it_would_have_alone(chosen: Chosen) -> None:
    risks = np.full((len(LRS), E), np.inf)
    for row, lr in enumerate(LRS):
        members = [Member(seed=i, lr=lr, wd=1e-3) for i in range(E)]
        sets = {"validation": sample(1), "test": sample(2)}
        done = train(net(), sample(0), members, RULES, looks=[4], sets=sets, device="cpu")
        for _, look in done.curves[done.curves["set"] == "validation"].iterrows():
            risks[row, look["member"]] = look["risk"]
        for member in np.flatnonzero(chosen.lr == lr):
            torch.testing.assert_close(chosen.net.W[member], done.net.W[member])
            mine = done.curves[(done.curves["set"] == "test") & (done.curves["member"] == member)]
            assert chosen.last("test")[member] == pytest.approx(mine["risk"].item())
    assert np.isinf(risks[0]).all()
    assert chosen.lr.tolist() == [LRS[i] for i in risks.argmin(axis=0)]
    assert chosen.last("validation") == pytest.approx(risks.min(axis=0))


def test_curves_have_every_look_of_the_winners_alone(chosen: Chosen) -> None:
    rows = [(r.epoch, r.member, r.set) for r in chosen.curves.itertuples()]
    expected = {(t, i, s) for t in (1, 4) for i in range(E) for s in ("validation", "test")}
    assert len(rows) == len(expected)
    assert set(rows) == expected


def test_what_cannot_be_chosen_is_refused() -> None:
    settings = {"wd": 0.0, "protocol": RULES, "device": "cpu"}
    with pytest.raises(ValueError, match=r"need step sizes and a set 'validation', got \(0.1,\)"):
        train_chosen(net(), sample(0), (0.1,), sets={"test": sample(2)}, **settings)
    with pytest.raises(ValueError, match="need step sizes"):
        train_chosen(net(), sample(0), (), sets={"validation": sample(2)}, **settings)
    with pytest.raises(ValueError, match="diverged with every step size"):
        train_chosen(net(), sample(0), (1e9,), sets={"validation": sample(2)}, **settings)
