r"""Random numbers that are functions of (seed, purpose, step, position), and of nothing else.

A run can go on from any round without a stored state, the numbers of a member do not depend on the
others, and every device draws the same numbers. Number c of a stream with the 64-bit key K is

    z = mix(K + c * GOLDEN)    (SplitMix64, as in :mod:`ovp_lib.training.order`)

Its upper 31 bits give a uniform u in (0, 1], its lower 32 an angle theta, and Box and Muller's pair

    sqrt(-2 log u) cos theta,  sqrt(-2 log u) sin theta

is two independent Gaussians, at the precision of float32 (the largest one is 6.6). On a CPU all of
it is compiled into vector instructions, with polynomials for log, cos and sin; elsewhere PyTorch
computes the same bits, and the same Gaussians up to rounding.
"""

from collections.abc import Sequence
from typing import Any, no_type_check

import numpy as np
import torch
from numba import njit
from numba.extending import intrinsic
from numpy.typing import NDArray
from torch import Tensor

from ovp_lib.maths import elementary
from ovp_lib.training.order import GOLDEN, mixed

PURPOSES = ("sample", "W_rho", "V_rho", "signs", "W_noise", "V_noise", "back", "output")
"""What a stream is for: samples, smoothing, Sigma, SGD's noise in W' and V', what the smoothing of
V adds to the backward pass, and the output's choice."""

CHUNK = 512
"""Pairs that are drawn at once, so that what they pass through stays in the cache."""

_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64
_GOLDEN = 0x9E3779B97F4A7C15 - 2**64


def keys(seeds: Sequence[int], purpose: str, first: int, steps: int) -> NDArray[np.uint64]:
    """Return the keys of the streams of some steps.

    Args:
        seeds: one for each member, at least 0.
        purpose: of :data:`PURPOSES`.
        first: number of the first step, at least 0.
        steps: how many.

    Returns:
        Keys, shape ``(steps, len(seeds))``.

    Raises:
        ValueError: if the purpose is unknown, or a number negative.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"purpose must be one of {', '.join(PURPOSES)}, got {purpose!r}")
    if min(seeds, default=0) < 0 or first < 0 or steps < 0:
        raise ValueError(f"need seeds, first and steps >= 0, got {seeds}, {first}, {steps}")
    # The 4 keeps these streams apart from the order of the samples, which has the seed alone.
    roots = [np.random.SeedSequence((s, 4)).generate_state(1, np.uint64)[0] for s in seeds]
    numbers = np.arange(first, first + steps, dtype=np.uint64) * np.uint64(len(PURPOSES))
    offsets = (numbers + np.uint64(PURPOSES.index(purpose) + 1)) * GOLDEN
    # Without this mix the streams of two steps would be one stream, begun at different places.
    return _mix(np.array(roots, dtype=np.uint64)[None, :] + offsets[:, None])


def fill_normals(keys: NDArray[np.uint64] | Tensor, out: Tensor) -> None:
    """Fill a tensor with independent standard Gaussians, one stream for each member.

    Args:
        keys: of the members, shape ``(e,)``: an array for a CPU, a tensor of int64 elsewhere.
        out: contiguous, shape ``(e, ...)``.
    """
    flat = out.view(len(out), -1)
    if isinstance(keys, Tensor):
        flat.copy_(_normals_anywhere(keys, flat.shape[1]))
    else:
        draw_normals(keys, flat.numpy())


def fill_signs(keys: NDArray[np.uint64] | Tensor, out: Tensor) -> None:
    """Fill a tensor with independent fair signs -1 and 1, one stream for each member.

    Args:
        keys: of the members, as in :func:`fill_normals`.
        out: contiguous, shape ``(e, ...)``.
    """
    flat = out.view(len(out), -1)
    if isinstance(keys, Tensor):
        flat.copy_(1 - 2 * ((_bits_anywhere(keys, flat.shape[1]) >> 63) & 1))
    else:
        draw_signs(keys, flat.numpy())


def positions(
    keys: NDArray[np.uint64], count: int, n: int | NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return uniform positions in 0..n-1, with replacement.

    Args:
        keys: of any shape.
        count: positions for each key.
        n: number of things, in 1..2^31 - 1; one for all or, on the last axis of ``keys``, for each.

    Returns:
        Positions, of the shape of ``keys`` with one more axis; none is likelier than another by
        more than n / 2^32.
    """
    z = _mix(keys[..., None] + np.arange(count, dtype=np.uint64) * GOLDEN)
    things = np.asarray(n).astype(np.uint64)[..., None]
    return (((z >> np.uint64(32)) * things) >> np.uint64(32)).astype(np.int64)


def on_device(keys: NDArray[np.uint64], like: Tensor) -> NDArray[np.uint64] | Tensor:
    """Return keys as the device of a tensor wants them.

    Args:
        keys: of any shape.
        like: a tensor on the device.

    Returns:
        The array itself for a CPU, a tensor of int64 elsewhere.
    """
    if like.device.type == "cpu":
        return keys
    return torch.from_numpy(keys.view(np.int64)).to(like.device)


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX_1 + 2**64)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX_2 + 2**64)
    return z ^ (z >> np.uint64(31))


def _bits_anywhere(keys: Tensor, count: int) -> Tensor:
    """Return the 64 bits of each number as int64, shape ``(e, count)``."""
    z = keys.unsqueeze(1) + torch.arange(count, device=keys.device) * _GOLDEN
    # PyTorch's int64 shifts in copies of the sign; the masks make them the shifts of unsigned bits.
    z = (z ^ ((z >> 30) & (2**34 - 1))) * _MIX_1
    z = (z ^ ((z >> 27) & (2**37 - 1))) * _MIX_2
    return z ^ ((z >> 31) & (2**33 - 1))


def _normals_anywhere(keys: Tensor, count: int) -> Tensor:
    half = (count + 1) // 2
    z = _bits_anywhere(keys, half)
    u = (((z >> 33) & (2**31 - 1)).float() + 0.5) * 2.0**-31
    radius = elementary.sqrt(-2 * elementary.log(u))
    # The 32 bits of the angle do not fit into a float32.
    angle = ((z << 32) >> 32).double() * (np.pi / 2**31)
    pair = (radius * angle.cos().float(), radius * angle.sin().float())
    return torch.cat(pair, dim=1).narrow(1, 0, count)


@njit(cache=True, nogil=True)
@no_type_check
def draw_signs(keys: Any, out: Any) -> None:
    """Fill an array as :func:`fill_signs` fills a tensor; compiled code may call it, too.

    Args:
        keys: of the members, shape ``(e,)``.
        out: shape ``(e, count)``.
    """
    one = out.dtype.type(1)
    for e in range(len(keys)):
        for c in range(out.shape[1]):
            z = mixed(keys[e] + np.uint64(c) * GOLDEN)
            out[e, c] = one if np.int64(z) >= 0 else -one


@njit(cache=True, nogil=True)
@no_type_check
def draw_normals(keys: Any, out: Any) -> None:
    """Fill an array as :func:`fill_normals` fills a tensor; compiled code may call it, too.

    Args:
        keys: of the members, shape ``(e,)``.
        out: shape ``(e, count)``.
    """
    count = out.shape[1]
    half = (count + 1) // 2
    high, low = np.empty(CHUNK, np.int32), np.empty(CHUNK, np.int32)
    spare = np.empty(CHUNK, out.dtype)
    for e in range(len(keys)):
        for start in range(0, half, CHUNK):
            size = min(CHUNK, half - start)
            _split(keys[e], start, high[:size], low[:size])
            first = out[e, start : start + size]
            if half + start + size <= count:
                second = out[e, half + start : half + start + size]
                _pairs(high[:size], low[:size], first, second)
            else:  # an odd number of Gaussians: the last pair has one too many
                _pairs(high[:size], low[:size], first, spare[:size])
                out[e, half + start :] = spare[: size - 1]


@njit(cache=True, nogil=True)
@no_type_check
def _split(key: Any, start: int, high: Any, low: Any) -> None:
    """Write the two halves of the bits of consecutive numbers."""
    for c in range(len(high)):
        z = mixed(key + np.uint64(start + c) * GOLDEN)
        high[c] = np.int32(np.uint32(z >> np.uint64(32)))
        low[c] = np.int32(np.uint32(z & np.uint64(0xFFFFFFFF)))


# Nearly every operation below is wrapped in one of them: Numba would widen it to 64 bits, which
# halves the numbers in a vector.
f4, i4 = np.float32, np.int32


@intrinsic
@no_type_check
def fma(typing: Any, a: Any, b: Any, c: Any) -> Any:  # noqa: ARG001 (Numba asks for them)
    """Return a b + c of one type, rounded once, on every processor; often a vector instruction.

    Args:
        typing: of Numba.
        a: a number.
        b: a number.
        c: a number.
    """

    def generate(_: Any, builder: Any, __: Any, values: Any) -> Any:
        return builder.fma(*values)

    return (a(a, a, a) if a == b == c else None), generate


@njit(cache=True, nogil=True, error_model="numpy")
@no_type_check
def _pairs(high: Any, low: Any, first: Any, second: Any) -> None:
    """Box and Muller's pairs; the polynomials are those of Moshier's Cephes (logf, sinf, cosf)."""
    for c in range(len(high)):
        u = (f4(i4(high[c] >> i4(1)) & i4(0x7FFFFFFF)) + f4(0.5)) * f4(2.0**-31)
        # 0x3F3504F3 is sqrt(1/2) as float32: the mantissa 1 + m lies between sqrt(1/2) and sqrt(2).
        bits = f4(u).view(np.int32)
        power = i4(i4(bits - i4(0x3F3504F3)) >> i4(23))
        m = i4(bits - i4(power << i4(23))).view(np.float32) - f4(1)
        p = fma(f4(7.0376836292e-2), m, f4(-1.1514610310e-1))
        p = fma(p, m, f4(1.1676998740e-1))
        p = fma(p, m, f4(-1.2420140846e-1))
        p = fma(p, m, f4(1.4249322787e-1))
        p = fma(p, m, f4(-1.6668057665e-1))
        p = fma(p, m, f4(2.0000714765e-1))
        p = fma(p, m, f4(-2.4999993993e-1))
        p = fma(p, m, f4(3.3333331174e-1))
        p = fma(m * m, fma(p, m, f4(-0.5)), m)
        radius = f4(np.sqrt(f4(-2) * fma(f4(power), f4(0.69314718056), p)))
        quarter = i4(i4(i4(low[c] >> i4(29)) + i4(1)) >> i4(1))
        t = f4(i4(low[c] - i4(quarter << i4(30)))) * f4(np.pi / 2**31)
        s = t * t
        p = fma(s, fma(s, f4(-1.9515295891e-4), f4(8.3321608736e-3)), f4(-1.6666654611e-1))
        sine = f4(fma(t * s, p, t) * radius)
        p = fma(s, fma(s, f4(2.443315711809948e-5), f4(-1.388731625493765e-3)), f4(4.166664568e-2))
        cosine = f4(fma(s, fma(s, p, f4(-0.5)), f4(1)) * radius)
        # A quarter turn swaps cosine and sine; of both, two of four quarters turn the sign.
        turned = i4(quarter & i4(1)) != i4(0)
        x = f4(sine if turned else cosine).view(np.int32)
        y = f4(cosine if turned else sine).view(np.int32)
        down = i4(i4(quarter + i4(1)) & i4(2)) << i4(30)
        left = i4(quarter & i4(2)) << i4(30)
        first[c] = i4(x ^ i4(down)).view(np.float32)
        second[c] = i4(y ^ i4(left)).view(np.float32)
