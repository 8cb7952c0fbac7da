"""Models that can be used: found in a run directory, a checkpoint or a Hugging Face directory."""
from collections.abc import Mapping
import dataclasses
from typing import Any

from etils import epath
import jax
import seqio

from flan_jax import convert, models, partitioning
from flan_jax.data.vocabulary import load_vocabulary
from flan_jax.errors import UserError
from flan_jax.training.checkpoints import (
    FOLDER, Checkpoints, check_same_shapes, shapes_by_name)


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
  """

  config: models.T5Config
  parameters: Any
  vocabulary: seqio.Vocabulary
  mesh: jax.sharding.Mesh
  step: int = 0
  about: Mapping[str, Any] = dataclasses.field(default_factory=dict)

  @property
  def module(self) -> Any:
    """The Flax module."""
    return models.build(self.config)


def load(
    path: str, *, mesh: Mapping[str, int] | None = None, vocabulary: str | None = None
) -> Model:
  """Loads a model from a run directory (its newest checkpoint), a checkpoint, or Hugging Face's.

  Args:
    path: the directory.
    mesh: size of each mesh axis; by default all devices hold a copy each.
    vocabulary: a SentencePiece model's path; by default the one the checkpoint names, or
      `spiece.model` in a Hugging Face directory.

  Raises:
    UserError: nothing that can be loaded is there.
  """
  stored = _read(path, partitioning.make_mesh(mesh or {'data': -1}))
  return dataclasses.replace(stored, vocabulary=load_vocabulary(vocabulary or stored.vocabulary))


def load_parameters(path: str, config: models.T5Config) -> Any:
  """Parameters of a checkpoint for a model of this shape.

  Raises:
    UserError: nothing that can be loaded is there, or its arrays have other shapes.
  """
  parameters = _read(path, partitioning.make_mesh({'data': -1})).parameters
  check_same_shapes(shapes_by_name(parameters),
                    shapes_by_name(models.abstract_parameters(config)), path)
  return parameters


def _read(path: str, mesh: jax.sharding.Mesh) -> Model:
  """A model whose vocabulary is still a name."""
  directory = epath.Path(path)
  if (directory / 'config.json').exists():
    config, parameters = convert.load_huggingface(str(directory))
    placed = jax.device_put(parameters, _shardings(config, mesh))
    return Model(config, placed, str(directory / 'spiece.model'), mesh)
  run_dir, step = _find_checkpoint(directory)
  checkpoints = Checkpoints(run_dir, read_only=True)
  about = checkpoints.about(step)
  config = models.T5Config(**about['model'])
  parameters = _restore_parameters(checkpoints, step, config, mesh)
  return Model(config, parameters, about['vocabulary'], mesh, step, about)


def _find_checkpoint(directory: epath.Path) -> tuple[epath.Path, int]:
  """Run directory and step, from either a run directory or one of its checkpoints."""
  if directory.name.isdigit() and directory.parent.name == FOLDER and directory.exists():
    return directory.parent.parent, int(directory.name)
  if (directory / FOLDER).exists():
    step = Checkpoints(directory, read_only=True).newest()
    if step is not None:
      return directory, step
  raise UserError(
      f'there is no checkpoint in {directory}', '--checkpoint',
      f'Give a run directory (holding {FOLDER}/), one of its checkpoints, or a Hugging Face '
      'directory (holding config.json and *.safetensors).')


def _shardings(config: models.T5Config, mesh: jax.sharding.Mesh) -> Any:
  return partitioning.parameter_shardings(
      mesh, models.logical_axes(config), models.abstract_parameters(config))


def _restore_parameters(checkpoints, step, config, mesh) -> Any:
  like = partitioning.laid_out(models.abstract_parameters(config), _shardings(config, mesh))
  return checkpoints.restore(step, 'parameters', like)
