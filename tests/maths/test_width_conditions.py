"""The rows of the slides' tables against the formulas as they are printed there."""

import math

import pytest

from ovp_lib.maths.width_conditions import CONDITIONS, Setting, condition

N, L, PHI, CLOSEST, LAM0, LAMK = 50, 3, 0.2, 0.1, 0.01, 0.02
SETTING = Setting(n=N, depth=L, phi=PHI, closest=CLOSEST, lambda_0=LAM0, lambda_k=LAMK)

PRINTED = {
    "Du et al. (2018), two layers": (N**6 / LAM0**4, math.nan),
    "Allen-Zhu et al. (2018)": (N**24 * L**12 / CLOSEST**8, N**6 * L**2 / CLOSEST**2),
    "Du et al. (2018), deep": (2**L * N**4 / LAMK**4, 2**L * N**2 / LAMK**2),
    "Zou et al. (2018)": (N**14 * L**16 / PHI**4, N**5 * L**3 / PHI),
    "Zou and Gu (2019)": (N**8 * L**12 / PHI**4, N**2 * L**2 / PHI),
    "Li and Liang (2018)": (math.nan, math.nan),
}


@pytest.mark.parametrize("name", PRINTED)
def test_every_row_is_what_is_printed(name: str) -> None:
    found = [10 ** f(SETTING) for f in (condition(name).log10_width, condition(name).log10_steps)]
    assert found == pytest.approx(PRINTED[name], nan_ok=True)


def test_there_is_every_row_once_and_one_is_not_about_relu() -> None:
    assert [each.name for each in CONDITIONS if not each.relu] == ["Du et al. (2018), deep"]
    assert sorted(PRINTED) == sorted(each.name for each in CONDITIONS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"depth": 0}, "at least one hidden layer, got depth 0"),
        ({"n": 1}, "at least two points"),
        ({"phi": 0.0, "closest": 0.0}, "one point has two labels"),
        ({"closest": 0.0}, "one point has two labels"),
        ({"closest": 0.3}, "0 < closest <= phi <= 2"),
        ({"lambda_k": 0.0}, "singular"),
        ({"lambda_0": -1e-9}, "singular"),
    ],
)
def test_what_has_no_condition_is_refused(change: dict[str, float], reason: str) -> None:
    values = {
        "n": N,
        "depth": L,
        "phi": PHI,
        "closest": CLOSEST,
        "lambda_0": LAM0,
        "lambda_k": LAMK,
        **change,
    }
    with pytest.raises(ValueError, match=reason):
        Setting(**values)


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(ValueError, match="there are Li and Liang"):
        condition("Nobody (2018)")
