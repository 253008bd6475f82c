import pandas as pd
import pytest

from ovp_lib.experiments import kernel_ridge
from ovp_lib.experiments.network_task import NetworkTask
from ovp_lib.pages.section_7 import linear_models
from ovp_lib.pages.section_7.curves import chosen, finished
from ovp_lib.pages.section_7.grids import LEARNERS
from ovp_lib.pages.section_7.linear_models import LINEAR, PENALTIES, beside_sgd, ridge
from tests.pages.section_7.made_up import table


@pytest.fixture
def tasks(monkeypatch) -> list[NetworkTask]:
    """The tasks that were fitted; of two penalties validation data choose the larger one."""
    fitted: list[NetworkTask] = []

    def errors(task: NetworkTask, penalties) -> pd.DataFrame:
        fitted.append(task)
        return pd.DataFrame(
            [
                {"seed": seed, "penalty": penalty, "validation": 1 / penalty, "test": seed + i}
                for seed in task.seeds
                for i, penalty in enumerate(penalties)
            ]
        )

    monkeypatch.setattr(kernel_ridge, "errors", errors)
    return fitted


def test_validation_data_choose_the_penalty_for_each_seed(tasks) -> None:
    found = ridge("tanh", "3layer(last)", seeds=(4, 7))
    assert found.to_dict() == {4: 4 + len(PENALTIES) - 1, 7: 7 + len(PENALTIES) - 1}
    (task,) = tasks
    assert (task.target, task.network, task.trained) == ("tanh", "three-layer", "last")
    assert (task.convention, task.width, task.samples) == ("padded", 1000, 1000)


def test_what_is_linear_is_fitted_on_the_data_of_the_sweep(tasks, monkeypatch) -> None:
    monkeypatch.setattr(linear_models, "RIDGE_WIDTH", 2000)
    found = beside_sgd(chosen(finished(table()), by="test"), "sine")
    assert tuple(name for name in LEARNERS if "(" in name) == LINEAR
    assert list(found) == [*LEARNERS, *(f"{name} by ridge" for name in LINEAR)]
    assert {task.seeds for task in tasks} == {(0, 1)}
    assert found.loc[0, "3layer"] == pytest.approx(2000.1)
    assert found["2layer(NTK) by ridge"].tolist() == [8, 9]
