# Claims and verdicts.
from ovp_lib.evidence.claims import (
    Claim as Claim,
    Claims as Claims,
    Estimate as Estimate,
    Prediction as Prediction,
)

# Statistics over repetitions.
from ovp_lib.evidence.statistics import (
    exponent as exponent,
    geometric_interval as geometric_interval,
    mean_interval as mean_interval,
    proportion_interval as proportion_interval,
    rank_correlation as rank_correlation,
)

# Dependence of two measured quantities.
from ovp_lib.evidence.dependence import (
    distance_correlation as distance_correlation,
    under_permutation as under_permutation,
)

# Choosing hyper-parameters.
from ovp_lib.evidence.selection import select as select

# What the papers printed.
from ovp_lib.evidence.published import Source as Source, points as points
