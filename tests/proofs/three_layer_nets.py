"""Small three-layer networks and inputs that the tests of the proofs share."""

import torch

from ovp_lib.models.inputs import padded_sphere, stream
from ovp_lib.models.three_layer import ThreeLayer, init_three_layer


def network(m1: int = 9, m2: int = 8, k: int = 2, e: int = 2, seed: int = 0) -> ThreeLayer:
    return init_three_layer([stream(seed, i) for i in range(e)], d=4, m1=m1, m2=m2, k=k)


def points(n: int = 3, e: int = 2) -> torch.Tensor:
    return torch.stack([padded_sphere(4)(n, stream(9, i)) for i in range(e)])


def noise(like: torch.Tensor, by: float, key: int = 7) -> torch.Tensor:
    return by * torch.randn(like.shape, generator=stream(key), dtype=like.dtype)
