"""Evaluates SeqIO tasks by their own metrics."""
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
import dataclasses
import functools
from typing import Any

import numpy as np
import seqio

from flan_jax import checks, models
from flan_jax.data import baselines, mixtures, presence, registry, variants
from flan_jax.data import own_features as own
from flan_jax.data.rates import as_list
from flan_jax.data.vocabulary import end_id, with_vocabulary
from flan_jax.errors import UserError
from flan_jax.evaluation import batches, fits, measuring, outcomes, reading
from flan_jax.evaluation.decoding import Generator
from flan_jax.evaluation.measuring import SCORE
from flan_jax.evaluation.methods import (
  Generation,
  Method,
  Ranking,
  has_options,
  question_of,
  why_unanswerable,
)
from flan_jax.evaluation.outcomes import Outcome, ScoredExample
from flan_jax.evaluation.reading import Reading
from flan_jax.evaluation.scoring import Scorer, first_of_equals, is_tie
from flan_jax.partitioning import Layout
from flan_jax.stream.examples import check_tokens, from_features

TEST, DEV, TRAIN = 'test', 'validation', 'train'


@dataclasses.dataclass(frozen=True)
class Evaluation:
  """What to evaluate and how.

  Attributes:
    mixture: cluster, dataset, mixture or task, or several of them.
    lengths: longest `inputs` in tokens, and longest generated `targets`.
    batch_size: the most examples scored at once.
    batch_tokens: the most tokens scored at once; see `batches.cut`.
    num_examples: the most examples of each task; None takes all.
    dev_examples: the most examples to choose each dataset's template with; 0 chooses none.
    dtype: of activations and parameters, 'float32' or 'bfloat16'; None for float32 on CPUs and
      bfloat16 on accelerators.
    split: the split to report. None takes 'test', or 'validation' if a task has no test rows or
      they have no labels.
    prompts: how declared datasets are asked: by their 'templates', by their 'baseline' prompts, or
      'templates,baseline'. A dataset without a baseline prompt is not asked by it.
  """

  mixture: str | Sequence[str]
  lengths: Mapping[str, int]
  batch_size: int = 32
  batch_tokens: int = batches.DEFAULT_TOKENS
  num_examples: int | None = None
  dev_examples: int | None = None
  dtype: str | None = None
  split: str | None = None
  prompts: str = baselines.TEMPLATES

  def __post_init__(self):
    checks.check(
        self, mixture=checks.names().or_none, lengths=checks.lengths().or_none,
        batch_size=checks.whole(1), batch_tokens=checks.whole(1),
        dtype=checks.choice(models.DTYPES).or_none, num_examples=checks.whole(1).or_none,
        dev_examples=checks.whole(0).or_none, split=checks.text().or_none,
        prompts=checks.several(baselines.PROMPTS))


@dataclasses.dataclass(frozen=True)
class Work:
  """One task to evaluate on one split.

  Attributes:
    task: the task.
    split: the split to read.
    num_examples: the most examples to read; None takes all.
    chooses: it serves to choose a template and is not reported.
    otherwise: the split to report if this one has no labels; None for no other.
  """

  task: seqio.Task
  split: str
  num_examples: int | None
  chooses: bool = False
  otherwise: str | None = None


# ---- What there is to do ----


def work_to_do(config: Evaluation) -> list[Work]:
  """The tasks to evaluate, on the split to report and on the slice that chooses a template.

  Raises:
    UserError: a name is unknown, data is missing, a task has not the rows asked for, or nothing is
      left to evaluate.
  """
  works = wanted(config)
  presence.check(((work.task, work.split) for work in works), as_list(config.mixture))
  has_examples = lambda work: _has_examples(work, tuple(config.lengths.items()))
  # A task's first work is the reported one. If it has no rows, no template needs to be chosen.
  reported = {work.task.name: work for work in reversed(works)}
  left = [w for w in works if has_examples(w) and has_examples(reported[w.task.name])]
  if not left:
    raise UserError(f'there are no rows to evaluate {config.mixture!r} on',
                    'EVAL_MIXTURE_OR_TASK_NAME', 't5x doctor lists the empty slices.')
  return left


def empty_slices(config: Evaluation) -> list[str]:
  """The dataset and split of each work that `work_to_do` leaves out because it has no rows."""
  left = work_to_do(config)
  gone = [work for work in wanted(config) if work not in left]
  named = lambda task: registry.dataset_name(task.name)
  return list(dict.fromkeys(f'{named(work.task)} ({work.split})' for work in gone))


@functools.lru_cache(maxsize=None)
def _has_examples(work: Work, lengths: tuple[tuple[str, int], ...]) -> bool:
  return reading.has_examples(work.task, work.split, dict(lengths))


def wanted(config: Evaluation) -> list[Work]:
  """The tasks to evaluate, judged by their names only; reads no rows.

  Raises:
    UserError: a name is unknown, or has nothing to evaluate.
  """
  works = []
  tasks = mixtures.evaluation_tasks(config.mixture, config.prompts.split(','))
  if not tasks:
    raise UserError(f'nothing in {config.mixture!r} has a baseline prompt', 'EVAL_PROMPTS',
                    'Declare one (Dataset.baseline), or evaluate with templates.')
  for task in tasks:
    if _has_metrics(task):
      works += _works(task, config)
  if not works:
    raise UserError(f'{config.mixture!r} has no task with metrics', 'EVAL_MIXTURE_OR_TASK_NAME',
                    'Name a cluster, a dataset, or a task with metric_fns.')
  return works


def _has_metrics(task: seqio.Task) -> bool:
  try:
    return bool(task.metric_objs)
  except ValueError as error:
    raise UserError(f'one of its metrics cannot be called: {error}', f'task {task.name}',
                    'Write it as metric(targets, predictions) or metric(targets, scores).'
                    ) from error


def _works(task: seqio.Task, config: Evaluation) -> list[Work]:
  split = config.split or next((s for s in (TEST, DEV) if s in task.splits), None)
  if split is None:
    raise UserError(
        'it has training rows only, and nothing to evaluate on', _name(task),
        f'Give it a test or validation slice, or score those rows with EVAL_SPLIT={TRAIN!r} '
        f'(--split={TRAIN}).')
  if split not in task.splits:
    raise UserError(f'it has no slice {split!r}', _name(task),
                    f'Set EVAL_SPLIT (--split) to one of: {", ".join(task.splits)}.')
  has_dev = DEV in task.splits and split != DEV
  otherwise = DEV if has_dev and not config.split else None
  works = [Work(task, split, config.num_examples, otherwise=otherwise)]
  is_template = registry.declaration(task.name) and not registry.is_baseline(task.name)
  if has_dev and config.dev_examples != 0 and is_template:
    works.append(Work(task, DEV, config.dev_examples, chooses=True))
  return works


def _name(task: seqio.Task) -> str:
  declared = registry.declaration(task.name)
  return f'dataset {declared.name}' if declared else f'task {task.name}'


def evaluate(
    model: Any,
    parameters: Any,
    config: Evaluation,
    vocabulary: seqio.Vocabulary,
    layout: Layout,
) -> Iterator[Outcome]:
  """Evaluates task by task, yielding each outcome as it comes.

  Args:
    model: the Flax module.
    parameters: its parameters.
    config: what to evaluate.
    vocabulary: turns texts into tokens and back.
    layout: the devices to use, and what logical axes mean on them.
  """
  scorer = Scorer(model, parameters, layout, config.batch_size, config.batch_tokens)
  generator = Generator(model, parameters, layout, config.batch_size, config.batch_tokens,
                        end_id=end_id(vocabulary))
  methods = (Ranking(scorer), Generation(
      generator, vocabulary, config.lengths['targets'], end_id(vocabulary)))
  works = work_to_do(config)
  reader = reading.Reader(works, config.lengths, vocabulary)
  # A thread reads the next task's examples while the devices score this one's.
  with futures.ThreadPoolExecutor(max_workers=1) as ahead:
    waiting = [ahead.submit(reader.read, work) for work in works[:1]]
    for work, following in zip(works, [*works[1:], None]):
      found = waiting.pop().result()
      if following:
        waiting.append(ahead.submit(reader.read, following))
      _check_tokens(work.task.name, found, model.config.vocab_size)
      yield _evaluate_task(work, found, config, vocabulary, methods)


# ---- Scoring them ----


def _evaluate_task(
    work: Work, found: Reading, config: Evaluation, vocabulary: seqio.Vocabulary,
    methods: Sequence[Method]) -> Outcome:
  task, examples = with_vocabulary(work.task, vocabulary), found.examples
  why_not = _cannot_be_scored(found, end_id(vocabulary))
  kinds = measuring.output_kinds(task) if examples else ()
  asked_of = [method for method in methods if method.output in kinds]
  answers = {}  # method -> number of an example -> what the model gave
  for method in asked_of:
    asked = [i for i in range(len(examples)) if i not in why_not]
    made = method.ask([examples[i] for i in asked])
    answers[method.output] = dict(zip(asked, made))
    # These examples must not reach a metric: one NaN would make its mean NaN.
    why_not |= {i: 'the model gave NaN' for i, output in zip(asked, made) if output is None}
  scored = [i for i in range(len(examples)) if i not in why_not]
  outputs = {kind: [made[i] for i in scored] for kind, made in answers.items()}
  measured = measuring.measure(
      task, [examples[i].features for i in scored],
      {m.output: m.for_metrics(outputs[m.output], examples) for m in asked_of})
  fields = {i: _answer(asked_of, answers, examples[i], i) for i in scored}
  for i, right in zip(scored, measured.right or ()):
    fields[i]['correct'] = right
  records = [outcomes.record(e, fields.get(i, {}), why_not.get(i)) for i, e in enumerate(examples)]
  features = [e.features for e in examples]
  counts = fits.counts(task, found.split, work.num_examples, config.lengths, features)
  counts['shots'] = fits.shots(task, features)
  counts['ties'] = _ties(examples, scored, outputs.get(SCORE, ()))
  if counts['left_out'] and not examples:
    found = dataclasses.replace(found, note=fits.note(counts, config.lengths))
  return _outcome(work, found, measured, records, scored, why_not, counts)


def _answer(methods, answers, example: ScoredExample, number: int) -> dict[str, Any]:
  """The fields that the methods' outputs add to an example's record."""
  fields = {}
  for method in methods:
    fields |= method.for_record(example, answers[method.output][number])
  return fields


def _check_tokens(task: str, found: Reading, pieces: int) -> None:
  """Raises UserError if a foreign task has a token that the model does not have."""
  for example in found.examples if registry.declaration(task) is None else ():
    check_tokens(from_features(example.features, f'task {task}'), pieces, f'task {task}')


def _ties(examples, scored, scores) -> int:
  """The number of examples whose best option has the same tokens as another one."""
  count = 0
  for i, row in zip(scored, scores):
    if has_options(features := examples[i].features):
      count += is_tie(row, first_of_equals(question_of(features)), features[own.CHOICES])
  return count


def _cannot_be_scored(found: Reading, end: int) -> dict[int, str]:
  """Why examples cannot be scored, by their numbers."""
  if found.unlabeled:
    return dict.fromkeys(range(len(found.examples)), 'it has no label')
  faults = {i: why_unanswerable(e.features, end) for i, e in enumerate(found.examples)}
  return {i: fault for i, fault in faults.items() if fault}


def _outcome(work, found, measured, records, scored, why_not, counts) -> Outcome:
  examples = found.examples
  declared = registry.declaration(work.task.name)
  references = [examples[i].reference for i in scored]
  ranked = bool(references) and all(r.options for r in references)
  judged = ranked or measured.right is not None
  headline = next(iter(measured.values), None)
  return Outcome(
      task=work.task.name,
      dataset=declared.name if declared else work.task.name,
      cluster=variants.cluster(declared) if declared else work.task.name,
      template=examples[0].reference.template if declared and examples else None,
      split=found.split,
      metrics=measured.values,
      chance=measured.about[headline].chance(references) if ranked and headline else None,
      correct=np.array([records[i]['correct'] for i in scored]) if judged else None,
      **counts,
      predictions=records,
      chooses=work.chooses,
      prompts=baselines.BASELINE if registry.is_baseline(work.task.name) else baselines.TEMPLATES,
      about=measured.about,
      other=measured.other,
      failed=measured.failed,
      not_scored={examples[i].id: why for i, why in sorted(why_not.items())},
      note=found.note,
  )
