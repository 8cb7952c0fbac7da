"""Excerpts of real datasets, written as prepared TFDS data, train and evaluate like samples."""
import json

import pytest
import seqio

from flan_jax.data import own_features as own
from flan_jax.data import registry
from tests.command_line import t5x
from tests.end_to_end.test_commands import SMALL

# Datasets whose excerpts are of another configuration, with the same columns.
STANDS_FOR = {
    'paws_wiki/labeled_final_raw': 'paws_wiki', 'super_glue/wsc.fixed': 'super_glue/wsc'}
SOURCES = {  # TFDS name -> declarations that read it
    'snli': ['snli'], 'glue/mnli': ['mnli_matched', 'mnli_mismatched'], 'glue/qnli': ['qnli'],
    'glue/wnli': ['wnli'], 'bool_q': ['bool_q'], 'ai2_arc/ARC-Easy': ['arc_easy'],
    'openbookqa': ['openbookqa'], 'piqa': ['piqa'], 'trec': ['trec'],
    'paws_wiki/labeled_final_raw': ['paws_wiki'],
    'squad/v1.1': ['squad_v1'], 'natural_questions_open': ['natural_questions'],
    'gem/common_gen': ['common_gen'], 'gem/e2e_nlg': ['e2e_nlg'], 'para_crawl/enda': ['fix_punct'],
    'wmt14_translate/fr-en': ['wmt14_enfr'], 'cosmos_qa': ['cosmos_qa'],
    'definite_pronoun_resolution': ['definite_pronoun_resolution'],
    'super_glue/wsc.fixed': ['wsc'],
    'math_dataset/algebra__linear_1d': ['math_dataset'],
}


WITHOUT_ANSWERS = ('squad_v1',)  # in the excerpt's rows for validation


@pytest.fixture(scope='module')
def directory(write_rows, real_rows, tmp_path_factory):
  registry.load_shipped()
  folder = tmp_path_factory.mktemp('real')
  for name, declared in SOURCES.items():
    version = registry.find_dataset(declared[0]).source.name.split(':')[1]
    write_rows(name, version, real_rows(STANDS_FOR.get(name, name)), folder)
  return folder


DECLARED = [name for names in SOURCES.values() for name in names]


@pytest.mark.parametrize('name', DECLARED)
def test_every_template_renders_real_rows(name, directory, data_dir):
  data_dir(str(directory), redraw=True)
  dealt = seqio.TaskRegistry.get(name).get_dataset(None, 'train', shuffle=False).take(20)
  seen = set()
  for example in dealt.as_numpy_iterator():
    seen.add(int(example[own.TEMPLATE]))
    inputs, targets = (example[f'{f}_pretokenized'].decode() for f in ('inputs', 'targets'))
    assert inputs.strip() and '{' not in inputs + targets
  assert seen == set(range(len(registry.find_dataset(name).templates)))


@pytest.mark.parametrize('name', DECLARED)
def test_the_answers_of_real_rows_are_among_their_options(name, directory, data_dir):
  data_dir(str(directory), redraw=True)
  dataset = registry.find_dataset(name)
  task = seqio.TaskRegistry.get(registry.evaluation_task_name(dataset, 0))
  split = 'train' if name in WITHOUT_ANSWERS else 'test'
  examples = list(task.get_dataset(None, split, shuffle=False).take(50).as_numpy_iterator())
  assert examples
  for example in examples:
    assert example[own.ANSWERS][0] == example['targets_pretokenized']
    if dataset.options:
      assert example[own.CHOICES][example[own.OPTION]] == example['targets_pretokenized']


@pytest.mark.parametrize('name', DECLARED)
def test_slices_of_excerpts_are_apart_and_not_empty(name, directory, data_dir):
  data_dir(str(directory), redraw=True)
  source = seqio.TaskRegistry.get(name).source
  intervals = [source.interval(split) for split in source.splits]
  assert all(i.size for i in intervals)
  for i, one in enumerate(intervals):
    for other in intervals[i + 1:]:
      assert one.split != other.split or one.stop <= other.start or other.stop <= one.start


@pytest.mark.slow
def test_real_rows_train_and_evaluate_through_the_same_commands(directory, tmp_path):
  t5x('train', '--gin_file=gin/flan_holdout_nli.gin', *SMALL, f'--tfds_data_dir={directory}',
      '--redraw_slices',
      '--gin.MIXTURE_OR_TASK_NAME=bool_q,piqa,trec,squad_v1,common_gen,wmt14_enfr',
      '--gin.EVAL_MIXTURE_OR_TASK_NAME=snli,wnli', '--gin.MODEL_DIR=run', cwd=tmp_path)
  results = json.loads((tmp_path / 'run/eval/4/snli+wnli/results.json').read_text())
  assert results['sample_data'] is False and set(results['datasets']) == {'snli', 'wnli'}
