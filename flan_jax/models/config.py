"""The configuration fields that all model families share."""
import dataclasses

from flan_jax import checks
from flan_jax.models import stacking

DTYPES = ('bfloat16', 'float32')
_POSITIVE, _OR_ZERO = checks.whole(1), checks.whole(0)
_RULES = {
    'vocab_size': _OR_ZERO, 'end_id': _OR_ZERO, 'd_model': _POSITIVE, 'num_heads': _POSITIVE,
    'head_dim': _POSITIVE, 'mlp_dim': _POSITIVE, 'relpos_buckets': _POSITIVE,
    'relpos_max_distance': _POSITIVE,
    'dropout_rate': checks.number(0, below=1), 'dtype': checks.choice(DTYPES),
    'scan_layers': checks.truth(), 'remat': checks.choice(tuple(stacking.REMAT)),
    'lora_rank': _OR_ZERO, 'lora_alpha': checks.number(above=0), 'prompt_length': _OR_ZERO,
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class TransformerConfig:
  """The fields of every family. The defaults are those of T5 1.1 small.

  Attributes:
    vocab_size: rows of the embedding; 0 takes the vocabulary's size (`with_vocabulary_size`).
    end_id: the vocabulary's token that ends a text; generation stops there.
    d_model: width of the residual stream.
    num_heads: attention heads.
    head_dim: width of a head.
    mlp_dim: width of the MLP.
    relpos_buckets: buckets of relative positions.
    relpos_max_distance: all positions at this distance or farther share a bucket.
    dropout_rate: at least 0, below 1.
    dtype: of the activations, 'bfloat16' or 'float32'. Parameters are float32 in training; the
      same model also runs with bfloat16 parameters.
    scan_layers: run the layers as one loop over stacked parameters, which compiles in the time of
      one layer. The parameters of `layers_0`, `layers_1`, ... are then stacked under `layers`, on a
      new first axis (`stack_layers`, `unstack_layers`).
    remat: what the backward pass computes again instead of keeping it: 'none'; 'dots' keeps the
      results of products with parameters; 'full' keeps only each layer's input.
    lora_rank: rank of the low-rank addition to each kernel of attention and MLP (LoRA, arXiv
      2106.09685); 0 for none.
    lora_alpha: the addition is multiplied by lora_alpha / lora_rank.
    prompt_length: learned vectors in front of the inputs (soft prompt, arXiv 2104.08691); 0 for
      none.

  Raises:
    UserError: a value is not possible.
  """

  vocab_size: int = 32128
  end_id: int = 1
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
    checks.check(self, **_RULES)
    # Two directions, and half of each direction's buckets hold exact distances.
    if self.relpos_buckets % 4:
      raise checks.refusal(self, 'relpos_buckets', f'{self.relpos_buckets} is not a multiple of 4',
                           'Use one, such as 32.')
    if self.relpos_max_distance <= self.relpos_buckets // 2:
      raise checks.refusal(
          self, 'relpos_max_distance', f'{self.relpos_max_distance} is too small',
          f'Use more than {self.relpos_buckets // 2}, half of relpos_buckets.')
