"""Describes mixtures, and renders examples of tasks, without training."""
from collections.abc import Mapping
import dataclasses
import itertools
from typing import Any

import numpy as np
import seqio

from flan_jax.data import experiments, fitting, keeping, mixtures, registry, trying
from flan_jax.data import own_features as own
from flan_jax.data.rates import Names, as_rates
from flan_jax.data.templates import fill, render, tabulate
from flan_jax.data.vocabulary import end_id, with_vocabulary
from flan_jax.errors import UserError
from flan_jax.stream.examples import Example, cut, from_features
from flan_jax.stream.prepared import advice

# Examples that the mean lengths are estimated from: in total, and at most of each task.
_SAMPLED, _SAMPLED_OF_EACH = 256, 16
_LOOKED_AT = 16  # rows read for each example at most; more than one, because some are left out


@dataclasses.dataclass(frozen=True)
class Budget:
  """How much is read from a mixture.

  Attributes:
    steps: training steps.
    batch_size: packed rows a step.
    lengths: tokens of `inputs` and `targets` in a row.
  """

  steps: int
  batch_size: int
  lengths: Mapping[str, int]


def describe_mixture(
    name: Names, budget: Budget, vocabulary: seqio.Vocabulary
) -> dict[str, Any]:
  """Describes a mixture: tasks, examples, rates, shares, epochs, and the datasets left out.

  Args:
    name: mixture, task, dataset or cluster, or several of them, with or without rates.
    budget: the amount of training; it decides the expected epochs.
    vocabulary: for the estimate of the number of examples in a packed row.

  Returns:
    An object of JSON values.

  Raises:
    UserError: the name is unknown or data is missing.
  """
  chosen = mixtures.training_tasks(name)
  count = min(_SAMPLED_OF_EACH, -(-_SAMPLED // len(chosen)))
  samples = {
      task.name: _sample(task, budget.lengths, vocabulary, count) for task, _ in chosen}
  total = sum(rate for _, rate in chosen)
  shares = {task.name: rate / total for task, rate in chosen}
  per_row = _examples_per_row(samples, shares, budget.lengths)
  seen = budget.steps * budget.batch_size * per_row
  tallies = {name: advice.of_examples(sample) for name, sample in samples.items()}
  return {
      'mixture': name,
      'given_rates': {n: rate for n, rate in as_rates(name).items() if rate is not None},
      'tasks': [
          _describe_task(task, rate, shares[task.name], seen)
          | {'looked_at': dataclasses.asdict(tallies[task.name])} for task, rate in chosen],
      'advice': advice.advice(tallies, budget.lengths),
      'examples': sum(task.num_input_examples('train') or 0 for task, _ in chosen),
      'steps': budget.steps,
      'batch_size': budget.batch_size,
      'examples_per_row': per_row,
      'lengths': dict(budget.lengths),
      'left_out': _left_out(name),
  }


def _describe_task(task: seqio.Task, rate: float, share: float, seen: float) -> dict[str, Any]:
  declared = registry.declaration(task.name)
  examples = task.num_input_examples('train')
  return {
      'task': task.name,
      'cluster': declared.cluster if declared else None,
      'examples': examples,
      'rate': rate,
      'share': share,
      'expected_epochs': seen * share / examples if examples else None,
  }


def _left_out(name: Any) -> list[dict[str, str]]:
  experiment = experiments.find(name) if isinstance(name, str) else None
  return [
      {'dataset': left.dataset.name, 'cluster': left.dataset.cluster, 'why': left.why}
      for left in (experiment.left_out if experiment else ())
  ]


def _examples_per_row(samples, shares, lengths) -> float:
  """The number of examples in a packed row, estimated from the mean lengths of a few examples."""
  means = dict.fromkeys(lengths, 0.0)
  for name, sample in samples.items():
    fitting_ones = [e for e in sample if e.fits]
    for feature in lengths:
      sizes = [len(getattr(e, feature)) for e in fitting_ones]
      means[feature] += shares[name] * float(np.mean(sizes) if sizes else 0.0)
  return min((lengths[f] / means[f] for f in lengths if means[f]), default=0.0)


def _sample(task, lengths, vocabulary, count) -> list[Example]:
  """A few examples of a task, including those that do not fit."""
  dataset = registry.declaration(task.name)
  if dataset is None or dataset.name != task.name or dataset.shots:
    read = trying.read(fitting.with_unfitting(with_vocabulary(task, vocabulary)), 'train', lengths,
                       trim_output_features=False)
    found = [from_features(e, f'task {task.name}') for e in itertools.islice(read, count)]
    return [cut(e, lengths) if e.fits else e for e in found]
  # Rendering a few rows one by one is quicker than tracing the task's whole pipeline.
  rows = keeping.first_kept(dataset, task.source.first_rows('train', _LOOKED_AT * count), count)
  return [_example(dataset, number, row, lengths, vocabulary) for number, row in enumerate(rows)]


def _example(dataset, number, row, lengths, vocabulary) -> Example:
  fields = {k: v for k, v in dataset.row_fields(row).items() if v.shape == ()}
  template = dataset.templates[number % len(dataset.templates)]
  feature = seqio.Feature(vocabulary)
  texts = {k: v.numpy().decode() for k, v in fields.items() if v.dtype.name == 'string'}
  inputs = [*vocabulary.encode(fill(template.inputs, texts)), end_id(vocabulary)]
  targets = [*vocabulary.encode(fill(template.targets, texts)), end_id(vocabulary)]
  example = Example(np.array(inputs), np.array(targets))
  if len(inputs) > lengths['inputs']:
    prompt = render(tabulate([template.inputs]), 0, fields)
    fitted = fitting.fit_prompt(prompt.text, prompt.spans, feature, lengths['inputs'])
    example = dataclasses.replace(
        example, inputs=fitted.tokens.numpy(), truncated=int(fitted.lost), fits=bool(fitted.fits),
        needs=int(fitted.needs))
  return cut(example, lengths) if example.fits else example


def examples(
    task: seqio.Task, split: str, lengths: Mapping[str, int] | None, count: int, **settings: Any
) -> list[dict[str, Any]]:
  """The first examples of a task as NumPy values. `settings` are passed to SeqIO."""
  return list(itertools.islice(trying.read(task, split, lengths, **settings), count))


def preview(
    name: str, count: int, lengths: Mapping[str, int], vocabulary: seqio.Vocabulary
) -> list[dict[str, Any]]:
  """Rendered examples of a task, dataset or mixture, and the tokens that count in the loss.

  Args:
    name: a task (`rte_template_3`), a dataset, a mixture or a foreign task.
    count: examples of each task.
    lengths: the maximum lengths of inputs and targets in tokens.
    vocabulary: turns texts into tokens.

  Returns:
    Objects of JSON values: `task`, `template`, `inputs`, `targets`, `options`, `exemplars` (the
    indices of the solved examples in the training slice), `truncated_tokens` and
    `target_truncated_tokens` (the numbers of tokens cut), `left_out` (the prompt does not fit, so
    the example is not used), `needed_inputs` (the tokens that the prompt needs), `input_tokens`,
    `target_tokens` (pieces of text) and `loss_mask` (one entry for each token: the inputs, then the
    targets).

  Raises:
    UserError: there are no rows, or examples that cannot be shown.
  """
  shown = []
  for task in mixtures.mixed(name):
    split = next(s for s in ('train', 'validation', 'test') if s in task.splits)
    whole = fitting.with_unfitting(with_vocabulary(task, vocabulary))
    for example in examples(whole, split, lengths, count, trim_output_features=False):
      trying.check_features(task, example)
      shown.append(_shown(task.name, example, lengths, vocabulary))
  if count and not shown:
    raise UserError('there are no rows to show', name)
  return shown


def _shown(task_name: str, example: Mapping[str, Any], lengths, vocabulary) -> dict[str, Any]:
  read = from_features(example, f'task {task_name}')
  read = cut(read, lengths) if read.fits else read
  inputs, targets = read.inputs.tolist(), read.targets.tolist()
  number = int(example.get(own.TEMPLATE, -1))
  return {
      'task': task_name,
      'template': number if number >= 0 else None,
      'inputs': vocabulary.decode(inputs),
      'targets': vocabulary.decode(targets),
      'options': [o.decode() for o in example.get(own.CHOICES, ())],
      'exemplars': [int(i) for i in example.get(own.EXEMPLARS, ())],
      'truncated_tokens': read.truncated,
      'target_truncated_tokens': read.targets_truncated,
      'left_out': not read.fits,
      'needed_inputs': read.needs or len(inputs),
      'input_tokens': [pieces(vocabulary, t) for t in inputs],
      'target_tokens': [pieces(vocabulary, t) for t in targets],
      'loss_mask': [0] * len(inputs) + [1] * len(targets),
  }


def pieces(vocabulary: seqio.Vocabulary, token: int) -> str:
  """A token as text: its SentencePiece piece, or else its decoded text."""
  tokenizer = getattr(vocabulary, 'tokenizer', None)
  if tokenizer is not None and token < tokenizer.GetPieceSize():
    return tokenizer.IdToPiece(token)
  return vocabulary.decode([token])
