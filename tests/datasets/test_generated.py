import builtins
import hashlib
import random
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from ovp_lib.datasets.generated import _global_randomness_put_back, digits, mnist_1d


def test_the_digits_are_those_of_scikit_learn() -> None:
    data, theirs = digits(), load_digits()
    np.testing.assert_array_equal(data.x.reshape(-1, 8, 8) * 16, theirs.images)
    np.testing.assert_array_equal(data.labels, theirs.target)
    assert data.shape == (1, 8, 8)
    assert data.dimension == 64
    assert float(data.x.max()) == 1


def test_mnist_1d_is_what_its_authors_publish() -> None:
    """Rounded, so that a machine's last digit does not count."""
    data = mnist_1d()
    assert len(data) == 5000
    assert data.shape == (1, 40)
    assert set(data.counts) == {500}
    assert float(data.x.mean()) == pytest.approx(0, abs=1e-12)
    assert float(data.x.std(correction=0)) == pytest.approx(1, abs=1e-12)
    rounded = np.round(data.x.numpy(), 3) + 0.0  # no minus zero
    digest = hashlib.sha256(rounded.astype("<f4").tobytes() + data.labels.numpy().tobytes())
    assert digest.hexdigest() == MNIST_1D


MNIST_1D = "5c6e906f3a50892d96e341ec829ee0890f653042b745f68e36ccb1c6ca974667"
"""SHA-256 of mnist1d_data.pkl in github.com/greydanus/mnist1d (commit 7878d96): training points
before test points, rounded to three digits in single precision, then labels as 64-bit integers."""


def test_the_generator_leaves_no_trace_in_global_random_numbers() -> None:
    """The type checks of these tests draw from ``random`` themselves: not around a checked call."""
    before = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    with _global_randomness_put_back():
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
    assert before == (random.getstate(), np.random.get_state()[1].tolist())  # type: ignore[index]  # noqa: NPY002
    first, other = mnist_1d(n=20), mnist_1d(n=20, seed=43)
    assert before[1] == np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    assert not torch.equal(first.x, other.x)
    torch.testing.assert_close(mnist_1d(n=20).x, first.x, rtol=0, atol=0)


@pytest.mark.parametrize(("n", "seed"), [(0, 42), (-10, 42), (15, 42), (10, -1), (10, 2**32)])
def test_a_number_of_points_or_a_seed_that_it_cannot_make_is_refused(n: int, seed: int) -> None:
    with pytest.raises(ValueError, match=r"positive multiple of 10|in 0\.\.2"):
        mnist_1d(n, seed)


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] in ("sklearn", "mnist1d"):
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        digits()
    with pytest.raises(ModuleNotFoundError, match="pip install mnist1d"):
        mnist_1d()
