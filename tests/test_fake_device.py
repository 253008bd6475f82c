"""The fake device notices what a GPU would refuse."""

import pytest
import torch

from tests.fake_device import DEVICE, empty, fake_device


def test_operands_on_two_devices_are_refused() -> None:
    with fake_device():
        for operation in (torch.matmul, torch.add):
            with pytest.raises(RuntimeError, match="same device"):
                operation(empty(2, 3, 3), torch.ones(2, 3, 3))


def test_indices_and_derivatives_need_no_driver() -> None:
    with fake_device():
        x = empty(2, 3, 3).requires_grad_()
        [slope] = torch.autograd.grad((x @ x)[:, 0].sum(), x)
        assert (slope.device.type, slope.shape) == (DEVICE, (2, 3, 3))
