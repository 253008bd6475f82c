import pytest

from ovp_lib.errors import Refusal
from ovp_lib.models import device_choice as device
from ovp_lib.models import devices


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_devices", lambda: ("cuda:0", "cuda:1", "cpu"))


@pytest.mark.usefixtures("two_gpus")
def test_a_device_that_is_there_is_found() -> None:
    names = ("auto", "cpu", "cuda", "cuda:1")
    assert [device.resolve(name) for name in names] == ["cuda:0", "cpu", "cuda", "cuda:1"]
    for name in names:
        device.require(name)


@pytest.mark.usefixtures("two_gpus")
def test_one_that_is_not_is_refused_where_it_is_needed() -> None:
    for refuse in (device.resolve, device.require):
        with pytest.raises(Refusal, match="'cuda:2' is not there; this machine has cuda:0, cuda:1"):
            refuse("cuda:2")
    device.require("cuda:2", here=False)


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cuda:", "", "cpu "])
def test_what_is_no_device_is_refused_everywhere(name: str) -> None:
    for refuse in (device.resolve, device.require):
        with pytest.raises(Refusal, match="is no device; allowed are auto, cpu, mps, cuda"):
            refuse(name)
    with pytest.raises(Refusal, match="is no device"):
        device.require(name, here=False)
