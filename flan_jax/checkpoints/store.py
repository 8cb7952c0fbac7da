"""Checkpoints, by Orbax: `MODEL_DIR/checkpoints/<step>/`, each telling what it is of."""
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

# The file that each item has which a checkpoint cannot be without.
_FILES = {'about': 'metadata', 'data': 'metadata', 'parameters': '_METADATA',
          'training': '_METADATA'}
_READ_BY_ALL = ('about', 'parameters')
# What is said of a checkpoint that may well be whole, and cannot be read for now.
_NOT_ITS_FAULT = re.compile(
    'PERMISSION_DENIED|UNAUTHENTICATED|UNAVAILABLE|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED')


class Damaged(UserError):
  """A checkpoint that lacks a part, or has one that cannot be read.

  Attributes:
    problem: which, in a clause.
  """

  def __init__(self, problem: str, where: str, remedy: str = ''):
    super().__init__(f'this checkpoint is damaged: {problem}', where, remedy)
    self.problem = problem


class Checkpoints:
  """The checkpoints of a run.

  A checkpoint has items that can each be read without the others: `parameters` (all of them, or
  those that train where `about` names the base of the others), `averages` (of those that train,
  where they are kept), `training` (the other arrays that training needs to go on), `data` (JSON:
  `rows`, the position in the stream of batches, and `of`, what that is a position in) and `about`
  (JSON: what it is of).
  """

  def __init__(self, model_dir: str | epath.Path, policy: Policy = Policy(), read_only=False):
    self.directory = epath.Path(model_dir).resolve() / FOLDER
    options = ocp.CheckpointManagerOptions(
        max_to_keep=policy.keep,
        create=not read_only,
        read_only=read_only,
        enable_async_checkpointing=not read_only,
        cleanup_tmp_directories=not read_only,  # what a killed process or a full disk has left
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
    """The step of the newest checkpoint, or None; empty folders are none."""
    return max(self.steps(), default=None)

  def steps(self) -> list[int]:
    """The steps of all checkpoints, in order."""
    return [s for s in self._all_steps() if any(self._folder(s).iterdir())]

  def _all_steps(self) -> list[int]:
    """What Orbax takes for checkpoints now."""
    self._manager.reload()
    return sorted(self._manager.all_steps())

  def problem(self, step: int, items: Iterable[str] = tuple(_FILES)) -> str | None:
    """What a checkpoint lacks of some items, in a clause; None where each is there.

    Arrays are not read: a file of theirs that is cut short shows when they are.
    """
    for item in items:
      try:
        json.loads((self._folder(step) / item / _FILES[item]).read_text())
      except PermissionError:
        raise  # it may well be whole
      except (OSError, ValueError):
        return f'its {item!r} is missing or broken'
    return None

  def check_readable(self, step: int) -> None:
    """Raises Damaged, naming one before it that is whole, where no model can be read from it."""
    problem = self.problem(step, _READ_BY_ALL)
    if problem:
      raise self._damaged(step, problem)

  def _damaged(self, step: int, problem: str) -> Damaged:
    whole = [s for s in self.steps() if s < step and not self.problem(s, _READ_BY_ALL)]
    remedy = f'The one before it is {self._folder(whole[-1])}.' if whole else ''
    return Damaged(problem, str(self._folder(step)), remedy)

  def set_aside(self, step: int) -> epath.Path:
    """Moves a folder out of the checkpoints' way; returns where it is now. For all processes."""
    def move() -> str:
      folder = self.directory.parent / SET_ASIDE
      folder.mkdir(exist_ok=True)
      taken = {p.name for p in folder.iterdir()}
      name = next(n for i in range(1, len(taken) + 3)
                  if (n := str(step) if i == 1 else f'{step}-{i}') not in taken)
      self._folder(step).rename(folder / name)
      return str(folder / name)

    place = epath.Path(distributed.as_first_does(move))
    self._manager.reload()
    return place

  def set_empty_aside(self) -> dict[int, epath.Path]:
    """Moves empty folders away: Orbax takes them for checkpoints and saves none before them.

    Returns:
      Where each is now, by its step.
    """
    empty = sorted(set(self._all_steps()) - set(self.steps()))
    return {step: self.set_aside(step) for step in distributed.as_first_says(empty)}

  def delete_after(self, step: int) -> None:
    """Deletes checkpoints of later steps: Orbax saves none before them."""
    for later in self.steps():
      if later > step:
        self._manager.delete(later)

  def _folder(self, step: int) -> epath.Path:
    return self.directory / str(step)

  def save(self, step: int, parameters: Tree, training: Tree, data: Mapping[str, Any],
           about: Mapping[str, Any], averages: Tree | None = None) -> None:
    """Begins to write a checkpoint; returns while it is being written.

    Args:
      step: its number.
      parameters: tree of arrays.
      training: tree of the other arrays.
      data: JSON-able: `rows`, the position in the stream of batches, and `of`, what it is one in.
      about: JSON-able facts, so that it can be loaded with nothing else at hand.
      averages: tree of arrays, or None.
    """
    items = {} if averages is None else {'averages': ocp.args.StandardSave(averages)}
    begun = self._manager.save(step, args=ocp.args.Composite(
        **items,
        parameters=ocp.args.StandardSave(parameters),
        training=ocp.args.StandardSave(training),
        data=ocp.args.JsonSave(dict(data)),
        about=ocp.args.JsonSave(dict(about))))
    if not begun:
      raise RuntimeError(f'Orbax has not saved step {step} in {self.directory}')

  def about(self, step: int) -> dict[str, Any]:
    """What a checkpoint is of."""
    return self._json(step, 'about')

  def data_position(self, step: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Where training goes on in the stream of batches, and what that is a position in.

    The second is None in checkpoints that were written before it was kept.
    """
    data = self._json(step, 'data')
    return (data['rows'], data['of']) if 'rows' in data else (data, None)

  def _json(self, step: int, item: str) -> dict[str, Any]:
    with self._reading(step, item):
      return self._manager.restore(
          step, args=ocp.args.Composite(**{item: ocp.args.JsonRestore()}))[item]

  def restore(self, step: int, item: str, like: Tree) -> Tree:
    """One item of a checkpoint, 'parameters' or 'training'.

    Args:
      step: its number.
      item: which one.
      like: tree of `jax.ShapeDtypeStruct` with shardings: the layout wanted.

    Raises:
      UserError: the checkpoint's arrays have other names or shapes.
      Damaged: they cannot be read.
    """
    with self._reading(step, item):
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
      if distributed.has_lost_another(error) or _NOT_ITS_FAULT.search(text):
        raise
      logging.info('%s of step %d cannot be read: %s', item, step, text)
      raise self._damaged(step, f'its {item!r} cannot be read') from error

  def wait(self) -> None:
    """Returns when everything begun is written."""
    self._manager.wait_until_finished()

  def close(self) -> None:
    """Finishes writing and lets go of the directory."""
    self._manager.close()
