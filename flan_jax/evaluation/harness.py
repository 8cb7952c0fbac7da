"""Evaluation of SeqIO tasks through SeqIO's evaluator."""
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
import dataclasses
import functools
from typing import Any

import jax
import numpy as np
import seqio
import tensorflow as tf

from flan_jax import checks, models, partitioning
from flan_jax.data import metrics as metric_lib
from flan_jax.data import mixtures, presence, registry, trying, variants
from flan_jax.data import own_features as own
from flan_jax.data.metrics import Reference
from flan_jax.data.vocabulary import end_id, with_vocabulary
from flan_jax.errors import UserError
from flan_jax.evaluation import batches
from flan_jax.evaluation.decoding import Generator
from flan_jax.evaluation.scoring import Question, Scorer

TEST, DEV = 'test', 'validation'


@dataclasses.dataclass(frozen=True)
class Evaluation:
  """What to evaluate and how.

  Attributes:
    mixture: cluster, dataset, mixture or task, or several of them.
    lengths: longest `inputs` in tokens, and longest generated `targets`.
    batch_size: examples scored at once, at most.
    batch_tokens: tokens scored at once, at most; see `batches.cut`.
    num_examples: at most so many examples of each task; None takes all.
    dev_examples: at most so many to choose each dataset's template with; 0 leaves that out.
    dtype: of activations and parameters, 'float32' or 'bfloat16'; None for float32 on CPUs and
      bfloat16 on accelerators.
  """

  mixture: str | Sequence[str]
  lengths: Mapping[str, int]
  batch_size: int = 32
  batch_tokens: int = batches.DEFAULT_TOKENS
  num_examples: int | None = None
  dev_examples: int | None = None
  dtype: str | None = None

  def __post_init__(self):
    checks.check(
        self, mixture=checks.names().or_none, lengths=checks.lengths().or_none,
        batch_size=checks.whole(1), batch_tokens=checks.whole(1),
        dtype=checks.choice(models.DTYPES).or_none, num_examples=checks.whole(1).or_none,
        dev_examples=checks.whole(0).or_none)


@dataclasses.dataclass(frozen=True)
class Outcome:
  """What came of one task on one split.

  Attributes:
    task: the SeqIO task's name.
    dataset: the declared dataset's name, or the task's own.
    cluster: its cluster, or the task's own name.
    template: number of its template, or None.
    split: 'test' or 'validation'.
    metrics: values by name, as the task's metrics gave them; the first is the headline.
    chance: expected headline of a guess among the options, or None.
    correct: for tasks with options, bool `[examples]`: a right option was the most likely.
    truncated: examples whose prompt was shortened.
    predictions: one JSON-able record an example.
  """

  task: str
  dataset: str
  cluster: str
  template: int | None
  split: str
  metrics: Mapping[str, float]
  chance: float | None
  correct: np.ndarray | None
  truncated: int
  predictions: Sequence[Mapping[str, Any]]

  @property
  def n(self) -> int:
    return len(self.predictions)


@dataclasses.dataclass(frozen=True)
class Work:
  """One task to evaluate on one split."""

  task: seqio.Task
  split: str
  num_examples: int | None


def plan(config: Evaluation) -> list[Work]:
  """The tasks to evaluate, on the test slice and on the slice that chooses a template.

  Raises:
    UserError: a name is unknown, data is missing, or nothing is left to evaluate.
  """
  works = wanted(config)
  presence.check(((work.task, work.split) for work in works), mixtures.as_list(config.mixture))
  has_rows = lambda work: _has_rows(work, tuple(config.lengths.items()))
  # The first one of a task is what is reported; without it there is nothing to choose for.
  reported = {work.task.name: work for work in reversed(works)}
  left = [w for w in works if has_rows(w) and has_rows(reported[w.task.name])]
  if not left:
    raise UserError(f'there are no rows to evaluate {config.mixture!r} on',
                    'EVAL_MIXTURE_OR_TASK_NAME', 't5x doctor tells which slices are empty.')
  return left


def empty_slices(config: Evaluation) -> list[str]:
  """What `plan` leaves out because no row of it is there or kept: dataset and split of each."""
  left = plan(config)
  gone = [work for work in wanted(config) if work not in left]
  named = lambda task: getattr(registry.declaration(task.name), 'name', task.name)
  return list(dict.fromkeys(f'{named(work.task)} ({work.split})' for work in gone))


@functools.lru_cache(maxsize=None)
def _has_rows(work: Work, lengths: tuple[tuple[str, int], ...]) -> bool:
  dataset = registry.declaration(work.task.name)
  if dataset:
    return trying.has_rows(dataset, work.split)
  return trying.first_example(work.task, work.split, dict(lengths)) is not None


def wanted(config: Evaluation) -> list[Work]:
  """The tasks to evaluate as far as their names go, without a look at their rows.

  Raises:
    UserError: a name is unknown, or has nothing to evaluate.
  """
  works = []
  for task in mixtures.evaluation_tasks(config.mixture):
    if not task.metric_fns and not task.metric_objs:
      continue
    test = next((s for s in (TEST, DEV, 'train') if s in task.splits), None)
    if test == 'train' and registry.declaration(task.name):
      raise UserError('it has training rows only, and nothing to evaluate on',
                      f'dataset {registry.declaration(task.name).name}',
                      'Give its source a test= or validation= slice.')
    if test:
      works.append(Work(task, test, config.num_examples))
    if test == TEST and DEV in task.splits and config.dev_examples != 0 and _chooses(task):
      works.append(Work(task, DEV, config.dev_examples))
  if not works:
    raise UserError(f'{config.mixture!r} has no task with metrics', 'EVAL_MIXTURE_OR_TASK_NAME',
                    'Name a cluster, a dataset, or a task with metric_fns.')
  return works


def _chooses(task: seqio.Task) -> bool:
  return registry.declaration(task.name) is not None


def evaluate(
    model: Any,
    parameters: Any,
    config: Evaluation,
    vocabulary: seqio.Vocabulary,
    mesh: jax.sharding.Mesh,
    rules: partitioning.Rules = partitioning.AXIS_RULES,
) -> Iterator[Outcome]:
  """Evaluates task by task, yielding each outcome as it comes.

  Args:
    model: the Flax module.
    parameters: its parameters.
    config: what to evaluate.
    vocabulary: turns texts into tokens and back.
    mesh: the devices to use.
    rules: what logical axes mean on it.
  """
  scorer = Scorer(model, parameters, mesh, config.batch_size, rules, config.batch_tokens)
  generator = Generator(model, parameters, mesh, config.batch_size, rules, config.batch_tokens,
                        end_id=end_id(vocabulary))
  works = plan(config)
  # SeqIO prepares the next task's examples while the devices score this one's.
  with futures.ThreadPoolExecutor(max_workers=1) as ahead:
    prepared = [ahead.submit(_prepare, work, config, vocabulary) for work in works[:1]]
    for work, following in zip(works, [*works[1:], None]):
      evaluator = prepared.pop().result()
      if following:
        prepared.append(ahead.submit(_prepare, following, config, vocabulary))
      yield _evaluate_task(work, evaluator, config, vocabulary, scorer, generator)


def _prepare(work: Work, config: Evaluation, vocabulary: seqio.Vocabulary) -> seqio.Evaluator:
  with registry.lent_to_seqio(with_vocabulary(work.task, vocabulary)) as name:
    return seqio.Evaluator(
        name, _AsTheyAre(pack=False), work.split, sequence_length=config.lengths,
        num_examples=work.num_examples, async_compute_metrics=False)


def _evaluate_task(work, evaluator, config, vocabulary, scorer, generator) -> Outcome:
  outputs = {}

  def score(dataset):
    numbered = list(dataset.as_numpy_iterator())
    outputs['examples'] = [example for _, example in numbered]
    outputs['scores'] = _score(outputs['examples'], scorer)
    return [(int(i), s) for (i, _), s in zip(numbered, outputs['scores'])]

  def predict(dataset):
    numbered = list(dataset.as_numpy_iterator())
    outputs['examples'] = [example for _, example in numbered]
    outputs['tokens'] = _predict(outputs['examples'], generator, config.lengths['targets'])
    # SeqIO wants rows of one length, and decodes them up to the first end mark.
    width, end = config.lengths['targets'] + 1, end_id(vocabulary)
    rows = [[*t, *[end] * (width - len(t))] for t in outputs['tokens']]
    return [(int(i), row) for (i, _), row in zip(numbered, rows)]

  values, _ = evaluator.evaluate(compute_metrics=True, score_fn=score, predict_fn=predict)
  return _outcome(work, vocabulary, outputs, values.result()[work.task.name])


class _AsTheyAre(seqio.EncDecFeatureConverter):
  """Leaves examples as they are, unpadded: batches are padded where they are made."""

  def __call__(self, ds: tf.data.Dataset, task_feature_lengths: Mapping[str, int]):
    return ds


def _score(examples: Sequence[Mapping[str, Any]], scorer: Scorer) -> list[Any]:
  """Scores as SeqIO takes them: for options rows of one width, else a number an example."""
  if own.OPTION_TOKENS not in examples[0]:
    return [float(s[0]) for s in scorer([
        Question(e['inputs'], e['targets'], np.ones_like(e['targets'])) for e in examples])]
  scores = scorer([
      Question(e['inputs'], e[own.OPTION_TOKENS], e[own.OPTION_IDS]) for e in examples])
  width = max(len(s) for s in scores)
  return [np.pad(s, (0, width - len(s)), constant_values=-np.inf) for s in scores]


def _predict(examples: Sequence[Mapping[str, Any]], generator: Generator, longest: int):
  return [t or [] for t in generator([e['inputs'] for e in examples], longest)]


def _outcome(work: Work, vocabulary, outputs, metrics) -> Outcome:
  declared = registry.declaration(work.task.name)
  scores = outputs.get('scores', ())
  texts = [vocabulary.decode(t) for t in outputs.get('tokens', ())]
  references = [_reference(e, vocabulary) for e in outputs['examples']]
  records = [
      _record(r, scores[i] if scores else None, texts[i] if texts else None)
      for i, r in enumerate(references)
  ]
  has_options = bool(scores) and all(r.options for r in references)
  return Outcome(
      task=work.task.name,
      dataset=declared.name if declared else work.task.name,
      cluster=variants.cluster(declared) if declared else work.task.name,
      template=references[0].template if declared else None,
      split=work.split,
      metrics={k: float(v) for k, v in metrics.items()},
      chance=metric_lib.chance(next(iter(metrics)), references) if has_options else None,
      correct=np.array([r['correct'] for r in records]) if has_options else None,
      truncated=sum(r.truncated > 0 for r in references),
      predictions=records,
  )


def _reference(example: Mapping[str, Any], vocabulary: seqio.Vocabulary) -> Reference:
  if own.DATASET in example:
    return registry.reference_or_prediction('', example, is_target=True)
  decode = lambda name: vocabulary.decode([int(t) for t in example[name]])
  return Reference(answers=(decode('targets'),), inputs=decode('inputs'))


def _record(
    reference: Reference, scores: np.ndarray | float | None, text: str | None
) -> dict[str, Any]:
  record = {
      'inputs': reference.inputs,
      'target': reference.answers[0],
      'dataset': reference.dataset,
      'template': reference.template,
  }
  if scores is not None and reference.options:
    scores = scores[: len(reference.options)]
    best = int(metric_lib.best_options(scores))
    record |= {
        'options': list(reference.options),
        'scores': [float(s) for s in scores],
        'option_lengths': list(reference.option_lengths),
        'prediction': reference.options[best],
        'correct': best in reference.right_options,
    }
  elif scores is not None:
    record['score'] = scores
  if text is not None:
    record['prediction'] = text
  return record
