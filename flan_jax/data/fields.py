"""Small TensorFlow helpers that declarations use to turn a row into fields."""
from collections.abc import Sequence
from typing import Any

import tensorflow as tf


def choose(label: Any, options: Sequence[str] | tf.Tensor) -> tf.Tensor:
  """The option that a label (an integer or a truth value, scalar) stands for."""
  return tf.gather(tf.convert_to_tensor(options), tf.cast(label, tf.int32))


def join(*texts: Any, separator: str = '') -> tf.Tensor:
  """Scalar texts put one behind the other."""
  return tf.strings.join(texts, separator=separator)


def join_list(texts: tf.Tensor, separator: str) -> tf.Tensor:
  """The entries of a string tensor `[n]` as one text."""
  return tf.strings.reduce_join(texts, separator=separator)


def replace(text: tf.Tensor, *pairs: tuple[str, str]) -> tf.Tensor:
  """Applies (regular expression, rewrite) pairs in order, RE2 syntax, everywhere they match."""
  for pattern, rewrite in pairs:
    text = tf.strings.regex_replace(text, pattern, rewrite)
  return text


def before(text: tf.Tensor, mark: str) -> tf.Tensor:
  """The text left of the first `mark`, stripped."""
  return tf.strings.strip(tf.strings.split(text, mark, maxsplit=1)[0])


def after(text: tf.Tensor, mark: str) -> tf.Tensor:
  """The text right of the first `mark`, stripped."""
  return tf.strings.strip(tf.strings.split(text, mark, maxsplit=1)[-1])


def first(texts: tf.Tensor) -> tf.Tensor:
  """The first entry of a string tensor `[n]`, or the empty text."""
  return tf.concat([texts, ['']], axis=0)[0]


def lines(texts: tf.Tensor) -> tf.Tensor:
  """The entries of a string tensor `[n]`, one a line."""
  return join_list(texts, '\n')


def numbered(texts: tf.Tensor) -> tf.Tensor:
  """The entries of a string tensor `[n]`, one a line behind '1. ', '2. ' and so on."""
  numbers = tf.strings.as_string(tf.range(1, tf.size(texts) + 1))
  return lines(tf.strings.join([numbers, '. ', tf.strings.strip(texts)]))


def as_text(number: tf.Tensor) -> tf.Tensor:
  """A number as text, a fraction with up to six digits; a truth value as true or false."""
  return tf.strings.as_string(number, shortest=number.dtype.is_floating)


def rounded(number: tf.Tensor) -> tf.Tensor:
  """The nearest whole number, halves to the even one: int32."""
  return tf.cast(tf.round(number), tf.int32)


def lower(text: tf.Tensor) -> tf.Tensor:
  """The text in lower case, letters beyond ASCII included."""
  return tf.strings.lower(text, encoding='utf-8')


def around(text: tf.Tensor, start: tf.Tensor, end: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
  """The texts left and right of the characters from `start` up to `end`, blanks included."""
  left = tf.strings.substr(text, 0, start, unit='UTF8_CHAR')
  right = tf.strings.substr(text, end, tf.strings.length(text), unit='UTF8_CHAR')
  return left, right


def strip(texts: tf.Tensor | Sequence[tf.Tensor]) -> tf.Tensor:
  """Without blanks at the ends; a list of scalar texts becomes a tensor `[n]`."""
  return tf.strings.strip(tf.convert_to_tensor(texts))
