"""Lemma 6.5: the sign changes of a first layer of a million neurons, within a gigabyte."""

from benchmarks.measure import Row, peak_gigabytes

LIMIT = 1.0

IMPORTS = """
import torch
from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.networks import gates, init_two_layer
from ovp_lib.proofs.adversary import first_layer_adversary, first_layer_flips
from ovp_lib.proofs.coupling import sign_changes
"""

COUNT = """
x = padded_sphere(6)(1, stream(1))[None]
net = init_two_layer([stream(2)], d=6, m=1_000_000)
z = torch.baddbmm(net.b.unsqueeze(1), x, net.W.mT)
most = int(first_layer_flips(z, 1e-4))
moved = first_layer_adversary(z[:, 0], x[:, 0], 1e-4)
flipped = sign_changes(gates(net, x), net._replace(W=net.W + moved), x) * 1e6
assert round(float(flipped)) >= most - 1, (float(flipped), most)
"""


def rows() -> list[Row]:
    """Count with a closed form, build the adversary, and count its flips by a forward pass."""
    before, with_count = peak_gigabytes(IMPORTS), peak_gigabytes(IMPORTS + COUNT)
    note = f"the imports alone take {before:.2f} GB; the forward pass finds the flips counted"
    name = "sign changes at m = 10⁶, peak memory / limit"
    return [Row(name, with_count, LIMIT, "GB", note)]
