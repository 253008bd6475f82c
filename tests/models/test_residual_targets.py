import math

import pytest
import torch

from ovp_lib.maths import hypercube
from ovp_lib.models.inputs import stream
from ovp_lib.models.residual_targets import INSTANCES, Parts, hard_instance, resnet_figure_2


def test_hard_instance_against_the_printed_formula() -> None:
    parts = hard_instance(d=7, k=3).draw(40, [stream(0), stream(1)])
    for x, y in zip(parts.x.flatten(0, 1).tolist(), parts.labels(0.3).flatten(0, 1), strict=True):
        assert y.tolist() == pytest.approx([x[i] + 0.3 * x[0] * x[1] * x[2] for i in range(3)])


def test_resnet_figure_2_against_the_printed_formula() -> None:
    parts = resnet_figure_2(17).draw(40, [stream(2)])
    for x, y in zip(parts.x[0].tolist(), parts.labels(0.3, beta=0.5)[0].tolist(), strict=True):
        f = [x[2 * i] * x[2 * i + 1] for i in range(8)]
        g = [math.prod(f[:4])] * 4 + [math.prod(f[4:])] * 4
        assert y == pytest.approx([0.5 * f[i] + 0.3 * g[i] for i in range(8)])


@pytest.mark.parametrize(("target", "base", "composite"), [("hard", 1, 4), ("figure-2", 2, 8)])
def test_base_and_composite_are_parities_of_their_levels(target, base, composite) -> None:
    parts = INSTANCES[target](16).at(hypercube.points(16).unsqueeze(0))
    for signal, level in ((parts.base, base), (parts.composite, composite)):
        coefficients = hypercube.fourier(signal[0])
        weights = hypercube.level_weights(coefficients)
        assert (weights[level] == 1).all()
        assert (coefficients.abs().amax(dim=0) == 1).all()
    assert (parts.base * parts.composite).mean(dim=1).abs().max() == 0
    k = parts.base.shape[2]
    error_without_composite = (parts.labels(0.3) - parts.base).square().sum(dim=2).mean()
    assert error_without_composite.item() == pytest.approx(k * 0.09)


def test_coefficients_find_what_is_in_the_outputs() -> None:
    parts = hard_instance(d=10).draw(400, [stream(0), stream(1)])
    noise = 0.1 * torch.randn(parts.base.shape, generator=stream(2), dtype=torch.float64)
    outputs = parts.labels(0.3, beta=0.9)
    found = parts.coefficients(outputs.float())
    torch.testing.assert_close(found, torch.tensor([[0.9, 0.3]] * 2).double(), atol=1e-6, rtol=0)
    found = parts.coefficients(outputs + noise)
    standard_error = 0.1 / math.sqrt(400 * 4)
    assert (found - torch.tensor([0.9, 0.3])).abs().max() < 4.5 * standard_error


def test_a_member_does_not_depend_on_its_company() -> None:
    alone, together = (hard_instance().draw(5, g) for g in ([stream(1)], [stream(0), stream(1)]))
    assert isinstance(alone, Parts)
    assert torch.equal(alone.x[0], together.x[1])


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="1 < k <= d, got k = 1 and d = 30"):
        hard_instance(k=1)
    with pytest.raises(ValueError, match="got k = 4 and d = 3"):
        hard_instance(d=3)
    with pytest.raises(ValueError, match="d >= 16, got 15"):
        resnet_figure_2(15)


def test_coefficients_do_not_depend_on_what_is_in_memory() -> None:
    """Pivots that were never set once made the last digits of a stored column differ each time."""
    parts = resnet_figure_2(30).draw(1000, [stream(0)])
    noise = torch.randn(parts.base.shape, generator=stream(1), dtype=torch.float64)
    outputs, litter, found = parts.labels(0.3) + noise, [], set()
    for size in range(300):
        litter.append(torch.full((17 * size + 3,), 1 + size % 9, dtype=torch.uint8))
        found.add(parts.coefficients(outputs.clone()).numpy().tobytes())
    assert len(found) == 1
