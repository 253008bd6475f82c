# Problems and data.
from ovp_lib.training.losses import (
    CROSS_ENTROPY as CROSS_ENTROPY,
    LOSSES as LOSSES,
    PSEUDO_HUBER as PSEUDO_HUBER,
    SQUARED as SQUARED,
    Loss as Loss,
)
from ovp_lib.training.problems import Problem as Problem, fresh as fresh
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
from ovp_lib.training.protocol import (
    Member as Member,
    Protocol as Protocol,
    one_two_five as one_two_five,
)
from ovp_lib.training.ensemble import train as train
from ovp_lib.training.run import Trained as Trained
from ovp_lib.training.chosen import Chosen as Chosen, train_chosen as train_chosen

# Linearised networks, exactly.
from ovp_lib.training.dual import DualRun as DualRun, dual_sgd as dual_sgd

# Plain SGD on any network; Algorithm 1, which is faster on two layers, is ``sgd.sgd``.
from ovp_lib.training.plain import sgd_by_autograd as sgd_by_autograd
from ovp_lib.training.sgd import step_size as step_size

# What to measure meanwhile, and how to read it.
from ovp_lib.training.probes import (
    checkpoints as checkpoints,
    first_crossing as first_crossing,
    risks as risks,
    steps_to_reach as steps_to_reach,
)
