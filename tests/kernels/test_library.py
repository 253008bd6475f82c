import math

import pytest
import torch

from ovp_lib.kernels import library


@pytest.mark.parametrize("name", library.KERNELS)
def test_levels_add_up_to_the_kernel_between_equal_points(name: str) -> None:
    kernel = library.correlation_kernels(6)[name]
    sizes = torch.tensor([math.comb(6, level) for level in range(7)]).double()
    assert (kernel.spectrum @ sizes).item() == pytest.approx(kernel.profile[0].item(), rel=1e-9)


def test_only_the_cubic_kernel_has_nothing_at_level_four() -> None:
    kernels = library.correlation_kernels(8)
    assert [name for name in kernels if kernels[name].spectrum[4] == 0] == ["polynomial, degree 3"]
