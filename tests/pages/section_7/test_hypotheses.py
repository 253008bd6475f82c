import numpy as np
import pandas as pd
import pytest

from ovp_lib.evidence import blind
from ovp_lib.pages.section_7.curves import finished
from ovp_lib.pages.section_7.hypotheses import ends, readings, searched, trained_biases, up_to
from tests.pages.section_7.made_up import table

INDEX = [("a", "2layer", 100), ("a", "2layer", 2000), ("b", "2layer", 500), ("b", "2layer", 700)]


@pytest.fixture
def points() -> pd.Series:
    """Printed points of one curve: at N = 1000 double the error of the table's best step size."""
    index = pd.MultiIndex.from_tuples(INDEX, names=["panel", "series", "x"])
    return pd.Series([2 * 200.1 * 2**0.5, 2 * 4000.1 * 2**0.5, 4000.05 * 2**0.5, 7.0], index=index)


def test_a_search_that_ended_has_tried_its_end() -> None:
    runs = finished(table())
    assert set(up_to(runs, 0.02)["lr"]) == {0.01, 0.02}
    assert set(up_to(runs, 0.1 + 0.2)["lr"]) == {0.01, 0.02, 0.05}


def test_a_curve_may_be_explained_by_where_the_search_ended(points) -> None:
    """With 0.01 alone the error is double, as printed at the first point."""
    runs = finished(table())
    short, long = (searched(runs, points, end)["2layer"] for end in (0.01, 0.05))
    assert blind.factors(short).loc[0, ("a", 100)] == pytest.approx(np.sqrt(2), rel=1e-3)
    assert blind.factors(long).loc[0, ("a", 100)] == pytest.approx(2 * np.sqrt(2), rel=1e-3)
    assert searched(runs, points, 0.001) == {}


def test_the_table_of_ends_counts_points_and_is_empty_where_nothing_was_run(points) -> None:
    found = ends(finished(table()), points)
    assert list(found.columns) == ["2layer"]
    assert found.loc["0.002", "2layer"] == ""
    assert found.loc["0.01", "2layer"] == "3 of 3, 1.00"
    assert found.loc["0.5", "2layer"] == "1 of 3, 2.00"


def test_trained_biases_stand_beside_the_other_readings(points) -> None:
    runs = finished(table())
    other = table().assign(target="sine")
    plain = other["convention"].eq("plain") & other["network"].eq("two-layer")
    other.loc[plain, "test"] /= 10
    found = trained_biases(
        pd.concat([other, other.assign(target="tanh", test=1.0)]), "sine", points
    )
    ratios = readings(runs, found, points)
    assert list(ratios.index) == [("a", 100)]
    assert ratios.loc[("a", 100)].to_dict() == {
        "padded": "0.50",
        "plain, biases frozen": "1.50",
        "biases trained": "0.15",
    }
