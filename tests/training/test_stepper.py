from types import SimpleNamespace

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.models.architectures import architecture_of
from ovp_lib.training import stepper
from ovp_lib.training.by_hand import ByHand
from ovp_lib.training.graphs import cuda_capture
from ovp_lib.training.losses import SQUARED
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.stepper import Stepper, chosen_path, make_stepper
from tests.training.small_nets import network, sample

NET = network("two-layer", dtype=torch.float32)
ARCHITECTURE = architecture_of(NET)
MEMBERS = [Member(i, 0.1) for i in range(3)]


def made(path: str, net=NET, **settings):
    return make_stepper(
        path,
        ARCHITECTURE,
        net,
        sample(),
        MEMBERS,
        Protocol(batch_size=5),
        trained=("W",),
        loss=SQUARED,
        **settings,
    )


def choice(path: str) -> str:
    return chosen_path(path, ARCHITECTURE, NET, trained=("W",), loss=SQUARED)


def with_fused(monkeypatch: pytest.MonkeyPatch, obstacle: str | None, asked: list | None = None):
    """Put a compiled path in place that applies unless there is an obstacle."""

    def why_not(architecture, net, trained, **settings) -> str | None:
        if asked is not None:
            asked.append((architecture, net, trained, settings))
        return obstacle

    double = SimpleNamespace(why_not=why_not, FusedStepper=ByHand)
    monkeypatch.setattr(stepper, "fused", double)


def test_the_compiled_path_is_taken_where_it_applies(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list = []
    with_fused(monkeypatch, None, asked)
    assert [choice(path) for path in ("auto", "fused", "torch")] == ["fused", "fused", "torch"]
    (architecture, net, trained, settings), *_ = asked
    assert architecture is ARCHITECTURE
    assert net is NET
    assert trained == ("W",)
    assert settings == {
        "loss": SQUARED,
        "device": torch.device("cpu"),
        "precision": torch.float32,
    }
    assert isinstance(made("auto"), Stepper)


def test_what_speaks_against_it_is_said_only_to_who_insists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_fused(monkeypatch, "weights are float64")
    assert choice("auto") == "torch"
    with pytest.raises(ValueError, match="'fused' does not apply here: weights are float64; take"):
        choice("fused")


def test_an_unknown_path_is_refused() -> None:
    with pytest.raises(ValueError, match="path must be one of auto, fused, torch, got 'numba'"):
        choice("numba")


def test_the_hand_written_step_is_a_stepper() -> None:
    by_hand = made("torch")
    assert isinstance(by_hand, ByHand)
    assert isinstance(by_hand, Stepper)
    assert by_hand.capture is None


def test_graphs_are_for_cuda_and_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    captures = []

    class Noted(ByHand):
        def __init__(self, *arguments, capture, **settings) -> None:
            captures.append(capture)
            super().__init__(*arguments, capture=capture, **settings)

    monkeypatch.setattr(stepper, "ByHand", Noted)
    made("torch", graphs=True)
    with FakeTensorMode(allow_non_fake_inputs=True):
        there = NET.map(lambda field: torch.empty(field.shape, device="cuda"))
        for graphs in (True, False):
            made("torch", net=there, graphs=graphs)
    assert captures == [None, cuda_capture, None]
