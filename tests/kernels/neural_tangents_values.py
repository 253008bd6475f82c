"""Write `neural_tangents.json`: kernels of the same networks by somebody else's library.

neural-tangents needs an older jax and numpy than this project, so it runs in an environment of its
own, once, and the tests read what it wrote:

    python -m venv nt
    nt/bin/pip install jax==0.4.30 jaxlib==0.4.30 "numpy<2" "scipy<1.13" neural-tangents==0.6.5
    nt/bin/python tests/kernels/neural_tangents_values.py

Its NTK parameterisation has h_l = relu(w_std / sqrt(m_{l-1}) W h_{l-1} + b_std b) with N(0, 1)
entries, trains everything, and divides the inputs' product by their dimension; the inputs here are
multiplied by sqrt(d) to undo the last. One erf network gives the arcsin kernel.
"""

import importlib.metadata
import json
import math
from pathlib import Path

import numpy as np

CASES = [
    {"hidden_layers": 1, "w_std": 1.0, "b_std": 1.0},
    {"hidden_layers": 1, "w_std": 1.0, "b_std": None},
    {"hidden_layers": 2, "w_std": 1.0, "b_std": 1.0},
    {"hidden_layers": 2, "w_std": 1.0, "b_std": None},
    {"hidden_layers": 2, "w_std": 1.3, "b_std": 0.4},
    {"hidden_layers": 5, "w_std": math.sqrt(2.0), "b_std": None},
    {"hidden_layers": 5, "w_std": math.sqrt(2.0), "b_std": 0.3},
]


def kernels(case: dict, activation: str, x: np.ndarray, x2: np.ndarray) -> dict:
    """Return NTK and NNGP of one case, with a readout of variance 1 and no bias."""
    from neural_tangents import stax

    layer = [stax.Dense(1, case["w_std"], case["b_std"]), getattr(stax, activation)()]
    _, _, kernel = stax.serial(*(layer * case["hidden_layers"]), stax.Dense(1))
    scale = math.sqrt(x.shape[1])
    found = kernel(scale * x, scale * x2, ("ntk", "nngp"))
    return case | {"ntk": np.asarray(found.ntk).tolist(), "nngp": np.asarray(found.nngp).tolist()}


def main() -> None:
    """Write all cases, computed in double precision."""
    import jax

    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    x, x2 = rng.standard_normal((4, 3)), rng.standard_normal((3, 3))
    erf = {"hidden_layers": 1, "w_std": 0.9, "b_std": 0.5}
    values = {
        "versions": {
            name: importlib.metadata.version(name)
            for name in ("neural-tangents", "jax", "jaxlib", "numpy", "scipy")
        },
        "x": x.tolist(),
        "x2": x2.tolist(),
        "relu": [kernels(case, "Relu", x, x2) for case in CASES],
        "erf": kernels(erf, "Erf", x, x2),
    }
    path = Path(__file__).with_name("neural_tangents.json")
    path.write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main()
