"""The one state that training advances."""
from collections.abc import Mapping
import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import optax

from flan_jax import models, partitioning
from flan_jax.models.tuning import Tuning, merge
from flan_jax.partitioning import AXIS_RULES, Layout, Rules

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
    averages: running averages of the parameters that train; None where none are kept.
    halted: bool scalar; after numbers that are not finite the state stays as it is.
  """

  step: jax.Array
  parameters: Tree
  optimizer_state: Tree
  key: jax.Array
  averages: Tree | None
  halted: jax.Array


def choose_layout(
    shape: Mapping[str, int] | None, config: models.TransformerConfig,
    optimizer: optax.GradientTransformation, rows: int, rules: Rules = AXIS_RULES,
    tuning: Tuning = Tuning(),
) -> Layout:
  """A layout on the mesh asked for, or on one that the state and its gradients fit on.

  Args:
    shape: size of each mesh axis; None chooses.
    config: the model's shape.
    optimizer: its state has to fit too.
    rows: rows that go through the model at once.
    rules: logical to mesh axes.
    tuning: what trains, and so has gradients.
  """
  abstract = abstract_state(config, optimizer, tuning)
  gradients = tuning.split(abstract.parameters)[0]
  return partitioning.choose_layout(
      shape, models.logical_axes(config), abstract.parameters,
      partitioning.tree_bytes((abstract, gradients)), rows=rows, rules=rules)


def shardings(
    config: models.TransformerConfig, optimizer: optax.GradientTransformation,
    layout: Layout, tuning: Tuning = Tuning(),
) -> TrainState:
  """The sharding of every array of the state, and by it the state's structure."""
  abstract = abstract_state(config, optimizer, tuning)
  parameters = layout.parameter_shardings(models.logical_axes(config), abstract.parameters)
  whole = layout.whole()
  return TrainState(
      step=whole,
      parameters=parameters,
      optimizer_state=partitioning.state_shardings(
          layout.mesh, abstract.optimizer_state, abstract.parameters, parameters),
      key=whole,
      averages=None if abstract.averages is None else tuning.split(parameters)[0],
      halted=whole,
  )


def abstract_state(
    config: models.TransformerConfig, optimizer: optax.GradientTransformation,
    tuning: Tuning = Tuning(),
) -> TrainState:
  """The state's shapes and types, without any of its values."""
  return jax.eval_shape(lambda: _new(config, optimizer, 0, tuning))


def create(
    config, optimizer, seed: int, layout: Layout, tuning: Tuning = Tuning(),
) -> TrainState:
  """A new state with random parameters; each device makes the pieces that it will hold."""
  make = jax.jit(
      lambda: _new(config, optimizer, seed, tuning),
      out_shardings=shardings(config, optimizer, layout, tuning))
  return make()


def with_parameters(
    state: TrainState, parameters: Tree, tuning: Tuning = Tuning()
) -> TrainState:
  """The state with other parameters in the same layout; those not given stay as they are."""
  parameters = merge(state.parameters, parameters)
  return dataclasses.replace(
      state, parameters=parameters, averages=tuning.averages(parameters))


def _new(config, optimizer, seed, tuning) -> TrainState:
  init_key, step_key = jax.random.split(jax.random.PRNGKey(seed))
  parameters = models.init_parameters(config, init_key)
  return TrainState(
      step=jnp.zeros((), jnp.int32),
      parameters=parameters,
      optimizer_state=optimizer.init(tuning.split(parameters)[0]),
      key=step_key,
      averages=tuning.averages(parameters),
      halted=jnp.zeros((), jnp.bool_),
  )
