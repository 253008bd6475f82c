# Kernels in closed form.
#
# >>> from ovp_lib.kernels import relu_network
# >>> from ovp_lib.models import padded_sphere, stream
# >>> x = padded_sphere(4)(5, stream(0))
# >>> kernels = relu_network(x, hidden_layers=2)
# >>> kernels.conjugate.shape, bool((kernels.ntk().diagonal() > 0).all())
# (torch.Size([5, 5]), True)
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
#
# >>> from ovp_lib.kernels import hidden_tangents, ntk
# >>> from ovp_lib.models import init_two_layer, padded_sphere, stream
# >>> net, x = init_two_layer([stream(0)], d=4, m=50), padded_sphere(4)(5, stream(1))
# >>> hidden_tangents(net, {"train": x})["train"].kernel.allclose(ntk(net, x.unsqueeze(0))[0])
# True
from ovp_lib.kernels.finite_width import conjugate as conjugate, ntk as ntk
from ovp_lib.kernels.tangent import (
    Tangent as Tangent,
    hidden_tangents as hidden_tangents,
    readout_tangents as readout_tangents,
)

# How well labels agree with a tangent kernel.
#
# >>> from ovp_lib.kernels import label_agreement, slides_kernel, two_layer_kernel
# >>> from ovp_lib.models import sphere, stream
# >>> x = sphere(5)(40, stream(0))
# >>> y = sphere(2)(40, stream(1))[:, :1].sign()
# >>> theta = slides_kernel(x, depth=2)
# >>> bool(label_agreement(theta, x[:, :1].sign()) < label_agreement(theta, y))
# True
# >>> bool((two_layer_kernel(x) - slides_kernel(x, depth=1)).abs().max() < 1e-7)
# True
from ovp_lib.kernels.agreement import (
    label_agreement as label_agreement,
    slides_kernel as slides_kernel,
    two_layer_kernel as two_layer_kernel,
)

# Learning with them, and what no kernel learns.
#
# >>> from ovp_lib.kernels import average_bound, relu_network, ridge, size_needed
# >>> from ovp_lib.models import hypercube, stream
# >>> x = hypercube(6)(50, stream(0))
# >>> kernel = relu_network(x / 6**0.5, hidden_layers=1).ntk()
# >>> fit = ridge(kernel, x[:, :1] * x[:, 1:2], penalties=[1e-6, 1.0])
# >>> fit.predict(kernel).shape
# torch.Size([2, 50, 1])
# >>> round(average_bound(300, d=30, k=4), 3), size_needed(0.5, d=30, k=4)
# (0.989, 13703)
from ovp_lib.kernels.ridge_regression import RidgePath as RidgePath, ridge as ridge
from ovp_lib.kernels.span_bound import (
    average_bound as average_bound,
    share_bound as share_bound,
    size_needed as size_needed,
)
