"""SeqIO preprocessors that turn rows into instructions and instructions into tokens."""
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import seqio
import tensorflow as tf

from flan_jax.data import few_shot, fitting, keeping
from flan_jax.data import own_features as own
from flan_jax.data.dataset import ANSWERS_FIELD, GROUP_FIELD, VALUE_FIELD, Dataset
from flan_jax.data.templates import PatternTable, render, render_answers, tabulate
from flan_jax.data.vocabulary import end_id

Example = Mapping[str, Any]
Preprocessor = Callable[[tf.data.Dataset], tf.data.Dataset]

_USED_UP = (own.SPANS, own.OPTION_TEXTS, own.EXEMPLAR_TEXTS)  # features that `tokenize` consumes
_JUDGED_BY = {own.VALUE: VALUE_FIELD, own.GROUP: GROUP_FIELD}


def map_plain(examples: tf.data.Dataset, function: Callable[..., Any]) -> tf.data.Dataset:
  """Maps in parallel and in order, without AutoGraph's slow rewriting of Python code."""
  plain = tf.autograph.experimental.do_not_convert(function)
  return examples.map(plain, num_parallel_calls=tf.data.AUTOTUNE)


def rows_to_fields(dataset: Dataset) -> Preprocessor:
  """Maps pairs (index, row) to the declared fields, `own.INDEX` and `own.POSITION`.

  The position counts the rows that one pass over the data keeps. SeqIO repeats the data after this
  step, so a later step can see where a pass begins.
  """

  def numbered(position, indexed_fields):
    index, fields = indexed_fields
    return {**fields, own.INDEX: index, own.POSITION: position}

  def preprocess(rows: tf.data.Dataset) -> tf.data.Dataset:
    with tf.init_scope():  # eager, even if the pipeline is built inside a graph
      dataset.check()
    return map_plain(keeping.kept_fields(dataset, rows).enumerate(), numbered)

  return preprocess


def deal_templates(dataset: Dataset, first_pass: int = 0) -> Preprocessor:
  """Renders row i of pass e with template (i + e) mod the number of templates.

  So a pass uses every template equally often, and a row gets another template in the next pass.

  Args:
    dataset: the declaration.
    first_pass: number of the first pass.
  """
  def preprocess(examples: tf.data.Dataset) -> tf.data.Dataset:
    inputs = tabulate([t.inputs for t in dataset.templates])
    targets = tabulate([t.targets for t in dataset.templates])

    def deal(epoch, example):
      number = tf.cast((example[own.INDEX] + epoch) % len(dataset.templates), tf.int32)
      rendered = _rendered(dataset, number, inputs, targets, example)
      return few_shot.with_exemplars(dataset, example, rendered)

    return map_plain(_count_passes(examples, first_pass), deal)

  return preprocess


def apply_template(dataset: Dataset, number: int) -> Preprocessor:
  """Renders every row with one template, and adds the features that its evaluation needs.

  These are the features that `own_features` lists for an example that is evaluated, as far as the
  declaration has them.
  """
  return apply_templates(dataset, (number,))


def apply_templates(dataset: Dataset, numbers: Sequence[int]) -> Preprocessor:
  """Renders the first row with each of some templates, then the second row, and so on.

  It builds one graph for all of them: building one for each takes longer than reading a few hundred
  rows.

  Args:
    dataset: the declaration.
    numbers: of templates that have the same pattern of targets.
  """
  def preprocess(examples: tf.data.Dataset) -> tf.data.Dataset:
    # Not before: a declaration with wrong patterns is registered, and `t5x lint` then checks it.
    inputs = tabulate([dataset.templates[number].inputs for number in numbers])

    def with_each_place(example):
      return tf.data.Dataset.from_tensors(example).repeat(len(numbers)).enumerate()

    def rendered(place, example):
      made = _render_for_evaluation(dataset, numbers, tf.cast(place, tf.int32), inputs, example)
      return few_shot.with_exemplars(dataset, example, made)

    if len(numbers) == 1:
      return map_plain(examples, lambda example: rendered(tf.constant(0), example))
    plain = tf.autograph.experimental.do_not_convert(with_each_place)
    return map_plain(examples.flat_map(plain), rendered)

  return preprocess


def apply_baseline(dataset: Dataset) -> Preprocessor:
  """Renders every row with the baseline, as `apply_template` does with a template.

  Args:
    dataset: the result of `baselines.with_baseline`.

  Returns:
    A preprocessor. Its examples have the template -1.
  """
  render = apply_template(dataset, len(dataset.templates) - 1)

  def preprocess(examples: tf.data.Dataset) -> tf.data.Dataset:
    return map_plain(render(examples), lambda example: {**example, own.TEMPLATE: tf.constant(-1)})

  return preprocess


def tokenize(
    examples: tf.data.Dataset,
    output_features: Mapping[str, seqio.Feature],
    sequence_length: Mapping[str, int] | None = None,
) -> tf.data.Dataset:
  """Turns texts into tokens that fit, shortening the fields of a prompt, never its options.

  fitting.py says how. `own.TRUNCATED` and `own.TARGETS_TRUNCATED` count the tokens lost, and
  `own.FITS` says whether the prompt fits; `fitting.leave_out` drops the others. Texts are kept as
  `<feature>_pretokenized`.
  `own.OPTION_TEXTS` become `own.OPTION_TOKENS`, the concatenated tokens of all options, and
  `own.OPTION_IDS`, the option of each of these tokens, counted from 1.

  As many of `own.EXEMPLAR_TEXTS` as fit, each whole, are put before the prompt; `own.EXEMPLARS`
  becomes their ids.
  """
  lengths = sequence_length or {}

  def convert(example):
    prompt = fitting.fit_prompt(
        example['inputs'], example[own.SPANS], output_features['inputs'], lengths.get('inputs'))
    targets = output_features['targets']
    target, cut = fitting.cut_target(example['targets'], targets, lengths.get('targets'))
    converted = {
        **{k: v for k, v in example.items() if k not in _USED_UP},
        'inputs': prompt.tokens,
        own.TRUNCATED: prompt.lost,
        own.NEEDS: prompt.needs,
        own.FITS: prompt.fits,
        'targets': target,
        own.TARGETS_TRUNCATED: cut,
        'inputs_pretokenized': example['inputs'],
        'targets_pretokenized': example['targets'],
    }
    if own.OPTION_TEXTS in example:
      converted |= _tokenize_options(example[own.OPTION_TEXTS], targets)
    if own.EXEMPLAR_TEXTS in example:
      converted |= _with_exemplars(example, prompt.tokens, output_features['inputs'],
                                   lengths.get('inputs'))
    return converted

  return map_plain(examples, convert)


def _count_passes(examples: tf.data.Dataset, first_pass: int) -> tf.data.Dataset:
  """Pairs each example with the number of its pass over the data."""

  def count(epoch, example):
    epoch += tf.cast(example[own.POSITION] == 0, tf.int64)
    return epoch, (epoch, example)

  return examples.scan(tf.constant(first_pass - 1, tf.int64), count)


def _rendered(dataset: Dataset, number, inputs, targets, example: Example) -> Example:
  prompt = render(inputs, number, example)
  return {
      'inputs': prompt.text,
      'targets': render(targets, number, example).text,
      own.SPANS: prompt.spans,
      own.DATASET: tf.constant(dataset.name),
      own.TEMPLATE: number,
      own.INDEX: example[own.INDEX],
      own.POSITION: example[own.POSITION],
  }


def _render_for_evaluation(
    dataset: Dataset, numbers: Sequence[int], place, inputs: PatternTable, example: Example
) -> Example:
  """An example rendered with the template `numbers[place]`. All of them have the same targets."""
  template = dataset.templates[numbers[0]]
  targets = tabulate([template.targets] * len(numbers))
  rendered = _rendered(dataset, place, inputs, targets, example)
  rendered |= {
      own.TEMPLATE: tf.constant(numbers)[place],
      own.ANSWERS: [rendered['targets']],
      own.ASKS_FOR: tf.constant(targets.names, tf.string),
      **{name: example[field] for name, field in _JUDGED_BY.items() if field in example},
  }
  if dataset.answer not in targets.names:
    return rendered
  others = tf.reshape(tf.convert_to_tensor(example.get(ANSWERS_FIELD, []), tf.string), [-1])
  others = tf.boolean_mask(others, others != '')  # an empty prediction must not be right
  answers = tf.concat([[example[dataset.answer]], others], axis=0)
  rendered[own.ANSWERS] = render_answers(template.targets, example, dataset.answer, answers)
  if dataset.options is None:
    return rendered
  options = tf.convert_to_tensor(dataset.row_options(example))
  right = tf.reduce_any(tf.equal(options[:, None], answers), axis=1)
  option = tf.where(tf.reduce_any(right), tf.argmax(right, output_type=tf.int32), -1)
  texts = render_answers(template.targets, example, dataset.answer, options)
  return {**rendered, own.CHOICES: options, own.RIGHT: right, own.OPTION: option,
          own.OPTION_TEXTS: texts}


def _with_exemplars(example: Example, query, feature: seqio.Feature, length: int | None) -> Example:
  """The features that change when solved examples are put before a query with these tokens."""
  texts = example[own.EXEMPLAR_TEXTS]
  rows = _token_rows(texts, feature.vocabulary)
  room = tf.int64.max if length is None else length - tf.size(query)
  chosen = few_shot.choose_fitting(rows.row_lengths(), room)
  return {
      'inputs': tf.concat([tf.gather(rows, chosen).values, query], 0),
      'inputs_pretokenized': tf.strings.join(
          [tf.strings.reduce_join(tf.gather(texts, chosen)), example['inputs']]),
      own.EXEMPLARS: tf.gather(example[own.EXEMPLARS], chosen),
  }


def _token_rows(texts, vocabulary: seqio.Vocabulary) -> tf.RaggedTensor:
  """The tokens of some texts, int32 `[texts, (length)]`."""
  tokenizer = getattr(vocabulary, 'tf_tokenizer', None)
  if tokenizer is None:
    encode = lambda text: tf.cast(vocabulary.encode_tf(text), tf.int32)
    return tf.map_fn(encode, texts, fn_output_signature=tf.RaggedTensorSpec([None], tf.int32))
  return tf.cast(tokenizer.tokenize(texts), tf.int32)


def _tokenize_options(texts, feature: seqio.Feature) -> Example:
  """The options' tokens `[all options' lengths]` and the option of each, counted from 1."""
  rows = _token_rows(texts, feature.vocabulary)
  if feature.add_eos:
    ends = tf.fill([tf.shape(texts)[0], 1], end_id(feature.vocabulary))
    rows = tf.concat([rows, ends], axis=1)
  return {own.OPTION_TOKENS: rows.values,
          own.OPTION_IDS: tf.cast(rows.value_rowids(), tf.int32) + 1}
