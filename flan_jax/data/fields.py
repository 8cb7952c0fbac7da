"""Small TensorFlow helpers that declarations use to turn a row into fields.

Each helper imports TensorFlow when it is called, because reading declarations needs none.
"""
from collections.abc import Sequence
from typing import Any

Tensor = Any  # tf.Tensor


def choose(label: Any, options: Sequence[str] | Tensor) -> Tensor:
  """The option that a label (an integer or a bool, scalar) stands for.

  A negative label means that there is none. It gives the empty text, so the row is left out.
  """
  import tensorflow as tf

  label = tf.cast(label, tf.int32)
  option = tf.gather(tf.convert_to_tensor(options), tf.maximum(label, 0))
  return tf.where(label < 0, '', option)


def matching(key: Any, keys: Sequence[Any] | Tensor, options: Sequence[Any] | Tensor) -> Tensor:
  """The option at the index of `key` in `keys`; empty if there is none.

  Args:
    key: a scalar: a text (compared without blanks at its ends), a number or a bool.
    keys: of the same type, `[n]`; at least as many as options.
    options: string tensor `[choices]`, or a sequence of scalar ones.
  """
  import tensorflow as tf

  key = tf.strings.strip(key) if key.dtype == tf.string else key
  found = tf.where(tf.convert_to_tensor(keys, key.dtype) == key)
  options = tf.convert_to_tensor(options)
  place = tf.reduce_min(tf.concat([found[:, 0], [tf.size(options, tf.int64)]], axis=0))
  return tf.concat([options, ['']], axis=0)[place]


def join(*texts: Any, separator: str = '') -> Tensor:
  """Scalar texts joined into one."""
  import tensorflow as tf

  return tf.strings.join(texts, separator=separator)


def join_list(texts: Tensor, separator: str) -> Tensor:
  """The entries of a string tensor `[n]` as one text."""
  import tensorflow as tf

  return tf.strings.reduce_join(texts, separator=separator)


def replace(text: Tensor, *pairs: tuple[str, str]) -> Tensor:
  """Applies (regular expression, rewrite) pairs in order, RE2 syntax, everywhere they match."""
  import tensorflow as tf

  for pattern, rewrite in pairs:
    text = tf.strings.regex_replace(text, pattern, rewrite)
  return text


_ENTITIES = (
    ('&(?:quot|#0?34);', '"'), ('&(?:apos|#0?39);', "'"), ('&#36;', '$'), ('&lt;', '<'),
    ('&gt;', '>'), ('&nbsp;', ' '), ('&amp;', '&'))


def unescaped(text: Tensor) -> Tensor:
  """The text with HTML's common entities replaced by their characters."""
  return replace(text, *_ENTITIES)


def before(text: Tensor, mark: str) -> Tensor:
  """The text left of the first `mark`, stripped."""
  import tensorflow as tf

  return tf.strings.strip(tf.strings.split(text, mark, maxsplit=1)[0])


def after(text: Tensor, mark: str) -> Tensor:
  """The text right of the first `mark`, stripped."""
  import tensorflow as tf

  return tf.strings.strip(tf.strings.split(text, mark, maxsplit=1)[-1])


def first(texts: Tensor) -> Tensor:
  """The first entry of a string tensor `[n]`, or the empty text."""
  import tensorflow as tf

  return tf.concat([texts, ['']], axis=0)[0]


def lines(texts: Tensor) -> Tensor:
  """The entries of a string tensor `[n]`, one a line."""
  return join_list(texts, '\n')


def numbered(texts: Tensor) -> Tensor:
  """The entries of a string tensor `[n]`, one a line, after '1. ', '2. ' and so on."""
  import tensorflow as tf

  numbers = tf.strings.as_string(tf.range(1, tf.size(texts) + 1))
  return lines(tf.strings.join([numbers, '. ', tf.strings.strip(texts)]))


def as_text(number: Tensor) -> Tensor:
  """A number as text, fractions with up to six digits; a bool as true or false."""
  import tensorflow as tf

  return tf.strings.as_string(number, shortest=number.dtype.is_floating)


def rounded(number: Tensor) -> Tensor:
  """The nearest whole number: int32. Halves are rounded to even."""
  import tensorflow as tf

  return tf.cast(tf.round(number), tf.int32)


def lower(text: Tensor) -> Tensor:
  """The text in lower case, letters beyond ASCII included."""
  import tensorflow as tf

  return tf.strings.lower(text, encoding='utf-8')


def around(text: Tensor, start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
  """The texts left and right of the characters from `start` up to `end`, blanks included."""
  import tensorflow as tf

  left = tf.strings.substr(text, 0, start, unit='UTF8_CHAR')
  right = tf.strings.substr(text, end, tf.strings.length(text), unit='UTF8_CHAR')
  return left, right


def mark_word(text: Tensor, number: Tensor, part: Tensor) -> Tensor:
  """The text with asterisks around a part of one of its words, as in 'He saw *him*.'

  Args:
    text: scalar; several blanks in a row become one.
    number: of the word, from 0; blanks separate words.
    part: the part of the word to mark, at its first occurrence; nothing is marked if it is absent.
  """
  import tensorflow as tf

  words, number = tf.strings.split(text), tf.maximum(tf.cast(number, tf.int32), 0)
  word = tf.strings.reduce_join(words[number:number + 1])
  pieces = tf.strings.split(word, part, maxsplit=1)
  marks = tf.repeat([tf.strings.join(['*', part, '*'])], tf.maximum(tf.size(pieces) - 1, 0))
  marked = tf.strings.reduce_join(tf.concat([pieces[:1], marks, pieces[1:]], 0))
  return join_list(tf.concat([words[:number], [marked], words[number + 1:]], 0), ' ')


def strip(texts: Tensor | Sequence[Tensor]) -> Tensor:
  """The text without blanks at its ends; a list of scalar texts becomes a tensor `[n]`."""
  import tensorflow as tf

  return tf.strings.strip(tf.convert_to_tensor(texts))
