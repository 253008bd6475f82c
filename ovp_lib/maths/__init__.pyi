# Smooth functions, and what it costs to learn them.
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

# The hypercube and its Fourier transform.
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
from ovp_lib.maths.hermite import normalised as normalised
from ovp_lib.maths.random_signs import distance_to_gaussian as distance_to_gaussian
