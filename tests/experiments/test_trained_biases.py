import numpy as np
import pytest
import torch

from ovp_lib.experiments.network_task import COLUMNS, NetworkTask
from ovp_lib.experiments.networks import data
from ovp_lib.experiments.trained_biases import initial, run
from ovp_lib.training.order import orders


def task(**changes: object) -> NetworkTask:
    fields = {
        "target": "sine",
        "convention": "plain",
        "network": "two-layer",
        "width": 12,
        "samples": 100,
        "epochs": 4,
        "lrs": (0.01, 0.002),
        "wds": (0.01,),
        "seeds": (0, 1),
    }
    return NetworkTask.model_validate(fields | changes)


def by_torch(of: NetworkTask, seed: int, lr: float) -> float:
    """Train one run with the layers of torch, whose biases are trained; return its test error."""
    splits, net = data(of, seed), initial(of, seed)
    hidden = torch.nn.Linear(4, of.width)
    with torch.no_grad():
        hidden.weight.copy_(net.W[0, :, :4])
        hidden.bias.copy_(net.W[0, :, 4])
    a = net.a[0].float()
    optimiser = torch.optim.SGD(hidden.parameters(), lr=lr, momentum=0.9, weight_decay=of.wds[0])
    x, y = splits.train.x[0].float(), splits.train.y[0].float()
    every = torch.from_numpy(orders((seed,), 0, of.epochs, of.samples)[0].astype("int64"))
    for epoch, order in enumerate(every):
        if epoch == of.epochs // 2:
            optimiser.param_groups[0]["lr"] /= 10
        for batch in order.split(50):
            optimiser.zero_grad()
            error = torch.relu(hidden(x[batch])) @ a.T - y[batch]
            (error.square().mean() / 2).backward()
            optimiser.step()
    with torch.no_grad():
        off = torch.relu(hidden(splits.test.x[0].float())) @ a.T - splits.test.y[0].float()
    return off.square().mean().item()


def test_biases_are_trained_as_torch_trains_them() -> None:
    rows = run(task(), "cpu").query("epoch == 4")
    assert list(rows.columns) == list(COLUMNS)
    for row in rows.itertuples():
        assert row.test == pytest.approx(by_torch(task(), row.seed, row.lr), rel=1e-4)
    assert rows["test"].nunique() == 4
    assert np.isnan(rows["norm_ratio"]).all()


def test_the_network_has_no_other_biases_than_the_last_column() -> None:
    net = initial(task(width=2000), 0)
    assert not net.b.any()
    assert net.W.shape == (1, 2000, 5)
    assert net.W[0, :, 4].std().item() == pytest.approx(2000**-0.5, rel=0.1)


@pytest.mark.parametrize(
    "other", [{"network": "three-layer"}, {"trained": "ntk"}, {"convention": "padded"}]
)
def test_another_learner_is_refused(other: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="networks that see u itself, got"):
        run(task(**other), "cpu")
