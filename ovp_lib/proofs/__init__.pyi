# Norms of movements of the weights.
from ovp_lib.proofs.perturbations import (
    frobenius as frobenius,
    norm_2_4 as norm_2_4,
    norm_ratio as norm_ratio,
    random_first as random_first,
    random_second as random_second,
)

# Gates that movements flip (Lemma 6.5).
from ovp_lib.proofs.adversary import (
    first_layer_adversary as first_layer_adversary,
    first_layer_flips as first_layer_flips,
    second_layer_adversary as second_layer_adversary,
    second_layer_flips as second_layer_flips,
)

# Indicator to function (Lemma 6.3), information out of randomness (Lemma 6.4).
from ovp_lib.proofs.indicator import (
    least_norm_indicator as least_norm_indicator,
    taylor_indicator as taylor_indicator,
)
from ovp_lib.proofs.interval import Partition as Partition, interval_partition as interval_partition

# The least norm of a parity.
from ovp_lib.proofs.parity_network import (
    correlation_constant as correlation_constant,
    least_error as least_error,
    least_norm as least_norm,
    norm_at as norm_at,
)
