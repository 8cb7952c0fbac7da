"""Variants: a dataset without options, without instructions, with fewer templates or rows."""
import pytest
import seqio

from flan_jax.data import mixtures, registry, variants
from flan_jax.data import own_features as own
from flan_jax.data.templates import Template
from flan_jax.errors import UserError


def first_example(name, split='train'):
  task = mixtures.find(name)
  dataset = task.get_dataset(None, split, shuffle=False, try_in_mem_cache=False)
  return next(dataset.as_numpy_iterator())


@pytest.mark.parametrize('inputs, without', [
    ('{a}\n\nTrue?\n\n{options_}', '{a}\n\nTrue?'),
    ('{a}\n{options_}', '{a}'),
    ('{options_}\n\nWhich?\n\n{a}', 'Which?\n\n{a}'),
    ('Choose.\n\n{options_}\n\nText: {a}', 'Choose.\n\nText: {a}'),
    ('{a}: say it in French.', '{a}: say it in French.'),
])
def test_options_leave_no_blank_lines_behind(inputs, without):
  assert variants.without_options(Template(inputs, '{answer}')).inputs == without


def test_without_options_the_prompt_shows_none_but_scoring_still_ranks_them():
  example = first_example('rte_no_options_template_0', 'test')
  assert b'OPTIONS' not in example['inputs_pretokenized']
  assert example[own.CHOICES].tolist() == [b'yes', b'no']
  assert example[own.DATASET] == b'rte_no_options'


def test_no_template_leaves_the_bare_input_and_the_answer():
  templates = registry.find_dataset('rte_no_template').templates
  assert templates == (Template('{premise}\n\n{hypothesis}', '{answer}'),)
  both_ways = registry.find_dataset('wmt14_enfr_no_template').templates
  assert both_ways == (Template('{sent1}', '{sent2}'), Template('{sent2}', '{sent1}'))


def test_name_only_tells_task_dataset_and_direction():
  assert first_example('rte_name_only')['inputs_pretokenized'].startswith(b'[Entailment: rte] ')
  starts = [first_example(f'wmt14_enfr_name_only_template_{i}', 'test')['inputs_pretokenized']
            for i in (0, 1)]
  assert starts[0].startswith(b'[Translation: wmt14_enfr to French] ')
  assert starts[1].startswith(b'[Translation: wmt14_enfr to English] ')


def test_every_dataset_has_every_variant(declared):
  for dataset in declared.values():
    for suffix in variants.SUFFIXES:
      if dataset.source.train or not suffix.startswith('few_shot'):
        variant = variants.apply(dataset, [suffix])
        assert variant.name == f'{dataset.name}_{suffix}' and variant.forward_templates
        assert all(t.inputs.strip() for t in variant.templates)


def test_fewer_templates_and_fewer_examples():
  assert len(registry.find_dataset('rte_templates_4').templates) == 4
  task = mixtures.find('rte_examples_32')
  assert task.num_input_examples('train') == 32
  whole = mixtures.find('rte').source
  assert task.source.interval('validation') == whole.interval('validation')
  assert mixtures.find('rte_examples_999999').num_input_examples('train') == (
      whole.num_input_examples('train'))


def test_variants_combine_and_are_known_by_their_task_names():
  task = mixtures.find('rte_no_options_few_shot_2_template_3')
  dataset = registry.declaration(task.name)
  assert dataset.name == 'rte_no_options_few_shot_2' and dataset.shots == 2
  assert variants.split(dataset.name) == ('rte', ('no_options', 'few_shot_2'))
  assert registry.declaration('rte_no_template_template_0').name == 'rte_no_template'
  assert registry.declaration('somebody_elses_no_options') is None


def test_scores_of_a_variant_count_in_a_cluster_of_its_own():
  assert variants.cluster(registry.find_dataset('rte')) == 'nli'
  assert variants.cluster(registry.find_dataset('rte_name_only')) == 'nli_name_only'


def test_a_variant_is_no_further_dataset_and_registered_on_request_only(declared):
  mixtures.find('cb_templates_7')
  assert 'cb_templates_7' not in seqio.TaskRegistry.names()
  assert mixtures.add_to_seqio('cb_templates_7') is seqio.TaskRegistry.get('cb_templates_7')
  assert 'cb_templates_7_template_6' in seqio.TaskRegistry.names()
  assert 'cb_templates_7' not in registry.datasets()


def test_clusters_and_mixtures_take_variants_too():
  names = {t.name for t in mixtures.evaluation_tasks('translation_name_only')}
  assert len(names) == 16 and 'wmt14_enfr_name_only_template_1' in names
  mixture = mixtures.find('flan_holdout_nli_no_template')
  plain = {t.name for t in seqio.MixtureRegistry.get('flan_holdout_nli').tasks}
  assert {t.name for t in mixture.tasks} == {f'{name}_no_template' for name in plain}


@pytest.mark.parametrize('name, message', [
    ('rte_no_option', "'rte_no_options'"),
    ('nli_name_onyl', "'nli_name_only'"),
    ('rte_templates_0', 'rte: .*leaves nothing'),
    ('wsc273_few_shot_4', 'no training rows.*zero-shot'),
])
def test_an_unfit_variant_is_explained(name, message):
  with pytest.raises(UserError, match=message):
    mixtures.find(name)
