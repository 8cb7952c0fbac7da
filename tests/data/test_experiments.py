"""The paper's experiments: their mixtures, their gin files, and the proof that they hold out."""
import pytest
import seqio

from flan_jax import cli, configuration
from flan_jax.data import experiments, mixtures, registry
from flan_jax.errors import UserError

GIN_FILES = [f for f in configuration.shipped_gin_files()
             if not f.startswith(('gin/models/', 'gin/runs/', 'gin/mesh/', 'gin/pretrain/'))
             and 'SEEDS' not in configuration.macro_names(f)]  # those are sweeps


@pytest.fixture(autouse=True)
def shipped(declared):
  return declared


def trained(name):
  return {t.name for t in seqio.get_subtasks(mixtures.find(name))}


@pytest.mark.slow
def test_every_experiment_holds_out_what_it_evaluates():
  proofs = {e.name: experiments.prove(e) for e in experiments.experiments().values()}
  assert all(p['tasks'] and p['examples'] for p in proofs.values())
  nothing = {name for name, p in proofs.items() if not p['held_out']}
  assert nothing - {'flan_all'} == {
      name + size for name in experiments.SUPER_GLUE for size in ('', '_examples_32')}
  assert len([n for n in proofs if n.startswith('flan_holdout_group_')]) == 17


def test_clusters_are_added_in_the_papers_order():
  groups = []
  for count in range(1, 8):
    now = {registry.find_dataset(n).group for n in trained(f'flan_clusters_{count}')}
    groups.append(now - set().union(*groups))
  assert [g for g, in groups] == [
      'summarization', 'translation', 'reading_comprehension', 'sentiment', 'structure_to_text',
      'coreference', 'conversational_qa']
  held_out = {registry.find_dataset(n).cluster for n in trained('flan_clusters_7')}
  assert not held_out & {'nli', 'closed_book_qa', 'commonsense', 'paraphrase'}


def test_datasets_per_cluster_grow_by_one_at_a_time():
  sizes = [len(trained(f'flan_datasets_{n}')) for n in (1, 2, 3, 4)]
  assert sizes == [7, 14, 19, 24]  # two clusters have but two datasets that may train
  assert trained('flan_datasets_1') < trained('flan_datasets_2') < trained('flan_datasets_4')


def test_templates_per_dataset_change_nothing_else():
  for count in (1, 4, 10):
    names = trained(f'flan_datasets_1_templates_{count}')
    assert names == {f'{n}_templates_{count}' for n in trained('flan_datasets_1')}
    assert {len(registry.find_dataset(n).templates) for n in names} == {count}


def test_flan_all_trains_every_dataset_that_has_rows_once(shipped):
  assert trained('flan_all') == set(shipped) - {'wsc273', 'mnli_mismatched'}


@pytest.mark.parametrize('training, evaluation, named', [
    ('flan_holdout_nli', 'nli,sst2', 'sst2'),
    ('flan_holdout_sentiment', 'squad_v2', 'squad_v1'),
    ('flan_holdout_nli,glue_qqp', 'paraphrase', 'glue_qqp'),
    ('flan_clusters_7_templates_4', 'coreference_name_only', 'winogrande_templates_4'),
])
def test_evaluating_what_a_hold_out_mixture_trains_on_is_refused(training, evaluation, named):
  with pytest.raises(UserError, match=f'{named} .*comes? from|{named} .*version'):
    experiments.check_held_out(training, evaluation)


def test_training_on_what_is_evaluated_is_allowed_where_nothing_is_held_out():
  experiments.check_held_out('rte_examples_32', 'rte')
  experiments.check_held_out(['sentiment', 'rte'], ['sst2'])


def test_a_mixture_that_lets_a_held_out_dataset_in_fails(monkeypatch):
  experiment = experiments.find('flan_holdout_nli')
  wrong = seqio.Mixture('wrong', [('glue_mrpc', 1.0), ('sst2', 1.0)])
  monkeypatch.setattr(mixtures, 'find', lambda name, find=mixtures.find: (
      wrong if name == 'flan_holdout_nli' else find(name)))
  with pytest.raises(UserError, match='glue_mrpc .*paraphrase is left out with nli'):
    experiments.prove(experiment)


def test_somebody_elses_task_on_evaluated_rows_is_noticed():
  source = seqio.TfdsDataSource('super_glue/rte:1.0.2')
  seqio.TaskRegistry.add('their_rte', source=source, preprocessors=[], output_features={})
  try:
    with pytest.raises(UserError, match='their_rte .*super_glue/rte'):
      experiments.check_held_out('flan_holdout_nli,their_rte', 'nli')
  finally:
    seqio.TaskRegistry.remove('their_rte')


@pytest.mark.parametrize('gin_file', GIN_FILES)
def test_every_gin_file_names_mixtures_that_exist_and_hold_out(gin_file):
  mixture, evaluation = configured(gin_file)
  assert trained(mixture)
  if evaluation:
    assert mixtures.evaluation_tasks(evaluation)
    experiments.check_held_out(mixture, evaluation)


def configured(gin_file):
  """The names that a gin file trains on and evaluates."""
  configuration.load([gin_file])
  return tuple(map(configuration.macro, ('MIXTURE_OR_TASK_NAME', 'EVAL_MIXTURE_OR_TASK_NAME')))


def test_every_experiment_has_a_gin_file():
  trained_on = {configured(f)[0] for f in GIN_FILES}
  prompt_tuning = {n for n, e in experiments.experiments().items() if e.section == '4.5'}
  assert set(experiments.experiments()) - trained_on - prompt_tuning == set()
  assert trained_on & prompt_tuning == {'rte', 'rte_examples_32'}


@pytest.mark.slow
@pytest.mark.parametrize('name', ['few_shot_nli', 'model_size_xxl'])
def test_experiments_pass_a_dry_run(name, capsys):
  assert cli.main(['train', f'--gin_file=gin/experiments/{name}.gin', '--dry_run']) == 0
  assert 'Everything checks out' in capsys.readouterr().out


def test_training_refuses_to_evaluate_what_it_trains_on(capsys):
  flags = ['--gin_file=gin/flan_holdout_nli.gin', '--gin.EVAL_MIXTURE_OR_TASK_NAME=nli,sst2']
  assert cli.main(['train', *flags, '--dry_run']) == 2
  assert 'sst2 (its rows come from glue/sst2)' in capsys.readouterr().err


def test_the_command_line_lists_all_proofs(capsys):
  assert cli.main(['mixture', '--all']) == 0
  table = capsys.readouterr().out
  assert all(name in table for name in experiments.experiments())


def test_the_command_line_shows_one_proof(capsys):
  assert cli.main(['mixture', 'flan_clusters_2_templates_1']) == 0
  table = capsys.readouterr().out
  assert 'Held out: nli, closed_book_qa, commonsense' in table
  assert 'not in the first 2 of 7 clusters' in table
