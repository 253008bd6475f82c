import pytest
import torch

from ovp_lib.models.networks import TwoLayer
from ovp_lib.training.job import checked
from ovp_lib.training.losses import CROSS_ENTROPY, SQUARED
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample
from tests.training.small_nets import network, sample

MEMBERS = [Member(i, 0.1) for i in range(3)]


def job(**changes):
    given = {
        "net": network("two-layer"),
        "data": sample(),
        "members": MEMBERS,
        "protocol": Protocol(epochs=10, batch_size=5, drops=()),
        "loss": SQUARED,
        "trained": None,
        "looks": (0, 0.5, 10),
        "sets": None,
        "device": torch.device("cpu"),
        "precision": torch.float32,
        "path": "torch",
        "graphs": True,
    } | changes
    return checked(
        given.pop("net"), given.pop("data"), given.pop("members"), given.pop("protocol"), **given
    )


def test_epochs_become_steps_and_defaults_the_architectures() -> None:
    made = job()
    assert (made.epoch, made.steps, made.looks) == (4, 40, (0, 2, 40))
    assert made.trained == ("W",)
    assert list(made.sets) == ["train"]
    assert made.net.W.dtype == torch.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": MEMBERS[:2]}, "need a member for each of 3 networks, got 2"),
        ({"trained": ()}, r"trained must name different fields of W, b, a, at least one, got \(\)"),
        ({"trained": ("V",)}, r"trained must name .* got \('V',\)"),
        ({"trained": ("W", "W")}, "trained must name different fields"),
        ({"looks": (11,)}, "looks must lie in 0..10 epochs, got 11 to 11"),
        ({"looks": (-1, 2)}, "looks must lie in 0..10 epochs, got -1 to 2"),
        ({"data": sample(e=2)}, r"training set: x must be \(3, n, 4\).* got \(2, 23, 4\)"),
        ({"data": sample()._replace(y=sample().y[..., :2])}, r"y must be \(3, 23, 3\) for the sq"),
        ({"sets": {"test": sample(e=4)}}, r"test: x must be \(3, n, 4\)"),
        ({"loss": CROSS_ENTROPY}, r"y must be \(3, 23\) for the cross_entropy loss"),
        (
            {"loss": CROSS_ENTROPY, "data": Sample(sample().x, sample(classes=True).y + 1)},
            r"classes must be among 0..2, got \[1, 2, 3\]",
        ),
        ({"protocol": Protocol(batch_size=50)}, "batches of 50 need as many samples, got 23"),
        (
            {"members": [Member(0, 0.1, w24=0.1), *MEMBERS[1:]], "trained": ("a",)},
            r"w24 regularises W, which is not among the trained fields a, .*members \[0\]",
        ),
        (
            {"members": [Member(0, 0.1, factors=(("V", 0.1),)), *MEMBERS[1:]]},
            r"factors are of trained fields W, got \['V'\] for member 0",
        ),
        ({"path": "quick"}, "path must be one of auto, fused, torch"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        job(**change)


def test_a_network_that_we_do_not_know_is_refused() -> None:
    class Other(TwoLayer):
        pass

    with pytest.raises(TypeError, match=r"a network must be one of TwoLayer.*got Other"):
        job(net=Other(*network("two-layer")))


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"net": network("two-layer")._replace(W=network("two-layer").W + 1)}, "initial weights"),
        ({"data": sample()._replace(y=sample().y + 1), "sets": {}}, "training set"),
        ({"sets": {"other": sample()}}, "sets"),
        ({"members": [*MEMBERS[:2], Member(2, 0.2)]}, "members"),
        ({"members": [*MEMBERS[:2], Member(2, 0.1, factors=(("W", 0.5),))]}, "members"),
        ({"protocol": Protocol(epochs=10, batch_size=4, drops=())}, "protocol"),
        ({"trained": ("W", "a")}, "trained"),
        ({"looks": (0, 0.75, 10)}, "looks at steps"),
        ({"precision": torch.float64}, "precision"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_description_tells_runs_apart(change: dict, differs: str) -> None:
    one = job(**({"sets": {}} if change.get("sets") == {} else {})).describe()
    other = job(**change).describe()
    assert one.keys() == other.keys()
    assert differs in {name for name in one if one[name] != other[name]}
    assert job().describe() == job().describe()
