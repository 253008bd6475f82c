"""The ensemble in JAX: vmap over members, scan over steps, one compiled call an epoch."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from ovp_lib.models.networks import TwoLayer
from ovp_lib.models.three_layer import ThreeLayer
from ovp_lib.training.protocol import Member, Protocol
from ovp_lib.training.samples import Sample

Weights = dict[str, Any]


def forward(net: Weights, x: Any) -> Any:
    """Return the outputs of one member."""
    first = "b1" if "V" in net else "b"
    h = jax.nn.relu(x @ net["W"].T + net[first])
    if "V" in net:
        h = jax.nn.relu(h @ net["V"].T + net["b2"])
    return h @ net["a"].T


def loss(trained: Weights, fixed: Weights, x: Any, y: Any) -> Any:
    """Return half the mean squared error."""
    return 0.5 * jnp.mean((forward({**trained, **fixed}, x) - y) ** 2)


@partial(jax.jit, static_argnames=("batch", "momentum"), donate_argnums=(0,))
def epoch(carry: Any, fixed: Weights, x: Any, y: Any, batch: int, momentum: float) -> Any:
    """Train every member for one epoch."""

    def member(weights: Any, moving: Any, key: Any, lr: Any, wd: Any, still: Any) -> Any:
        key, now = jax.random.split(key)
        order = jax.random.permutation(now, len(x)).reshape(-1, batch)

        def step(state: Any, index: Any) -> Any:
            weights, moving = state
            found = jax.grad(loss)(weights, still, x[index], y[index])
            moving = {n: momentum * moving[n] + found[n] + wd * weights[n] for n in weights}
            return ({n: weights[n] - lr * moving[n] for n in weights}, moving), None

        (weights, moving), _ = jax.lax.scan(step, (weights, moving), order)
        return weights, moving, key

    weights, moving, keys, lr, wd = carry
    weights, moving, keys = jax.vmap(member)(weights, moving, keys, lr, wd, fixed)
    return weights, moving, keys, lr, wd


def vmap_scan(
    net: TwoLayer | ThreeLayer, data: Sample, members: list[Member], protocol: Protocol
) -> Weights:
    """Train all members at once."""
    arrays = {name: jnp.array(value.float().numpy()) for name, value in net._asdict().items()}
    trained = {name: value for name, value in arrays.items() if name in ("W", "V")}
    fixed = {name: value for name, value in arrays.items() if name not in trained}
    x, y = (jnp.array(part[0].float().numpy()) for part in data)
    moving = {name: jnp.zeros_like(value) for name, value in trained.items()}
    keys = jax.random.split(jax.random.key(0), len(members))
    lr, wd = (jnp.array([getattr(m, what) for m in members]) for what in ("lr", "wd"))
    carry = (trained, moving, keys, lr, wd)
    for _ in range(protocol.epochs):
        carry = epoch(carry, fixed, x, y, protocol.batch_size, protocol.momentum)
    return jax.block_until_ready(carry[0])
