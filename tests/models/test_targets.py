import pytest
import torch

from ovp_lib.maths.smooth import parse
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.targets import TwoLayerTarget, random_two_layer_target


def random_target(phis: list[str], *, k: int = 2, e: int = 3) -> TwoLayerTarget:
    functions = [parse(name) for name in phis]
    generators = [stream(0, i) for i in range(e)]
    return random_two_layer_target(functions, generators, d=4, p=len(phis), k=k)


def test_target_against_the_sum_as_printed() -> None:
    target = random_target(["sin(2z)", "z^2", "exp(z)"])
    x = torch.stack([padded_sphere(4)(5, stream(1, i)) for i in range(3)])
    f = target(x)
    for e in range(3):
        for n in range(5):
            for r in range(2):
                expected = sum(
                    target.a[e, r, i] * phi(target.w1[e, i] @ x[e, n]) * (target.w2[e, i] @ x[e, n])
                    for i, phi in enumerate(target.phi)
                )
                torch.testing.assert_close(f[e, n, r], expected)


def test_standard_two_layer_networks_are_a_special_case() -> None:
    """The remark after (3.1): w_2 = (0, ..., 0, 1) gives half a network, since x_d = 1/2."""
    w1 = torch.tensor([[[1.0, 0.0, 0.0]]], dtype=torch.float64)
    w2 = torch.tensor([[[0.0, 0.0, 1.0]]], dtype=torch.float64)
    target = TwoLayerTarget((parse("tanh(z)"),), w1, w2, torch.ones(1, 1, 1, dtype=torch.float64))
    x = padded_sphere(3)(6, stream(2))[None]
    torch.testing.assert_close(target(x)[0, :, 0], 0.5 * torch.tanh(x[0, :, 0]))


def test_members_do_not_depend_on_how_many_there_are() -> None:
    few, many = random_target(["z"], e=2), random_target(["z"], e=5)
    assert torch.equal(few.w1, many.w1[:2])
    assert torch.equal(few.a, many.a[:2])


def test_what_is_outside_the_class_is_refused() -> None:
    good = random_target(["z"])
    with pytest.raises(ValueError, match="unit vectors"):
        TwoLayerTarget(good.phi, 2 * good.w1, good.w2, good.a)
    with pytest.raises(ValueError, match=r"\|a\| must be at most 1"):
        TwoLayerTarget(good.phi, good.w1, good.w2, 3 * good.a)
    with pytest.raises(ValueError, match="do not fit"):
        TwoLayerTarget((*good.phi, *good.phi), good.w1, good.w2, good.a)
    with pytest.raises(ValueError, match="expected one phi or 3 of them, got 2"):
        random_two_layer_target([parse("z")] * 2, [stream(0)], d=3, p=3)
    with pytest.raises(ValueError, match="must be at least 1"):
        random_two_layer_target(parse("z"), [], d=3, p=1)
