# Smooth functions, and what it costs to learn them.
#
# >>> from ovp_lib.maths import log_c_s, parse, polynomial
# >>> sine, cube = parse("sin(2z)"), polynomial(0, 0, 0, 1)
# >>> sine.coefficients(3).round(3).tolist()
# [0.0, 2.0, 0.0, -1.333]
# >>> log_c_s(sine) < log_c_s(parse("sin(3z)")), log_c_s(sine) < log_c_s(cube)
# (True, False)
from ovp_lib.maths.smooth import (
    SmoothFunction as SmoothFunction,
    parse as parse,
    polynomial as polynomial,
)
from ovp_lib.maths.complexity import (
    log_c_eps as log_c_eps,
    log_c_s as log_c_s,
    smallest_c_star as smallest_c_star,
    truncation_degree as truncation_degree,
    width_complexities as width_complexities,
)

# What Theorems 2 and 3 say of composed functions, and the parameters that they take.
#
# >>> import math
# >>> from ovp_lib.maths import Composed, Table1, parse
# >>> target = Composed((parse("z^2"),), (parse("sin(3z)"),), (parse("cos(7z)"),), c_star=1.0)
# >>> round(target.log_c_s() / math.log(10), 1), round(target.log_c_s_separated() / math.log(10), 1)
# (9.5, 9.4)
# >>> table = Table1(m1=100, m2=100, eps0=0.01)
# >>> round(table.sigma_v, 4), table.lam_v > 0.01
# (0.0955, True)
from ovp_lib.maths.composed_complexity import (
    Composed as Composed,
    log_c_eps_at as log_c_eps_at,
    log_c_s_at as log_c_s_at,
)
from ovp_lib.maths.table_1 import Table1 as Table1

# From which width on gradient descent provably fits, by every row of the slides' tables.
#
# >>> from ovp_lib.maths import CONDITIONS, Setting
# >>> setting = Setting(n=100, depth=3, phi=0.1, closest=0.1, lambda_0=1e-3, lambda_k=1e-3)
# >>> [round(each.log10_width(setting)) for each in CONDITIONS[1:]]
# [24, 62, 21, 40, 26]
from ovp_lib.maths.width_conditions import (
    CONDITIONS as CONDITIONS,
    Condition as Condition,
    Setting as Setting,
)

# Moments of a Gaussian beyond a threshold.
#
# >>> from ovp_lib.maths import moments_beyond, tail_bound
# >>> bool(moments_beyond(1.0, 5)[5] <= tail_bound(1.0, 5) / 2)
# True
from ovp_lib.maths.gaussian_moments import (
    moments_beyond as moments_beyond,
    tail_bound as tail_bound,
)

# The hypercube and its Fourier transform.
#
# >>> from ovp_lib.maths import fourier, level_weights, parities, points, subsets
# >>> x = points(4)
# >>> parity = parities(x, subsets(4, 3)[:1])  # of three of the four coordinates
# >>> level_weights(fourier(parity + 2 * x[:, :1])).flatten().tolist()
# [0.0, 4.0, 0.0, 1.0, 0.0]
from ovp_lib.maths.hypercube import (
    fourier as fourier,
    level_weights as level_weights,
    levels as levels,
    parities as parities,
    points as points,
    subsets as subsets,
)
from ovp_lib.maths.krawtchouk import hamming as hamming

# Hermite polynomials, and sums of random signs.
#
# >>> import torch
# >>> from ovp_lib.maths import normalised
# >>> z = torch.randn(100_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
# >>> h = normalised(2, z)
# >>> (h @ h.mT / len(z)).round().abs().tolist()  # orthonormal under the normal law
# [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
from ovp_lib.maths.hermite import normalised as normalised
from ovp_lib.maths.random_signs import distance_to_gaussian as distance_to_gaussian
