"""Declarations whose labels say nothing: a control, as in studies of what tuning teaches."""
import dataclasses

from flan_jax.data import choose, registry
from flan_jax.tasks.reading_comprehension import BOOL_Q, MULTIRC


def _shuffled(dataset):
  def fields(row):
    import tensorflow as tf

    made = dataset.fields(row)
    drawn = tf.strings.to_hash_bucket_fast(
        tf.strings.join([made['question'], made.get('text', made.get('paragraph'))]), 2)
    return {**made, 'answer': choose(drawn, dataset.options)}

  return dataclasses.replace(
      dataset, name=f'{dataset.name}_shuffled', cluster='shuffled', fields=fields)


registry.register(_shuffled(BOOL_Q), _shuffled(MULTIRC))
