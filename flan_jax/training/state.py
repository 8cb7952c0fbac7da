"""The state of training: its shapes, its shardings and its first value."""
from collections.abc import Sequence
import dataclasses
import functools
from typing import Any

import jax
import jax.numpy as jnp

from flan_jax import models, partitioning
from flan_jax.models.tuning import Tuning, merge
from flan_jax.partitioning import Layout
from flan_jax.training.config import StepConfig
from flan_jax.training.optimizers import Optimizer

Tree = Any


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class TrainState:
  """Everything that a step reads and writes.

  Attributes:
    step: steps taken, int32 scalar; batches that the data stream has given.
    parameters: float32 tree.
    optimizer_state: the optimizer's tree.
    key: random key, uint32 `[2]`; each step folds its number into it.
    averages: running averages of the parameters that train; None if none are kept.
    halted: bool scalar; set by a number that is not finite; a halted state no longer changes.
  """

  step: jax.Array
  parameters: Tree
  optimizer_state: Tree
  key: jax.Array
  averages: Tree | None
  halted: jax.Array


def layout_for(
    config: StepConfig, devices: Sequence[jax.Device] | None = None, slices: int = 1
) -> Layout:
  """A layout on the configured mesh, or on one where the state and its gradients fit in memory.

  Args:
    config: of the step.
    devices: all by default; in planning, the devices of one slice.
    slices: number of slices that share a batch.
  """
  abstract = abstract_state(config)
  gradients = config.tuning.split(abstract.parameters)[0]
  return partitioning.choose_layout(
      config.mesh, _logical_axes(_without_remat(config.model)), abstract.parameters,
      partitioning.tree_bytes((abstract, gradients)), devices=devices, rules=config.rules,
      rows=config.batch_size // config.accumulation // slices)


def shardings(config: StepConfig, layout: Layout) -> TrainState:
  """The sharding of every array of the state, in the state's structure.

  Raises:
    UserError: a dimension does not divide over its mesh axis.
  """
  abstract, whole = abstract_state(config), layout.whole()
  parameters = layout.parameter_shardings(
      _logical_axes(_without_remat(config.model)), abstract.parameters)
  return TrainState(
      step=whole,
      parameters=parameters,
      optimizer_state=partitioning.state_shardings(
          layout.mesh, abstract.optimizer_state, abstract.parameters, parameters),
      key=whole,
      averages=None if abstract.averages is None else config.tuning.split(parameters)[0],
      halted=whole,
  )


def abstract_state(config: StepConfig) -> TrainState:
  """The state's shapes and types without values. Cached, because tracing takes seconds."""
  return _abstract_state(_without_remat(config.model), config.optimizer, config.tuning)


@functools.lru_cache(maxsize=16)
def _abstract_state(
    model: models.TransformerConfig, optimizer: Optimizer, tuning: Tuning
) -> TrainState:
  return jax.eval_shape(lambda: _new(model, optimizer.build(), 0, tuning))


@functools.lru_cache(maxsize=16)
def _logical_axes(model: models.TransformerConfig) -> Tree:
  return models.logical_axes(model)


def _without_remat(model: models.TransformerConfig) -> models.TransformerConfig:
  """The model without rematerialization. It has the same parameters, so the caches serve both."""
  return dataclasses.replace(model, remat='none')


def create(config: StepConfig, seed: int, layout: Layout) -> TrainState:
  """A new state with random parameters. Each device creates only its own shards."""
  optimizer = config.optimizer.build()
  make = jax.jit(
      lambda: _new(config.model, optimizer, seed, config.tuning),
      out_shardings=shardings(config, layout))
  return make()


def with_parameters(
    state: TrainState, parameters: Tree, tuning: Tuning = Tuning()
) -> TrainState:
  """The state with some parameters replaced, in the same layout."""
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
