# Norms of movements of the weights.
#
# >>> from ovp_lib.models import init_two_layer, stream
# >>> from ovp_lib.proofs import frobenius, norm_2_4, random_first
# >>> W = init_two_layer([stream(0)], d=4, m=50).W
# >>> moved = random_first(W, 0.5, [stream(1)])
# >>> round(norm_2_4(moved).item(), 6), bool(frobenius(moved) > 0.5)
# (0.5, True)
from ovp_lib.proofs.perturbations import (
    frobenius as frobenius,
    norm_2_4 as norm_2_4,
    norm_ratio as norm_ratio,
    random_first as random_first,
    random_second as random_second,
)

# Gradients of network and pseudo-network (Lemma B.3c).
#
# >>> import torch
# >>> from ovp_lib.models import init_two_layer, padded_sphere, stream
# >>> from ovp_lib.proofs import gradient_gap
# >>> start, x = init_two_layer([stream(0)], d=4, m=50), padded_sphere(4)(10, stream(1))[None]
# >>> moved = start._replace(W=-start.W)
# >>> bool((gradient_gap(start, moved, x, x[..., :1], torch.sub) > 0).all())
# True
from ovp_lib.proofs.close_gradients import gradient_gap as gradient_gap

# Gates that movements flip (Lemma 6.5).
#
# >>> import torch
# >>> from ovp_lib.proofs import first_layer_adversary, first_layer_flips
# >>> z, x = torch.tensor([[0.1, -0.2, 3.0]]), torch.tensor([[1.0, 0.0]])
# >>> first_layer_flips(z.unsqueeze(0), tau_w=1.0).tolist()  # as many as the norm can pay for
# [[2]]
# >>> dW = first_layer_adversary(z, x, tau_w=1.0)
# >>> ((z >= 0) != (z + (dW @ x.unsqueeze(2)).squeeze(2) >= 0)).sum().item()
# 2
from ovp_lib.proofs.adversary import (
    first_layer_adversary as first_layer_adversary,
    first_layer_flips as first_layer_flips,
    second_layer_adversary as second_layer_adversary,
    second_layer_flips as second_layer_flips,
)

# Indicator to function (Lemma 6.3), information out of randomness (Lemma 6.4).
#
# >>> import torch
# >>> from ovp_lib.maths import parse
# >>> from ovp_lib.proofs import least_norm_indicator, taylor_indicator
# >>> x = torch.tensor([-0.5, 0.5], dtype=torch.float64)
# >>> for indicator in (taylor_indicator, least_norm_indicator):
# ...     h = indicator(parse("sin(2z)"), degree=9)
# ...     print(h.expectation(x).round(decimals=4).tolist())
# [-0.8415, 0.8415]
# [-0.8415, 0.8415]
from ovp_lib.proofs.indicator import (
    least_norm_indicator as least_norm_indicator,
    taylor_indicator as taylor_indicator,
)
from ovp_lib.proofs.interval import Partition as Partition, interval_partition as interval_partition

# The least norm of a parity.
#
# >>> import torch
# >>> from ovp_lib.proofs import least_error, least_norm
# >>> norm = least_norm(d=40, k=6)  # of a network that is the parity of six coordinates
# >>> least_error(torch.tensor([0.5 * norm, norm], dtype=torch.float64), 40, 6).tolist()
# [0.25, 0.0]
from ovp_lib.proofs.parity_network import (
    correlation_constant as correlation_constant,
    least_error as least_error,
    least_norm as least_norm,
    norm_at as norm_at,
)
