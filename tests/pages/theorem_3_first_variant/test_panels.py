"""The drawings of the page on Theorem 3."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from ovp_lib.pages.theorem_3_first_variant import panels


def test_over_takes_the_geometric_mean_of_the_other_axis() -> None:
    cells = [(s, m, n, float(m * n)) for s in (0, 1) for m in (2, 4) for n in (1, 100)]
    table = pd.DataFrame(cells, columns=["seed", "m", "samples", "excess"])
    np.testing.assert_allclose(panels.over(table, "m"), [[20, 40]] * 2)
    np.testing.assert_allclose(panels.over(table, "samples"), [[8**0.5, 100 * 8**0.5]] * 2)
    table.loc[0, "excess"] = np.nan  # a run that diverged: seed 0, m = 2
    np.testing.assert_allclose(panels.over(table, "m"), [[np.nan, 40], [20, 40]])


def test_each_algorithm_has_a_row_in_each_table() -> None:
    table = pd.DataFrame({"algorithm": ["b", "b", "a, no c", "a, no c"], "gap": [1.0, 3, 4, 8]})
    _, ax = plt.subplots()
    panels.rows(
        ax, {"one": table, "two": table.assign(gap=-table["gap"])}, "gap", logarithmic=False
    )
    drawn = [container.lines[0].get_xydata() for container in ax.containers]
    np.testing.assert_allclose([each[:, 0] for each in drawn], [[2, 6], [-2, -6]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "– no c"]
    assert drawn[0][0, 1] < drawn[1][0, 1]
    plt.close("all")
