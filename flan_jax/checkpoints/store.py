"""Checkpoints, by Orbax: `MODEL_DIR/checkpoints/<step>/`, each telling what it is of."""
from collections.abc import Iterable, Iterator, Mapping
import contextlib
import dataclasses
import json
import re
from typing import Any

from absl import logging
from etils import epath
import jax
import orbax.checkpoint as ocp

from flan_jax import checks, distributed, partitioning
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


@dataclasses.dataclass(frozen=True)
class Policy:
  """When checkpoints are written and which are kept.

  Attributes:
    period: steps between two checkpoints; the last step always has one.
    keep: how many of the newest stay; None keeps all.
  """

  period: int = 1000
  keep: int | None = 3

  def __post_init__(self):
    checks.check(self, period=checks.whole(1), keep=checks.whole(1).or_none)


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


def find(directory: epath.Path, where: str = '--checkpoint') -> tuple[epath.Path, int]:
  """Run directory and step, from either a run directory or one of its checkpoints.

  Args:
    directory: either.
    where: the flag or macro that names it.

  Raises:
    UserError: there is no checkpoint.
    Damaged: it lacks a part.
  """
  step = None
  if directory.name.isdigit() and directory.parent.name == FOLDER and directory.exists():
    directory, step = directory.parent.parent, int(directory.name)
  if (directory / FOLDER).exists():
    checkpoints = Checkpoints(directory, read_only=True)
    step = checkpoints.newest() if step is None else step
    if step is not None:
      checkpoints.check_readable(step)
      return directory, step
  raise UserError(
      f'there is no checkpoint in {directory}', where,
      f'Give a run directory (holding {FOLDER}/), one of its checkpoints, or a Hugging Face '
      'directory (holding config.json and *.safetensors).')


def has_checkpoint(model_dir: str | epath.Path) -> bool:
  """Whether a run has left a checkpoint in its directory, so that it goes on from there."""
  directory = epath.Path(model_dir)
  return (directory / FOLDER).is_dir() and (
      Checkpoints(directory, read_only=True).newest() is not None)


def run_directory(checkpoint: str | epath.Path) -> epath.Path:
  """The directory of the run that a checkpoint `<run>/checkpoints/<step>` is of."""
  return epath.Path(checkpoint).parent.parent


def about_vocabulary(path: str) -> Mapping[str, Any] | None:
  """How a checkpoint describes its vocabulary; None where it does not, as Hugging Face's."""
  if not epath.Path(path).name.isdigit() or epath.Path(path).parent.name != FOLDER:
    return None
  run_dir, step = find(epath.Path(path))
  kept = Checkpoints(run_dir, read_only=True).about(step).get('vocabulary')
  return kept if isinstance(kept, Mapping) else None


def pinned(path: str) -> str:
  """The full path of the checkpoint that is found there now; other directories as they are."""
  directory = epath.Path(path).resolve()
  if not (directory / FOLDER).exists():
    return str(directory)
  run_dir, step = find(directory)
  return str(run_dir / FOLDER / str(step))


def base(about: Mapping[str, Any], where: str) -> str | None:
  """The checkpoint that has the parameters which another, of these facts, leaves out, or None.

  Raises:
    UserError: it is not there any more.
  """
  path = about.get('base')
  if path and not epath.Path(path).exists():
    raise UserError(f'it has only what was tuned, and the checkpoint it was tuned from is gone: '
                    f'{path}', where, 'Put it back there.')
  return path


def shapes_by_name(tree: Tree) -> dict[str, tuple[int, ...]]:
  """The shape of each array of a tree, by its path joined with dots."""
  leaves = jax.tree_util.tree_leaves_with_path(tree)
  return {
      '.'.join(partitioning.path_names(path)): tuple(leaf.shape)
      for path, leaf in leaves
  }


def check_same_shapes(
    stored: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]], where: str
) -> None:
  """Raises UserError naming the first arrays that differ between checkpoint and model."""
  differences = [
      f'{name} is {list(stored[name])} there and {list(shape)} in the model'
      if name in stored else f'{name} is missing there'
      for name, shape in wanted.items()
      if stored.get(name) != shape
  ] + [f'{name} is not in the model' for name in stored if name not in wanted]
  if differences:
    shown = '; '.join(differences[:5])
    more = f' and {len(differences) - 5} more' if len(differences) > 5 else ''
    raise UserError(f'the checkpoint is of another model: {shown}{more}', where,
                    describe_model(stored))


_FIRST_OF_MLP = re.compile(r'(encoder\.)?layers(_\d+)?\.mlp\.wi_0\.kernel')
# (width, MLP width, layers of the encoder or of all) of the files in gin/models/.
_SIZES = {
    'T5 1.1': {
        (512, 1024, 8): 'small', (768, 2048, 12): 'base', (1024, 2816, 24): 'large',
        (2048, 5120, 24): 'xl', (4096, 10240, 24): 'xxl',
    },
    'decoder-only': {
        (1280, 10240, 8): 'lamda_422m', (2560, 20480, 10): 'lamda_2b',
        (4096, 32768, 16): 'lamda_8b', (8192, 65536, 32): 'lamda_68b',
        (8192, 65536, 64): 'lamda_137b',
    },
}


def describe_model(shapes: Mapping[str, tuple[int, ...]]) -> str:
  """Says in words which model the parameters of a checkpoint are likely of.

  Args:
    shapes: by name, of either family, layers stacked or not.

  Returns:
    '' where these are not the parameters of a whole model.
  """
  embedding = shapes.get('token_embedder.embedding')
  kernels = [(m, shape) for name, shape in shapes.items() if (m := _FIRST_OF_MLP.fullmatch(name))]
  if embedding is None:
    return ''
  if not kernels:
    return 'It looks like neither T5 1.1 nor a decoder-only model.'
  match, (*stacked, width, mlp) = kernels[0]
  family = 'T5 1.1' if match[1] else 'decoder-only'
  layers = stacked[0] if stacked else len(kernels)
  size = _SIZES[family].get((width, mlp, layers))
  remedy = 'Include its file from gin/models/.' if size else 'Set the shape of the model to that.'
  return (f'It looks like {family} {size or "of no published size"}: width {width}, MLP {mlp}, '
          f'{layers} layers, vocabulary {embedding[0]}. {remedy}')
