"""What a step does between its matrix products, compiled for a CPU: one pass over each matrix.

A step of small networks has forty operations on matrices of a few thousand numbers, and starting
them one by one would take longer than the operations themselves. Sums are taken in one order,
whatever the vectors of the processor; PyTorch, which computes on accelerators, may round a last
digit otherwise.
"""

from typing import Any, no_type_check

from numba import njit

from ovp_lib.training.smoothed.counters import draw_normals, draw_signs, fma


@njit(cache=True, nogil=True)
@no_type_check
def perturb(keys: Any, draws: Any, W: Any, V: Any, signs: Any) -> None:
    """Draw Sigma, W^rho and V^rho, and write W0 + W^rho + W' S and V0 + V^rho + S nu v.

    Args:
        keys: of the streams of signs, W^rho and V^rho, one for each member.
        draws: whether signs, W^rho and V^rho are drawn for any member, and which have random signs.
        W: where to write the first layer, with W0, W' and sigma_w.
        V: the same of the second, with V0, v, sigma_v and nu.
        signs: S, shape ``(g, m1)``.
    """
    key_signs, key_W, key_V = keys
    any_signs, any_W, any_V, random = draws
    (out, start, moved, sigma), (out_V, start_V, v, sigma_V, nu) = W, V
    one, zero = out.dtype.type(1), out.dtype.type(0)
    g, d, m1 = out.shape
    if any_signs:
        draw_signs(key_signs, signs)
    if any_W:
        draw_normals(key_W, out.reshape(g, d * m1))
    if any_V:
        draw_normals(key_V, out_V.reshape(g, m1 * out_V.shape[2]))
    for e in range(g):
        if any_signs and not random[e]:
            signs[e] = one
        for i in range(d):
            for j in range(m1):
                # Without noise the memory may hold anything, and 0 times NaN would be NaN.
                drawn = out[e, i, j] * sigma[e] if any_W else zero
                out[e, i, j] = drawn + start[e, i, j] + moved[e, i, j] * signs[e, j]
        for i in range(m1):
            row = signs[e, i] * nu[e]
            for j in range(out_V.shape[2]):
                drawn = sigma_V[e] * out_V[e, i, j] if any_V else zero
                out_V[e, i, j] = start_V[e, i, j] + row * v[e, i, j] + drawn


@njit(cache=True, nogil=True)
@no_type_check
def come_down(residual: Any, a: Any, z: Any, out: Any) -> None:
    """Write dL/dz2 = (residual a) 1{z2 > 0} of a single output.

    Args:
        residual: dL/df, shape ``(g, n)``.
        a: output weights, shape ``(g, m2)``.
        z: z2, shape ``(g, n, m2)``.
        out: dL/dz2.
    """
    zero = out.dtype.type(0)
    for e in range(out.shape[0]):
        for i in range(out.shape[1]):
            for j in range(out.shape[2]):
                # The gate of NaN is open, as in PyTorch's threshold_backward: NaN is not hidden.
                out[e, i, j] = zero if z[e, i, j] <= zero else residual[e, i] * a[e, j]


@njit(cache=True, nogil=True)
@no_type_check
def weigh(moved: Any, h: Any, z: Any, signs: Any, eta: Any, v: Any) -> None:
    """Multiply dL/dh by 1{z > 0}, the signs and eta, and h by the signs and the step size for v.

    Args:
        moved: dL/dh, shape ``(g, n, m1)``.
        h: of that shape.
        z: of that shape.
        signs: S, shape ``(g, m1)``.
        eta: step size for W', shape ``(g,)``.
        v: step size for v, shape ``(g,)``.
    """
    zero = moved.dtype.type(0)
    for e in range(moved.shape[0]):
        for i in range(moved.shape[1]):
            for j in range(moved.shape[2]):
                back = zero if z[e, i, j] <= zero else moved[e, i, j]
                moved[e, i, j] = back * (signs[e, j] * eta[e])
                h[e, i, j] *= signs[e, j] * v[e]


@njit(cache=True, nogil=True)
@no_type_check
def shake(key: Any, drawn: Any, moved: Any, size: Any) -> None:
    """Add the Gaussian noise of SGD, moved - drawn size, rounded once.

    Args:
        key: of the stream of each member.
        drawn: memory for the noise, shape ``(g, inputs, outputs)``.
        moved: W' or v, of that shape.
        size: of the noise, shape ``(g,)``.
    """
    g, rows, columns = drawn.shape
    draw_normals(key, drawn.reshape(g, rows * columns))
    for e in range(g):
        for i in range(rows):
            for j in range(columns):
                moved[e, i, j] = fma(-drawn[e, i, j], size[e], moved[e, i, j])
