# Problems and data.
#
# >>> from ovp_lib.maths import parse
# >>> from ovp_lib.models import padded_sphere, random_two_layer_target
# >>> from ovp_lib.training import SQUARED, Problem, streams
# >>> target = random_two_layer_target(parse("sin(2z)"), streams(0, 2, "target"), d=4, p=3)
# >>> problem = Problem(padded_sphere(4), target, SQUARED)
# >>> problem.draw(100, streams(0, 2, "train")).x.shape
# torch.Size([2, 100, 4])
from ovp_lib.training.losses import (
    CROSS_ENTROPY as CROSS_ENTROPY,
    LOSSES as LOSSES,
    PSEUDO_HUBER as PSEUDO_HUBER,
    SQUARED as SQUARED,
    Loss as Loss,
)
from ovp_lib.training.problems import (
    Problem as Problem,
    fresh as fresh,
    side_by_side as side_by_side,
)
from ovp_lib.training.samples import (
    Sample as Sample,
    from_dataset as from_dataset,
    streams as streams,
)
from ovp_lib.training.splits import (
    Splits as Splits,
    draw_splits as draw_splits,
    partition as partition,
)

# SGD as in Section 7, on any network.
#
# >>> from ovp_lib.models import init_two_layer, sphere, stream
# >>> from ovp_lib.training import Member, Protocol, Sample, one_two_five, train
# >>> x = sphere(3)(100, stream(0)).unsqueeze(0)
# >>> step_sizes = one_two_five(0.05, 0.2)
# >>> members = [Member(seed=0, lr=lr) for lr in step_sizes]
# >>> net = init_two_layer([stream(1)], d=3, m=50).select([0] * len(members))
# >>> data = Sample(x, x[..., :1] * x[..., 1:2]).expand(len(members))
# >>> done = train(net, data, members, Protocol(epochs=20, drops=()), looks=[0, 20])
# >>> risk = done.curves.pivot(index="member", columns="epoch", values="risk")
# >>> bool((risk[20.0] < risk[0.0]).all())
# True
from ovp_lib.training.protocol import (
    Member as Member,
    Protocol as Protocol,
    one_two_five as one_two_five,
)
from ovp_lib.training.ensemble import train as train
from ovp_lib.training.run import Trained as Trained
from ovp_lib.training.chosen import Chosen as Chosen, train_chosen as train_chosen

# Linearised networks, exactly.
#
# >>> from ovp_lib.kernels import hidden_tangents
# >>> from ovp_lib.models import init_two_layer, sphere, stream
# >>> from ovp_lib.training import Member, Protocol, dual_sgd
# >>> x = sphere(3)(50, stream(0))
# >>> tangents = hidden_tangents(init_two_layer([stream(1)], d=3, m=50), {"train": x})
# >>> labels = {"train": x[:, :1]}
# >>> done = dual_sgd(tangents, labels, [Member(seed=0, lr=0.1)], Protocol(epochs=20, drops=()))
# >>> done.predict(tangents["train"]).shape
# torch.Size([1, 50, 1])
from ovp_lib.training.dual import DualRun as DualRun, dual_sgd as dual_sgd

# Plain SGD on any network; Algorithm 1, which is faster on two layers, is ``sgd.sgd``.
#
# >>> from ovp_lib.models import forward, init_two_layer, sphere, stream
# >>> from ovp_lib.training import SQUARED, Sample, from_dataset, sgd_by_autograd, step_size
# >>> x = sphere(3)(50, stream(0)).unsqueeze(0)
# >>> data, net = Sample(x, x[..., :1]), init_two_layer([stream(1)], d=3, m=50, init_scale=0.1)
# >>> source, etas = from_dataset(data, [stream(2)]), {"W": step_size(50, 0.1)}
# >>> trained, _ = sgd_by_autograd(forward, net, source, SQUARED, etas=etas, steps=200)
# >>> before, after = (SQUARED.value(forward(each, x), data.y).mean() for each in (net, trained))
# >>> bool(after < before / 10)
# True
from ovp_lib.training.plain import sgd_by_autograd as sgd_by_autograd
from ovp_lib.training.sgd import step_size as step_size

# SGD that sees each sample once, on deep networks: the algorithm of Cao and Gu.
#
# >>> from ovp_lib.models import init_deep, sphere, stream
# >>> from ovp_lib.training import Sample, online_sgd
# >>> x = sphere(3)(400, stream(0))[None]
# >>> train_half, test_half = (Sample(p, p[..., :1].sign()) for p in x.split(200, dim=1))
# >>> net = init_deep([stream(1)], d=3, m=50, depth=2)
# >>> _, table = online_sgd(net, train_half, test_half, kappa=2.0, looks=range(201))
# >>> bool(table.error.iloc[-1] < table.average.iloc[-1] < table.error.iloc[0])
# True
from ovp_lib.training.online import (
    LOGISTIC as LOGISTIC,
    online_sgd as online_sgd,
    zero_one_error as zero_one_error,
)

# Classifiers, to zero training error: cross-entropy, momentum, epochs over a fixed labelled sample.
#
# >>> import torch
# >>> from ovp_lib.models import init_residual_convolution, plain_convolutional, stream
# >>> from ovp_lib.training import Member, Protocol, Sample, train_classifier
# >>> x = torch.randn(1, 40, 12, generator=stream(0), dtype=torch.float64)
# >>> data = Sample(x, (x.mean(dim=2) > 0).long())
# >>> net = init_residual_convolution([stream(1)], shape=(1, 12), m=8, blocks=1, k=2)
# >>> def network(net, x): return plain_convolutional(net, x, (1, 12))
# >>> done = train_classifier(network, net, data, [Member(0, 0.1)], Protocol(60, 10, 0.9, ()))
# >>> done.last.fitted.item(), done.last.epoch.item() < 60
# (True, True)
from ovp_lib.training.classifier import (
    Classified as Classified,
    errors as errors,
    train_classifier as train_classifier,
)

# Algorithms 2 and 3 on three-layer networks: every ingredient is a switch of each member.
#
# >>> from ovp_lib.models import init_three_layer, sphere, stream
# >>> from ovp_lib.training import Rounds, Sample, Smoothing, choose_output, train_smoothed
# >>> x = sphere(3)(100, stream(0))[None]
# >>> second = Smoothing(seed=0, eta=0.03, decay=0.01, sigma_v=0.01, lam_v=0.001)
# >>> members = [second, second.without("signs")]  # Algorithm 2, and Algorithm 3
# >>> net = init_three_layer([stream(1)], d=3, m1=50, m2=50).expand(2)
# >>> done = train_smoothed(net, Sample(x, x[..., :1]).expand(2), members, Rounds(50), looks=[0])
# >>> risks = done.curves.pivot(index="member", columns="round", values="risk")
# >>> bool((risks[50] < risks[0] / 2).all())
# True
# >>> choose_output(done, Sample(x, x[..., :1]).expand(2), candidates=10).net.V.shape
# torch.Size([2, 50, 50])
from ovp_lib.training.smoothed.settings import Rounds as Rounds, Smoothing as Smoothing
from ovp_lib.training.smoothed.run import train_smoothed as train_smoothed
from ovp_lib.training.smoothed.output import (
    Smoothed as Smoothed,
    choose_output as choose_output,
    mean_risks as mean_risks,
)

# Gradient descent on all points at once, until all signs are right (the slides' theorems).
#
# >>> from ovp_lib.models import init_deep, sphere, stream
# >>> from ovp_lib.models.inputs import rademacher
# >>> from ovp_lib.training import Sample, full_batch_descent
# >>> data = Sample(sphere(5)(9, stream(0))[None], rademacher((1, 9, 1), stream(1)))
# >>> net = init_deep([stream(2)], d=5, m=60, depth=3)
# >>> done = full_batch_descent(net, data, steps=500)
# >>> bool(done.steps[0] < 500), bool((done.path >= done.moved).all())
# (True, True)
from ovp_lib.training.full_batch import (
    Descent as Descent,
    full_batch_descent as full_batch_descent,
    safe_step_sizes as safe_step_sizes,
)

# What to measure meanwhile, and how to read it.
#
# >>> import pandas as pd
# >>> from ovp_lib.training import checkpoints, steps_to_reach
# >>> steps = checkpoints(1000, 4)
# >>> table = pd.DataFrame({"step": steps, "member": 0, "test": [10 / step for step in steps]})
# >>> steps, steps_to_reach(table, "test", 0.1).round().tolist()
# ([10, 46, 215, 1000], [100.0])
from ovp_lib.training.probes import (
    checkpoints as checkpoints,
    first_crossing as first_crossing,
    risks as risks,
    steps_to_reach as steps_to_reach,
)
