import numpy as np
import pandas as pd
import pytest

from ovp_lib.experiments.columns import require_columns
from ovp_lib.pages import SweepError

COLUMNS = {"member": "int64", "loss": "float64", "device": "str"}


def table(**changed: object) -> pd.DataFrame:
    return pd.DataFrame({"member": [0, 1], "loss": [0.5, np.nan], "device": "cpu", **changed})


def test_columns_come_in_order_and_nothing_is_converted() -> None:
    shuffled = table()[["device", "loss", "member"]].set_index(pd.Index([7, 9]))
    kept = require_columns("tiny", shuffled, COLUMNS)
    pd.testing.assert_frame_equal(kept, table())
    assert kept["loss"].isna().sum() == 1


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "must return a DataFrame, got NoneType"),
        (table(loss=[1, 2]), "'loss': 'int64'"),
        (table(loss=np.float32([1, 2])), "'loss': 'float32'"),
        (table(device=pd.Series(["a", "b"], dtype=object)), "'device': 'object'"),
        (table(more=1), "'more'"),
        (table().drop(columns="loss"), "got {'member': 'int64', 'device': 'str'}"),
        (table()[["member", "loss", "loss", "device"]], "must return columns"),
        (table().iloc[:0], "no rows"),
        (table(device=["cpu", None]), "column 'device' has a missing value"),
    ],
    ids=str,
)
def test_another_table_is_refused(returned: object, message: str) -> None:
    with pytest.raises(SweepError) as refused:
        require_columns("tiny", returned, COLUMNS)
    assert message in str(refused.value)
