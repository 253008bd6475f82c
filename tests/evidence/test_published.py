import re

import pytest

from ovp_lib.evidence import published

EXPECTED = {
    "figure-1": ["panel", "series", "x", "test_error"],
    "figure-2": ["panel", "series", "x", "test_error"],
    "figure-3": ["panel", "series", "m", "value"],
    "resnet-figure-1": ["d", "n_train", "series", "error", "frobenius_norm"],
    "resnet-figure-2a": ["series", "m", "test_error"],
    "resnet-figure-2b": ["beta", "m", "test_error"],
}


@pytest.mark.parametrize("name", published.SOURCES)
def test_every_table_is_complete_and_has_a_source(name: str) -> None:
    table = published.points(name)
    assert list(table.columns) == EXPECTED[name]
    assert len(table) > 10
    assert not table.isna().any().any()
    assert (table.drop(columns="beta", errors="ignore").select_dtypes("number") > 0).all().all()
    assert all(published.SOURCES[name])


def test_an_unknown_figure_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("not from 'figure-9'")):
        published.points("figure-9")
