"""What the configurations of all model families have in common."""
import dataclasses
from typing import Any

from flan_jax.errors import UserError, nearest
from flan_jax.models import stacking

_DTYPES = ('bfloat16', 'float32')
_MAY_BE_ZERO = ('vocab_size', 'lora_rank', 'prompt_length')


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransformerConfig:
  """The fields of every family; the defaults are those of T5 1.1 small.

  Attributes:
    vocab_size: rows of the embedding; 0 for the vocabulary's size (`with_vocabulary_size`).
    d_model: width of the residual stream.
    num_heads: attention heads.
    head_dim: width of a head.
    mlp_dim: width of the MLP.
    relpos_buckets: buckets of relative positions.
    relpos_max_distance: distance from which on all positions share a bucket.
    dropout_rate: at least 0, below 1.
    dtype: of the activations, 'bfloat16' or 'float32'. Parameters are float32 in training; with
      bfloat16 ones the same model runs as well.
    scan_layers: layers are one loop over stacked parameters instead of a program that repeats
      each: compiles in the time of one layer. The parameters of `layers_0`, `layers_1`, ... lie
      under `layers` with an axis more in front (`stack_layers`, `unstack_layers`).
    remat: what is computed again for the gradient instead of being kept: 'none'; 'dots' keeps the
      results of products with parameters; 'full' keeps each layer's input only.
    lora_rank: rank of the low-rank addition to each kernel of attention and MLP (LoRA, arXiv
      2106.09685); 0 for none.
    lora_alpha: the addition is multiplied by lora_alpha / lora_rank.
    prompt_length: learned vectors in front of the inputs (soft prompt, arXiv 2104.08691); 0 for
      none.

  Raises:
    UserError: a value makes no sense.
  """

  vocab_size: int = 32128
  d_model: int = 512
  num_heads: int = 6
  head_dim: int = 64
  mlp_dim: int = 1024
  relpos_buckets: int = 32
  relpos_max_distance: int = 128
  dropout_rate: float = 0.1
  dtype: str = 'bfloat16'
  scan_layers: bool = False
  remat: str = 'none'
  lora_rank: int = 0
  lora_alpha: float = 16.0
  prompt_length: int = 0

  def __post_init__(self):
    for field in dataclasses.fields(self):
      value = getattr(self, field.name)
      least = 0 if field.name in _MAY_BE_ZERO else 1
      if field.type is int and (type(value) is not int or value < least):
        self._refuse(field.name, f'Use a whole number, {least} or more.')
    if self.dtype not in _DTYPES:
      self._refuse('dtype', f'Use one of {", ".join(map(repr, _DTYPES))}.')
    if self.remat not in stacking.REMAT:
      self._refuse('remat', nearest(str(self.remat), stacking.REMAT))
    if not isinstance(self.dropout_rate, int | float) or not 0 <= self.dropout_rate < 1:
      self._refuse('dropout_rate', 'Use a number of at least 0 and below 1.')
    if self.relpos_buckets < 4 or self.relpos_buckets % 4:
      self._refuse('relpos_buckets', 'Use a multiple of 4, such as 32.')
    if self.relpos_max_distance <= self.relpos_buckets // 2:
      self._refuse('relpos_max_distance',
                   f'Use more than {self.relpos_buckets // 2}, half of relpos_buckets.')

  def _refuse(self, field: str, remedy: str) -> Any:
    value = getattr(self, field)
    raise UserError(f'{value!r} is no valid {field}', f'{type(self).__name__}.{field}', remedy)
