"""Target functions: the concept classes that the theorems say can be learned."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.maths.smooth import SmoothFunction
from ovp_lib.models.inputs import rademacher, sphere


@dataclass(frozen=True)
class TwoLayerTarget:
    r"""A target of concept class (3.1), one for each member of an ensemble.

        f_r(x) = sum_{i <= p} a_{r,i} phi_i(<w_{1,i}, x>) <w_{2,i}, x>

    (Going Beyond Two Layers, equation 3.1.)

    Attributes:
        phi: the p scalar functions.
        w1: unit vectors, shape ``(e, p, d)``.
        w2: unit vectors, shape ``(e, p, d)``.
        a: output weights, ``|a| <= 1``, shape ``(e, k, p)``.
    """

    phi: tuple[SmoothFunction, ...]
    w1: Float[Tensor, "e p d"]
    w2: Float[Tensor, "e p d"]
    a: Float[Tensor, "e k p"]

    def __post_init__(self) -> None:
        e, p, d = self.w1.shape
        if self.w2.shape != (e, p, d) or self.a.shape[::2] != (e, p) or len(self.phi) != p:
            raise ValueError(
                f"{len(self.phi)} functions, w1 {tuple(self.w1.shape)}, w2 {tuple(self.w2.shape)} "
                f"and a {tuple(self.a.shape)} do not fit; expected p, (e, p, d) twice, (e, k, p)"
            )
        for name, w in (("w1", self.w1), ("w2", self.w2)):
            if not torch.allclose(w.norm(dim=2), w.new_ones(e, p), atol=1e-5):
                raise ValueError(f"the rows of {name} must be unit vectors (Section 3)")
        if self.a.abs().max() > 1 + 1e-6:
            raise ValueError(f"|a| must be at most 1 (Section 3), got {self.a.abs().max():.3g}")

    @property
    def n_outputs(self) -> int:
        """Number of outputs k."""
        return self.a.shape[1]

    def __call__(self, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
        """Evaluate every member's target on its own inputs."""
        inner = x @ self.w1.mT
        nonlinear = torch.stack([f(inner[..., i]) for i, f in enumerate(self.phi)], dim=-1)
        return (nonlinear * (x @ self.w2.mT)) @ self.a.mT

    def to(self, reference: Tensor) -> "TwoLayerTarget":
        """Return the target on the device and in the precision of ``reference``.

        Args:
            reference: a tensor on the device and in the precision wanted.

        Returns:
            The same target there.
        """
        w1, w2, a = (weight.to(reference) for weight in (self.w1, self.w2, self.a))
        return TwoLayerTarget(self.phi, w1, w2, a)


def random_two_layer_target(
    phi: Sequence[SmoothFunction] | SmoothFunction,
    generators: Sequence[Generator],
    *,
    d: int,
    p: int,
    k: int = 1,
) -> TwoLayerTarget:
    """Draw a target of class (3.1) for each generator: uniform directions, signs as outputs.

    Args:
        phi: one function for all terms, or p of them.
        generators: one source of randomness for each member of the ensemble.
        d: input dimension.
        p: number of terms.
        k: number of outputs.

    Returns:
        The targets in float64 on the CPU.

    Raises:
        ValueError: if ``phi`` is neither one function nor p of them, or a size is below 1.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import stream
        >>> target = random_two_layer_target(parse("sin(z)"), [stream(0), stream(1)], d=3, p=4)
        >>> target(torch.zeros(2, 5, 3).double()).shape
        torch.Size([2, 5, 1])
    """
    if min(d, p, k) < 1 or not generators:
        raise ValueError(f"d, p, k and members must be at least 1, got {d, p, k, len(generators)}")
    phis = (phi,) * p if isinstance(phi, SmoothFunction) else tuple(phi)
    if len(phis) != p:
        raise ValueError(f"expected one phi or {p} of them, got {len(phis)}")
    unit = sphere(d)
    w1 = torch.stack([unit(p, generator) for generator in generators])
    w2 = torch.stack([unit(p, generator) for generator in generators])
    a = torch.stack([rademacher((k, p), generator) for generator in generators])
    return TwoLayerTarget(phis, w1, w2, a)
