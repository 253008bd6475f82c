import numpy as np
import pytest

from ovp_lib.proofs.descent.saddles import Landscape, cosines, factorisation

LANDSCAPES = [cosines(0.3, 4), factorisation((2.0, 1.0, 0.5)), factorisation((2.0, 1.0, 0.5), 2)]


def by_differences(f: Landscape, x: np.ndarray, by: float = 1e-4) -> np.ndarray:
    steps = by * np.eye(len(x))
    return (f.gradient(x + steps) - f.gradient(x - steps)) / (2 * by)


@pytest.mark.parametrize("f", LANDSCAPES, ids=lambda f: f.name)
def test_derivatives_are_those_of_the_value(f: Landscape) -> None:
    x = np.random.default_rng(0).standard_normal(len(f.saddle))
    steps = 1e-5 * np.eye(len(x))
    slopes = (f.value(x + steps) - f.value(x - steps)) / 2e-5
    np.testing.assert_allclose(f.gradient(x[None])[0], slopes, atol=1e-6)
    lowest = np.linalg.eigvalsh(by_differences(f, x))[0]
    assert f.lowest(x[None])[0] == pytest.approx(lowest, abs=1e-5)


@pytest.mark.parametrize("f", LANDSCAPES, ids=lambda f: f.name)
def test_the_saddle_is_critical_and_has_its_curvature(f: Landscape) -> None:
    assert np.abs(f.gradient(f.saddle[None])).max() < 1e-12
    assert f.lowest(f.saddle[None])[0] == pytest.approx(-f.curvature)
    assert f.value(f.saddle[None])[0] > f.least


def test_bad_saddles_are_refused() -> None:
    for delta, d in ((0.0, 3), (2.0, 3), (0.5, 1)):
        with pytest.raises(ValueError, match="delta in"):
            cosines(delta, d)
    for values, fitted in (((1.0, 2.0), 0), ((2.0, 1.0), 2), ((1.0, -1.0), 0)):
        with pytest.raises(ValueError, match="decreasing positive values"):
            factorisation(values, fitted)
