"""What a run begins with, and what it leaves behind for the next start."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

from absl import logging
import jax
import jax.numpy as jnp

from flan_jax import partitioning
from flan_jax.errors import UserError
from flan_jax.training import checkpoints as checkpoints_lib
from flan_jax.training import state as state_lib
from flan_jax.training.checkpoints import Checkpoints
from flan_jax.training.state import TrainState
from flan_jax.training.tuning import Tuning, merge

Tree = Any


def create_or_restore(
    run: Any, checkpoints: Checkpoints, load_parameters: Callable[..., Tree]
) -> tuple[TrainState, str | None]:
  """The state that a run begins with: new, from its initial checkpoint, or where it was left.

  Args:
    run: as `loop.build` gives it.
    checkpoints: the run's own.
    load_parameters: see `flan_jax.loading.load_parameters`.

  Returns:
    The state, and the checkpoint that has what does not train; None where the run's own
    checkpoints have it.

  Raises:
    UserError: what is stored is of another model or tuning, or its base is gone.
  """
  def load(path: str) -> Tree:
    logging.info('Taking parameters from %s.', path)
    return load_parameters(
        path, run.model_config, run.shardings.parameters, run.config.tuning.may_be_new,
        run.rules)

  newest = checkpoints.newest()
  if newest is not None:
    logging.info('Going on from step %d of %s.', newest, checkpoints.directory)
    return _restore(run, checkpoints, newest, load)
  config, tuning = run.config, run.config.tuning
  state = state_lib.create(
      run.model_config, run.optimizer, config.seed, run.mesh, run.rules, tuning)
  if not config.initial_checkpoint:
    return state, None
  path = checkpoints_lib.pinned(config.initial_checkpoint)
  state = state_lib.with_parameters(state, load(path), tuning)
  _, held = tuning.split(state.parameters)
  return state, path if held else None


def _restore(run, checkpoints, step, load) -> tuple[TrainState, str | None]:
  about, tuning = checkpoints.about(step), run.config.tuning
  _check_same_tuning(tuning_of(about), tuning, str(checkpoints.directory / str(step)))
  like = partitioning.laid_out(
      state_lib.abstract_state(run.model_config, run.optimizer, tuning), run.shardings)
  averages = like.averages and checkpoints.restore(step, 'averages', like.averages)
  state = TrainState(
      parameters=parameters(checkpoints, step, like.parameters, load),
      averages=averages,
      halted=jax.jit(lambda: jnp.zeros((), jnp.bool_), out_shardings=run.shardings.halted)(),
      **checkpoints.restore(step, 'training', _training(like)))
  return state, about.get('base')


def parameters(
    checkpoints: Checkpoints, step: int, like: Tree, load_base: Callable[[str], Tree]
) -> Tree:
  """A checkpoint's parameters, those that it leaves out from its base.

  Args:
    checkpoints: those of a run.
    step: which one.
    like: the layout wanted, see `Checkpoints.restore`.
    load_base: gives the base's parameters.

  Raises:
    UserError: the base is gone, or the arrays are others.
  """
  about = checkpoints.about(step)
  base = checkpoints_lib.base(about, str(checkpoints.directory / str(step)))
  if not base:
    return checkpoints.restore(step, 'parameters', like)
  trained, _ = tuning_of(about).split(like)
  return merge(load_base(base), checkpoints.restore(step, 'parameters', trained))


def save(checkpoints: Checkpoints, state: TrainState, position: Mapping[str, Any],
         about: Mapping[str, Any], step: int) -> None:
  """Begins to write a state; of its parameters only those that train where the rest has a base."""
  stored = state.parameters
  if about['base']:
    stored, _ = tuning_of(about).split(stored)
  checkpoints.save(step, stored, _training(state), position, about, state.averages)


def tuning_of(about: Mapping[str, Any]) -> Tuning:
  """What trained, by what a checkpoint says about itself."""
  return Tuning(**about.get('tuning', {}))


def _training(state: TrainState) -> dict[str, Any]:
  return {'step': state.step, 'optimizer_state': state.optimizer_state, 'key': state.key}


def _check_same_tuning(stored: Tuning, wanted: Tuning, where: str) -> None:
  if dataclasses.replace(stored, evaluate_ema=wanted.evaluate_ema, ema_decay=None) != (
      dataclasses.replace(wanted, ema_decay=None)):
    raise UserError(
        f'it trained {stored.trainable!r} without {stored.frozen!r}, not {wanted.trainable!r} '
        f'without {wanted.frozen!r}', where,
        'Go on with the same TRAINABLE and FROZEN, or begin in another MODEL_DIR with this as '
        'INITIAL_CHECKPOINT_PATH.')
  if (stored.ema_decay is None) != (wanted.ema_decay is None):
    raise UserError(f'EMA_DECAY was {stored.ema_decay} there', where, 'Go on with or without it.')
