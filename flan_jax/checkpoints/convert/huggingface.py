"""Converts T5 1.1 checkpoints of Hugging Face's transformers to and from our parameter trees."""
from collections.abc import Callable, Iterator, Mapping
import json
import os
import tempfile
from typing import Any

from etils import epath
import jax
import jax.numpy as jnp
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors import numpy as safetensors

from flan_jax import models, storage
from flan_jax.errors import UserError

_CONFIG = 'config.json'
_SINGLE = 'model.safetensors'
_INDEX = 'model.safetensors.index.json'
_EMBEDDING = 'shared.weight'
_LOGITS = 'lm_head.weight'

# Some versions of transformers write further names of the embedding, and a table without use.
_EMBEDDING_ALIASES = ('encoder.embed_tokens.weight', 'decoder.embed_tokens.weight')
_IGNORED = ('decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight',)

# Their key -> our field, and the default if their key may be absent.
_SIZES = {
    'vocab_size': ('vocab_size', None),
    'd_model': ('d_model', None),
    'num_heads': ('num_heads', None),
    'd_kv': ('head_dim', None),
    'd_ff': ('mlp_dim', None),
    'num_layers': ('num_encoder_layers', None),
    'relative_attention_num_buckets': ('relpos_buckets', 32),
    'relative_attention_max_distance': ('relpos_max_distance', 128),
    'dropout_rate': ('dropout_rate', 0.1),
}

_ENCODER_LAYER = (
    ('attention', 'pre_attention_layer_norm', 'SelfAttention'),
    ('mlp', 'pre_mlp_layer_norm', 'DenseReluDense'),
)
_DECODER_LAYER = (
    ('self_attention', 'pre_self_attention_layer_norm', 'SelfAttention'),
    ('encoder_decoder_attention', 'pre_cross_attention_layer_norm', 'EncDecAttention'),
    ('mlp', 'pre_mlp_layer_norm', 'DenseReluDense'),
)
_ATTENTION_KERNELS = {'query': 'q', 'key': 'k', 'value': 'v', 'out': 'o'}
_MLP_KERNELS = {'wi_0': 'wi_0', 'wi_1': 'wi_1', 'wo': 'wo'}

Tree = dict[str, Any]
Reader = Callable[[str | os.PathLike[str]], dict[str, Any]]  # a file's tensors or shapes, by name


def is_huggingface(directory: str | os.PathLike[str]) -> bool:
  """Whether a directory, local or `gs://`, holds a transformers model, not a run of ours."""
  return (epath.Path(directory) / _CONFIG).exists()


def load_huggingface(directory: str | os.PathLike[str]) -> tuple[models.T5Config, Tree]:
  """Loads a directory with config.json and model.safetensors, in one file or in shards.

  Args:
    directory: local or `gs://` path.

  Returns:
    The config, with bfloat16 activations, and float32 parameters in memory.

  Raises:
    UserError: a file is missing, the model is not T5 1.1, or the tensors do not match the config.
  """
  path = epath.Path(directory)
  about = _read_json(path / _CONFIG)
  config = t5_config_from_huggingface(about)
  tensors = _tensors(path, about, safetensors.load_file)
  try:
    return config, parameters_from_huggingface(tensors, config)
  except UserError as error:
    raise UserError(error.what, str(path), error.remedy) from error


def check_huggingface(directory: str | os.PathLike[str]) -> models.T5Config:
  """The config of a directory. Checks the shapes in local files, but reads no tensor.

  Raises:
    UserError: as `load_huggingface`.
  """
  path = epath.Path(directory)
  about = _read_json(path / _CONFIG)
  config = t5_config_from_huggingface(about)
  if os.path.exists(path):
    try:
      _check(_tensors(path, about, _read_shapes), config)
    except UserError as error:
      raise UserError(error.what, str(path), error.remedy) from error
  return config


def save_huggingface(
    directory: str | os.PathLike[str], tree: Tree, config: models.T5Config, dtype: str = 'float32'
) -> None:
  """Writes config.json and model.safetensors, as `save_pretrained` does.

  Args:
    directory: local or `gs://` path; files of these names are replaced.
    tree: the parameters.
    config: the model that they belong to.
    dtype: of the stored tensors, 'float32' or 'bfloat16'.

  Raises:
    UserError: the tree lacks a parameter.
  """
  tensors = parameters_to_huggingface(tree, config)
  stored = {name: value.astype(jnp.dtype(dtype)) for name, value in tensors.items()}
  about = {
      'architectures': ['T5ForConditionalGeneration'], 'model_type': 't5',
      'feed_forward_proj': 'gated-gelu', 'tie_word_embeddings': False,
      'scale_decoder_outputs': False, 'is_encoder_decoder': True,
      'decoder_start_token_id': 0, 'pad_token_id': 0, 'eos_token_id': config.end_id,
      'num_decoder_layers': config.num_decoder_layers, 'torch_dtype': dtype,
      **{theirs: getattr(config, ours) for theirs, (ours, _) in _SIZES.items()}}
  path = epath.Path(directory)
  path.mkdir(parents=True, exist_ok=True)
  with storage.whole_file(path / _SINGLE) as unfinished:
    unfinished.write_bytes(safetensors.save(stored, {'format': 'pt'}))
  storage.write_text(path / _CONFIG, json.dumps(about, indent=2, sort_keys=True) + '\n')


def t5_config_from_huggingface(config_dict: Mapping[str, Any]) -> models.T5Config:
  """Our config from the content of config.json.

  Raises:
    UserError: it describes a model other than T5 1.1, or a size is missing.
  """
  # transformers 5 writes `tie_word_embeddings: true` for every T5. There another key marks T5 1.0,
  # whose logits are scaled.
  tied = config_dict.get('scale_decoder_outputs', config_dict.get('tie_word_embeddings', True))
  activation = config_dict.get('feed_forward_proj', 'relu')
  family = config_dict.get('model_type')
  if family not in ('t5', 'mt5') or activation != 'gated-gelu' or tied:
    raise UserError(
        f'this is not T5 1.1 (model_type {family!r}, feed_forward_proj {activation!r}, '
        f'scaled tied logits: {bool(tied)})', _CONFIG,
        'T5 1.1, its LM-adapted versions, Flan-T5, mT5 and T0 can be loaded.')
  sizes = {}
  for theirs, (ours, default) in _SIZES.items():
    value = config_dict.get(theirs, default)
    if value is None:
      raise UserError(f'{theirs} is missing', _CONFIG, "Use the model's own config.json.")
    sizes[ours] = value
  decoder_layers = config_dict.get('num_decoder_layers') or sizes['num_encoder_layers']
  return models.T5Config(**sizes, num_decoder_layers=decoder_layers)


def parameters_from_huggingface(
    tensors: Mapping[str, np.ndarray], config: models.T5Config
) -> Tree:
  """Our parameters from theirs.

  Args:
    tensors: by their names; kernels are `[out, in]`.
    config: the model that the tensors must match.

  Returns:
    A tree of float32 NumPy arrays with the structure of `models.init_parameters`.

  Raises:
    UserError: tensors are missing, unexpected or shaped differently.
  """
  tensors = _with_one_embedding(tensors)
  _check(tensors, config)
  tree: Tree = {}
  for path, name, transposed in _names(config):
    value = np.asarray(tensors[name], np.float32)
    _insert(tree, path, np.ascontiguousarray(value.T) if transposed else value)
  return tree


def parameters_to_huggingface(tree: Tree, config: models.T5Config) -> dict[str, np.ndarray]:
  """Their tensors from our parameters: float32, contiguous, by their names.

  Raises:
    UserError: the tree lacks a parameter.
  """
  tensors = {}
  for path, name, transposed in _names(config):
    value = np.asarray(_find(tree, path), np.float32)
    tensors[name] = np.ascontiguousarray(value.T if transposed else value)
  _check(tensors, config)
  return tensors


def _with_one_embedding(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
  """The tensors without unused ones, and with the embedding under its main name only."""
  tensors = {name: value for name, value in tensors.items() if name not in _IGNORED}
  for alias in _EMBEDDING_ALIASES:
    if alias in tensors:
      table = tensors.pop(alias)
      tensors.setdefault(_EMBEDDING, table)
  return tensors


def _names(config: models.T5Config) -> Iterator[tuple[tuple[str, ...], str, bool]]:
  """For every parameter our path, their name, and whether the array is transposed."""
  yield ('token_embedder', 'embedding'), _EMBEDDING, False
  yield from _stack_names('encoder', config.num_encoder_layers, _ENCODER_LAYER)
  yield from _stack_names('decoder', config.num_decoder_layers, _DECODER_LAYER)
  yield ('decoder', 'logits_dense', 'kernel'), _LOGITS, True


def _stack_names(stack, num_layers, parts):
  for i in range(num_layers):
    for j, (ours, norm, theirs) in enumerate(parts):
      prefix = f'{stack}.block.{i}.layer.{j}'
      yield (stack, f'layers_{i}', norm, 'scale'), f'{prefix}.layer_norm.weight', False
      kernels = _MLP_KERNELS if ours == 'mlp' else _ATTENTION_KERNELS
      for our_kernel, their_kernel in kernels.items():
        path = (stack, f'layers_{i}', ours, our_kernel, 'kernel')
        yield path, f'{prefix}.{theirs}.{their_kernel}.weight', True
  bias = f'{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight'
  yield (stack, 'relpos_bias', 'rel_embedding'), bias, True
  yield (stack, f'{stack}_norm', 'scale'), f'{stack}.final_layer_norm.weight', False


def _check(tensors: Mapping[str, np.ndarray], config: models.T5Config) -> None:
  abstract = models.abstract_parameters(config)
  wanted = {}
  for path, name, transposed in _names(config):
    shape = _find(abstract, path).shape
    wanted[name] = shape[::-1] if transposed else shape
  differences = [f'{name} is missing' for name in wanted if name not in tensors]
  differences += [f'{name} is unexpected' for name in sorted(tensors) if name not in wanted]
  differences += [
      f'{name} has shape {list(tensors[name].shape)} instead of {list(shape)}'
      for name, shape in wanted.items() if name in tensors and tensors[name].shape != shape]
  if differences:
    more = f' and {len(differences) - 10} more' if len(differences) > 10 else ''
    raise UserError(
        'the tensors do not match the model: ' + '; '.join(differences[:10]) + more,
        'Hugging Face checkpoint', 'Use the config that belongs to these tensors.')


def _find(tree: Tree, path: tuple[str, ...]) -> Any:
  for key in path:
    if key not in tree:
      raise UserError(f'there is no parameter {".".join(path)}', 'parameters',
                      'Use the config that belongs to these parameters.')
    tree = tree[key]
  return tree


def _insert(tree: Tree, path: tuple[str, ...], value: np.ndarray) -> None:
  for key in path[:-1]:
    tree = tree.setdefault(key, {})
  tree[path[-1]] = value


def _read_json(path: epath.Path) -> dict[str, Any]:
  if not path.exists():
    raise UserError(f'there is no {path.name}', str(path.parent),
                    'Give a directory that save_pretrained has written.')
  return json.loads(path.read_text())


def _tensors(directory: epath.Path, about: Mapping[str, Any], read: Reader) -> dict[str, Any]:
  """The tensors of a directory (or what `read` returns for each), by their main names."""
  tensors = _with_one_embedding(_read_tensors(directory, read))
  if about.get('tie_word_embeddings') and _EMBEDDING in tensors:
    # A T5 1.1 made by transformers 5 may share this table without scaling, and stores it once.
    tensors.setdefault(_LOGITS, tensors[_EMBEDDING])
  return tensors


def _read_shapes(path: str | os.PathLike[str]) -> dict[str, jax.ShapeDtypeStruct]:
  with safe_open(path, 'np') as file:
    return {name: jax.ShapeDtypeStruct(tuple(file.get_slice(name).get_shape()), np.float32)
            for name in file.keys()}


def _read_tensors(directory: epath.Path, read: Reader) -> dict[str, Any]:
  """The tensors of model.safetensors, or of the shards in its index."""
  files = [_SINGLE]
  if not (directory / _SINGLE).exists() and (directory / _INDEX).exists():
    files = sorted(set(_read_json(directory / _INDEX)['weight_map'].values()))
  tensors = {}
  for name in files:
    if not (directory / name).exists():
      raise UserError(
          f'there is no {name}', str(directory),
          'Download it, or write it with save_pretrained(..., safe_serialization=True).')
    tensors |= _read_file(directory / name, read)
  return tensors


def _read_file(path: epath.Path, read: Reader) -> dict[str, Any]:
  """Reads one file. Copies a remote one first: safetensors reads bfloat16 only from local files."""
  try:
    if os.path.exists(path):
      return read(path)
    # Only this call reads the copy, so it need not be complete or named for anybody else.
    with tempfile.TemporaryDirectory() as scratch:
      local = epath.Path(scratch) / path.name
      path.copy(local)
      return read(local)
  except SafetensorError as error:
    raise UserError(f'it cannot be read ({error})', str(path), 'Download it again.') from error
