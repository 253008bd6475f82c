# Declaring a sweep.
from ovp_lib.experiments.base import (
    Named as Named,
    Sweep as Sweep,
    SweepError as SweepError,
    Task as Task,
)

# Training a grid of step sizes, regularisers and seeds.
from ovp_lib.experiments.grids import (
    Grid as Grid,
    grid_of as grid_of,
    risks as risks,
    settings as settings,
    train_grid as train_grid,
)
