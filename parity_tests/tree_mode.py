"""A step of training in Flax's tree mode, which the environment has to ask for before Flax runs:

NNX_GRAPH_MODE=false NNX_GRAPH_UPDATES=false python -m parity_tests.tree_mode
"""

import jax
import jax.numpy as jnp
import numpy as np
from flax import config, nnx

from jaxchan import nn


def network() -> nn.Sequential:
    rngs = nnx.Rngs(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, rngs=rngs),
        nn.BatchNorm2d(4),
        nn.SEModule(4, rngs=rngs),
        nn.ReLU(),
        nn.Dropout(0.5, rngs=rngs),
        nn.Flatten(),
        nn.Linear(36, 2, rngs=rngs),
    )


def main() -> None:
    if config.nnx_graph_mode or config.nnx_graph_updates:
        raise SystemExit("tree mode must be asked for")
    model, x = network(), jnp.ones((2, 3, 5, 5), jnp.float32)

    @nnx.jit
    def step(model: nn.Sequential, x: jax.Array) -> jax.Array:
        graph, params, rest = nnx.split(model, nnx.Param, ...)

        def loss(params):
            model = nnx.merge(graph, params, rest, copy=True)
            out = model(x)
            return jnp.sum(out**2), nnx.state(model, nnx.BatchStat, nnx.RngState)

        (value, (stats, streams)), slopes = jax.value_and_grad(loss, has_aux=True)(params)
        nnx.update(model, jax.tree.map(lambda p, g: p - 0.1 * g, params, slopes), stats, streams)
        return value

    before = nn.state_dict(model)
    first, second = float(step(model, x)), float(step(model, x))
    after = nn.state_dict(model)
    if after["1.num_batches_tracked"] != 2 or first == second:
        raise SystemExit("the model was not updated")
    if any(np.array_equal(before[k], after[k]) for k in ("1.running_mean", "6.bias")):
        raise SystemExit("the model was not trained")
    nn.load_state_dict(model, before)
    view = nnx.view(model, deterministic=True, use_running_average=True)
    np.testing.assert_array_equal(view(x), view(x))
    print("tree mode: a step of training, a view and a state dict work")


if __name__ == "__main__":
    main()
