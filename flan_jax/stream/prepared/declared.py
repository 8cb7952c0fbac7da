"""A declared dataset as a source of tokenized examples: one pass for each of its templates."""
from collections.abc import Iterator

from flan_jax.data import fitting, in_blocks, registry
from flan_jax.data.dataset import Dataset
from flan_jax.data.reading_rows import row_source
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.stream.examples import Example, from_features
from flan_jax.stream.prepared import keys
from flan_jax.stream.prepared.renderable import Settings


class Declared:
  """A declared dataset; see `Renderable`.

  Pass n renders row i with template (i + n) mod the number of templates.
  """

  def __init__(self, dataset: Dataset):
    self._dataset = dataset
    self.name, self.cluster = dataset.name, dataset.cluster
    self.where = f'dataset {dataset.name}'
    self.own_tokens = False

  def passes(self, settings: Settings) -> int:
    del settings  # templates are as many with any
    return len(self._dataset.templates)

  def key(self, settings: Settings) -> str:
    return keys.pass_key(
        self._dataset, row_source(self._dataset), settings.vocabulary, settings.lengths)

  def num_rows(self) -> int:
    return row_source(self._dataset).num_input_examples('train') or 0

  def examples(self, number: int, settings: Settings) -> Iterator[Example]:
    known = registry.tasks(self._dataset)[self.name]
    task = registry.training_task(
        self._dataset, known.source, known.output_features, first_pass=number)
    rendered = fitting.with_unfitting(with_vocabulary(task, settings.vocabulary)).get_dataset(
        sequence_length=dict(settings.lengths), split='train', shuffle=False, num_epochs=1,
        try_in_mem_cache=False)
    for features in in_blocks.examples_of(rendered):
      yield from_features(features, self.where)
