"""Checkpoints, written by Orbax: `MODEL_DIR/checkpoints/<step>/`, each with facts about itself."""
from collections.abc import Iterable, Iterator, Mapping
import contextlib
import json
import re
from typing import Any

from absl import logging
from etils import epath
import jax
import orbax.checkpoint as ocp

from flan_jax import distributed
from flan_jax.checkpoints.policy import Policy
from flan_jax.checkpoints.shapes import check_same_shapes, shapes_by_name
from flan_jax.errors import UserError

FOLDER = 'checkpoints'
SET_ASIDE = 'damaged'  # folder of a run directory
Tree = Any

# For each required item the file that Orbax writes for it. It shows whether the item is there.
_FILES = {'about': 'metadata', 'data': 'metadata', 'parameters': '_METADATA',
          'training': '_METADATA'}
_READ_BY_ALL = ('about', 'parameters')
# Errors of storage that is unavailable for now: the checkpoint itself may be intact.
_UNAVAILABLE = re.compile(
    'PERMISSION_DENIED|UNAUTHENTICATED|UNAVAILABLE|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED')


class Damaged(UserError):
  """A part of a checkpoint is missing or cannot be read.

  Attributes:
    problem: the part and its problem, in a clause.
  """

  def __init__(self, problem: str, where: str, remedy: str = ''):
    super().__init__(f'this checkpoint is damaged: {problem}', where, remedy)
    self.problem = problem


class Checkpoints:
  """The checkpoints of a run.

  A checkpoint has items that can be read separately: `parameters` (all of them; or only those that
  train, if `about` names a base with the others), `averages` (running averages of those that train,
  if they are kept), `training` (the other arrays that training needs to resume), `data` (JSON:
  `rows`, the position in the stream of batches, and `of`, the identity of that stream) and `about`
  (JSON: facts about the checkpoint).
  """

  def __init__(self, model_dir: str | epath.Path, policy: Policy = Policy(), read_only=False):
    self.directory = epath.Path(model_dir).resolve() / FOLDER
    options = ocp.CheckpointManagerOptions(
        max_to_keep=policy.keep,
        create=not read_only,
        read_only=read_only,
        enable_async_checkpointing=not read_only,
        cleanup_tmp_directories=not read_only,  # left by a killed process or a full disk
    )
    handlers = {
        'parameters': ocp.StandardCheckpointHandler(),
        'training': ocp.StandardCheckpointHandler(),
        'averages': ocp.StandardCheckpointHandler(),
        'data': ocp.JsonCheckpointHandler(),
        'about': ocp.JsonCheckpointHandler(),
    }
    self._manager = ocp.CheckpointManager(
        self.directory, options=options, item_handlers=handlers)

  def newest(self) -> int | None:
    """The step of the newest checkpoint, or None. Empty folders do not count."""
    return max(self.steps(), default=None)

  def steps(self) -> list[int]:
    """The steps of all checkpoints, in order."""
    return [s for s in self._all_steps() if any(self._folder(s).iterdir())]

  def _all_steps(self) -> list[int]:
    """All steps that Orbax considers checkpoints, empty folders included."""
    # Orbax caches its list; other processes and people may have changed the folder since.
    self._manager.reload()
    return sorted(self._manager.all_steps())

  def problem(self, step: int, items: Iterable[str] = tuple(_FILES)) -> str | None:
    """What is missing of a checkpoint's items, in a clause; None if all are there.

    Arrays are not read, so a truncated file of an array is noticed only when it is restored.
    """
    for item in items:
      try:
        json.loads((self._folder(step) / item / _FILES[item]).read_text())
      except PermissionError:
        raise  # the checkpoint may be intact
      except (OSError, ValueError):
        return f'its {item!r} is missing or broken'
    return None

  def check_readable(self, step: int) -> None:
    """Raises Damaged if no model can be read from it. The message names an earlier intact one."""
    problem = self.problem(step, _READ_BY_ALL)
    if problem:
      raise self._damaged(step, problem)

  def _damaged(self, step: int, problem: str) -> Damaged:
    whole = [s for s in self.steps() if s < step and not self.problem(s, _READ_BY_ALL)]
    remedy = f'The one before it is {self._folder(whole[-1])}.' if whole else ''
    return Damaged(problem, str(self._folder(step)), remedy)

  def set_aside(self, step: int) -> epath.Path:
    """Moves a checkpoint to `damaged/` and returns its new place. All processes must call it."""
    def move() -> str:
      folder = self.directory.parent / SET_ASIDE
      folder.mkdir(exist_ok=True)
      taken = {p.name for p in folder.iterdir()}
      name = next(n for i in range(1, len(taken) + 3)
                  if (n := str(step) if i == 1 else f'{step}-{i}') not in taken)
      self._folder(step).rename(folder / name)  # a whole folder of Orbax's: nothing is written
      return str(folder / name)

    place = epath.Path(distributed.as_first_does(move))
    self._manager.reload()
    return place

  def set_empty_aside(self) -> dict[int, epath.Path]:
    """Moves empty folders to `damaged/`: Orbax counts them as checkpoints and saves no step before.

    Returns:
      The new place of each, by its step.
    """
    empty = sorted(set(self._all_steps()) - set(self.steps()))
    return {step: self.set_aside(step) for step in distributed.as_first_says(empty)}

  def delete_after(self, step: int) -> None:
    """Deletes the checkpoints of later steps, because Orbax saves no step before the newest."""
    for later in self.steps():
      if later > step:
        self._manager.delete(later)

  def _folder(self, step: int) -> epath.Path:
    return self.directory / str(step)

  def save(self, step: int, parameters: Tree, training: Tree, data: Mapping[str, Any],
           about: Mapping[str, Any], averages: Tree | None = None) -> None:
    """Starts to write a checkpoint. Returns while it is still being written.

    Args:
      step: its step.
      parameters: tree of arrays.
      training: tree of the other arrays.
      data: JSON-able: `rows`, the position in the stream of batches, and `of`, the identity of that
        stream.
      about: JSON-able facts, enough to load the model without any other file.
      averages: tree of arrays, or None.
    """
    items = {} if averages is None else {'averages': ocp.args.StandardSave(averages)}
    begun = self._manager.save(step, args=ocp.args.Composite(
        **items,
        parameters=ocp.args.StandardSave(parameters),
        training=ocp.args.StandardSave(training),
        data=ocp.args.JsonSave(dict(data)),
        about=ocp.args.JsonSave(dict(about))))
    # Orbax refuses a step that is not later than the newest one, and only says so here.
    if not begun:
      raise RuntimeError(f'Orbax has not saved step {step} in {self.directory}')

  def about(self, step: int) -> dict[str, Any]:
    """The facts of a checkpoint."""
    return self._json(step, 'about')

  def data_position(self, step: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The position in the stream of batches, and the identity of that stream.

    The identity is None in old checkpoints, which do not have it.
    """
    data = self._json(step, 'data')
    return (data['rows'], data['of']) if 'rows' in data else (data, None)

  def _json(self, step: int, item: str) -> dict[str, Any]:
    with self._reading(step, item):
      return self._manager.restore(
          step, args=ocp.args.Composite(**{item: ocp.args.JsonRestore()}))[item]

  def restore(self, step: int, item: str, like: Tree) -> Tree:
    """Reads one item of arrays, such as 'parameters'.

    Args:
      step: the checkpoint's step.
      item: the name of the item.
      like: tree of `jax.ShapeDtypeStruct` with the shardings to read into.

    Raises:
      UserError: the checkpoint's arrays have other names or shapes.
      Damaged: they cannot be read.
    """
    with self._reading(step, item):
      # Compared first, because Orbax reports other names or shapes with long stack traces.
      stored = self._manager.item_metadata(step)[item]
      check_same_shapes(shapes_by_name(stored), shapes_by_name(like), str(self._folder(step)))
      return self._manager.restore(
          step, args=ocp.args.Composite(**{item: ocp.args.StandardRestore(like)}))[item]

  @contextlib.contextmanager
  def _reading(self, step: int, item: str) -> Iterator[None]:
    try:
      yield
    except (UserError, MemoryError, PermissionError, jax.errors.JaxRuntimeError):
      raise
    except Exception as error:
      text = str(error)
      if distributed.has_lost_another(error) or _UNAVAILABLE.search(text):
        raise
      logging.info('%s of step %d cannot be read: %s', item, step, text)
      raise self._damaged(step, f'its {item!r} cannot be read') from error

  def wait(self) -> None:
    """Returns when all started checkpoints are written."""
    self._manager.wait_until_finished()

  def close(self) -> None:
    """Finishes writing and closes the directory."""
    self._manager.close()
