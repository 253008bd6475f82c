"""The concept class of three-layer networks: targets that compose, and multiply, smooth functions.

Axes: ``e`` members of the ensemble, ``n`` samples, ``d`` inputs, ``k`` outputs, ``p1`` terms,
``p2`` functions inside each term.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from ovp_lib.maths import elementary
from ovp_lib.maths.complexity import C_STAR
from ovp_lib.maths.composed_complexity import Composed
from ovp_lib.maths.smooth import SmoothFunction, polynomial
from ovp_lib.models.inputs import Sampler, additive_noise, rademacher, sphere

Functions = Sequence[SmoothFunction] | SmoothFunction
"""One function for all places, or one for each."""


class Linear(NamedTuple):
    """The linear measurements of Remark 4.2, which multiply the functions of both factors.

    Attributes:
        w3: unit vectors, orthogonal to w1 one by one, shape ``(e, p2, d)``.
        w4: unit vectors, shape ``(e, p2, d)``.
    """

    w3: Float[Tensor, "e p2 d"]
    w4: Float[Tensor, "e p2 d"]


@dataclass(frozen=True)
class ThreeLayerTarget:
    r"""A target of concept class (4.1), or of Remark 4.2, one for each member of an ensemble.

        f_r(x) = scale_r sum_{i <= p1} a_{r,i} Phi_i(u_i(x)) q_i(x)
        u_i(x) = sum_{j <= p2} v_{1,i,j} phi_{1,j}(<w_{1,j}, x>)
        q_i(x) = sum_{j <= p2} v_{2,i,j} phi_{2,j}(<w_{2,j}, x>)

    (Going Beyond Two Layers, equation 4.1.) With ``linear``, every phi_{1,j} is multiplied by
    <w_{3,j}, x> and every phi_{2,j} by <w_{4,j}, x> (Remark 4.2 of the full text).

    Attributes:
        outer: the p1 functions Phi_i.
        inner: the p2 functions phi_{1,j} of the first factor.
        second: the p2 functions phi_{2,j} of the second factor.
        w1: unit vectors, shape ``(e, p2, d)``.
        w2: unit vectors, shape ``(e, p2, d)``.
        v1: unit vectors, shape ``(e, p1, p2)``.
        v2: unit vectors, shape ``(e, p1, p2)``.
        a: output weights, ``|a| <= 1``, shape ``(e, k, p1)``.
        linear: the measurements of Remark 4.2; ``None`` for (4.1).
        scale: what each output is multiplied by, positive, shape ``(e, k)``; ``None`` for 1. It is
            no part of (4.1): footnote 6 absorbs it in Phi, whose complexities it multiplies.

    Raises:
        ValueError: if shapes do not fit, a vector is no unit vector, some ``|a| > 1``, some
            <w_{1,j}, w_{3,j}> is not 0, or a scale is not positive.
    """

    outer: tuple[SmoothFunction, ...]
    inner: tuple[SmoothFunction, ...]
    second: tuple[SmoothFunction, ...]
    w1: Float[Tensor, "e p2 d"]
    w2: Float[Tensor, "e p2 d"]
    v1: Float[Tensor, "e p1 p2"]
    v2: Float[Tensor, "e p1 p2"]
    a: Float[Tensor, "e k p1"]
    linear: Linear | None = None
    scale: Float[Tensor, "e k"] | None = None

    def __post_init__(self) -> None:
        self._check_shapes()
        units = {"w1": self.w1, "w2": self.w2, "v1": self.v1, "v2": self.v2}
        units |= self.linear._asdict() if self.linear else {}
        for name, vectors in units.items():
            _require_unit(name, vectors)
        if self.a.abs().max() > 1 + 1e-6:
            raise ValueError(f"|a| must be at most 1 (Section 4), got {self.a.abs().max():.3g}")
        if self.linear and (self.w1 * self.linear.w3).sum(dim=2).abs().max() > 1e-5:
            largest = (self.w1 * self.linear.w3).sum(dim=2).abs().max()
            raise ValueError(f"Remark 4.2 asks for <w1_j, w3_j> = 0, got up to {largest:.3g}")
        if self.scale is not None and not bool((self.scale > 0).all()):
            raise ValueError(f"scales must be positive, got {self.scale.min():.3g}")

    @property
    def n_outputs(self) -> int:
        """Number of outputs k."""
        return self.a.shape[1]

    def __call__(self, x: Float[Tensor, "e n d"]) -> Float[Tensor, "e n k"]:
        """Evaluate every member's target on its own inputs."""
        third, fourth = self.linear or (None, None)
        u = _factor(self.inner, x, self.w1, self.v1, third)
        q = _factor(self.second, x, self.w2, self.v2, fourth)
        terms = torch.stack([Phi(u[..., i]) for i, Phi in enumerate(self.outer)], dim=-1) * q
        f = terms @ self.a.mT
        return f if self.scale is None else f * self.scale.unsqueeze(1)

    def to(self, reference: Tensor) -> "ThreeLayerTarget":
        """Return the target on the device and in the precision of ``reference``.

        Args:
            reference: a tensor on the device and in the precision wanted.

        Returns:
            The same target there.
        """
        weights = {name: getattr(self, name).to(reference) for name in ("w1", "w2", "v1", "v2")}
        linear = Linear(*(w.to(reference) for w in self.linear)) if self.linear else None
        scale = None if self.scale is None else self.scale.to(reference)
        return replace(self, **weights, a=self.a.to(reference), linear=linear, scale=scale)

    def normalised(
        self, sampler: Sampler, generators: Sequence[Generator], n: int = 1 << 14
    ) -> "ThreeLayerTarget":
        """Return the target whose every output has variance one over the inputs.

        The variance is that of ``n`` points, so that it is one up to an error of about
        sqrt(kurtosis / n).

        Args:
            sampler: distribution of the inputs.
            generators: one source of randomness for each member, not those of any data set.
            n: points, at least 2.

        Returns:
            The same function with another ``scale``.

        Raises:
            ValueError: if ``n < 2``, or an output does not vary.

        Example:
            >>> from ovp_lib.maths.smooth import parse
            >>> from ovp_lib.models.inputs import padded_sphere, stream
            >>> sine = parse("sin(z)")
            >>> target = random_three_layer_target(sine, sine, [stream(0)], d=4, p1=2, p2=3)
            >>> f = target.normalised(padded_sphere(4), [stream(1)])
            >>> x = padded_sphere(4)(50_000, stream(2))[None]
            >>> round(f(x).var().item(), 1)
            1.0
        """
        if n < 2:
            raise ValueError(f"a variance needs n >= 2 points, got {n}")
        x = torch.stack([sampler(n, generator) for generator in generators]).to(self.w1)
        variance = replace(self, scale=None)(x).var(dim=1, correction=0)
        if not bool((variance > 1e-20).all()):
            raise ValueError(f"an output does not vary over the inputs: variances {variance}")
        return replace(self, scale=1 / elementary.sqrt(variance))

    def composed(self, member: int = 0, output: int = 0, c_star: float = C_STAR) -> Composed:
        """Return what the theorems say of the complexity of one member's output.

        Its ``scale`` multiplies every Phi, whose complexities grow alike (footnote 6).

        Args:
            member: position in the leading axis.
            output: r, counted from 0.
            c_star: the constant C*, positive.

        Returns:
            The complexities of Theorem 2, and those of footnote 16.
        """
        factor = 1.0 if self.scale is None else self.scale[member, output].item()
        outer = self.outer if factor == 1 else tuple(Phi.scaled(factor) for Phi in self.outer)
        return Composed(outer, self.inner, self.second, k=self.n_outputs, c_star=c_star)

    def _check_shapes(self) -> None:
        e, p2, d = self.w1.shape
        p1, k = len(self.outer), self.a.shape[1]
        expected: dict[str, tuple[int, ...]] = {"w2": (e, p2, d), "a": (e, k, p1)}
        expected |= dict.fromkeys(("v1", "v2"), (e, p1, p2))
        found = {name: tuple(getattr(self, name).shape) for name in expected}
        if self.linear:
            expected |= dict.fromkeys(("w3", "w4"), (e, p2, d))
            found |= {name: tuple(w.shape) for name, w in self.linear._asdict().items()}
        if self.scale is not None:
            expected["scale"], found["scale"] = (e, k), tuple(self.scale.shape)
        if found != expected or not len(self.inner) == len(self.second) == p2:
            raise ValueError(
                f"{p1} outer, {len(self.inner)} inner and {len(self.second)} second functions with "
                f"w1 {(e, p2, d)} need {p2} inner and second ones and {expected}, got {found}"
            )


def random_three_layer_target(
    outer: Functions,
    inner: Functions,
    generators: Sequence[Generator],
    *,
    d: int,
    p1: int = 1,
    p2: int = 1,
    k: int = 1,
    second: Functions | None = None,
    linear: bool = False,
) -> ThreeLayerTarget:
    """Draw a target of class (4.1) for each generator: uniform directions, signs as outputs.

    Args:
        outer: Phi, one function or p1 of them.
        inner: phi_1, one function or p2 of them.
        generators: one source of randomness for each member of the ensemble.
        d: input dimension; at least 2 with ``linear``.
        p1: number of terms.
        p2: number of functions inside each term.
        k: number of outputs.
        second: phi_2, one function or p2 of them; those of ``inner`` by default.
        linear: whether to add the measurements of Remark 4.2, w3 uniform among the unit vectors
            that are orthogonal to w1, and w4 uniform.

    Returns:
        The targets in float64 on the CPU, not normalised.

    Raises:
        ValueError: if there are neither one nor as many functions as places, or a size is too
            small.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import stream
        >>> draws = [stream(0), stream(1)]
        >>> square, sine = parse("z^2"), parse("sin(2z)")
        >>> target = random_three_layer_target(square, sine, draws, d=5, p1=2, p2=3, k=4)
        >>> target(torch.zeros(2, 7, 5).double()).shape
        torch.Size([2, 7, 4])
    """
    if min(d, p1, p2, k) < 1 or not generators:
        sizes = (d, p1, p2, k, len(generators))
        raise ValueError(f"d, p1, p2, k and members must be at least 1, got {sizes}")
    if linear and d < 2:
        raise ValueError(f"a w3 orthogonal to w1 needs d >= 2, got d = {d}")
    Phi, phi1 = _functions("outer", outer, p1), _functions("inner", inner, p2)
    phi2 = phi1 if second is None else _functions("second", second, p2)
    drawn = [_directions(generator, d, p1, p2, k, linear) for generator in generators]
    w1, w2, v1, v2, a, *rest = map(torch.stack, zip(*drawn, strict=True))
    return ThreeLayerTarget(Phi, phi1, phi2, w1, w2, v1, v2, a, Linear(*rest) if linear else None)


def standard_three_layer_target(
    outer: Functions,
    inner: Functions,
    generators: Sequence[Generator],
    *,
    d: int,
    p1: int = 1,
    p2: int = 1,
    k: int = 1,
) -> ThreeLayerTarget:
    r"""Draw a standard three-layer network, the special case of Remark 4.1, for each generator.

        f_r(x) = sum_{i <= p1} a_{r,i} Phi_i(sum_{j <= p2} v_{i,j} phi_j(<w_j, x>))

    It is (4.1) with the second factor 1: phi_{2,1} = 1 and v_{2,i} = (1, 0, ..., 0).

    Args:
        outer: Phi, one function or p1 of them.
        inner: phi, one function or p2 of them.
        generators: one source of randomness for each member of the ensemble.
        d: input dimension.
        p1: number of terms.
        p2: number of functions inside each term.
        k: number of outputs.

    Returns:
        The targets in float64 on the CPU, not normalised.

    Raises:
        ValueError: as :func:`random_three_layer_target` does.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import stream
        >>> f = standard_three_layer_target(parse("z"), parse("z"), [stream(0)], d=3)
        >>> x = torch.eye(3, dtype=torch.float64)[None]
        >>> bool(torch.allclose(f(x)[0, :, 0].abs(), f.w1[0, 0].abs()))
        True
    """
    drawn = random_three_layer_target(outer, inner, generators, d=d, p1=p1, p2=p2, k=k)
    v2 = torch.zeros_like(drawn.v2)
    v2[..., 0] = 1.0
    return replace(drawn, second=(polynomial(1.0),) * p2, v2=v2)


class LabelledComposite(NamedTuple):
    """Inputs ``x`` of shape ``(e, n, d)`` and their labels ``y``, ``(e, n, k)``, in float64."""

    x: Tensor
    y: Tensor


def labelled(
    target: ThreeLayerTarget,
    sampler: Sampler,
    n: int,
    generators: Sequence[Generator],
    noise: float = 0.0,
) -> LabelledComposite:
    """Draw ``n`` inputs for each generator, with the target's values plus signs as labels.

    With the loss ||f - y||^2 / 2 the target is optimal and OPT = k noise^2 / 2, as it is under any
    symmetric convex loss with the loss of the noise alone.

    Args:
        target: F*, one for each generator.
        sampler: distribution of the inputs.
        n: points, at least 1.
        generators: one source of randomness for each member. Data sets of several sizes are parts
            of the largest one: two draws of other sizes need not agree in their first points.
        noise: size of the independent signs that are added to each label, at least 0.

    Returns:
        Inputs and labels on the CPU.

    Raises:
        ValueError: if ``n < 1``, ``noise < 0``, or members and generators differ in number.

    Example:
        >>> from ovp_lib.maths.smooth import parse
        >>> from ovp_lib.models.inputs import padded_sphere, stream
        >>> f = standard_three_layer_target(parse("z"), parse("z"), [stream(0)], d=3)
        >>> x, y = labelled(f, padded_sphere(3), 4, [stream(1)], noise=0.5)
        >>> (y - f(x)).abs().flatten().tolist()
        [0.5, 0.5, 0.5, 0.5]
    """
    if n < 1 or len(generators) != len(target.w1):
        raise ValueError(
            f"need n >= 1 and one generator for each of {len(target.w1)} members, "
            f"got n = {n} and {len(generators)}"
        )
    x = torch.stack([sampler(n, generator) for generator in generators])
    y = target(x)
    pairs = zip(y, generators, strict=True)
    return LabelledComposite(x, torch.stack([additive_noise(f, noise, own) for f, own in pairs]))


def _factor(
    functions: tuple[SmoothFunction, ...], x: Tensor, w: Tensor, v: Tensor, linear: Tensor | None
) -> Tensor:
    """Return sum_j v_{i,j} phi_j(<w_j, x>) [<w'_j, x>] for every i, shape ``(e, n, p1)``."""
    z = x @ w.mT
    values = torch.stack([phi(z[..., j]) for j, phi in enumerate(functions)], dim=-1)
    return (values if linear is None else values * (x @ linear.mT)) @ v.mT


def _directions(
    generator: Generator, d: int, p1: int, p2: int, k: int, linear: bool
) -> tuple[Tensor, ...]:
    """Draw w1, w2, v1, v2 and a of one member, and w3 and w4 after them."""
    unit, mix = sphere(d), sphere(p2)
    w1, w2 = unit(p2, generator), unit(p2, generator)
    v1, v2 = mix(p1, generator), mix(p1, generator)
    drawn = (w1, w2, v1, v2, rademacher((k, p1), generator))
    if not linear:
        return drawn
    # Drawn last, so that a seed has the same w1, w2, v1, v2 and a with and without them.
    w3 = unit(p2, generator)
    w3 = w3 - (w3 * w1).sum(dim=1, keepdim=True) * w1
    return (*drawn, w3 / w3.norm(dim=1, keepdim=True), unit(p2, generator))


def _functions(name: str, given: Functions, count: int) -> tuple[SmoothFunction, ...]:
    functions = (given,) * count if isinstance(given, SmoothFunction) else tuple(given)
    if len(functions) != count:
        raise ValueError(f"expected one {name} function or {count} of them, got {len(functions)}")
    return functions


def _require_unit(name: str, vectors: Tensor) -> None:
    norms = vectors.norm(dim=2)
    if not torch.allclose(norms, torch.ones_like(norms), atol=1e-5):
        furthest = norms.flatten()[(norms - 1).abs().argmax()]
        raise ValueError(
            f"the rows of {name} must be unit vectors (Section 4), got a norm of {furthest:.6g}"
        )
