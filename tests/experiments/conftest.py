"""Small tasks on the targets of the ResNet paper."""

import pytest

from ovp_lib.experiments import residual
from ovp_lib.experiments.residual_task import ResidualTask


@pytest.fixture
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residual, "VALIDATION", 60)
    monkeypatch.setattr(residual, "TEST", 80)


def residual_task(**changes: object) -> ResidualTask:
    """Return a task in so many dimensions that training, validation and test do not meet."""
    fields = {
        "target": "hard",
        "dimension": 40,
        "alpha": 0.4,
        "beta": 0.8,
        "network": "bottleneck",
        "trained": "hidden",
        "width": 8,
        "samples": 100,
        "epochs": 4,
        "lrs": (0.05, 0.02),
        "wds": (0.0, 0.01),
        "seeds": (0, 3),
    }
    return ResidualTask.model_validate(fields | changes)
