# Claims and verdicts.
#
# >>> from ovp_lib.evidence import Estimate, Prediction
# >>> falls = Prediction(
# ...     id="error.exponent", source="Lemma", sentence="The error falls like 1/sqrt(m).",
# ...     statistic="slope of log error in log m, over seeds", low=None, high=-0.5,
# ... )
# >>> falls.judge(Estimate(-0.55, -0.6, -0.51, n=5), preset="quick").verdict
# 'holds'
from ovp_lib.evidence.claims import (
    Claim as Claim,
    Claims as Claims,
    Estimate as Estimate,
    Prediction as Prediction,
)

# Statistics over repetitions.
#
# >>> from ovp_lib.evidence import exponent, mean_interval, proportion_interval
# >>> errors = [[1.0, 0.52, 0.25], [1.1, 0.5, 0.26], [0.9, 0.49, 0.24]]  # seeds by widths
# >>> exponent([100, 400, 1600], errors).rounded(2)
# Estimate(value=-0.5, low=-0.55, high=-0.44, n=3)
# >>> mean_interval([row[-1] for row in errors]).rounded(2)
# Estimate(value=0.25, low=0.23, high=0.27, n=3)
# >>> proportion_interval(40, 40).rounded(2)
# Estimate(value=1.0, low=0.91, high=1.0, n=40)
from ovp_lib.evidence.statistics import (
    exponent as exponent,
    geometric_interval as geometric_interval,
    mean_interval as mean_interval,
    proportion_interval as proportion_interval,
    rank_correlation as rank_correlation,
)

# Dependence of two measured quantities.
#
# >>> import numpy as np
# >>> from ovp_lib.evidence import distance_correlation, under_permutation
# >>> draws = np.random.default_rng(0)
# >>> x = draws.standard_normal(1000)
# >>> size = abs(x)  # it depends on x, and has no correlation with it
# >>> chance = under_permutation(x, size, draws)
# >>> bool(distance_correlation(x, size) > chance.max())
# True
from ovp_lib.evidence.dependence import (
    distance_correlation as distance_correlation,
    under_permutation as under_permutation,
)

# Choosing hyper-parameters.
#
# >>> import pandas as pd
# >>> from ovp_lib.evidence import select
# >>> errors = {"validation": [3.0, 1.0], "test": [2.0, 2.5]}
# >>> runs = pd.DataFrame({"m": 100, "lr": [0.1, 0.2], **errors})
# >>> best = select(runs, score="validation", groups=["m"], parameters=["lr"])
# >>> best[["lr", "test", "selected_by", "at_edge"]].to_dict("records")
# [{'lr': 0.2, 'test': 2.5, 'selected_by': 'validation', 'at_edge': 'lr'}]
from ovp_lib.evidence.selection import select as select

# What the papers printed.
#
# >>> from ovp_lib.evidence import points
# >>> points("resnet-figure-2a").groupby("series").size().loc["3resnet"].item()
# 10
from ovp_lib.evidence.published import Source as Source, points as points
