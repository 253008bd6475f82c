# Kernels in closed form.
from ovp_lib.kernels.closed_form import (
    NetworkKernels as NetworkKernels,
    gaussian as gaussian,
    polynomial as polynomial,
    relu_network as relu_network,
)
from ovp_lib.kernels.correlation import (
    CorrelationKernel as CorrelationKernel,
    correlation_kernel as correlation_kernel,
)
from ovp_lib.kernels.library import correlation_kernels as correlation_kernels

# Kernels of a network with given weights.
from ovp_lib.kernels.finite_width import conjugate as conjugate, ntk as ntk
from ovp_lib.kernels.tangent import (
    Tangent as Tangent,
    hidden_tangents as hidden_tangents,
    readout_tangents as readout_tangents,
)

# Learning with them, and what no kernel learns.
from ovp_lib.kernels.ridge_regression import RidgePath as RidgePath, ridge as ridge
from ovp_lib.kernels.span_bound import (
    average_bound as average_bound,
    share_bound as share_bound,
    size_needed as size_needed,
)
