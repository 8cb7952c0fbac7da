"""Reading in blocks gives what reading one by one gives."""
import numpy as np
import pytest
import tensorflow as tf

from flan_jax.data import in_blocks


def same(dataset):
  read, plain = list(in_blocks.examples_of(dataset)), list(dataset.as_numpy_iterator())
  assert len(read) == len(plain)
  for one, other in zip(read, plain):
    assert one.keys() == other.keys()
    for name in one:
      assert type(one[name]) is type(other[name]), name
      assert getattr(one[name], 'dtype', None) == getattr(other[name], 'dtype', None)
      np.testing.assert_array_equal(one[name], other[name])
  return len(read)


def made(number):
  size = number % 5
  return {
      'number': number, 'flag': number % 2 == 0, 'share': tf.cast(number, tf.float32) / 7,
      'text': tf.strings.as_string(number), 'tokens': tf.range(size, dtype=tf.int32),
      'texts': tf.strings.as_string(tf.range(size)), 'pair': tf.stack([number, number + 1])}


@pytest.mark.parametrize('count', [0, 1, 63, 64, 65, 200])
def test_every_type_of_feature(count):
  assert same(tf.data.Dataset.range(count).map(made)) == count


def test_tables_with_matrices_are_read_one_by_one():
  rows = tf.data.Dataset.range(70).map(lambda n: {'a': n, 'b': tf.fill([n % 3, 2], n)})
  assert same(rows) == 70


def test_an_error_comes_with_its_text():
  def checked(number):
    with tf.control_dependencies([tf.debugging.assert_less(number, tf.constant(3, tf.int64),
                                                           'too large')]):
      return {'a': number + 0}

  rows = tf.data.Dataset.range(5).map(checked)
  with pytest.raises(tf.errors.InvalidArgumentError, match='too large'):
    list(in_blocks.examples_of(rows))
