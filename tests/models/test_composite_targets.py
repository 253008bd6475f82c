from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ovp_lib.maths.complexity import log_c_s
from ovp_lib.maths.smooth import parse
from ovp_lib.models.composite_targets import (
    Linear,
    ThreeLayerTarget,
    labelled,
    random_three_layer_target,
    standard_three_layer_target,
)
from ovp_lib.models.inputs import padded_sphere, sphere, stream
from ovp_lib.models.section_7 import TARGETS

OUTER = [parse("z^2"), parse("sin(2z)")]
INNER = [parse("cos(z)"), parse("exp(z)"), parse("z")]
SECOND = [parse("sin(3z)"), parse("poly(1,2)"), parse("tanh(z)")]


def draw(e: int = 2, k: int = 3, linear: bool = False) -> ThreeLayerTarget:
    generators = [stream(0, i) for i in range(e)]
    return random_three_layer_target(
        OUTER, INNER, generators, d=4, p1=2, p2=3, k=k, second=SECOND, linear=linear
    )


def points(e: int = 2, n: int = 4) -> torch.Tensor:
    return torch.stack([padded_sphere(4)(n, stream(1, i)) for i in range(e)])


def as_printed(f: ThreeLayerTarget, e: int, r: int, x: torch.Tensor) -> torch.Tensor:
    """(4.1) and Remark 4.2 as sums, for one point of one member."""
    total = torch.zeros((), dtype=torch.float64)
    for i, Phi in enumerate(f.outer):
        u = q = torch.zeros((), dtype=torch.float64)
        for j in range(len(f.inner)):
            first = f.v1[e, i, j] * f.inner[j](f.w1[e, j] @ x)
            second = f.v2[e, i, j] * f.second[j](f.w2[e, j] @ x)
            if f.linear:
                first, second = first * (f.linear.w3[e, j] @ x), second * (f.linear.w4[e, j] @ x)
            u, q = u + first, q + second
        total = total + f.a[e, r, i] * Phi(u) * q
    return total if f.scale is None else f.scale[e, r] * total


@pytest.mark.parametrize("linear", [False, True])
def test_target_against_the_sums_as_printed(linear: bool) -> None:
    x = points()
    target = draw(linear=linear).normalised(padded_sphere(4), [stream(2), stream(3)], n=100)
    f = target(x)
    assert f.shape == (2, 4, 3)
    for e in range(2):
        for n in range(4):
            for r in range(3):
                torch.testing.assert_close(f[e, n, r], as_printed(target, e, r, x[e, n]))


def test_remark_4_2_has_w3_orthogonal_to_w1() -> None:
    target = draw(linear=True)
    assert target.linear is not None
    assert (target.w1 * target.linear.w3).sum(dim=2).abs().max() < 1e-12
    with pytest.raises(ValueError, match=r"Remark 4\.2 asks for <w1_j, w3_j> = 0, got up to 1"):
        replace(target, linear=Linear(target.w1, target.linear.w4))


def test_remark_4_2_with_the_padded_coordinate_is_4_1() -> None:
    """Footnote 23: w3 = e_d where w1 has no last coordinate gives phi times 1/2."""
    e_d = torch.zeros(1, 1, 4, dtype=torch.float64)
    e_d[..., 3] = 1
    w1 = torch.cat([sphere(3)(1, stream(4)), torch.zeros(1, 1).double()], dim=1)[None]
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    functions = ((parse("z^2"),), (parse("sin(z)"),), (parse("cos(z)"),))
    plain = ThreeLayerTarget(*functions, w1, w1, one, one, one)
    general = replace(plain, linear=Linear(e_d, e_d))
    halved = replace(plain, inner=(parse("sin(z)").scaled(0.5),))
    torch.testing.assert_close(general(points(1)), halved(points(1)) / 2)


def test_standard_three_layer_networks_are_a_special_case() -> None:
    target = standard_three_layer_target(OUTER, INNER, [stream(0)], d=4, p1=2, p2=3, k=2)
    x = points(1)
    hidden = torch.stack([f(x @ target.w1[0, j]) for j, f in enumerate(INNER)], dim=-1)
    sums = hidden @ target.v1.mT
    outer = torch.stack([Phi(sums[..., i]) for i, Phi in enumerate(OUTER)], dim=-1)
    torch.testing.assert_close(target(x), outer @ target.a.mT)


def test_section_7_is_in_the_class() -> None:
    """(sin 3x1 + sin 3x2 + sin 3x3 - 2)^2 cos 7x4, with v1 a unit vector and Phi scaled for it."""
    eye = torch.eye(4, dtype=torch.float64)[None]
    third = torch.full((1, 1, 3), 3**-0.5, dtype=torch.float64)
    first = torch.tensor([[[1.0, 0.0, 0.0]]], dtype=torch.float64)
    one = torch.ones(1, 1, 1, dtype=torch.float64)
    outer = parse(f"poly(4,{-4 * 3**0.5:.17f},3)")
    sine, cosine = (parse("sin(3z)"),) * 3, (parse("cos(7z)"),) * 3
    w2 = eye[:, [3, 3, 3]]
    target = ThreeLayerTarget((outer,), sine, cosine, eye[:, :3], w2, third, first, one)
    x = sphere(4)(50, stream(5))[None]
    torch.testing.assert_close(target(x), TARGETS["sine"](x))


@pytest.mark.parametrize("linear", [False, True])
def test_every_output_has_variance_one(linear: bool) -> None:
    target = draw(linear=linear).normalised(padded_sphere(4), [stream(2), stream(3)])
    fresh = torch.stack([padded_sphere(4)(40_000, stream(6, i)) for i in range(2)])
    assert target(fresh).var(dim=1).flatten().tolist() == pytest.approx([1.0] * 6, rel=0.08)
    seen = torch.stack([padded_sphere(4)(1 << 14, g) for g in (stream(2), stream(3))])
    assert target(seen).var(dim=1, correction=0).flatten().tolist() == pytest.approx([1.0] * 6)


@settings(max_examples=10)
@given(members=st.integers(1, 4))
def test_members_do_not_depend_on_how_many_there_are(members: int) -> None:
    few, many = draw(members), draw(4)
    for name in ("w1", "w2", "v1", "v2", "a"):
        assert torch.equal(getattr(few, name), getattr(many, name)[:members])


def test_linear_terms_change_no_other_direction() -> None:
    plain, general = draw(), draw(linear=True)
    assert torch.equal(plain.w1, general.w1)
    assert torch.equal(plain.a, general.a)


def test_labels_are_values_plus_signs() -> None:
    target = draw()
    clean, noisy = (
        labelled(target, padded_sphere(4), 200, [stream(8), stream(9)], noise)
        for noise in (0.0, 0.5)
    )
    assert torch.equal(clean.x, noisy.x)
    torch.testing.assert_close(clean.y, target(clean.x))
    gap = noisy.y - clean.y
    torch.testing.assert_close(gap.abs(), torch.full_like(gap, 0.5))
    assert gap.mean().abs() < 0.1


def test_complexities_are_those_of_the_functions_and_of_the_scale() -> None:
    target = draw()
    assert target.composed().log_c_s() == draw().composed(1).log_c_s()
    scaled = replace(target, scale=torch.full((2, 3), 5.0, dtype=torch.float64))
    ratio = scaled.composed(c_star=1.0).log_c_s() - target.composed(c_star=1.0).log_c_s()
    assert ratio == pytest.approx(torch.tensor(5.0).log().item(), abs=1e-6)
    assert target.composed().k == 3
    assert target.composed(c_star=1.0).log_c_s() > log_c_s(parse("z^2"), c_star=1.0)


def test_it_moves_with_all_its_parts() -> None:
    target = draw(linear=True).normalised(padded_sphere(4), [stream(2), stream(3)], n=100)
    single = target.to(torch.zeros(1))
    torch.testing.assert_close(single(points().float()), target(points()).float())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w1": 2.0}, "rows of w1 must be unit vectors .Section 4., got a norm of 2"),
        ({"v2": 0.5}, "rows of v2 must be unit vectors"),
        ({"a": 3.0}, r"\|a\| must be at most 1 .Section 4., got 3"),
    ],
)
def test_what_is_outside_the_class_is_refused(change: dict, message: str) -> None:
    good = draw()
    ((name, factor),) = change.items()
    with pytest.raises(ValueError, match=message):
        replace(good, **{name: factor * getattr(good, name)})


def test_what_does_not_fit_is_refused() -> None:
    good, generators = draw(), [stream(0)]
    with pytest.raises(ValueError, match="need 3 inner and second ones and"):
        replace(good, inner=good.inner[:2])
    with pytest.raises(ValueError, match=r"1 outer, .* need 3 .*'v1': \(2, 1, 3\)"):
        replace(good, outer=good.outer[:1])
    with pytest.raises(ValueError, match="scales must be positive, got -1"):
        replace(good, scale=-torch.ones(2, 3))
    with pytest.raises(ValueError, match="one outer function or 3 of them, got 2"):
        random_three_layer_target(OUTER, INNER, generators, d=4, p1=3, p2=3)
    with pytest.raises(ValueError, match="d, p1, p2, k and members must be at least 1"):
        random_three_layer_target(OUTER, INNER, generators, d=4, p1=0, p2=3)
    with pytest.raises(ValueError, match="w3 orthogonal to w1 needs d >= 2, got d = 1"):
        random_three_layer_target(OUTER[0], INNER[0], generators, d=1, linear=True)
    with pytest.raises(ValueError, match="needs n >= 2 points, got 1"):
        good.normalised(padded_sphere(4), [stream(2), stream(3)], n=1)
    constant = random_three_layer_target(parse("poly(1)"), parse("poly(1)"), generators, d=4)
    with pytest.raises(ValueError, match="an output does not vary"):
        constant.normalised(padded_sphere(4), [stream(2)])
    with pytest.raises(ValueError, match="n >= 1 and one generator for each of 2 members"):
        labelled(good, padded_sphere(4), 0, [stream(2), stream(3)])
