"""The reproducible arithmetic mode: one switch, what it sets, and a test of whether it holds.

Libraries choose the width of their vectors by the processor, and with it the order in which they
sum; SGD on ReLUs makes of the last bit another network. In the reproducible mode they all take the
choice that every x86-64 processor with AVX2 can take, with one thread, so that the same
configuration gives the same bits on each of them. Our own kernels
(``ovp_lib.training.fused``) need no such limit: they sum in one order with every width.

MKL honours its branch AVX2 on Intel's processors only, and its branch COMPATIBLE on all; the other
libraries take a limit anywhere. Whether a machine then has the arithmetic of another is tested and
not assumed: :func:`probe` hashes the bits of a battery of operations. The battery, like everything
that the library computes, leaves out the functions that :mod:`ovp_lib.maths.elementary` replaces,
for which MKL uses instructions whose results the makers of processors choose.

The variables must be set before numpy and torch are imported, and therefore in the environment of
a process before it starts. ``python -m ovp_lib.arithmetic`` prints the arithmetic of the process
that runs it.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import numpy as np

Mode = Literal["reproducible", "native"]
MODES: tuple[Mode, ...] = get_args(Mode)

SWITCH = "OVP_ARITHMETIC"
"""Environment variable that names the mode of a process."""

FREE_THREADS = "OVP_THREADS"
"""Environment variable with the threads for what does not depend on their number."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Environment variables with the threads of libraries, whose sums depend on their number."""

X86_LIMITS = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own kernels
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # convolutions and some products in PyTorch
    "MKL_CBWR": "COMPATIBLE",  # the other products, and linear algebra, in PyTorch
    "OPENBLAS_CORETYPE": "Haswell",  # products and linear algebra in NumPy and SciPy
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # NumPy's own loops
}
"""What limits each library on x86-64, by the variable that it reads when it is loaded."""


@dataclass(frozen=True)
class Arithmetic:
    """In which arithmetic a number was computed.

    Attributes:
        mode: ``reproducible`` or ``native``.
        probe: hash of the bits of :func:`probe`'s operations.
        threads: CPU threads of the libraries.
    """

    mode: Mode
    probe: str
    threads: int

    def equals(self, other: "Arithmetic | None") -> bool:
        """Return whether the same configuration gives the same bits in both.

        Args:
            other: the arithmetic of another number; ``None`` if it was not recorded.

        Returns:
            True only if both are the same and reproducible.
        """
        return other is not None and self == other and self.mode == "reproducible"


def current() -> Mode:
    """Return the mode of this process: that of :data:`SWITCH`, native without it.

    Raises:
        ValueError: if the variable names no mode.
    """
    value = os.environ.get(SWITCH, "native")
    for mode in MODES:
        if value == mode:
            return mode
    raise ValueError(f"{SWITCH} is one of {', '.join(MODES)}, got {value!r}")


def switch(mode: Mode) -> None:
    """Let the processes that this one starts compute in a mode; it must compute nothing itself.

    Args:
        mode: the mode.
    """
    os.environ[SWITCH] = mode


def variables(mode: Mode, *, threads: int = 1) -> dict[str, str]:
    """Return what must be in the environment of a process that is to compute in a mode.

    Args:
        mode: the mode.
        threads: CPU threads for the process, at least 1. In the reproducible mode libraries take
            one, and only what does not depend on their number takes all.

    Returns:
        Values by the name of the variable.

    Example:
        >>> variables("reproducible", threads=8)["OMP_NUM_THREADS"]
        '1'
        >>> variables("native", threads=8)["OMP_NUM_THREADS"]
        '8'
    """
    share = str(1 if mode == "reproducible" else threads)
    limits = X86_LIMITS if mode == "reproducible" and _is_x86() else {}
    shares = dict.fromkeys(THREAD_VARIABLES, share)
    return {SWITCH: mode, FREE_THREADS: str(threads), **shares, **limits}


def free_threads() -> int | None:
    """Return the threads for what does not depend on their number; ``None`` if it is not set."""
    value = os.environ.get(FREE_THREADS, "")
    return int(value) if value.isdigit() and int(value) > 0 else None


def here() -> Arithmetic:
    """Return the arithmetic of this process; imports torch."""
    import torch

    return Arithmetic(current(), probe(), torch.get_num_threads())


@cache
def probe() -> str:
    """Return a hash of the bits of a fixed battery of operations of numpy, scipy and torch.

    Equal hashes do not prove that all bits agree; what is compared afterwards shows the rest.
    Unequal ones prove that some do not.
    """
    digest = hashlib.sha256()
    for result in _battery():
        digest.update(result.tobytes())
    return digest.hexdigest()[:16]


def _battery() -> "Iterator[np.ndarray[Any, Any]]":
    import numpy as np
    import torch

    for kind in (np.float32, np.float64):
        draw = partial(_draw, np.random.default_rng(2019), kind)
        for n, k, m in ((50, 5, 333), (7, 33, 5), (129, 257, 65), (1, 4097, 1), (300, 300, 1)):
            a, b = draw(n, k), draw(k, m)
            yield a @ b
            yield (torch.from_numpy(a) @ torch.from_numpy(b)).numpy()
        values = draw(10_007)
        yield from _numpy_operations(values, draw(61, 61))
        for result in _torch_operations(torch.from_numpy(values), torch.from_numpy(draw(61, 61))):
            yield result.numpy()


def _draw(generator: Any, kind: Any, *shape: int) -> Any:
    return generator.standard_normal(shape).astype(kind)


def _numpy_operations(
    values: "np.ndarray[Any, Any]", square: "np.ndarray[Any, Any]"
) -> "Iterator[np.ndarray[Any, Any]]":
    import numpy as np
    from scipy import linalg, special

    for function in (np.exp, np.sin, np.cos, np.tanh, np.arctan, special.ndtr, special.erf):
        yield function(values)
    for function in (np.log, np.sqrt, np.log1p, np.arccos, special.gammaln):
        # In (0, 1) all of them are defined.
        yield function(np.abs(values) / (1 + np.abs(values)))
    for function in (np.sum, np.mean, np.var, np.linalg.norm):
        yield np.asarray(function(values))
    # The shift keeps the smallest eigenvalue far from 0, so that the factor exists in float32, too.
    positive = square @ square.T + 61 * np.eye(61, dtype=square.dtype)
    yield np.linalg.eigvalsh(positive)
    yield np.linalg.solve(positive, square)
    yield np.linalg.svd(square)[1]
    yield linalg.cholesky(positive)
    yield np.random.default_rng(0).standard_normal(1000)


def _torch_operations(values: Any, square: Any) -> Iterator[Any]:
    import torch

    for name in ("exp", "sin", "cos", "tanh", "sigmoid", "erf"):
        yield getattr(values, name)()
    for name in ("rsqrt", "log2", "log1p"):
        yield getattr(values.abs() / (1 + values.abs()), name)()
    yield values.cumsum(0)
    yield torch.atan2(values, values.flip(0))
    for function in (torch.sum, torch.mean, torch.var, torch.linalg.norm):
        yield function(values)
    positive = square @ square.mT + 61 * torch.eye(61, dtype=square.dtype)
    yield torch.linalg.eigvalsh(positive)
    yield torch.linalg.solve(positive, square)
    yield torch.linalg.cholesky(positive)
    yield torch.linalg.svdvals(square)
    batch = square[:60].reshape(4, 15, 61)
    yield torch.bmm(batch, batch.mT)
    yield torch.einsum("eij,ejk->eik", batch.mT, batch)
    yield torch.nn.functional.softmax(square, dim=1)
    yield torch.nn.functional.conv1d(batch, batch[:, :, :5].contiguous())
    yield torch.randn(1000, generator=torch.Generator().manual_seed(0), dtype=values.dtype)


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64")


if __name__ == "__main__":
    print(json.dumps(asdict(here())))
