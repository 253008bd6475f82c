import math

import pytest
from scipy import integrate, special, stats

from ovp_lib.maths import complexity
from ovp_lib.maths.smooth import parse
from ovp_lib.proofs.clipping import clipping_sums
from ovp_lib.proofs.indicator import indicator_coefficient, paper_clip, taylor_indicator


def test_the_four_sums_by_adaptive_quadrature() -> None:
    coefficients, clips = (0.5, -1.0, 2.0), (3.0, 3.5, 4.0)
    tail = boundary = size = slope = 0.0
    for i, (c, clip) in enumerate(zip(coefficients, clips, strict=True), start=1):
        weight = abs(c / indicator_coefficient(i))

        def integrand(z: float, i: int = i) -> float:
            return abs(special.eval_hermitenorm(i, z)) * stats.norm.pdf(z)

        tail += weight * 2 * integrate.quad(integrand, clip, 20)[0]
        boundary += weight * abs(special.eval_hermitenorm(i, clip)) * 2 * stats.norm.sf(clip)
        grid = [clip * k / 1000 for k in range(1001)]
        size += weight * max(abs(special.eval_hermitenorm(i, z)) for z in grid)
        slope += weight * i * max(abs(special.eval_hermitenorm(i - 1, z)) for z in grid)
    h = taylor_indicator(parse("poly(7,0.5,-1,2)"), 3, (math.inf, *clips))
    got = [math.exp(value) for value in clipping_sums(h)]
    assert got == pytest.approx([tail, boundary, size, slope], rel=1e-6)


@pytest.mark.parametrize("name", ["z", "sin(2z)", "exp(z)", "tanh(z)"])
@pytest.mark.parametrize("eps", [0.1, 0.001])
def test_claim_c2_holds_at_the_papers_clip(name: str, eps: float) -> None:
    phi = parse(name)
    sums = clipping_sums(taylor_indicator(phi, 12, paper_clip(12, eps)))
    assert max(sums.tail, sums.boundary) <= math.log(eps / 8)
    half = complexity.log_c_eps(phi, eps, degree=12) - math.log(2)
    assert max(sums.range, sums.slope) <= half


def test_a_constant_clips_nothing_and_an_open_clip_is_refused() -> None:
    assert clipping_sums(taylor_indicator(parse("poly(3)"), 0)) == (-math.inf,) * 4
    with pytest.raises(ValueError, match="needs a finite clip for every degree"):
        clipping_sums(taylor_indicator(parse("z"), 1))
