"""Training to a margin, against PyTorch's optimiser and on tiny problems."""

import math

import pytest
import torch

from ovp_lib.experiments import to_margin
from ovp_lib.experiments.to_margin import Goal, init_scaled, matrices, train_to_margin
from ovp_lib.models.deep import Deep, deep
from ovp_lib.models.inputs import sphere, stream
from ovp_lib.training.samples import Sample


def task(n: int = 12, d: int = 4) -> Sample:
    x = sphere(d)(n, stream(7))[None]
    return Sample(x, x[..., :1].sign())


def net(scaling: str, m: int = 20, depth: int = 2) -> Deep:
    return init_scaled(scaling, [stream(1)], d=4, m=m, depth=depth)


def test_the_standard_scaling_divides_by_the_fan_in() -> None:
    drawn = init_scaled("standard", [stream(0)], d=50, m=400, depth=2)
    for weights, variance in ((drawn.W, 2 / 50), (drawn.V, 2 / 400), (drawn.a, 1 / 400)):
        error = 5 * variance * math.sqrt(2 / weights.numel())
        assert float(weights.var()) == pytest.approx(variance, abs=error)


def test_the_slides_scaling_divides_by_the_width_and_has_signs() -> None:
    drawn = init_scaled("slides", [stream(0)], d=50, m=400, depth=2)
    assert float(drawn.W.var()) == pytest.approx(2 / 400, rel=0.1)
    assert set(drawn.a.flatten().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize("scaling", to_margin.TRAINED)
def test_a_pass_is_that_of_pytorch_s_optimiser(scaling: str) -> None:
    data, start, goal = task(), net(scaling), Goal(eta=0.01, margin=100.0, batch=5, epochs=2)
    found = train_to_margin(start, scaling, data, goal, stream(3))
    weights = {name: getattr(start, name).clone() for name in start._fields}
    moving = [weights[name].requires_grad_() for name in to_margin.TRAINED[scaling]]
    optimiser, order = torch.optim.SGD(moving, lr=0.01, momentum=0.9), stream(3)
    for _ in range(2):
        for rows in torch.randperm(12, generator=order).split(5):
            optimiser.zero_grad()
            margin = data.y[:, rows] * deep(Deep(**weights), data.x[:, rows])
            (1 + (-margin).exp()).log().mean().backward()
            optimiser.step()
    for name in start._fields:
        torch.testing.assert_close(getattr(found.net, name), weights[name].detach())


def test_it_stops_at_the_first_pass_with_the_margin_and_leaves_the_start_alone() -> None:
    data, start = task(), net("slides")
    kept, goal = start.map(torch.clone), Goal(eta=0.05, margin=0.5, share=0.25, batch=4)
    done = train_to_margin(start, "slides", data, goal, stream(3))
    margins = (data.y * deep(done.net, data.x)).flatten().sort().values
    assert done.gamma == pytest.approx(float(margins[3]))
    assert done.gamma >= 0.5
    assert 1 < done.epochs < goal.epochs
    before = train_to_margin(
        start, "slides", data, goal._replace(epochs=done.epochs - 1), stream(3)
    )
    assert before.gamma < 0.5
    assert all(torch.equal(a, b) for a, b in zip(start, kept, strict=True))
    assert torch.equal(done.net.a, start.a)


def test_looking_at_the_smallest_margins_first_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, looks = task(), []
    goal = Goal(eta=0.05, margin=0.5, share=0.25, batch=4)
    level = to_margin.margin_level

    def counted(margins: torch.Tensor, share: float) -> torch.Tensor:
        looks.append(margins.shape[1])
        return level(margins, share)

    monkeypatch.setattr(to_margin, "margin_level", counted)
    found = train_to_margin(net("slides"), "slides", data, goal, stream(3))
    assert len(looks) < found.epochs
    looks.clear()
    monkeypatch.setattr(to_margin, "_too_small", lambda *_: False)
    every = train_to_margin(net("slides"), "slides", data, goal, stream(3))
    assert len(looks) == every.epochs
    assert (found.epochs, found.gamma) == (every.epochs, every.gamma)
    assert all(torch.equal(a, b) for a, b in zip(found.net, every.net, strict=True))


def test_a_run_that_diverges_ends() -> None:
    goal = Goal(eta=1e100, margin=1.0, batch=4)
    done = train_to_margin(net("standard"), "standard", task(), goal, stream(3))
    assert not math.isfinite(done.gamma) or done.gamma <= 0


def test_output_weights_are_a_matrix_where_they_are_trained() -> None:
    assert [tuple(A.shape) for A in matrices(net("slides"), "slides")] == [(1, 20, 4), (1, 20, 20)]
    assert tuple(matrices(net("standard"), "standard")[-1].shape) == (1, 1, 20)
    assert len(matrices(net("standard", depth=1), "standard")) == 2


def test_what_cannot_be_trained_is_refused() -> None:
    with pytest.raises(ValueError, match="one of slides, standard"):
        init_scaled("other", [stream(0)], d=4, m=5, depth=2)
    with pytest.raises(ValueError, match="must be positive"):
        train_to_margin(net("slides"), "slides", task(), Goal(eta=0.0), stream(3))
    one_class = Sample(task().x, torch.ones(1, 12, 1).double())
    with pytest.raises(ValueError, match="must have both"):
        train_to_margin(net("slides"), "slides", one_class, Goal(eta=0.1), stream(3))


def test_a_step_keeps_everything_on_the_device() -> None:
    """On meta tensors: an operand that were left on the CPU would be refused."""
    there = net("standard").map(lambda weights: weights.to("meta"))
    batch = task().map(lambda part: part.to("meta"))
    speed = {name: torch.zeros_like(getattr(there, name)) for name in there._fields}
    to_margin._step(there, speed, batch, 0.1)
    assert all(each.device.type == "meta" for each in (*there, *speed.values()))
