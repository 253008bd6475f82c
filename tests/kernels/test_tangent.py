import pytest
import torch

from ovp_lib.kernels import derivatives
from ovp_lib.kernels.finite_width import conjugate, ntk, ntk_between_outputs
from ovp_lib.kernels.tangent import hidden_tangents, output_tangents, readout_tangents
from tests.kernels.nets import forward, network, points


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("kind", ["two-layer", "three-layer", "resnet"])
def test_tangents_are_kernels_against_the_training_points(kind: str, k: int) -> None:
    net, sets = network(kind, k=k), {"new": points(5, key=8)[0], "train": points(7)[0]}
    hidden, last = hidden_tangents(net, sets), readout_tangents(net, sets)
    zero = readout_tangents(net, sets, from_zero=True)
    train = sets["train"][None]
    for name, x in sets.items():
        both = x[None], train
        K = ntk(net, *both)[0] if k == 1 else ntk_between_outputs(net, *both)[0]
        torch.testing.assert_close(hidden[name].kernel, K)
        torch.testing.assert_close(last[name].kernel, conjugate(net, *both)[0])
        torch.testing.assert_close(hidden[name].start, forward(net, x[None])[0])
        torch.testing.assert_close(last[name].start, forward(net, x[None])[0])
        assert torch.equal(last[name].slope, last[name].start)
        assert torch.equal(zero[name].kernel, last[name].kernel)
        assert not zero[name].start.any()
        assert not zero[name].slope.any()


def test_networks_in_blocks_have_the_same_tangents(monkeypatch: pytest.MonkeyPatch) -> None:
    net, sets = network("two-layer", k=2, m=11), {"train": points(7)[0], "new": points(5, key=8)[0]}
    whole = hidden_tangents(net, sets), readout_tangents(net, sets)
    monkeypatch.setattr(derivatives, "ENTRIES", 60)
    assert len(list(derivatives.parts(net, 7))) > 1
    found = hidden_tangents(net, sets), readout_tangents(net, sets)
    for one, other in zip(found, whole, strict=True):
        for name in sets:
            torch.testing.assert_close(tuple(one[name]), tuple(other[name]))


@pytest.mark.parametrize("trained", [None, ("W",)])
@pytest.mark.parametrize("kind", ["two-layer", "three-layer", "resnet", "bottleneck"])
def test_each_output_for_itself_is_the_diagonal_of_the_coupled_kernel(
    kind: str, trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, sets = network(kind, k=3), {"new": points(5, key=8)[0], "train": points(7)[0]}
    coupled = hidden_tangents(net, sets, trained=trained)
    for entries in (derivatives.ENTRIES, 60):
        monkeypatch.setattr(derivatives, "ENTRIES", entries)
        each = output_tangents(net, sets, trained=trained)
        assert len(each) == 3
        for r, tangents in enumerate(each):
            for name, whole in coupled.items():
                torch.testing.assert_close(tangents[name].kernel, whole.kernel[:, r, :, r])
                torch.testing.assert_close(tangents[name].start, whole.start[:, r, None])
                torch.testing.assert_close(tangents[name].slope, whole.slope[:, r, None])


def test_one_output_has_nothing_to_share() -> None:
    net, sets = network("three-layer"), {"train": points(7)[0]}
    ((found,), whole) = output_tangents(net, sets), hidden_tangents(net, sets)
    torch.testing.assert_close(tuple(found["train"]), tuple(whole["train"]))


@pytest.mark.parametrize("make", [hidden_tangents, output_tangents, readout_tangents])
@pytest.mark.parametrize(
    ("e", "sets", "message"),
    [
        (2, {"train": points(3)[0]}, "1 member, got 2"),
        (1, {"test": points(3)[0]}, r"must be called 'train', got \['test'\]"),
        (1, {"train": points(3)[0, :, :2]}, r"must have shape \(1, n, 4\)"),
        (1, {"train": points(3)[0].float()}, "must be torch.float64"),
    ],
    ids=["members", "train", "shape", "precision"],
)
def test_what_cannot_be_linearised_is_refused(make, e: int, sets: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(network("two-layer", e=e), sets)
