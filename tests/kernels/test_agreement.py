import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ovp_lib.kernels.agreement import label_agreement, slides_kernel, two_layer_kernel
from ovp_lib.kernels.closed_form import relu_network
from ovp_lib.models.deep import init_deep
from ovp_lib.models.inputs import rademacher, sphere, stream

VALUES = json.loads(Path(__file__).with_name("neural_tangents.json").read_text())
X = sphere(4)(6, stream(0))
Y = torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0, 1.0]).double()[:, None]


def double(values: list) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def jacobian_kernel(depth: int, m: int, key: int, *, unit: bool = False) -> Tensor:
    """Return <df, df'> of one network by autograd, in weights of variance 2/m or of variance 1."""
    net, scale = init_deep([stream(3, key)], d=4, m=m, depth=depth), math.sqrt(2 / m)
    factor = scale if unit else 1.0
    weights = [(layer / factor).requires_grad_() for layer in (net.W[0], *net.V[0])]
    rows = []
    for x in X:
        h = x
        for weight in weights:
            h = torch.relu(factor * weight @ h)
        gradients = torch.autograd.grad(net.a[0, 0] @ h, weights)
        rows.append(torch.cat([gradient.flatten() for gradient in gradients]))
    J = torch.stack(rows)
    return J @ J.mT


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_slides_kernel_is_the_limit_of_a_plain_jacobian(depth: int) -> None:
    found = torch.stack([jacobian_kernel(depth, 128, key) / 128 for key in range(30)])
    error = found.mean(dim=0) - slides_kernel(X, depth=depth)
    scatter = found.std(dim=0) / math.sqrt(30)
    assert (error.abs() <= 5 * scatter + 1e-3).all()
    assert slides_kernel(X, depth=depth).diagonal() == pytest.approx(depth / 2, abs=1e-6)


@pytest.mark.parametrize("depth", [1, 3])
def test_in_unit_weights_the_jacobian_gives_twice_as_much_at_every_width(depth: int) -> None:
    plain, unit = (jacobian_kernel(depth, 16, 0, unit=unit) for unit in (False, True))
    torch.testing.assert_close(unit, 2 / 16 * plain)
    twice = slides_kernel(X, depth=depth, convention="ntk")
    torch.testing.assert_close(twice, 2 * slides_kernel(X, depth=depth))


def test_neural_tangents_and_cao_and_gu_agree_on_the_conventions() -> None:
    [case] = [c for c in VALUES["relu"] if c["hidden_layers"] == 5 and c["b_std"] is None]
    x, x2, everything, conjugate = (
        double(each) for each in (VALUES["x"], VALUES["x2"], case["ntk"], case["nngp"])
    )
    in_unit_weights = slides_kernel(x, x2, depth=5, convention="ntk")
    torch.testing.assert_close(in_unit_weights, everything - conjugate, rtol=1e-9, atol=0)
    definition_3_8 = (everything + conjugate) / 2
    output_too = slides_kernel(x, x2, depth=5, convention="output-too")
    torch.testing.assert_close(output_too, definition_3_8, rtol=1e-9, atol=0)


def test_arora_s_kernel_is_that_of_one_hidden_layer_and_of_any_initial_scale() -> None:
    H = two_layer_kernel(X)
    torch.testing.assert_close(H, slides_kernel(X, depth=1), rtol=0, atol=1e-8)
    generator, m = stream(7), 200_000
    W = 0.01 * torch.randn(m, 4, generator=generator, dtype=torch.float64)
    a = rademacher((m,), generator) / math.sqrt(m)
    D = (X @ W.mT >= 0) * a
    torch.testing.assert_close((D @ D.mT) * (X @ X.mT), H, rtol=0, atol=6e-3)
    torch.testing.assert_close(two_layer_kernel(X, X[:2]), H[:, :2])


def test_agreement_is_the_quadratic_form_with_the_inverse() -> None:
    theta, y = slides_kernel(X, depth=2), torch.cat([Y, -Y, Y.flip(0)], dim=1)
    expected = (y * (torch.linalg.inv(theta) @ y)).sum(dim=0) / 6
    torch.testing.assert_close(label_agreement(theta, y), expected)


def test_random_labels_have_the_trace_of_the_inverse_on_average() -> None:
    theta = slides_kernel(X, depth=2)
    y = rademacher((6, 4000), stream(9))
    y = y[:, (y != y[:1]).any(dim=0)]
    found = label_agreement(theta, y).numpy()
    # Labellings with one class are left out: 2 of 64.
    inverse = torch.linalg.inv(theta)
    expected = (64 * inverse.trace() - 2 * inverse.sum()).item() / 62 / 6
    assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(len(found))


def test_what_the_agreement_says_of_eigenvectors() -> None:
    values, vectors = torch.linalg.eigh(slides_kernel(double([[1.0, 0.0], [0.6, 0.8]]), depth=1))
    y = (vectors[:, :1] * math.sqrt(2)).round()
    assert label_agreement(vectors @ values.diag() @ vectors.mT, y).item() == pytest.approx(
        1 / values[0].item()
    )


ONE = torch.ones(6, 1).double()
SAME = torch.cat([X[:5], X[2:3]])


@pytest.mark.parametrize(
    ("kernel", "y", "message"),
    [
        (slides_kernel(X, depth=1), ONE, "with one class there is nothing to classify"),
        (slides_kernel(X, depth=1), 0.5 * Y, "labels must be -1 or 1"),
        (slides_kernel(X, depth=1), Y[:5], r"a row for each label.*\(6, 6\) and \(5, 1\)"),
        (slides_kernel(X, depth=1) * math.nan, Y, "Theta must be finite"),
        (slides_kernel(SAME, depth=2), Y, "points 2 and 5 are the same or have the same direction"),
        (two_layer_kernel(SAME), Y, "singular to rounding.*points 2 and 5"),
        (X @ X.mT, Y, "singular to rounding.*its rank is below n = 6"),
    ],
)
def test_what_has_no_agreement_is_refused_with_the_reason(
    kernel: Tensor, y: Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        label_agreement(kernel, y)


def test_a_column_of_one_class_is_refused_beside_others() -> None:
    with pytest.raises(ValueError, match="one class"):
        label_agreement(slides_kernel(X, depth=1), torch.cat([Y, ONE], dim=1))


def test_kernels_of_what_is_no_network_are_refused() -> None:
    with pytest.raises(ValueError, match=r"at least one hidden layer.*got depth 0"):
        slides_kernel(X, depth=0)
    with pytest.raises(ValueError, match="convention must be one of slides, ntk, output-too"):
        slides_kernel(X, depth=1, convention="plain")
    with pytest.raises(ValueError, match="a point at 0"):
        slides_kernel(torch.zeros(2, 3), depth=1)
    with pytest.raises(ValueError, match="on the unit sphere, got one of length 2"):
        two_layer_kernel(2 * X)
    with pytest.raises(ValueError, match="on the unit sphere"):
        two_layer_kernel(X, 2 * X)


def test_it_is_the_kernel_of_the_library() -> None:
    theirs = relu_network(X, hidden_layers=2, weight_variance=2.0, bias_variance=0.0).ntk()
    assert torch.equal(slides_kernel(X, depth=2), theirs)
