import numpy as np
import pytest

from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.experiments.networks import run
from ovp_lib.pages.section_7.curves import chosen, finished
from ovp_lib.pages.section_7.recomputation import pick, recompute
from tests.pages.section_7.made_up import table


def test_runs_are_picked_by_curve_and_sizes_for_the_first_seed() -> None:
    best = chosen(finished(table()), by="test")
    found = pick(best, {"2layer": (100, 1000), "3layer(NTK)": (2000, 500)})
    columns = ["curve", "convention", "width", "samples", "seed"]
    assert found[columns].to_numpy().tolist() == [
        ["2layer", "padded", 100, 1000, 0],
        ["3layer(NTK)", "padded", 2000, 500, 0],
    ]


@pytest.mark.parametrize("trained", ["hidden", "ntk"])
def test_runs_of_a_table_are_made_again_from_their_rows(trained: str) -> None:
    given = {"target": "tanh", "convention": "plain", "network": "two-layer", "trained": trained}
    sizes = {"width": 8, "samples": 100, "epochs": 4}
    task = NetworkTask(**given, **sizes, lrs=(0.01, 0.02), wds=(0.0, 0.01), seeds=(3, 5))
    stored = finished(run(task, "cpu").assign(**given, **sizes)).iloc[[1, 6]]
    again = recompute(stored)
    assert list(again.index) == list(stored.index)
    np.testing.assert_allclose(again, stored["test"], rtol=1e-4)
    assert not np.isclose(*again, rtol=0.01)
