import pandas as pd
import pytest

from ovp_lib.errors import InputError
from ovp_lib.experiments.base import Named
from ovp_lib.pages.instrument import Instrument, rounded


class NoTables:
    """The tables of a page that has none."""

    def published(self, name: str) -> pd.DataFrame:
        raise InputError(f"no table {name}")

    def sweep(self, name: str, preset: str) -> pd.DataFrame:
        raise InputError(f"no table {name} of {preset}")


def shown(source: NoTables) -> dict[str, str]:
    return {"source": type(source).__name__}


def test_numbers_come_from_the_function_of_that_name_or_there_are_none() -> None:
    assert Instrument("x", "label").numbers(NoTables()) == {}
    named = Instrument("x", "label", Named("tests.pages.test_instrument", "shown"))
    assert named.numbers(NoTables()) == {"source": "NoTables"}
    with pytest.raises(Exception, match="no function 'nothing'"):
        Instrument("x", "label", Named("math", "nothing")).numbers(NoTables())


@pytest.mark.parametrize(("value", "short"), [(123456.0, 123500.0), (-0.000123456, -0.0001235)])
def test_four_digits_are_kept(value: float, short: float) -> None:
    assert rounded(value) == short
