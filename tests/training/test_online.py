import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from ovp_lib.models.deep import Deep, deep, init_deep
from ovp_lib.models.inputs import sphere, stream
from ovp_lib.training.online import LOGISTIC, iterates, online_sgd, zero_one_error
from ovp_lib.training.plain import sgd_by_autograd
from ovp_lib.training.samples import Sample

E, N, D = 2, 12, 4


def network(depth: int, m: int = 10) -> Deep:
    return init_deep([stream(1, i) for i in range(E)], d=D, m=m, depth=depth)


def sample(n: int = N, key: int = 2) -> Sample:
    x = torch.stack([sphere(D)(n, stream(key, i)) for i in range(E)])
    return Sample(x, (x[..., :1] + 0.3 * x[..., 1:2]).sign())


def in_order(data: Sample):
    def source(steps: int, batch_size: int):
        assert (steps, batch_size) == (data.x.shape[1], 1)
        yield Sample(*(part.transpose(0, 1).unsqueeze(2) for part in data))

    return source


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_it_is_autograd_on_the_samples_in_their_order(depth: int) -> None:
    net, data = network(depth), sample()
    end, _ = online_sgd(net, data, sample(5, key=3), kappa=[2.0, 2.0])
    etas = {"W": 0.2, "V": 0.2} if depth > 1 else {"W": 0.2}
    plain, _ = sgd_by_autograd(deep, net, in_order(data), LOGISTIC, etas=etas, steps=N)
    for name in Deep._fields:
        torch.testing.assert_close(getattr(end, name), getattr(plain, name), rtol=1e-12, atol=1e-12)
    assert (end.W - net.W).abs().amax(dim=(1, 2)).min() > 1e-3


def test_each_member_has_its_own_step_size() -> None:
    net, data = network(3), sample()
    both, _ = online_sgd(net, data, data, kappa=[0.5, 4.0])
    for i, kappa in enumerate((0.5, 4.0)):
        alone, _ = online_sgd(net.member(i), data.select([i]), data.select([i]), kappa=kappa)
        torch.testing.assert_close(both.V[i], alone.V[0])
    assert not torch.allclose(both.V[1] - net.V[1], both.V[0] - net.V[0], rtol=0.5)


def test_averages_are_those_over_the_iterates_before() -> None:
    net, data, test = network(2), sample(), sample(50, key=3)
    _, table = online_sgd(net, data, test, kappa=3.0, looks=range(N + 1))
    errors, seen = [zero_one_error(deep(net, test.x), test.y)], []
    for current, margins in iterates(net, data, torch.full((E,), 0.3)):
        errors.append(zero_one_error(deep(current, test.x), test.y))
        seen.append(margins <= 0)
    by_hand = torch.stack(errors).numpy()
    for name, expected in {
        "error": by_hand,
        "average": np.stack([by_hand[: max(t, 1)].mean(axis=0) for t in range(N + 1)]),
    }.items():
        found = table.pivot(index="samples", columns="member", values=name).to_numpy()
        np.testing.assert_allclose(found, expected, atol=1e-12)
    last = table[table.samples == N].online
    np.testing.assert_allclose(last, torch.stack(seen).double().mean(dim=0))
    assert by_hand[-1].max() < by_hand[0].min()  # it learns, or nothing was tested
    assert len(set(by_hand[:, 0])) > 3


def test_iterates_between_two_looks_count_like_the_earlier_one() -> None:
    _, table = online_sgd(network(2), sample(), sample(50, key=3), kappa=3.0, looks=[3])
    error, average = (table.pivot(index="member", columns="samples", values=c) for c in
                      ("error", "average"))  # fmt: skip
    assert list(error.columns) == [0, 3, N]
    np.testing.assert_allclose(average[N], (3 * error[0] + (N - 3) * error[3]) / N)


def test_margins_are_those_before_the_step() -> None:
    net, data = network(2), sample()
    _, margins = next(iterates(net, data, torch.ones(E)))
    first = (data.y[:, 0] * deep(net, data.x[:, :1])[:, 0]).squeeze(1)
    torch.testing.assert_close(margins, first)


def test_the_logistic_loss_and_its_gradient() -> None:
    f = torch.tensor([[[-800.0], [-2.0], [0.0], [3.0], [800.0]]], dtype=torch.float64)
    y = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0], dtype=torch.float64).view(1, 5, 1)
    u = (y * f).flatten()[1:4]
    torch.testing.assert_close(LOGISTIC.value(f, y)[0, 1:4], torch.log(1 + torch.exp(-u)))
    assert LOGISTIC.value(f, y)[0, 0] == 800.0
    assert LOGISTIC.value(f, y)[0, 4] == 0.0
    leaf = f.clone().requires_grad_()
    (expected,) = torch.autograd.grad(LOGISTIC.value(leaf, y).sum(), leaf)
    torch.testing.assert_close(LOGISTIC.gradient(f, y), expected)


def test_the_caller_has_all_its_threads_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    next(iterates(network(2), sample(), torch.ones(E, dtype=torch.float64)))
    assert set_to == [1, 7]


def test_the_start_is_left_alone() -> None:
    net = network(3)
    copies = [field.clone() for field in net]
    online_sgd(net, sample(), sample(), kappa=1.0)
    assert all(torch.equal(a, b) for a, b in zip(copies, net, strict=True))


def test_runs_on_cuda_without_leaving_the_device() -> None:
    with FakeTensorMode(allow_non_fake_inputs=True):
        shapes = ((E, 8, D), (E, 2, 8, 8), (E, 1, 8))
        net = Deep(*(torch.empty(shape, device="cuda") for shape in shapes))
        data = Sample(torch.empty(E, 3, D), torch.empty(E, 3, 1))
        *_, (current, margins) = iterates(net, data, torch.ones(E))
        assert current.V.device.type == margins.device.type == "cuda"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kappa": 0.0}, "kappa must be positive"),
        ({"kappa": [1.0, 1.0, 1.0]}, "one number or one a member"),
        ({"looks": [N + 1]}, f"looks must lie in 0..{N}"),
        ({"looks": [-1]}, f"looks must lie in 0..{N}"),
        ({"data": Sample(torch.zeros(E, 3, D), torch.zeros(E, 3, 1))}, "all of them -1 or 1"),
        ({"data": Sample(torch.zeros(E, 3, D), torch.ones(E, 3))}, "one label for each point"),
        ({"data": Sample(torch.zeros(E, 0, D), torch.ones(E, 0, 1))}, "n at least 1"),
        ({"test": Sample(torch.zeros(E, 3, 9), torch.ones(E, 3, 1))}, r"\(2, 3, 9\) as test"),
        ({"net": init_deep([stream(0)] * E, d=D, m=5, depth=2, k=2)}, "2 outputs"),
    ],
    ids=str,
)
def test_bad_input_is_refused(change: dict, message: str) -> None:
    settings = {"net": network(2), "data": sample(), "test": sample(), "kappa": 1.0} | change
    net, data, test = (settings.pop(name) for name in ("net", "data", "test"))
    with pytest.raises(ValueError, match=message):
        online_sgd(net, data, test, **settings)
