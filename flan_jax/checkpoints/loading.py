"""Loads models from run directories, checkpoints and Hugging Face directories."""
from collections.abc import Callable, Mapping
import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import seqio

from flan_jax import models, partitioning, storage
from flan_jax.checkpoints import convert, facts, kept_vocabulary, shipped
from flan_jax.checkpoints.finding import find, run_directory
from flan_jax.checkpoints.shapes import check_same_shapes, shapes_by_name
from flan_jax.checkpoints.store import Checkpoints
from flan_jax.data.vocabulary import end_id, load_vocabulary
from flan_jax.errors import UserError, nearest
from flan_jax.models import tuning as tuning_lib
from flan_jax.partitioning import Layout

_THEIR_VOCABULARY = 'spiece.model'  # in a Hugging Face directory


@dataclasses.dataclass(frozen=True)
class Model:
  """A model that can score and generate.

  Attributes:
    config: its shape, and the `dtype` of its activations.
    parameters: its parameters; those from `load` have that dtype.
    vocabulary: turns texts into tokens and back.
    layout: the devices it is on, and what logical axes mean on them.
    step: the checkpoint's step.
    about: the checkpoint's facts; may be empty.
    path: the checkpoint, or the directory it was read from; empty if it was made in this process.
    averaged: whether its parameters are running averages.
  """

  config: models.TransformerConfig
  parameters: Any
  vocabulary: seqio.Vocabulary
  layout: Layout
  step: int = 0
  about: Mapping[str, Any] = dataclasses.field(default_factory=dict)
  path: str = ''
  averaged: bool = False

  @property
  def mesh(self) -> jax.sharding.Mesh:
    """The devices it is on."""
    return self.layout.mesh

  @property
  def module(self) -> Any:
    """The Flax module."""
    return models.build(self.config)

  def __repr__(self) -> str:
    count = sum(leaf.size for leaf in jax.tree.leaves(self.parameters))
    size = f'{count / 1e9:.2f} billion' if count >= 1e9 else f'{count / 1e6:.2f} million'
    devices = f'{self.mesh.size} device' + 's' * (self.mesh.size > 1)
    return (f'<Model {models.family(self.config)}, {size} parameters, {self.config.dtype}, '
            f'vocabulary {self.config.vocab_size:,}, step {self.step:,}, {devices}>')


def load(
    path: str, *, mesh: Mapping[str, int] | None = None,
    vocabulary: str | seqio.Vocabulary | None = None, ema: bool = True,
    axis_rules: Mapping[str, Any] | None = None, dtype: str | None = None,
) -> Model:
  """Loads a model from a run directory (its newest checkpoint), a checkpoint, or Hugging Face's.

  Args:
    path: the directory, or the name of a checkpoint that ships with the package, such as 'tiny'.
    mesh: size of each mesh axis; by default each device holds a whole copy if it has the memory.
    vocabulary: the vocabulary that the checkpoint was trained with: a SentencePiece model's path,
      or a SeqIO vocabulary. By default the copy in the run directory, or `spiece.model` in a
      Hugging Face directory.
    ema: take the parameters' running averages if the checkpoint has them.
    axis_rules: changes to `partitioning.AXIS_RULES`.
    dtype: of activations and parameters, 'float32' or 'bfloat16'; None as `inference_dtype`.

  Raises:
    UserError: the directory has nothing to load, the checkpoint's base is gone, or the vocabulary
      is another one or larger than the embedding.
  """
  path, rules = storage.expand(path), partitioning.axis_rules(axis_rules)
  dtype = inference_dtype(dtype)
  stored = _read(path, lambda config: _shardings(config, mesh, rules, dtype), rules, ema, dtype)
  used = _vocabulary(stored, vocabulary)
  if used.vocab_size > stored.config.vocab_size:
    # Looking up a token beyond the embedding would silently take a wrong row.
    raise UserError(
        f'its vocabulary has {used.vocab_size:,} pieces, its embedding only '
        f'{stored.config.vocab_size:,} rows', path, 'Use the vocabulary that it was trained with.')
  config = dataclasses.replace(stored.config, dtype=dtype, end_id=end_id(used))
  return dataclasses.replace(stored, config=config, vocabulary=used)


def inference_dtype(dtype: str | None = None) -> str:
  """The dtype of a model that scores or generates: the given one, or the default of the devices.

  The default is float32 on CPUs, where bfloat16 is no faster, and bfloat16 on accelerators.

  Raises:
    UserError: the dtype is not in `models.DTYPES`.
  """
  if dtype is None:
    return 'float32' if jax.default_backend() == 'cpu' else 'bfloat16'
  if dtype not in models.DTYPES:
    raise UserError(f'{dtype!r} is not a dtype of models', 'dtype',
                    nearest(str(dtype), models.DTYPES))
  return dtype


def with_dtype(model: Model, dtype: str | None) -> Model:
  """The same model with activations and parameters in a dtype, see `inference_dtype`."""
  dtype = inference_dtype(dtype)
  parameters = model.parameters
  if any(leaf.dtype != dtype for leaf in jax.tree.leaves(parameters)):
    cast = jax.jit(lambda tree: jax.tree.map(lambda leaf: leaf.astype(dtype), tree),
                   out_shardings=jax.tree.map(lambda leaf: leaf.sharding, parameters))
    parameters = cast(parameters)
  return dataclasses.replace(
      model, config=dataclasses.replace(model.config, dtype=dtype), parameters=parameters)


def load_parameters(
    path: str, config: models.TransformerConfig, shardings: Any,
    may_be_new: Callable[[str], bool] = lambda name: False,
    rules: partitioning.Rules = partitioning.AXIS_RULES, dtype: str = 'float32',
) -> Any:
  """Loads the parameters of a checkpoint for a model of this shape.

  Args:
    path: as for `load`.
    config: the model's shape.
    shardings: of its parameters; no device holds more of them at any time.
    may_be_new: whether the checkpoint may lack a parameter, by its name.
    rules: logical to mesh axes, for parameters that are stored stacked and wanted unstacked, or the
      other way round.
    dtype: of the parameters.

  Raises:
    UserError: the directory has nothing to load, or its arrays have other shapes.
  """
  there = {}

  def is_wanted(name: str) -> bool:
    return name in there or not may_be_new(name)

  def shardings_of(stored: models.TransformerConfig) -> Any:
    there.update(_checked_shapes(path, stored, config, may_be_new))
    if stored.scan_layers == config.scan_layers:
      return tuning_lib.select(shardings, is_wanted)
    layout = Layout(jax.tree.leaves(shardings)[0].mesh, rules)
    return layout.parameter_shardings(
        models.logical_axes(stored), models.abstract_parameters(stored))

  read = _read(path, shardings_of, rules, dtype=dtype)
  if read.config.scan_layers == config.scan_layers:
    return read.parameters
  rearrange = models.stack_layers if config.scan_layers else models.unstack_layers
  # On the devices: a copy in the host's memory could be too large.
  place = jax.jit(rearrange, out_shardings=tuning_lib.select(shardings, is_wanted))
  return place(read.parameters)


def check_parameters(
    path: str, config: models.TransformerConfig, may_be_new: Callable[[str], bool], where: str
) -> None:
  """Checks the shapes of a checkpoint for a model. Reads no array.

  Args:
    path, config, may_be_new: as for `load_parameters`.
    where: the macro that names the path.

  Raises:
    UserError: `load_parameters` would raise it.
  """
  directory = shipped.located(path)
  stored: models.TransformerConfig
  if convert.is_huggingface(directory):
    stored = convert.check_huggingface(str(directory))
  else:
    run_dir, step = find(directory, where)
    about = Checkpoints(run_dir, read_only=True).about(step)
    base = facts.base(about, path)
    stored = models.config_from_dict(about['model'])
    if base:
      check_parameters(base, stored, facts.tuning_of(about).may_be_new, where)
  _checked_shapes(path, stored, config, may_be_new)


def check_vocabulary(path: str, vocabulary: seqio.Vocabulary, where: str) -> None:
  """Checks that a checkpoint was trained with this vocabulary, as far as its directory tells.

  Args:
    path: as for `load`.
    vocabulary: the vocabulary to use.
    where: the macro that names the path.

  Raises:
    UserError: it was trained with another vocabulary, or there is no checkpoint.
  """
  directory = shipped.located(path)
  if convert.is_huggingface(directory):
    kept_vocabulary.check_same_pieces(directory / _THEIR_VOCABULARY, vocabulary, path)
    return
  run_dir, step = find(directory, where)
  kept = Checkpoints(run_dir, read_only=True).about(step).get('vocabulary')
  if isinstance(kept, Mapping):
    kept_vocabulary.check_same(
        kept, vocabulary, path, 'Set VOCABULARY to the file in the folder vocabulary/ of that run.')


def _checked_shapes(path, stored, config, may_be_new) -> dict[str, tuple[int, ...]]:
  """A stored model's parameter shapes by name. Raises UserError if `config` needs others."""
  as_wanted = dataclasses.replace(stored, scan_layers=config.scan_layers)
  there = shapes_by_name(models.abstract_parameters(as_wanted))
  wanted = shapes_by_name(models.abstract_parameters(config))
  check_same_shapes(
      there, {n: s for n, s in wanted.items() if n in there or not may_be_new(n)}, path)
  return there


def _vocabulary(stored: Model, given: str | seqio.Vocabulary | None) -> seqio.Vocabulary:
  """The given vocabulary, if it is the checkpoint's; by default the one that its run keeps."""
  kept = stored.vocabulary
  if isinstance(kept, str):  # a Hugging Face directory, or a run older than kept vocabularies
    vocabulary = load_vocabulary(given or kept, '--vocabulary')
    kept_vocabulary.check_same_pieces(kept, vocabulary, stored.path)
    return vocabulary
  if given is None:
    return kept_vocabulary.read_back(kept, run_directory(stored.path), stored.path)
  vocabulary = load_vocabulary(given, '--vocabulary')
  kept_vocabulary.check_same(kept, vocabulary, stored.path)
  return vocabulary


def _read(
    path: str, shardings_of: Callable[[models.TransformerConfig], Any], rules: partitioning.Rules,
    ema: bool = True, dtype: str = 'float32',
) -> Model:
  """A model whose vocabulary is still a name or a description.

  `shardings_of` gives the shardings of the parameters for the stored config.
  """
  directory = shipped.located(path)
  if convert.is_huggingface(directory):
    config: models.TransformerConfig
    config, parameters = convert.load_huggingface(str(directory))
    parameters = jax.tree.map(lambda array: array.astype(jnp.dtype(dtype)), parameters)
    placed = partitioning.place(parameters, shardings_of(config))
    return Model(config, placed, str(directory / _THEIR_VOCABULARY), _layout(placed, rules),
                 path=path if shipped.is_shipped(path) else str(directory.resolve()))
  run_dir, step = find(directory)
  checkpoints = Checkpoints(run_dir, read_only=True)
  about = checkpoints.about(step)
  config = models.config_from_dict(about['model'])
  parameters = _restore(checkpoints, step, config, shardings_of(config), rules, ema, dtype)
  return Model(
      config, parameters, about['vocabulary'], _layout(parameters, rules), step, about,
      path=str(checkpoints.directory / str(step)),
      averaged=ema and facts.tuning_of(about).ema_decay is not None)


def stored_parameters(
    checkpoints: Checkpoints, step: int, like: Any, load_base: Callable[[str], Any]
) -> Any:
  """All parameters of a checkpoint. Those that it leaves out come from its base.

  Args:
    checkpoints: the checkpoints of a run.
    step: the checkpoint's step.
    like: shapes and shardings of the parameters, see `Checkpoints.restore`.
    load_base: loads the base's parameters.

  Raises:
    UserError: the base is gone, or the arrays have other names or shapes.
  """
  about = checkpoints.about(step)
  base = facts.base(about, str(checkpoints.directory / str(step)))
  if not base:
    return checkpoints.restore(step, 'parameters', like)
  trained, _ = facts.tuning_of(about).split(like)
  return tuning_lib.merge(load_base(base), checkpoints.restore(step, 'parameters', trained))


def _restore(checkpoints, step, config, shardings, rules, ema, dtype) -> Any:
  """A checkpoint's parameters, those that it leaves out from its base."""
  tuning = facts.tuning_of(checkpoints.about(step))
  like = partitioning.laid_out(_in(dtype, models.abstract_parameters(config)), shardings)
  parameters = stored_parameters(
      checkpoints, step, like,
      lambda base: load_parameters(base, config, shardings, tuning.may_be_new, rules, dtype))
  if ema and tuning.ema_decay is not None:
    averages = checkpoints.restore(step, 'averages', tuning.split(like)[0])
    return tuning_lib.merge(parameters, averages)
  return parameters


def _shardings(
    config: models.TransformerConfig, shape: Mapping[str, int] | None, rules: partitioning.Rules,
    dtype: str,
) -> Any:
  """Shardings of the parameters on the mesh asked for, or on a mesh where they fit."""
  axes = models.logical_axes(config)
  parameters = _in(dtype, models.abstract_parameters(config))
  layout = partitioning.choose_layout(
      shape, axes, parameters, partitioning.tree_bytes(parameters), rules=rules)
  return layout.parameter_shardings(axes, parameters)


def _in(dtype: str, shapes: Any) -> Any:
  """The same shapes in another dtype."""
  return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, jnp.dtype(dtype)), shapes)


def _layout(parameters: Any, rules: partitioning.Rules) -> Layout:
  return Layout(jax.tree.leaves(parameters)[0].sharding.mesh, rules)
