"""Makes prompts fit: shortens long prompts, and leaves out those that cannot fit.

In a prompt that is too long, the instruction and the options stay whole. Its fields lose tokens
from their middles, the longest fields first, all down to the same length; the text after a gap
begins with a whole word. A prompt that would keep fewer than `LEAST` tokens of each field is left
out instead. So is a long prompt if the vocabulary does not give the text position of each token.
"""
from collections.abc import Iterator
import dataclasses
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data import own_features as own
from flan_jax.data.vocabulary import end_id

LEAST = 16  # tokens that each field keeps, or all of a shorter field
_BLANKS = (9, 10, 13, 32)


@dataclasses.dataclass(frozen=True)
class Fitted:
  """A prompt as tokens.

  Attributes:
    tokens: with the end mark, int32 `[length]`; the whole prompt if it does not fit.
    lost: number of tokens removed, int32 scalar.
    needs: number of tokens if every field keeps only its least, int32 scalar. The prompt fits this
      length and all longer ones.
    fits: bool scalar.
  """

  tokens: Any
  lost: Any
  needs: Any
  fits: Any


def fit_prompt(text: Any, spans: Any, feature: seqio.Feature, length: int | None) -> Fitted:
  """A prompt's tokens, at most `length` of them.

  Args:
    text: scalar string tensor.
    spans: int32 `[fields, 2]`, start and end byte of each field; an empty span is no field.
    feature: gives the vocabulary and the end mark.
    length: None keeps the whole prompt.
  """
  end = [end_id(feature.vocabulary)] if feature.add_eos else []
  tokens, starts, ends = _with_places(text, feature.vocabulary)
  if length is None or starts is None:
    whole = tf.concat([tokens, end], 0)
    fits = tf.constant(True) if length is None else tf.size(whole) <= length
    return Fitted(whole, tf.constant(0), tf.size(whole), fits)
  blank = tf.reduce_any(_byte_at(text, starts)[:, None] == _BLANKS, axis=1)
  kept, needs = _shortened(tokens, starts, ends, blank, spans, tf.constant(length - len(end)))
  needs += len(end)
  return Fitted(tf.concat([kept, end], 0), tf.size(tokens) - tf.size(kept), needs, needs <= length)


def cut_target(text: Any, feature: seqio.Feature, length: int | None) -> tuple[Any, Any]:
  """A target's tokens with the end mark, cut at the end to `length`, and the number cut."""
  end = [end_id(feature.vocabulary)] if feature.add_eos else []
  tokens = tf.cast(feature.vocabulary.encode_tf(text), tf.int32)
  kept = tokens if length is None else tokens[: length - len(end)]
  return tf.concat([kept, end], 0), tf.size(tokens) - tf.size(kept)


def leave_out(examples: tf.data.Dataset) -> tf.data.Dataset:
  """SeqIO preprocessor: drops the prompts that do not fit."""
  return examples.filter(tf.autograph.experimental.do_not_convert(lambda e: e[own.FITS]))


def with_unfitting(task: seqio.Task) -> seqio.Task:
  """The same task, but prompts that do not fit are kept whole and marked by `own.FITS`."""
  kept = [step for step in task.preprocessors if step is not leave_out]
  return task if len(kept) == len(task.preprocessors) else task.replace(preprocessors=kept)


def unfitting(task: seqio.Task, split: str, lengths: dict[str, int]) -> Iterator[tuple[int, int]]:
  """Row index and needed tokens of each prompt of a declared task that does not fit."""
  rows = with_unfitting(task).get_dataset(
      sequence_length=dict(lengths), split=split, shuffle=False, num_epochs=1,
      try_in_mem_cache=False)
  places = rows.map(lambda e: (e[own.FITS], e[own.POSITION], e[own.NEEDS]))
  for fits, place, needs in places.as_numpy_iterator():
    if not fits:
      yield int(place), int(needs)


def _with_places(text, vocabulary: seqio.Vocabulary):
  """Tokens of a text and their byte positions; None for these if the vocabulary has no offsets."""
  if isinstance(vocabulary, seqio.ByteVocabulary):
    tokens = vocabulary.encode_tf(text)
    starts = tf.range(tf.size(tokens, tf.int64))
    return tokens, starts, starts + 1
  if isinstance(vocabulary, seqio.SentencePieceVocabulary):
    tokenizer = vocabulary.tf_tokenizer
    if hasattr(tokenizer, 'tokenize_with_offsets'):
      tokens, starts, ends = tokenizer.tokenize_with_offsets(text)
      return tf.cast(tokens, tf.int32), starts, ends
  return tf.cast(vocabulary.encode_tf(text), tf.int32), None, None


def _byte_at(text, places):
  """The bytes of a text at some positions, uint8 `[places]`; 0 after its end."""
  return tf.gather(tf.concat([tf.io.decode_raw(text, tf.uint8), [0]], 0), places)


# A separate function, so that TensorFlow traces it once and not for each of hundreds of tasks.
@tf.function(autograph=False, input_signature=[
    tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.int64),
    tf.TensorSpec([None], tf.int64), tf.TensorSpec([None], tf.bool),
    tf.TensorSpec([None, 2], tf.int32), tf.TensorSpec([], tf.int32)])
def _shortened(tokens, starts, ends, blank, spans, budget):
  """A prompt shortened to at most `budget` tokens if possible, and its least number of tokens.

  Args:
    tokens: `[length]`.
    starts, ends: their byte positions in the text, `[length]`.
    blank: whether a token begins with a blank and so begins a word, `[length]`.
    spans: the byte positions of the fields, `[fields, 2]`.
    budget: scalar.
  """
  first, last = tf.unstack(tf.cast(spans, starts.dtype), axis=1)
  inside = ((starts >= first[:, None]) & (starts < last[:, None]) & (ends <= last[:, None]))
  member = tf.cast(inside, tf.int32)
  sizes = tf.reduce_sum(member, axis=1)
  fixed = tf.size(tokens) - tf.reduce_sum(sizes)
  needs = fixed + tf.reduce_sum(tf.minimum(sizes, LEAST))
  keep = _fair_shares(sizes, budget - fixed)
  place = tf.cumsum(member, axis=1) - 1
  head = tf.where(keep < sizes, (keep + 1) // 2, sizes)
  tail = inside & (sizes[:, None] - place <= (keep - head)[:, None])
  begun = tf.cumsum(tf.cast(tail & blank, tf.int32), axis=1) > 0
  in_words = tf.reduce_any(tail & blank, axis=1, keepdims=True)  # some languages have no blanks
  stays = (place < head[:, None]) | (tail & (begun | ~in_words))
  gone = tf.reduce_any(inside & ~stays, axis=0) & (needs <= budget)
  return tf.boolean_mask(tokens, ~gone), needs


def _fair_shares(sizes, room):
  """The number of tokens that each field keeps, int32 `[fields]`: min(size, c), and the remainder.

  c is the largest number with sum(min(size, c)) <= room. If the k smallest fields stay whole, each
  other field may have (room - their sizes) / (fields - k); the largest of these values is c. The
  tokens that remain go to the first of the longer fields, one each.
  """
  count = tf.size(sizes)
  smaller = tf.cumsum(tf.sort(sizes), exclusive=True)
  most = tf.reduce_max(tf.math.floordiv(room - smaller, count - tf.range(count)))
  shares = tf.minimum(sizes, tf.maximum(most, 0))
  longer = tf.cast(sizes > shares, tf.int32)
  spare = tf.maximum(room - tf.reduce_sum(shares), 0)
  return shares + longer * tf.cast(tf.cumsum(longer) <= spare, tf.int32)
