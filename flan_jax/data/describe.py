"""Looks at mixtures and tasks before anything is trained."""
from collections.abc import Mapping, Sequence
import dataclasses
import itertools
from typing import Any

import numpy as np
import seqio

from flan_jax.data import experiments, mixtures, registry, trying
from flan_jax.data import own_features as own
from flan_jax.data.rates import Names, as_rates
from flan_jax.data.templates import fill
from flan_jax.data.vocabulary import with_vocabulary
from flan_jax.errors import UserError

# Examples that lengths are estimated from: so many of all tasks, at most so many of each.
_SAMPLED, _SAMPLED_OF_EACH = 256, 16


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
  """What a mixture trains on: tasks, examples, rates, shares, epochs, and what is left out.

  Args:
    name: mixture, task, dataset or cluster, or several of them, with rates or without.
    budget: how much training there will be; expected epochs follow from it.
    vocabulary: to estimate how many examples a row holds.

  Returns:
    A JSON-able object, documented in the README.

  Raises:
    UserError: the name is unknown or data is missing.
  """
  chosen = mixtures.training_tasks(name)
  total = sum(rate for _, rate in chosen)
  shares = {task.name: rate / total for task, rate in chosen}
  per_row = _examples_per_row([t for t, _ in chosen], shares, budget.lengths, vocabulary)
  seen = budget.steps * budget.batch_size * per_row
  return {
      'mixture': name,
      'given_rates': {n: rate for n, rate in as_rates(name).items() if rate is not None},
      'tasks': [_describe_task(task, rate, shares[task.name], seen) for task, rate in chosen],
      'examples': sum(task.num_input_examples('train') or 0 for task, _ in chosen),
      'steps': budget.steps,
      'batch_size': budget.batch_size,
      'examples_per_row': per_row,
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


def _examples_per_row(tasks, shares, lengths, vocabulary) -> float:
  """How many examples a packed row holds, from the mean lengths of a few of each task."""
  means = {feature: 0.0 for feature in lengths}
  count = min(_SAMPLED_OF_EACH, -(-_SAMPLED // len(tasks)))
  for task in tasks:
    sizes = _sizes(task, lengths, vocabulary, count)
    for feature in lengths:
      mean = np.mean([min(s[feature], lengths[feature]) for s in sizes]) if sizes else 0.0
      means[feature] += shares[task.name] * float(mean)
  return min((lengths[f] / means[f] for f in lengths if means[f]), default=0.0)


def _sizes(task, lengths, vocabulary, count) -> list[dict[str, int]]:
  """Tokens of the features of a few examples."""
  dataset = registry.declaration(task.name)
  if dataset is None or dataset.name != task.name or dataset.shots:
    sample = examples(with_vocabulary(task, vocabulary), 'train', lengths, count)
    return [{f: len(e[f]) for f in lengths} for e in sample]
  # Tracing a task's whole pipeline takes longer than rendering a few of its rows one by one.
  sizes = []
  for number, row in enumerate(task.source.first_rows('train', count)):
    fields = {k: v.numpy().decode() for k, v in dataset.row_fields(row).items()
              if v.shape == ()}
    template = dataset.templates[number % len(dataset.templates)]
    texts = {'inputs': template.inputs, 'targets': template.targets}
    sizes.append({f: len(vocabulary.encode(fill(texts[f], fields))) + 1 for f in lengths})
  return sizes


def examples(
    task: seqio.Task, split: str, lengths: Mapping[str, int] | None, count: int
) -> list[dict[str, Any]]:
  """The first examples of a task, as NumPy values."""
  return list(itertools.islice(trying.read(task, split, lengths), count))


def preview(
    name: str, count: int, lengths: Mapping[str, int], vocabulary: seqio.Vocabulary
) -> list[dict[str, Any]]:
  """Rendered examples of a task, dataset or mixture, with the tokens the loss is taken on.

  Args:
    name: an evaluation task (`rte_template_3`), a dataset, a mixture or anybody's task.
    count: examples of each task.
    lengths: longest inputs and targets in tokens.
    vocabulary: turns texts into tokens.

  Returns:
    JSON-able objects: `task`, `template`, `inputs`, `targets`, `options`, `exemplars` (of solved
    examples shown, the positions in the training slice), `truncated_tokens`, `input_tokens`,
    `target_tokens` (pieces of text) and `loss_mask`, one entry a token of inputs and targets.

  Raises:
    UserError: there are no rows, or examples that cannot be shown.
  """
  shown = []
  for task in seqio.get_subtasks(mixtures.find(name)):
    split = next(s for s in ('train', 'validation', 'test') if s in task.splits)
    for example in examples(with_vocabulary(task, vocabulary), split, lengths, count):
      trying.check_features(task, example)
      shown.append(_shown(task.name, example, vocabulary))
  if count and not shown:
    raise UserError('there are no rows to show', name)
  return shown


def _shown(task_name: str, example: Mapping[str, Any], vocabulary) -> dict[str, Any]:
  inputs, targets = example['inputs'].tolist(), example['targets'].tolist()
  return {
      'task': task_name,
      'template': int(example[own.TEMPLATE]) if own.TEMPLATE in example else None,
      'inputs': vocabulary.decode(inputs),
      'targets': vocabulary.decode(targets),
      'options': [o.decode() for o in example.get(own.CHOICES, ())],
      'exemplars': [int(i) for i in example.get(own.EXEMPLARS, ())],
      'truncated_tokens': int(example.get(own.TRUNCATED, 0)),
      'input_tokens': [pieces(vocabulary, t) for t in inputs],
      'target_tokens': [pieces(vocabulary, t) for t in targets],
      'loss_mask': [0] * len(inputs) + [1] * len(targets),
  }


def pieces(vocabulary: seqio.Vocabulary, token: int) -> str:
  """A token as text: its SentencePiece piece, or what it decodes to."""
  tokenizer = getattr(vocabulary, 'tokenizer', None)
  if tokenizer is not None and token < tokenizer.GetPieceSize():
    return tokenizer.IdToPiece(token)
  return vocabulary.decode([token])
