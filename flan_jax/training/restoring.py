"""Finds the state that a run begins with, and saves states for the next start."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

from absl import logging
from etils import epath
import jax
import jax.numpy as jnp
import numpy as np

from flan_jax import distributed, partitioning, storage
from flan_jax.checkpoints.facts import tuning_of
from flan_jax.checkpoints.finding import pinned
from flan_jax.checkpoints.loading import load_parameters, stored_parameters
from flan_jax.checkpoints.store import FOLDER, Checkpoints, Damaged
from flan_jax.data.vocabulary import common_pieces
from flan_jax.errors import UserError
from flan_jax.models.tuning import Tuning, merge
from flan_jax.training import identity
from flan_jax.training import state as state_lib
from flan_jax.training.state import TrainState

Tree = Any

_COMMON_PIECES = 5_000
_PROMPT_KEY = 0x9E  # folded in, so that the prompt's draws differ from the seed's other uses


@dataclasses.dataclass(frozen=True)
class Beginning:
  """What a run begins with.

  Attributes:
    state: new, from the initial checkpoint, or from the run's newest checkpoint.
    position: where the stream of batches continues; None for its beginning.
    base: the checkpoint with the frozen parameters; None if the run's checkpoints have them.
  """

  state: TrainState
  position: Mapping[str, Any] | None
  base: str | None


def check(run: Any) -> None:
  """Checks whether the run may start or continue in its directory. Changes nothing.

  Raises:
    UserError: the directory cannot be written to, another run is writing there, or it holds
      another run.
  """
  model_dir = run.config.model_dir

  def look() -> None:
    storage.check_folder(model_dir, 'MODEL_DIR')
    storage.check_unclaimed(model_dir, 'MODEL_DIR')

  distributed.as_first_does(look)
  if distributed.as_first_says((epath.Path(model_dir) / FOLDER).exists()):
    checkpoints = Checkpoints(model_dir, read_only=True)
    whole = distributed.as_first_does(
        lambda: [s for s in checkpoints.steps() if not checkpoints.problem(s)])
    if whole:
      _check_same_run(run, checkpoints, whole[-1])


def begin(run: Any, checkpoints: Checkpoints, notice: Callable[[str], None]) -> Beginning:
  """The beginning of a run. Damaged checkpoints are set aside, newest first.

  Args:
    run: the result of `loop.build`.
    checkpoints: of the run.
    notice: called with each message for the user, one line.

  Raises:
    UserError: the checkpoints are of another run, or their base is gone.
    Damaged: the last checkpoint that is left is damaged.
  """
  def load(path: str) -> Tree:
    logging.info('Taking parameters from %s.', path)
    return load_parameters(
        path, run.model_config, run.shardings.parameters, run.config.tuning.may_be_new,
        run.layout.rules)

  for step, place in checkpoints.set_empty_aside().items():
    notice(f'Checkpoint {step} is damaged (an empty folder) and was set aside as {place}.')
  while steps := distributed.as_first_says(checkpoints.steps()):
    newest = steps[-1]
    begun, problem = _try(run, checkpoints, newest, load, notice)
    if begun:
      return begun
    if len(steps) == 1:
      raise Damaged(problem, str(checkpoints.directory / str(newest)), 'No other checkpoint is '
                    'left: replace it by a complete one, or name another MODEL_DIR for a new run.')
    place = checkpoints.set_aside(newest)
    notice(f'Checkpoint {newest} is damaged ({problem}) and was set aside as {place}. The run goes '
           f'on from step {steps[-2]}.')
  return _create(run, load)


def _try(run, checkpoints, step, load, notice) -> tuple[Beginning | None, str | None]:
  """The beginning from a checkpoint, or what is wrong with it; the same in all processes."""
  begun = None
  problem = distributed.as_first_does(lambda: checkpoints.problem(step))
  if not problem:
    try:
      changed = _check_same_run(run, checkpoints, step)
      begun = _restore(run, checkpoints, step, load)
    except Damaged as error:
      if error.where != str(checkpoints.directory / str(step)):
        raise  # the base is damaged, and no other checkpoint of this run would help
      problem = error.problem
    problem = next(filter(None, distributed.gather(problem)), None)
  if problem:
    return None, problem
  logging.info('Going on from step %d of %s.', step, checkpoints.directory)
  for line in changed:
    notice(line)
  return begun, None


def _create(run, load) -> Beginning:
  config, tuning = run.config, run.config.tuning
  state = state_lib.create(run.step_config, config.seed, run.layout)
  path, loaded = None, {}
  if config.initial_checkpoint:
    path = pinned(config.initial_checkpoint)
    loaded = load(path)
  given = loaded | _new_prompt(run, merge(state.parameters, loaded), is_there='prompt' in loaded)
  if given:
    state = state_lib.with_parameters(state, given, tuning)
  _, frozen = tuning.split(state.parameters)
  return Beginning(state, None, path if frozen else None)


def _new_prompt(run: Any, parameters: Tree, is_there: bool) -> Tree:
  """An initial soft prompt, for a model that has one: the embeddings of common pieces.

  As in Lester et al. (arXiv 2104.08691, section 3.2).
  """
  length = run.model_config.prompt_length
  if is_there or not length:
    return {}
  pieces = np.array(common_pieces(run.vocabulary, _COMMON_PIECES))
  key = jax.random.fold_in(jax.random.PRNGKey(run.config.seed), _PROMPT_KEY)

  def rows(embedding):
    chosen = jax.random.choice(key, len(pieces), (length,), replace=length > len(pieces))
    return embedding[jnp.asarray(pieces)[chosen]]

  pick = jax.jit(rows, out_shardings=run.shardings.parameters['prompt'])
  return {'prompt': pick(parameters['token_embedder']['embedding'])}


def _check_same_run(run, checkpoints, step) -> list[str]:
  """Raises UserError if a checkpoint is of another run. Returns messages for the user."""
  config = run.config
  identity.check_steps(config.steps, step, config.model_dir)
  about, (rows, of) = checkpoints.about(step), checkpoints.data_position(step)
  configured = about.get('configuration')
  now = identity.configuration(config, run.model_config)
  run.stream.go_on_from(of or {})
  stream = run.stream.identity()
  if of is None or configured is None:
    logging.warning('%s does not record its run. It is used unchecked.',
                    checkpoints.directory / str(step))
    of = {'rows': len(rows), 'lengths': about.get('lengths', stream['lengths'])}
    configured = {}
  found = identity.differences(of, stream) + identity.differences(configured, now)
  identity.check(found, config.model_dir, step)
  changed = identity.changed_schedule(configured, now)
  return [changed] if changed else []


def _restore(run, checkpoints, step, load) -> Beginning:
  about, tuning = checkpoints.about(step), run.config.tuning
  _check_same_tuning(tuning_of(about), tuning, str(checkpoints.directory / str(step)))
  like = partitioning.laid_out(state_lib.abstract_state(run.step_config), run.shardings)
  averages = like.averages and checkpoints.restore(step, 'averages', like.averages)
  state = TrainState(
      parameters=stored_parameters(checkpoints, step, like.parameters, load),
      averages=averages,
      halted=jax.jit(lambda: jnp.zeros((), jnp.bool_), out_shardings=run.shardings.halted)(),
      **checkpoints.restore(step, 'training', _training(like)))
  return Beginning(state, checkpoints.data_position(step)[0], about.get('base'))


def save(checkpoints: Checkpoints, state: TrainState, position: Mapping[str, Any],
         about: Mapping[str, Any], step: int) -> None:
  """Begins to write a state. If a base has the frozen parameters, only the others are written."""
  stored = state.parameters
  if about['base']:
    stored, _ = tuning_of(about).split(stored)
  checkpoints.save(step, stored, _training(state), position, about, state.averages)


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
