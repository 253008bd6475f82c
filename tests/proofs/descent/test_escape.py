import numpy as np
import pytest

from ovp_lib.proofs.descent.escape import expected_steps, noisy_sgd
from ovp_lib.proofs.descent.saddles import cosines, factorisation


def test_noise_leaves_a_saddle_and_gradient_descent_stays() -> None:
    for f in (cosines(0.5, 4), factorisation((2.0, 1.0), 1)):
        settings = {"eta": 0.02, "steps": 3000, "seeds": 6}
        moved = noisy_sgd(f, generator=np.random.default_rng(0), **settings)
        still = noisy_sgd(f, generator=np.random.default_rng(0), noise=0.0, **settings)
        assert (moved.steps < 3000).all()
        assert np.isinf(still.steps).all()
        assert still.lowest == pytest.approx(-f.curvature)
        assert (moved.lowest > -0.2 * f.curvature).all()


def test_the_spread_of_the_linear_recursion_is_as_expected() -> None:
    """The time at which the mean square of x_1 is a given one, over many repetitions."""
    delta, d, eta, steps = 0.3, 3, 0.01, 400
    generator, x = np.random.default_rng(1), np.zeros(20_000)
    for _ in range(steps):
        xi = generator.standard_normal((len(x), d))
        xi /= np.linalg.norm(xi, axis=1, keepdims=True)
        x += eta * (delta * x - xi[:, 0])
    reach = float(np.sqrt(np.square(x).mean()))
    assert expected_steps(delta, d, eta=eta, reach=reach) == pytest.approx(steps, rel=0.03)


def test_bad_settings_are_refused() -> None:
    draws = np.random.default_rng(0)
    with pytest.raises(ValueError, match="need eta > 0"):
        noisy_sgd(cosines(0.5, 3), eta=0.0, steps=1, seeds=1, generator=draws)
    with pytest.raises(ValueError, match="fall in"):
        noisy_sgd(cosines(0.5, 3), eta=0.1, steps=1, seeds=1, generator=draws, fall=1.0)
    with pytest.raises(ValueError, match="all must be positive"):
        expected_steps(0.0, 3, eta=0.1, reach=1.0)
