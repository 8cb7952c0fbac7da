"""What trains together, at which rate, and what is held out."""
import pytest
import seqio

from flan_jax.data import mixtures, overlap, registry
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
  kept = {d.cluster for d in mixtures.hold_out(held_out).kept}
  assert kept == set(registry.clusters()) - gone


@pytest.mark.parametrize('group, gone', [
    ('entailment', {'entailment', 'paraphrase'}),
    ('common_sense', {'common_sense', 'read_comp_and_common_sense'}),
    ('read_comp_and_common_sense',
     {'read_comp_and_common_sense', 'reading_comprehension', 'common_sense'}),
    ('conversational_qa', {'conversational_qa'}),
])
def test_groups_of_the_released_code_can_be_held_out_too(group, gone):
  kept = {d.group for d in mixtures.hold_out(f'group_{group}').kept}
  assert kept == set(registry.group_members()) - gone


def test_the_winograd_sentences_are_not_trained_on_when_they_are_evaluated():
  for held_out, leaves in (('nli', 'wsc'), ('coreference', 'wnli')):
    left = {l.dataset.name: l.why for l in mixtures.hold_out(held_out).left_out}
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


def test_rows_that_two_datasets_share_train_once():
  assert 'mnli_matched' in names_in('flan_holdout_sentiment')
  assert 'mnli_mismatched' not in names_in('flan_holdout_sentiment')
  left = {l.dataset.name: l.why for l in mixtures.hold_out('sentiment').left_out}
  assert 'counted once' in left['mnli_mismatched']


def test_rates_are_the_examples_up_to_3_000(shipped):
  rates = {t.name: r for t, r in mixtures.training_tasks('flan_holdout_nli')}
  for name, rate in rates.items():
    assert rate == min(seqio.TaskRegistry.get(name).num_input_examples('train'), 3000)


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
