"""The one state that training advances."""
import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import optax

from flan_jax import models
from flan_jax import partitioning

Tree = Any


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class TrainState:
  """Everything that a step reads and writes.

  Attributes:
    step: steps taken, int32 scalar; it is the position in the data stream as well.
    parameters: float32 tree.
    optimizer_state: the optimizer's tree.
    key: random key, uint32 `[2]`; each step folds its number into it.
  """

  step: jax.Array
  parameters: Tree
  optimizer_state: Tree
  key: jax.Array


def shardings(config: models.T5Config, optimizer: optax.GradientTransformation, mesh) -> TrainState:
  """The sharding of every array of the state, and by it the state's structure."""
  abstract = abstract_state(config, optimizer)
  parameters = partitioning.parameter_shardings(
      mesh, models.logical_axes(config), abstract.parameters)
  whole = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec())
  return TrainState(
      step=whole,
      parameters=parameters,
      optimizer_state=partitioning.state_shardings(
          mesh, abstract.optimizer_state, abstract.parameters, parameters),
      key=whole,
  )


def abstract_state(config: models.T5Config, optimizer: optax.GradientTransformation) -> TrainState:
  """The state's shapes and types, without any of its values."""
  return jax.eval_shape(lambda: _new(config, optimizer, 0))


def create(config, optimizer, seed: int, mesh) -> TrainState:
  """A new state with random parameters, made where it will live."""
  make = jax.jit(
      lambda: _new(config, optimizer, seed), out_shardings=shardings(config, optimizer, mesh))
  return make()


def with_parameters(state: TrainState, parameters: Tree) -> TrainState:
  """The state with other parameters of the same shapes, laid out as the old ones."""
  placed = jax.tree.map(
      lambda new, old: jax.device_put(new, old.sharding), parameters, state.parameters)
  return dataclasses.replace(state, parameters=placed)


def _new(config, optimizer, seed) -> TrainState:
  init_key, step_key = jax.random.split(jax.random.PRNGKey(seed))
  parameters = models.init_parameters(config, init_key)
  return TrainState(
      step=jnp.zeros((), jnp.int32),
      parameters=parameters,
      optimizer_state=optimizer.init(parameters),
      key=step_key,
  )
