# Random streams and inputs.
#
# >>> from ovp_lib.models import pad, sphere, stream
# >>> u = sphere(3)(100, stream(0))
# >>> pad(u)[:, -1].unique().tolist()
# [0.5]
from ovp_lib.models.inputs import (
    hypercube as hypercube,
    pad as pad,
    padded_sphere as padded_sphere,
    sphere as sphere,
    stream as stream,
)

# Targets.
#
# >>> from ovp_lib.maths import parse
# >>> from ovp_lib.models import padded_sphere, random_two_layer_target, stream
# >>> target = random_two_layer_target(parse("sin(2z)"), [stream(0), stream(1)], d=4, p=3, k=2)
# >>> x = padded_sphere(4)(100, stream(2)).expand(2, -1, -1)
# >>> target(x).shape
# torch.Size([2, 100, 2])
#
# >>> from ovp_lib.models import labelled, random_three_layer_target
# >>> composed = random_three_layer_target(parse("z^2"), parse("sin(2z)"), [stream(0)], d=4, p2=3)
# >>> target = composed.normalised(padded_sphere(4), [stream(1)])
# >>> labelled(target, padded_sphere(4), 100, [stream(2)], noise=0.5).y.shape
# torch.Size([1, 100, 1])
from ovp_lib.models.targets import (
    TwoLayerTarget as TwoLayerTarget,
    random_two_layer_target as random_two_layer_target,
)
from ovp_lib.models.composite_targets import (
    ThreeLayerTarget as ThreeLayerTarget,
    labelled as labelled,
    random_three_layer_target as random_three_layer_target,
    standard_three_layer_target as standard_three_layer_target,
)
from ovp_lib.models.residual_targets import (
    ResidualTarget as ResidualTarget,
    hard_instance as hard_instance,
    resnet_figure_2 as resnet_figure_2,
)

# Networks: weights with a leading ensemble axis.
#
# >>> from ovp_lib.models import init_three_layer, joined, stream
# >>> nets = [init_three_layer([stream(seed)], d=4, m1=50, m2=40) for seed in range(3)]
# >>> joined(nets).V.shape, joined(nets).select([2, 0]).V.shape
# (torch.Size([3, 40, 50]), torch.Size([2, 40, 50]))
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

# Convolutional networks: channels that see every patch.
#
# >>> from ovp_lib.maths import parse
# >>> from ovp_lib.models import convolutional, init_convolutional, random_convolutional_target
# >>> from ovp_lib.models import ring_patches, stream
# >>> import torch
# >>> ring = ring_patches(16, 2, size=3, stride=2)
# >>> phi = [parse("sin(2z)"), parse("poly(-1,0,1)")]
# >>> target = random_convolutional_target(phi, [stream(0)], channels=4, patches=ring)
# >>> net = init_convolutional([stream(1)], q=6, m=50, n_patches=len(ring))
# >>> x = torch.randn(1, 10, 32, generator=stream(2), dtype=torch.float64)
# >>> convolutional(net, x, ring).shape == target(x).shape
# True
from ovp_lib.models.patches import (
    Convolutional as Convolutional,
    ConvolutionalTarget as ConvolutionalTarget,
    convolutional as convolutional,
    init_convolutional as init_convolutional,
    random_convolutional_target as random_convolutional_target,
    ring_patches as ring_patches,
)

# Residual convolutional networks of any width for signals and images, and those without skips.
#
# >>> import torch
# >>> from ovp_lib.models import init_residual_convolution, residual_convolutional, stream
# >>> net = init_residual_convolution([stream(0)], shape=(1, 40), m=16, blocks=2, k=10)
# >>> x = torch.randn(1, 5, 40, generator=stream(1), dtype=torch.float64)
# >>> residual_convolutional(net, x, (1, 40)).shape
# torch.Size([1, 5, 10])
from ovp_lib.models.residual_convolution import (
    ResidualConvolution as ResidualConvolution,
    init_residual_convolution as init_residual_convolution,
    plain_convolutional as plain_convolutional,
    residual_convolutional as residual_convolutional,
)

# Any network: what it is, and what it computes.
#
# >>> from ovp_lib.models import architecture_of, forward, init_resnet, padded_sphere, stream
# >>> net = init_resnet([stream(0), stream(1)], d=4, m=50, k=3)
# >>> x = padded_sphere(4)(10, stream(2)).expand(2, -1, -1)
# >>> architecture_of(net).name, forward(net, x).shape
# ('resnet', torch.Size([2, 10, 3]))
from ovp_lib.models.architectures import (
    Architecture as Architecture,
    architecture_of as architecture_of,
    forward as forward,
)

# Where to compute.
#
# >>> import torch
# >>> from ovp_lib.models import init_two_layer, resolve_device, stream
# >>> net = init_two_layer([stream(0)], d=4, m=50)
# >>> net.to(resolve_device("cpu"), torch.float32).W.dtype
# torch.float32
from ovp_lib.models.devices import resolve_device as resolve_device
