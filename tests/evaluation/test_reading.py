"""The examples of many templates, read together, are those of each template's own SeqIO task."""
import dataclasses

import numpy as np
import pytest

from flan_jax.data import mixtures, registry
from flan_jax.errors import UserError
from flan_jax.evaluation import harness, outcomes, reading

LENGTHS = {'inputs': 96, 'targets': 16}  # some prompts are shortened, and some are left out
A_FEW = ['record', 'stsb', 'rte_few_shot_2']  # options of a row, a value, solved examples


def works_of(names, count, prompts='templates,baseline'):
  return harness.work_to_do(harness.Evaluation(
      names, LENGTHS, num_examples=count, dev_examples=3, prompts=prompts))


def check(names, vocabulary, count=5, every=1):
  """Compares with the task's own examples; returns the number of pipelines and of works."""
  works, made = works_of(names, count), 0
  reader, read = reading.Reader(works, LENGTHS, vocabulary), reading.trying.read

  def counted(*args, **settings):
    nonlocal made
    made += 1
    return read(*args, **settings)

  reading.trying.read = counted
  try:
    together = [reader.read(work) for work in works]
  finally:
    reading.trying.read = read
  for work, found in list(zip(works, together, strict=True))[::every]:
    alone = reading.Reader([work], LENGTHS, vocabulary).read(work)
    assert (found.split, found.note, found.unlabeled) == (alone.split, alone.note, alone.unlabeled)
    assert len(found.examples) == len(alone.examples), work.task.name
    for one, other in zip(found.examples, alone.examples):
      assert (one.row, one.id, one.reference) == (other.row, other.id, other.reference)
      assert one.features.keys() == other.features.keys()
      for name, value in one.features.items():
        np.testing.assert_array_equal(value, other.features[name], err_msg=f'{work.task} {name}')
  return made, len(works)


@pytest.mark.parametrize('name', A_FEW)
def test_the_same_examples_in_a_few_pipelines(name, vocabulary):
  made, works = check(name, vocabulary, every=4)
  assert made < works / 3


@pytest.mark.slow
def test_the_same_examples_of_every_dataset(vocabulary):
  registry.load_shipped()
  for name in registry.datasets():
    check(name, vocabulary, every=23)  # each task alone takes a second


@pytest.mark.slow
def test_large_splits_are_read_one_task_at_a_time(vocabulary, monkeypatch):
  monkeypatch.setattr(reading, '_MOST_TOGETHER', 20)
  made, works = check('cola', vocabulary, every=10)
  assert made == works


def test_the_template_with_a_mistake_is_named(vocabulary, monkeypatch):
  works = works_of('rte', 5, 'templates')
  read = outcomes.read_example

  def broken(task, *rest):
    if task == 'rte_template_3':
      raise UserError('it is broken', f'task {task}')
    return read(task, *rest)

  monkeypatch.setattr(outcomes, 'read_example', broken)
  reader = reading.Reader(works, LENGTHS, vocabulary)
  with pytest.raises(UserError, match='task rte_template_3: it is broken'):
    for work in works:
      reader.read(work)


def test_only_templates_of_one_dataset_with_the_same_targets_go_together():
  tasks = {t.name: t for name in ('rte', 'cb') for t in mixtures.evaluation_tasks(
      name, ['templates', 'baseline'])}
  named = lambda *names: registry.together([tasks[name] for name in names])
  assert named('rte_template_0', 'rte_template_3') is not None
  assert named('rte_template_0', 'cb_template_0') is None
  assert named('rte_template_0', 'rte_baseline') is None
  work = works_of('rte', 5, 'templates')[0]
  foreign = dataclasses.replace(work, task=work.task.replace(name='not_declared_here'))
  assert registry.together([foreign.task, foreign.task]) is None
