"""Everything that is missing is named at once; empty slices are told and left out."""
import dataclasses

import pytest

from flan_jax.data import mixtures, presence, registry
from flan_jax.errors import UserError
from flan_jax.evaluation import harness

LENGTHS = {'inputs': 64, 'targets': 16}


def test_all_that_is_missing_is_named_with_the_command_that_lists_it(data_dir, tmp_path):
  registry.load_shipped()
  data_dir(str(tmp_path))
  with pytest.raises(UserError) as caught:
    harness.work_to_do(harness.Evaluation('nli,copa', LENGTHS))
  said = str(caught.value)
  assert 'the rows of 11 datasets cannot be read: anli_r1, ' in said and 'and 1 more' in said
  assert f't5x doctor nli copa --tfds_data_dir={tmp_path}' in said and '\n' not in said
  with pytest.raises(UserError, match='the rows of 54 datasets.*t5x doctor flan_holdout_nli'):
    mixtures.training_tasks('flan_holdout_nli')
  with pytest.raises(UserError, match='^dataset super_glue/rte, version 1.0.2, is not prepared'):
    mixtures.training_tasks('rte')


def test_training_and_evaluation_are_looked_at_together(data_dir, tmp_path):
  registry.load_shipped()
  data_dir(str(tmp_path))
  needed = [(task, 'train') for task in mixtures.training_subtasks('copa,sst2')]
  needed += [(work.task, work.split) for work in harness.wanted(harness.Evaluation('cb', LENGTHS))]
  with pytest.raises(UserError, match='3 datasets cannot be read: copa, sst2, cb;'):
    presence.check(needed, ['copa', 'sst2', 'cb'])


@pytest.fixture
def only_some(declared):
  """Registers RTE with slices in which some rows are kept, or none."""
  made = []

  def make(name, keep_of):
    kept = lambda row: row['idx'] < 0 if keep_of == 'none' else row['idx'] >= 0
    registry.register(dataclasses.replace(
        declared['rte'], name=name, cluster='own', keep=kept))
    made.append(name)
    return name

  yield make
  for name in made:
    registry.unregister(name)


def test_what_has_no_rows_is_left_out_of_an_evaluation_and_named(only_some):
  none, all_rows = only_some('rte_none', 'none'), only_some('rte_all', 'all')
  both = harness.Evaluation(f'{none},{all_rows}', LENGTHS)
  assert {work.task.name.split('_template')[0] for work in harness.work_to_do(both)} == {'rte_all'}
  assert harness.empty_slices(both) == ['rte_none (test)', 'rte_none (validation)']
  with pytest.raises(UserError, match='no rows to evaluate.*t5x doctor'):
    harness.work_to_do(harness.Evaluation(none, LENGTHS))


def test_an_empty_dev_slice_leaves_the_choice_of_a_template_out(data_dir, write_rows):
  registry.load_shipped()
  rows = [{'premise': f'p{i}', 'hypothesis': 'h', 'label': 0, 'idx': i} for i in range(3)]
  splits = {'train': rows[:1], 'validation': rows}
  data_dir(str(write_rows('super_glue/rte', '1.0.2', splits)), redraw=True)
  config = harness.Evaluation('rte', LENGTHS)
  assert {work.split for work in harness.work_to_do(config)} == {'test'}
  assert harness.empty_slices(config) == ['rte (validation)']
