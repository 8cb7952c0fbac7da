"""Uses a loaded model: scores options, generates text, answers the records of a file."""
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import jax
import numpy as np

from flan_jax.checkpoints.loading import Model
from flan_jax.data.vocabulary import end_id
from flan_jax.errors import UserError
from flan_jax.evaluation import batches
from flan_jax.evaluation.decoding import Generator
from flan_jax.evaluation.scoring import Scorer, question

LONGEST = 2048  # tokens of a prompt or an option; more if the checkpoint was trained on more
_CHUNK = 8  # records of this many batches are sorted by length together


def score(
    model: Model,
    inputs: str | Sequence[str],
    options: Sequence[str] | Sequence[Sequence[str]],
    batch_size: int = 32,
    *,
    batch_tokens: int = batches.DEFAULT_TOKENS,
    max_input_tokens: int | None = None,
) -> np.ndarray | list[np.ndarray]:
  """Summed log-likelihood of each option given its input, end mark included.

  Args:
    model: a model from `load`.
    inputs: one prompt, or several.
    options: the options' texts for one prompt; a list of such lists for several prompts. Prompts
      may have different numbers of options, of any length.
    batch_size: the most prompts scored at once.
    batch_tokens: the most tokens scored at once; bounds the memory.
    max_input_tokens: see `longest`.

  Returns:
    float32 `[options]` for one prompt; a list of such arrays for several.

  Raises:
    UserError: the numbers of prompts and of lists differ, or a text is not a text, has no token or
      too many tokens.
  """
  if isinstance(inputs, str):
    texts = cast(Sequence[str], options)
    return score(model, [inputs], [texts], batch_size, batch_tokens=batch_tokens,
                 max_input_tokens=max_input_tokens)[0]
  _check_lists(inputs, options)
  most = longest(model, max_input_tokens)
  questions = [
      question(_tokens(model, text, f'inputs[{n}]', most),
               [_tokens(model, option, f'options[{n}][{k}]', most, may_be_empty=False)
                for k, option in enumerate(listed)])
      for n, (text, listed) in enumerate(zip(inputs, options))
  ]
  scorer = Scorer(
      model.module, model.parameters, model.layout, batch_size, batch_tokens)
  return scorer(questions)


def generate(
    model: Model,
    inputs: str | Sequence[str],
    max_new_tokens: int = 256,
    batch_size: int = 32,
    *,
    batch_tokens: int = batches.DEFAULT_TOKENS,
    max_input_tokens: int | None = None,
) -> str | None | list[str | None]:
  """The text that follows each input, decoded greedily.

  Args:
    model: a model from `load`.
    inputs: one prompt, or several.
    max_new_tokens: the longest output in tokens.
    batch_size: the most prompts decoded at once.
    batch_tokens: the most tokens at once; bounds the memory.
    max_input_tokens: see `longest`.

  Returns:
    A text for one prompt; a list of texts for several. None if the model's logits contained NaN.

  Raises:
    UserError: a prompt is not a text or has too many tokens, or `max_new_tokens` is not a positive
      whole number.
  """
  if isinstance(inputs, str):
    several = generate(model, [inputs], max_new_tokens, batch_size, batch_tokens=batch_tokens,
                       max_input_tokens=max_input_tokens)
    return cast(list[str | None], several)[0]
  _check_count(max_new_tokens, 'max_new_tokens')
  most = longest(model, max_input_tokens)
  prompts = [_tokens(model, text, f'inputs[{n}]', most) for n, text in enumerate(inputs)]
  generator = Generator(model.module, model.parameters, model.layout, batch_size,
                        batch_tokens, end_id=end_id(model.vocabulary))
  return [None if tokens is None else model.vocabulary.decode(tokens)
          for tokens in generator(prompts, max_new_tokens)]


def infer(
    model: Model,
    records: Sequence[Mapping[str, Any]],
    max_new_tokens: int = 256,
    batch_size: int = 32,
    *,
    max_input_tokens: int | None = None,
) -> Iterator[dict[str, Any]]:
  """Predictions for records `{'inputs': text}` (generate) or with `'options': [...]` (rank).

  Args:
    model: a model from `load`.
    records: the prompts.
    max_new_tokens: the longest output in tokens.
    batch_size: the most prompts at once.
    max_input_tokens: see `longest`.

  Yields:
    Each record with its `prediction`, and for ranked records `scores`, in the order given. A
    prediction is None if the model's output contained NaN or the record needs more memory than the
    devices have.

  Raises:
    UserError: as `score` and `generate`.
  """
  limits = {'batch_size': batch_size, 'max_input_tokens': max_input_tokens}
  chunk = batch_size * _CHUNK
  for start in range(0, len(records), chunk):
    yield from _answers(model, records[start : start + chunk], max_new_tokens, limits)


def _answers(model: Model, records, max_new_tokens: int, limits) -> list[dict[str, Any]]:
  """The outputs of `infer` for some records. Halves them when the devices run out of memory."""
  ranked = [r for r in records if r.get('options')]
  free = [r['inputs'] for r in records if not r.get('options')]
  try:
    scores = iter(score(model, [r['inputs'] for r in ranked], [r['options'] for r in ranked],
                        **limits) if ranked else ())
    texts = iter(cast(list[str | None], generate(model, free, max_new_tokens, **limits))
                 if free else ())
  # When a value is fetched, JAX raises errors of its runtime as ValueErrors.
  except (jax.errors.JaxRuntimeError, ValueError) as error:
    if 'RESOURCE_EXHAUSTED' not in str(error):
      raise
    if len(records) == 1:
      return [{**records[0], 'prediction': None}]
    middle = len(records) // 2
    return [answer for part in (records[:middle], records[middle:])
            for answer in _answers(model, part, max_new_tokens, limits)]
  return [_ranked(r, next(scores)) if r.get('options') else {**r, 'prediction': next(texts)}
          for r in records]


def _ranked(record: Mapping[str, Any], scores: np.ndarray) -> dict[str, Any]:
  # argmax would choose NaN as the best.
  best = None if np.isnan(scores).any() else record['options'][int(np.argmax(scores))]
  return {**record, 'prediction': best, 'scores': [float(s) for s in scores]}


def fault(model: Model, record: Mapping[str, Any], max_input_tokens: int | None = None) -> str:
  """Why `infer` would refuse a record; empty if it would not."""
  most = longest(model, max_input_tokens)
  try:
    _tokens(model, record['inputs'], 'inputs', most)
    for option in record.get('options') or ():
      _tokens(model, option, f'option {option[:20]!r}', most, may_be_empty=False)
  except UserError as error:
    return f'{error.where}: {error.what}'
  return ''


def longest(model: Model, max_input_tokens: int | None = None) -> int:
  """The most tokens that a prompt or an option may have, end mark included.

  Args:
    model: a model from `load`.
    max_input_tokens: the limit; None for 2,048, or for the lengths that the checkpoint was trained
      with if they are longer. Memory grows with the square of a prompt's length.
  """
  if max_input_tokens is None:
    return max(LONGEST, *(model.about.get('lengths') or {'': 0}).values(), 0)
  return _check_count(max_input_tokens, 'max_input_tokens')


def _check_count(value: Any, name: str) -> int:
  if type(value) is not int or value < 1:
    raise UserError(f'{value!r} is not a number of tokens', name, 'Use a whole number, 1 or more.')
  return value


def _check_lists(inputs: Sequence[str], options: Sequence[Sequence[str]]) -> None:
  if isinstance(options, str) or len(inputs) != len(options):
    count = 'a text' if isinstance(options, str) else f'{len(options)} lists of options'
    raise UserError(f'{len(inputs)} prompts, but {count}', 'options',
                    "Give a list for each prompt: [['yes', 'no'], ['a', 'b']].")
  for number, listed in enumerate(options):
    if isinstance(listed, str) or not len(listed):
      raise UserError(f'{listed!r} where a list of options belongs', f'options[{number}]',
                      "Give a list for each prompt: [['yes', 'no'], ['a', 'b']].")


def _tokens(
    model: Model, text: Any, where: str, most: int, may_be_empty: bool = True
) -> list[int]:
  """The tokens of a text with its end mark."""
  if not isinstance(text, str):
    raise UserError(f'{text!r} is not a text', where)
  try:
    text.encode()
  except UnicodeEncodeError as error:
    raise UserError('it contains half of a surrogate pair, which is not valid text', where
                    ) from error
  tokens = [*model.vocabulary.encode(text), end_id(model.vocabulary)]
  if len(tokens) == 1 and not may_be_empty:
    raise UserError(f'{text!r} has no token', where, 'Leave it out.')
  if len(tokens) > most:
    raise UserError(f'it has {len(tokens):,} tokens, more than {most:,}', where,
                    'Shorten it, or raise max_input_tokens.')
  return tokens
