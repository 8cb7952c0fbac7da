"""Models that can be used: found in a run directory, a checkpoint or a Hugging Face directory."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

from etils import epath
import jax
import seqio

from flan_jax import convert, models, partitioning
from flan_jax.data.vocabulary import load_vocabulary
from flan_jax.errors import UserError
from flan_jax.training import checkpoints as checkpoints_lib
from flan_jax.training import restoring
from flan_jax.training import tuning as tuning_lib
from flan_jax.training.checkpoints import Checkpoints, check_same_shapes, shapes_by_name


@dataclasses.dataclass(frozen=True)
class Model:
  """A model that can score and generate.

  Attributes:
    config: its shape.
    parameters: its parameters.
    vocabulary: turns texts into tokens and back.
    mesh: the devices it is on.
    step: the checkpoint's step.
    about: what the checkpoint says about itself; empty where it says nothing.
    rules: what logical axes mean on the mesh.
    path: the checkpoint, or the directory it was read from; empty for one that was made here.
    averaged: its parameters are running averages.
  """

  config: models.TransformerConfig
  parameters: Any
  vocabulary: seqio.Vocabulary
  mesh: jax.sharding.Mesh
  step: int = 0
  about: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  rules: partitioning.Rules = partitioning.AXIS_RULES
  path: str = ''
  averaged: bool = False

  @property
  def module(self) -> Any:
    """The Flax module."""
    return models.build(self.config)


def load(
    path: str, *, mesh: Mapping[str, int] | None = None, vocabulary: str | None = None,
    ema: bool = True, axis_rules: Mapping[str, Any] | None = None,
) -> Model:
  """Loads a model from a run directory (its newest checkpoint), a checkpoint, or Hugging Face's.

  Args:
    path: the directory.
    mesh: size of each mesh axis; by default all devices hold a copy each if they can.
    vocabulary: a SentencePiece model's path; by default the one the checkpoint names, or
      `spiece.model` in a Hugging Face directory.
    ema: take the parameters' running averages where the checkpoint has any.
    axis_rules: changes to `partitioning.AXIS_RULES`.

  Raises:
    UserError: nothing that can be loaded is there, the base of a checkpoint that has only what was
      tuned is gone, or the vocabulary is larger than the embedding.
  """
  rules = partitioning.axis_rules(axis_rules)
  stored = _read(path, lambda config: _layout(config, mesh, rules), rules, ema)
  vocabulary = load_vocabulary(vocabulary or stored.vocabulary)
  if vocabulary.vocab_size > stored.config.vocab_size:
    # A token beyond the table reads NaN.
    raise UserError(
        f'its vocabulary has {vocabulary.vocab_size:,} pieces, its embedding only '
        f'{stored.config.vocab_size:,} rows', path, 'Give the vocabulary that it was trained with.')
  return dataclasses.replace(stored, vocabulary=vocabulary, rules=rules)


def load_parameters(
    path: str, config: models.TransformerConfig, shardings: Any,
    may_be_new: Callable[[str], bool] = lambda name: False,
    rules: partitioning.Rules = partitioning.AXIS_RULES,
) -> Any:
  """Parameters of a checkpoint for a model of this shape.

  Args:
    path: as `load` takes it.
    config: the model's shape.
    shardings: of its parameters; no device holds more of them at any time.
    may_be_new: tells of a parameter's name whether the checkpoint may lack it.
    rules: logical to mesh axes, for what is read in another layout first.

  Raises:
    UserError: nothing that can be loaded is there, or its arrays have other shapes.
  """
  wanted = shapes_by_name(models.abstract_parameters(config))
  there = {}

  def is_wanted(name: str) -> bool:
    return name in there or not may_be_new(name)

  def layout(stored: models.TransformerConfig) -> Any:
    as_wanted = dataclasses.replace(stored, scan_layers=config.scan_layers)
    there.update(shapes_by_name(models.abstract_parameters(as_wanted)))
    check_same_shapes(there, {n: s for n, s in wanted.items() if is_wanted(n)}, path)
    if stored.scan_layers == config.scan_layers:
      return tuning_lib.select(shardings, is_wanted)
    mesh = jax.tree.leaves(shardings)[0].mesh
    return partitioning.parameter_shardings(
        mesh, models.logical_axes(stored), models.abstract_parameters(stored), rules)

  read = _read(path, layout, rules)
  if read.config.scan_layers == config.scan_layers:
    return read.parameters
  rearrange = models.stack_layers if config.scan_layers else models.unstack_layers
  place = jax.jit(rearrange, out_shardings=tuning_lib.select(shardings, is_wanted))
  return place(read.parameters)


def _read(path: str, layout: Callable[[models.TransformerConfig], Any],
          rules: partitioning.Rules, ema: bool = True) -> Model:
  """A model whose vocabulary is still a name, its parameters where `layout` wants them."""
  directory = epath.Path(path)
  if (directory / 'config.json').exists():
    config, parameters = convert.load_huggingface(str(directory))
    placed = partitioning.place(parameters, layout(config))
    return Model(config, placed, str(directory / 'spiece.model'), _mesh(placed),
                 path=str(directory.resolve()))
  run_dir, step = checkpoints_lib.find(directory)
  checkpoints = Checkpoints(run_dir, read_only=True)
  about = checkpoints.about(step)
  config = models.config_from_dict(about['model'])
  parameters = _restore(checkpoints, step, config, layout(config), rules, ema)
  return Model(
      config, parameters, about['vocabulary'], _mesh(parameters), step, about,
      path=str(checkpoints.directory / str(step)),
      averaged=ema and restoring.tuning_of(about).ema_decay is not None)


def _restore(checkpoints, step, config, shardings, rules, ema) -> Any:
  """A checkpoint's parameters, those that it leaves out from its base."""
  tuning = restoring.tuning_of(checkpoints.about(step))
  like = partitioning.laid_out(models.abstract_parameters(config), shardings)
  parameters = restoring.parameters(
      checkpoints, step, like,
      lambda base: load_parameters(base, config, shardings, tuning.may_be_new, rules))
  if ema and tuning.ema_decay is not None:
    averages = checkpoints.restore(step, 'averages', tuning.split(like)[0])
    return tuning_lib.merge(parameters, averages)
  return parameters


def _layout(
    config: models.TransformerConfig, shape: Mapping[str, int] | None, rules: partitioning.Rules
) -> Any:
  """Shardings of the parameters alone on the mesh asked for, or on one that they fit on."""
  axes, parameters = models.logical_axes(config), models.abstract_parameters(config)
  mesh = partitioning.choose_mesh(
      shape, axes, parameters, partitioning.tree_bytes(parameters), rules=rules)
  return partitioning.parameter_shardings(mesh, axes, parameters, rules)


def _mesh(parameters: Any) -> jax.sharding.Mesh:
  return jax.tree.leaves(parameters)[0].sharding.mesh
