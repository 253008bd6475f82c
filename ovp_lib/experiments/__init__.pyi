# Declaring a sweep.
#
# >>> from ovp_lib.experiments import Named, Task
# >>> class Width(Task):
# ...     width: int
# ...     seed: int = 0
# >>> Width(width=100).canonical()  # the key of its result
# '{"seed":0,"width":100}'
# >>> Named("math", "hypot")(3, 4)  # imported when a task is computed, not before
# 5.0
from ovp_lib.experiments.base import (
    Named as Named,
    Sweep as Sweep,
    SweepError as SweepError,
    Task as Task,
)

# Training a grid of step sizes, regularisers and seeds.
#
# >>> from ovp_lib.experiments import grid_of, settings
# >>> from ovp_lib.models import init_two_layer, sphere, stream
# >>> from ovp_lib.training import Sample, Splits
# >>> x = sphere(3)(60, stream(0)).expand(2, -1, -1)
# >>> part, net = Sample(x, x[..., :1]), init_two_layer([stream(1), stream(2)], d=3, m=50)
# >>> grid = grid_of(net, Splits(part, part, part), seeds=(0, 1), lrs=(0.1, 0.2))
# >>> [(each.seed, each.lr) for each in grid.members] == [
# ...     (each.seed, each.lr) for each in settings((0, 1), (0.1, 0.2))
# ... ]
# True
from ovp_lib.experiments.grids import (
    Grid as Grid,
    grid_of as grid_of,
    risks as risks,
    settings as settings,
    train_grid as train_grid,
)

# Theorems 2 and 3: the excess over OPT, and the samples that it takes, at several widths.
#
# >>> from ovp_lib.experiments import Recipe, Study, algorithms, axis_target, learn, samples_needed
# >>> from ovp_lib.maths import parse
# >>> from ovp_lib.training import Rounds
# >>> target = axis_target(parse("z^2"), parse("sin(2z)"), d=3, n_seeds=2)
# >>> study = Study(target, noise=0.1, rounds=Rounds(20, 10, 10), test=100)
# >>> table = learn(study, algorithms(Recipe()), widths=[20, 40], samples=[10, 40], device="cpu")
# >>> samples_needed(table, "SGD", 1e-9).censored  # two seeds, two widths
# 4
from ovp_lib.experiments.axis_targets import axis_target as axis_target
from ovp_lib.experiments.three_layer_recipes import Recipe as Recipe, algorithms as algorithms
from ovp_lib.experiments.three_layer import Study as Study, learn as learn
from ovp_lib.experiments.sample_sizes import Needed as Needed, samples_needed as samples_needed

# Deep networks of any width in two scalings, trained until most points have a margin.
#
# >>> from ovp_lib.experiments import Goal, init_scaled, train_to_margin
# >>> from ovp_lib.models import sphere, stream
# >>> from ovp_lib.training import Sample
# >>> x = sphere(3)(20, stream(0))[None]
# >>> data = Sample(x, x[..., :1].sign())
# >>> net = init_scaled("slides", [stream(1)], d=3, m=40, depth=2)
# >>> train_to_margin(net, "slides", data, Goal(eta=0.1, margin=0.5), stream(2)).gamma >= 0.5
# True
from ovp_lib.experiments.to_margin import (
    Goal as Goal,
    ReachedMargin as ReachedMargin,
    init_scaled as init_scaled,
    matrices as matrices,
    train_to_margin as train_to_margin,
)
