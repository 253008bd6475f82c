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

# Gates that two perturbations flip together (Claim C.8).
#
# >>> import torch
# >>> from ovp_lib.proofs import flips_bound, largest_sum, most_flips, sum_bound
# >>> g = torch.linspace(-3, 3, 400, dtype=torch.float64)[None, None] / 20  # what goes into them
# >>> most_flips(g, length=0.2, size=0.01).item() < flips_bound(0.2, 0.01, 400)
# True
# >>> largest_sum(g, length=0.2, size=0.01).item() < sum_bound(0.2, 0.01, 400)
# True
from ovp_lib.proofs.two_causes import (
    flips_bound as flips_bound,
    largest_sum as largest_sum,
    most_flips as most_flips,
    sum_bound as sum_bound,
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

# Existence for three layers (Lemma 6.2, Claims C.3 to C.5, Corollary 6.6).
#
# >>> from ovp_lib.models import init_three_layer, padded_sphere, stream
# >>> from ovp_lib.proofs import least_norm_carrier
# >>> net, x = init_three_layer([stream(0)], d=4, m1=500, m2=5), padded_sphere(4)(20, stream(1))
# >>> u = least_norm_carrier(net.W[0], net.b1[0], x, x[:, :1])  # it carries the first coordinate
# >>> F = (x @ net.W[0].T + net.b1[0]).relu()
# >>> (F @ u[0] - x[:, 0]).abs().max().item() < 0.01
# True
from ovp_lib.proofs.bounded_fit import Fit as Fit
from ovp_lib.proofs.carriers import least_norm_carrier as least_norm_carrier
from ovp_lib.proofs.chunks import Chunks as Chunks
from ovp_lib.proofs.common_moves import worst_flips as worst_flips
from ovp_lib.proofs.composed_existence import ComposedWeights as ComposedWeights, Norms as Norms

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

# Rademacher complexities: of a few functions by enumeration, of networks in closed form.
#
# >>> import torch
# >>> from ovp_lib.models import init_three_layer, sphere, stream
# >>> from ovp_lib.models.inputs import rademacher
# >>> from ovp_lib.proofs import complexity, suprema
# >>> complexity(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
# 0.5
# >>> net, x = init_three_layer([stream(0)], d=3, m1=50, m2=50), sphere(3)(20, stream(1))[None]
# >>> of_terms = suprema(net, x, rademacher((1, 20), stream(2)))
# >>> below, above = of_terms.without_signs(0.05, 1.0)  # of Lemma 6.10, with frozen gates
# >>> bool(of_terms.with_signs(0.05, 1.0) < below)  # Lemma 6.12: a smaller class
# True
from ovp_lib.proofs.rademacher.finite import complexity as complexity
from ovp_lib.proofs.rademacher.three_layer import Suprema as Suprema, suprema as suprema

# Descent on the smoothed objective (Lemma 6.7), and leaving saddles (Fact A.8, Lemma A.9).
#
# >>> import torch
# >>> from ovp_lib.models import init_three_layer, stream
# >>> from ovp_lib.proofs import Objective, Point, best_direction, draw_rows, neuron_blocks
# >>> net = init_three_layer([stream(0)], d=3, m1=10, m2=10)
# >>> here = Point(net, torch.zeros_like(net.W), torch.zeros_like(net.V))
# >>> x, y = torch.ones(1, 1, 3).double() / 3**0.5, 5 * torch.ones(1, 1, 1).double()
# >>> rows = draw_rows(here, x, y, [stream(1)], signs=False, first=False)
# >>> blocks = neuron_blocks(here, rows, Objective(lam=1.0, sigma_w=0.01, sigma_v=0.01))
# >>> bool(best_direction(blocks, d=3).change < -1)  # some direction lowers the objective
# True
from ovp_lib.proofs.descent.blocks import (
    best_direction as best_direction,
    neuron_blocks as neuron_blocks,
)
from ovp_lib.proofs.descent.escape import (
    expected_steps as expected_steps,
    noisy_sgd as noisy_sgd,
)
from ovp_lib.proofs.descent.objective import (
    Direction as Direction,
    Objective as Objective,
    Point as Point,
    Rows as Rows,
    draw_rows as draw_rows,
)
from ovp_lib.proofs.descent.saddles import (
    cosines as cosines,
    factorisation as factorisation,
)

# Generalisation bounds by norms of the weights.
#
# >>> from ovp_lib.models import init_deep, stream
# >>> from ovp_lib.proofs import bartlett, layer_norms, neyshabur
# >>> start, end = (init_deep([stream(seed)], d=9, m=100, depth=1).W for seed in (0, 1))
# >>> norms = layer_norms([end], [start])
# >>> larger = neyshabur(norms, n=50, width=100, outer=10.0)
# >>> bool(bartlett(norms, n=50, outer=10.0).bound() <= larger.bound())
# True
from ovp_lib.proofs.norm_bounds import (
    BoundFactors as BoundFactors,
    LayerNorms as LayerNorms,
    at_margin as at_margin,
    bartlett as bartlett,
    layer_norms as layer_norms,
    margin_level as margin_level,
    margins as margins,
    neyshabur as neyshabur,
    two_one as two_one,
)

# Almost linear, almost convex (Gu's slides, key observations).
#
# >>> import torch
# >>> from ovp_lib.models import init_deep, sphere, stream
# >>> from ovp_lib.proofs import combined, linearisation_error, of_radius, outer_products
# >>> net, x = init_deep([stream(0)], d=4, m=900, depth=2), sphere(4)(9, stream(1))[None]
# >>> gradient = combined(outer_products(net, x), torch.ones(1, 9).double())
# >>> error, linear = linearisation_error(net, of_radius(gradient, 1 / 30), x)  # R = 1
# >>> bool(error.norm() < 0.1 * linear.norm())
# True
from ovp_lib.proofs.linearisation import (
    OuterProduct as OuterProduct,
    combined as combined,
    linearisation_error as linearisation_error,
    moved_by as moved_by,
    of_radius as of_radius,
    outer_products as outer_products,
)

# Neural tangent random features (Cao and Gu's theorem).
#
# >>> import torch
# >>> from ovp_lib.models import init_deep, sphere, stream
# >>> from ovp_lib.proofs import best_in_ball, gram_features, theorem_bound
# >>> x = sphere(4)(50, stream(1))
# >>> class_ = gram_features(init_deep([stream(0)], d=4, m=300, depth=2), x)
# >>> radii = torch.tensor([0.0, 1.0, 4.0]).double()
# >>> best = best_in_ball(class_, x[:, 0].sign().expand(3, -1), radii)
# >>> bool((best.gap <= 1e-3).all()), bool((best.loss.diff() < 0).all())
# (True, True)
# >>> theorem_bound(best.loss, radii, depth=2, n=50, constant=1.0).shape
# torch.Size([3])
from ovp_lib.proofs.tangent_features import (
    BestInBall as BestInBall,
    TangentFeatures as TangentFeatures,
    best_in_ball as best_in_ball,
    gram_features as gram_features,
    theorem_bound as theorem_bound,
)
