"""Names are one space: nothing of a user's own may be called as something that is there."""
import dataclasses
import sys

import pytest
import seqio

from flan_jax.data import (
  Dataset,
  Tfds,
  accuracy,
  choose,
  declarations,
  mixtures,
  names,
  paper,
  registry,
)
from flan_jax.errors import UserError

OPTIONS = ('yes', 'no')


def declare(name, **changes):
  given = dict(
      cluster='own',
      source=Tfds('super_glue/rte:1.0.2', 'train[:-200]', 'train[-200:]', 'validation'),
      fields=lambda row: {'text': row['premise'], 'answer': choose(row['label'], OPTIONS)},
      options=OPTIONS,
      templates=(('{text} {options_}', '{answer}'), ('{text} {options_}?', '{answer}')),
      metrics=(accuracy,),
  )
  return Dataset(name=name, **(given | changes))


@pytest.fixture(autouse=True)
def nothing_stays(declared):
  before = set(seqio.TaskRegistry.names()), set(seqio.MixtureRegistry.names())
  yield
  for name in set(registry.datasets()) - set(declared):
    registry.unregister(name)
  for reg, known in zip((seqio.TaskRegistry, seqio.MixtureRegistry), before):
    for name in set(reg.names()) - known:
      reg.remove(name)


def test_shipped_names_stand_for_one_thing_each(declared):
  kinds = [set(declared), set(registry.clusters()), set(paper.ablations()), set(paper.hold_outs())]
  assert len(set().union(*kinds)) == sum(map(len, kinds))
  assert not [name for name in declared if declarations.variants.split(name)[1]]


@pytest.mark.parametrize('name, kind', [
    ('nli', 'a cluster'), ('group_entailment', 'a group'), ('math', 'a group'),
    ('flan_all', 'a mixture'), ('flan_holdout_nli', 'a mixture'), ('rte', 'a dataset'),
    ('flan_holdout_group_math', 'a mixture'), ('flan_clusters_3', 'a mixture'),
    ('rte_examples_32', 'a variant of rte'), ('nli_name_only', 'a variant of nli'),
    ('flan_holdout_nli_few_shot_16', 'a variant of flan_holdout_nli'),
    ('rte_template_3', 'an evaluation task of rte'),
    ('rte_no_options_template_0', 'an evaluation task of rte_no_options'),
])
def test_a_dataset_that_is_called_as_something_else_is_refused(name, kind):
  with pytest.raises(UserError, match=f'^dataset {name}: .*is the name of {kind}.*another name'):
    registry.register(declare(name))
  assert name not in set(registry.datasets()) - {'rte'}


def test_all_of_several_datasets_are_registered_or_none():
  with pytest.raises(UserError, match="'sentiment'"):
    registry.register(declare('own_first'), declare('sentiment'))
  assert 'own_first' not in registry.datasets()
  assert 'own_first' not in seqio.TaskRegistry.names()
  assert 'own' not in seqio.MixtureRegistry.names()


def test_a_name_of_somebody_elses_task_and_names_of_own_tasks_are_taken_too():
  seqio.TaskRegistry.add('theirs', seqio.TfdsDataSource('super_glue/rte:1.0.2'), {}, [])
  seqio.TaskRegistry.add('own_b_template_1', seqio.TfdsDataSource('super_glue/rte:1.0.2'), {}, [])
  for name in ('theirs', 'own_b'):
    with pytest.raises(UserError, match='is the name of a SeqIO task'):
      registry.register(declare(name))


def test_what_would_become_a_variant_of_a_new_dataset_is_noticed():
  registry.register(declare('own_c_no_options'))
  with pytest.raises(UserError, match="'own_c_no_options'.* would become a variant"):
    registry.register(declare('own_c'))


@pytest.mark.parametrize('cluster', ['rte', 'flan_all', 'own_d', 'group_math', 'nli_no_options'])
def test_a_cluster_that_is_called_as_something_else_is_refused(cluster):
  with pytest.raises(UserError, match=f"'{cluster}', its cluster, is the name of"):
    registry.register(declare('own_d', cluster=cluster))


def test_a_cluster_may_be_joined_and_then_has_the_dataset_everywhere():
  registry.register(declare('own_e', cluster='sentiment'))
  assert 'own_e' in {t.name for t, _ in mixtures.training_tasks('sentiment')}
  assert 'own_e' in {t.name for t in seqio.MixtureRegistry.get('sentiment').tasks}
  assert 'own_e_template_0' in {t.name for t in mixtures.evaluation_tasks('sentiment')}
  assert 'own_e' not in {t.name for t, _ in mixtures.training_tasks('flan_all')}
  registry.unregister('own_e')
  assert 'own_e' not in {t.name for t in seqio.MixtureRegistry.get('sentiment').tasks}


def test_a_cluster_of_ones_own_can_be_trained_on():
  registry.register(declare('own_f', cluster='mine'))
  assert [t.name for t, _ in mixtures.training_tasks('mine')] == ['own_f']


MODULES = {
    'task as a cluster': ("seqio.TaskRegistry.add('nli', SOURCE, {}, [])", "'nli'.*a cluster"),
    'task as a variant': ("seqio.TaskRegistry.add('rte_no_options', SOURCE, {}, [])",
                          "'rte_no_options'.*a variant of rte"),
    'mixture as a dataset': ("seqio.MixtureRegistry.add('rte', [('cb', 1.0)])", "'rte'.*a dataset"),
    'task as a dataset': ("seqio.TaskRegistry.add('rte', SOURCE, {}, [])",
                          'duplicate provider: rte'),
    'broken': ('raise KeyError("field\\nname")', 'KeyError: .*field'),
}


@pytest.mark.parametrize('case', MODULES)
def test_a_module_that_takes_a_name_is_one_line(case, tmp_path, monkeypatch):
  text, message = MODULES[case]
  name = 'own_module_' + case.replace(' ', '_')
  (tmp_path / f'{name}.py').write_text(
      f"import seqio\nSOURCE = seqio.TfdsDataSource('super_glue/rte:1.0.2')\n{text}\n")
  monkeypatch.syspath_prepend(str(tmp_path))
  with pytest.raises(UserError, match=message) as caught:
    registry.import_module(name)
  assert '\n' not in str(caught.value)
  sys.modules.pop(name, None)


def test_a_variant_added_to_seqio_is_nobody_elses():
  mixtures.add_to_seqio('flan_clusters_1_templates_1')
  registry.check_names_of_others()


def test_a_new_declaration_needs_a_free_name():
  for name in ('nli', 'rte', 'rte_template_1', 'flan_all'):
    with pytest.raises(UserError, match='^--name: '):
      names.check_free(name, '--name')
  names.check_free('own_g', '--name')


def test_the_same_fields_serve_a_renamed_declaration():
  registry.register(dataclasses.replace(declare('own_h'), name='own_i'))
  assert registry.find_task('own_i_template_1').name == 'own_i_template_1'
