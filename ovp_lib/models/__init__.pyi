# Random streams and inputs.
from ovp_lib.models.inputs import (
    hypercube as hypercube,
    pad as pad,
    padded_sphere as padded_sphere,
    sphere as sphere,
    stream as stream,
)

# Targets.
from ovp_lib.models.targets import (
    TwoLayerTarget as TwoLayerTarget,
    random_two_layer_target as random_two_layer_target,
)
from ovp_lib.models.residual_targets import (
    ResidualTarget as ResidualTarget,
    hard_instance as hard_instance,
    resnet_figure_2 as resnet_figure_2,
)

# Networks: weights with a leading ensemble axis.
from ovp_lib.models.ensemble import Ensemble as Ensemble, Network as Network, joined as joined
from ovp_lib.models.networks import TwoLayer as TwoLayer, init_two_layer as init_two_layer
from ovp_lib.models.three_layer import (
    ThreeLayer as ThreeLayer,
    init_three_layer as init_three_layer,
)
from ovp_lib.models.deep import Deep as Deep, init_deep as init_deep
from ovp_lib.models.resnet import (
    Bottleneck as Bottleneck,
    ResNet as ResNet,
    init_bottleneck as init_bottleneck,
    init_resnet as init_resnet,
)
from ovp_lib.models.learners import init_learner as init_learner

# Any network: what it is, and what it computes.
from ovp_lib.models.architectures import (
    Architecture as Architecture,
    architecture_of as architecture_of,
    forward as forward,
)

# Where to compute.
from ovp_lib.models.devices import resolve_device as resolve_device
