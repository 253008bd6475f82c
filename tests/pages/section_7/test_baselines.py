import pytest

from ovp_lib.evidence.claims import Estimate
from ovp_lib.models import section_7
from ovp_lib.pages.section_7 import baselines


def test_a_constant_does_worse_than_an_even_function_plus_a_linear_one(monkeypatch) -> None:
    monkeypatch.setattr(baselines, "POINTS", 20_000)
    found = baselines.baselines("sine", 0)
    constant, even = found["constant"], found["least, even plus linear"]
    assert 0 < even.high < constant.low
    assert constant.n == even.n == baselines.DRAWS
    assert baselines.baselines("sine", 1) != found


def test_what_is_even_plus_linear_has_no_error_left(monkeypatch) -> None:
    monkeypatch.setattr(baselines, "POINTS", 20_000)
    monkeypatch.setitem(section_7.TARGETS, "tanh", lambda u: u[:, :1] + u[:, 1:2].square())
    found = baselines.baselines("tanh", 0)
    assert abs(found["least, even plus linear"].value) < 1e-9
    assert found["constant"].value == pytest.approx(1 / 4 + 1 / 8 - 1 / 16, rel=0.02)


def test_errors_are_shown_with_their_intervals() -> None:
    found = baselines.table({"constant": Estimate(1.0, 0.5, 1.2345, 5)})
    assert found.loc["constant", "error"] == "1.00 [0.500, 1.23]"
