"""What trains together, at which rate, and what is held out."""
import pytest
import seqio

from flan_jax.data import mixtures, overlap, registry
from flan_jax.data.held_out import hold_out
from flan_jax.data.rates import as_text
from flan_jax.data.vocabulary import features
from flan_jax.errors import UserError


@pytest.fixture(autouse=True)
def shipped(declared):
  return declared


def names_in(mixture):
  return {t.name for t in seqio.MixtureRegistry.get(mixture).tasks}


def test_holding_nli_out_takes_paraphrase_along():
  clusters = {registry.find_dataset(n).cluster for n in names_in('flan_holdout_nli')}
  assert not clusters & {'nli', 'paraphrase'}
  assert clusters == set(registry.clusters()) - {'nli', 'paraphrase'}


@pytest.mark.parametrize('held_out, gone', [
    ('paraphrase', {'paraphrase', 'nli'}),
    ('reading_comprehension', {'reading_comprehension', 'reading_comprehension_with_commonsense'}),
    ('commonsense', {'commonsense', 'reading_comprehension_with_commonsense'}),
    ('reading_comprehension_with_commonsense',
     {'reading_comprehension_with_commonsense', 'reading_comprehension', 'commonsense'}),
    ('sentiment', {'sentiment'}),
])
def test_companions_leave_as_the_paper_says(held_out, gone):
  kept = {d.cluster for d in hold_out(held_out).kept}
  assert kept == set(registry.clusters()) - gone


@pytest.mark.parametrize('group, gone', [
    ('entailment', {'entailment', 'paraphrase'}),
    ('common_sense', {'common_sense', 'read_comp_and_common_sense'}),
    ('read_comp_and_common_sense',
     {'read_comp_and_common_sense', 'reading_comprehension', 'common_sense'}),
    ('conversational_qa', {'conversational_qa'}),
])
def test_groups_of_the_released_code_can_be_held_out_too(group, gone):
  kept = {d.group for d in hold_out(f'group_{group}').kept}
  assert kept == set(registry.group_members()) - gone


def test_the_winograd_sentences_are_not_trained_on_when_they_are_evaluated():
  for held_out, leaves in (('nli', 'wsc'), ('coreference', 'wnli')):
    left = {one.dataset.name: one.why for one in hold_out(held_out).left_out}
    assert 'Winograd' in left[leaves]
    assert leaves not in names_in(f'flan_holdout_{held_out}')


@pytest.mark.parametrize('one, other, same', [
    ('super_glue/rte:1.0.2', 'super_glue/rte', True),
    ('glue/rte:2.0.0', 'super_glue/rte:1.0.2', True),
    ('glue/wnli:2.0.0', 'wsc273:1.0.0', True),
    ('super_glue/rte:1.0.2', 'super_glue/cb:1.0.2', False),
    ('gs://bucket/one.jsonl', 'gs://bucket/two.jsonl', False),
])
def test_datasets_with_the_same_examples_are_recognised(one, other, same):
  assert bool(overlap.why_same(one, ['snli:1.1.0', other])) is same


@pytest.mark.parametrize('at_hub,held_out', [
    ('hub:aps/super_glue/rte', 'super_glue/rte:1.0.2'),
    ('hub:aps/super_glue/rte@main', 'hub:aps/super_glue/rte'),
    ('hub:nyu-mll/glue/rte', 'super_glue/rte:1.0.2'),
    ('hub:nyu-mll/glue/wnli', 'super_glue/wsc.fixed:1.0.2'),
    ('hub:facebook/anli', 'anli/r3:0.1.0'),
    ('hub:facebook/anli/plain_text', 'anli/r2:0.1.0'),
    ('hub:google/boolq', 'bool_q:1.0.0'),
    ('hub:me/it/a@v1', 'hub:me/it/a'),
])
def test_rows_on_the_hub_are_known_for_those_of_tfds(at_hub, held_out):
  assert overlap.why_same(at_hub, ['snli:1.1.0', held_out])
  assert overlap.why_same(held_out, [at_hub])
  assert not overlap.why_same(at_hub, ['cosmos_qa:1.0.0', 'hub:me/it/b'])


def test_rows_that_two_datasets_share_train_once():
  assert 'mnli_matched' in names_in('flan_holdout_sentiment')
  assert 'mnli_mismatched' not in names_in('flan_holdout_sentiment')
  left = {one.dataset.name: one.why for one in hold_out('sentiment').left_out}
  assert 'counted once' in left['mnli_mismatched']


def test_rates_are_the_examples_up_to_3_000(shipped):
  rates = {t.name: r for t, r in mixtures.training_tasks('flan_holdout_nli')}
  for name, rate in rates.items():
    assert rate == min(seqio.TaskRegistry.get(name).num_input_examples('train'), 3000)


@pytest.mark.parametrize('rows, expected', [(2_999, 2_999), (50_000, 3_000)])
def test_a_large_task_has_a_rate_of_3_000(rows, expected):
  source = seqio.FunctionDataSource(
      lambda split, shuffle_files, seed=None: None, ['train'], {'train': rows})
  task = seqio.TaskRegistry.add('of_many_rows', source, output_features=features())
  try:
    assert mixtures.rate(task) == expected  # that of the shipped mixtures
    assert rates_of('of_many_rows,rte')['of_many_rows'] == expected
  finally:
    seqio.TaskRegistry.remove('of_many_rows')


def test_names_may_be_mixtures_tasks_datasets_clusters_or_lists_of_them():
  assert [t.name for t, _ in mixtures.training_tasks('rte')] == ['rte']
  assert [t.name for t, _ in mixtures.training_tasks('struct_to_text,rte')] == [
      'common_gen', 'dart', 'e2e_nlg', 'rte', 'web_nlg_en']
  evaluated = [t.name for t in mixtures.evaluation_tasks('rte')]
  assert evaluated == [f'rte_template_{i}' for i in registry.find_dataset('rte').forward_templates]
  assert len(mixtures.evaluation_tasks('nli')) == 93
  assert [t.name for t in mixtures.evaluation_tasks('rte_template_1')] == ['rte_template_1']


def test_an_unknown_name_gets_the_nearest_one():
  with pytest.raises(UserError, match="'flan_holdout_nil'.*'flan_holdout_nli'"):
    mixtures.training_tasks('flan_holdout_nil')


def test_missing_data_is_named_with_version_directory_and_command(tmp_path, data_dir):
  data_dir(str(tmp_path))
  with pytest.raises(UserError, match=f'super_glue/rte, version 1.0.2.*{tmp_path}.*tfds build'):
    mixtures.training_tasks('rte')


def test_looking_names_up_registers_nothing():
  def registered():
    return set(seqio.TaskRegistry.names()), set(seqio.MixtureRegistry.names())

  before = registered()
  mixtures.training_tasks('flan_holdout_nli_no_template,rte_examples_32')
  mixtures.evaluation_tasks(['translation_name_only', 'cb_few_shot_2', 'rte_no_options_template_1'])
  mixtures.resolve('nli_name_only')
  registry.find_dataset('rte_templates_2')
  assert registered() == before


def test_a_name_resolves_to_its_tasks_and_datasets():
  cluster, task, mixture = map(
      mixtures.resolve, ('coreference', 'rte_template_3', 'flan_clusters_1'))
  assert [d.name for d in cluster.datasets] == [t.name for t in cluster.tasks]
  assert 'wsc273' in {d.name for d in cluster.datasets}  # serves evaluation only
  assert [t.name for t in task.tasks] == ['rte_template_3'] and task.datasets[0].name == 'rte'
  assert {d.group for d in mixture.datasets} == {'summarization'}
  several = mixtures.resolve('rte,nli,rte_template_3')
  assert [t.name for t in several.tasks][:2] == ['rte', 'anli_r1']
  assert [d.name for d in several.datasets].count('rte') == 1


def test_a_cluster_mixes_what_can_be_trained_on():
  mixed = {t.name for t in mixtures.mixed('coreference')}
  assert 'winogrande' in mixed and 'wsc273' not in mixed


def test_what_the_resolver_gives_is_what_plain_seqio_has():
  for name in ('rte', 'rte_template_3'):
    assert mixtures.find(name) is seqio.TaskRegistry.get(name)
  for name in ('nli', 'flan_holdout_nli', 'flan_all', 'flan_datasets_2'):
    ours, theirs = mixtures.find(name), seqio.MixtureRegistry.get(name)
    assert ours.tasks == theirs.tasks
    assert ours.rate_per_task_name == theirs.rate_per_task_name


def test_a_variant_is_added_to_seqio_on_request_with_all_its_tasks():
  mixture = mixtures.add_to_seqio('sentiment_templates_2')
  assert seqio.get_mixture_or_task('sentiment_templates_2') is mixture
  assert seqio.TaskRegistry.get('sst2_templates_2_template_1') is mixtures.find(
      'sst2_templates_2_template_1')
  assert mixtures.add_to_seqio('sentiment_templates_2').tasks == mixture.tasks


def rates_of(names):
  return {task.name: rate for task, rate in mixtures.training_tasks(names)}


@pytest.mark.parametrize('given', [
    {'rte': 3, 'cb': 1}, [('rte', 3), ('cb', 1)], [['rte', 3.0], ['cb', 1]],
    "{'rte': 3, 'cb': 1}", "[('rte', 3), ('cb', 1)]",
], ids=str)
def test_rates_of_ones_own_are_the_rates(given):
  assert rates_of(given) == {'rte': 3.0, 'cb': 1.0}
  assert as_text(given) == 'rte (rate 3), cb (rate 1)'
  assert [t.name for t in mixtures.evaluation_tasks(given)] == [
      t.name for t in mixtures.evaluation_tasks('rte,cb')]


def test_a_mixture_with_a_rate_keeps_its_inner_proportions():
  inner, given = rates_of('flan_holdout_nli'), rates_of({'flan_holdout_nli': 5, 'rte': 2})
  assert given.pop('rte') == 2
  assert sum(given.values()) == pytest.approx(5)
  assert {n: rate / given['sst2'] for n, rate in given.items()} == pytest.approx(
      {n: rate / inner['sst2'] for n, rate in inner.items()})


def test_a_task_that_two_names_bring_gets_both_rates():
  sentiment = rates_of({'sentiment': 1})
  assert rates_of({'sentiment': 1, 'sst2': 0.5})['sst2'] == pytest.approx(sentiment['sst2'] + 0.5)


@pytest.mark.parametrize('given, words', [
    ({'rte': 0}, '0 of .*positive finite'), ({'rte': -1}, '-1 of'), ({'rte': '3'}, "'3' of"),
    ({'rte': float('nan')}, 'nan of'), ({'rte': float('inf')}, 'inf of'),
    ({'rte': True}, 'True of'),
    ({'rte': None}, 'None of'), (['rte', ('cb', 2)], "'rte' is not a name with a rate"),
    ([('rte', 1), ('rte', 2)], "'rte' has two rates"), ({3: 1}, '3, 1'),
    ("{'rte': ", 'cannot read'),
    ({}, 'nothing to train on'), ({'rte_template_1': 1, 'nil': 2}, "'nil'"),
], ids=str)
def test_rates_that_make_no_sense_are_refused_by_name(given, words):
  with pytest.raises(UserError, match=words):
    mixtures.training_tasks(given)
