"""Datasets as instructions. The names here are those that declarations are written with.

`Files` is imported on first use, because it imports TensorFlow, which declarations of TFDS datasets
do not need.
"""
from flan_jax.data.dataset import About, Dataset
from flan_jax.data.fields import (
  after,
  around,
  as_text,
  before,
  choose,
  first,
  join,
  join_list,
  lines,
  lower,
  mark_word,
  matching,
  numbered,
  replace,
  rounded,
  strip,
  unescaped,
)
from flan_jax.data.metric_types import Value, ranking, writing
from flan_jax.data.metrics import (
  accuracy,
  bleu,
  bleu_between,
  correlation,
  edit_distance,
  entities,
  exact_match,
  exact_text,
  f1,
  matthews,
  mean_class_f1,
  multirc,
  numbered_answers,
  quac,
  rouge,
  squad,
  trivia_qa,
)
from flan_jax.data.sources.hub import SCRIPT, Hub, Mirror
from flan_jax.data.sources.tfds import Tfds
from flan_jax.data.templates import Baseline, Template, render_options


def __getattr__(name: str):
  if name == 'Files':
    from flan_jax.data.sources.files import Files

    return Files
  raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
