"""A wrong declaration is found when it is made, by dataset and template."""
import pytest

from flan_jax.data import Baseline, Dataset, Template, Tfds, accuracy, choose
from flan_jax.errors import UserError

OPTIONS = ('yes', 'no')


def declare(**changes):
  given = dict(
      name='my_rte',
      cluster='nli',
      source=Tfds('super_glue/rte:1.0.2', 'train[:-200]', 'train[-200:]', 'validation'),
      fields=lambda row: {
          'premise': row['premise'],
          'hypothesis': row['hypothesis'],
          'answer': choose(row['label'], OPTIONS),
      },
      options=OPTIONS,
      templates=(
          Template('{premise} So {hypothesis}?\n{options_}', '{answer}'),
          Template('Write two texts.', '{premise}\n{hypothesis}', turned_around=True),
      ),
      metrics=(accuracy,),
  )
  return Dataset(**(given | changes))


def test_a_right_declaration_knows_its_forward_templates():
  assert declare().forward_templates == (0,)


def test_plain_pairs_serve_as_templates():
  dataset = declare(templates=(('{premise} {options_}', '{answer}'), ('Write.', '{premise}')))
  assert [t.turned_around for t in dataset.templates] == [False, True]


def test_template_with_a_missing_field_is_named():
  templates = (Template('{premise}', '{answer}'), Template('{premise} {hypotesis}', '{answer}'))
  with pytest.raises(UserError, match=r"my_rte, template 1: .*'hypotesis'.*'hypothesis'"):
    declare(templates=templates)


def test_template_with_a_stray_brace_is_named():
  with pytest.raises(UserError, match='my_rte, template 0'):
    declare(templates=(Template('{premise', '{answer}'),))


def test_doubled_braces_are_literal():
  from flan_jax.data.templates import parse

  assert ''.join(p.text for p in parse('{{a}} {b}') if not p.is_field) == '{a} '


def test_answer_that_is_no_option_is_named():
  with pytest.raises(UserError, match="my_rte: the answer 'yes'.*entailment.*not among"):
    declare(options=('true', 'false'))


def test_too_many_options_are_noticed():
  with pytest.raises(UserError, match="my_rte: the option 'maybe'"):
    declare(options=('yes', 'no', 'maybe'))


def test_too_few_options_are_noticed():
  fields = lambda row: {'premise': row['premise'], 'hypothesis': row['hypothesis'],
                        'answer': choose(row['label'], ('yes',))}
  with pytest.raises(UserError, match='my_rte: a label has no option'):
    declare(fields=fields)


def test_unknown_column_is_named_with_the_known_ones():
  with pytest.raises(UserError, match="my_rte.*'premis'.*'premise'"):
    declare(fields=lambda row: {'premise': row['premis'], 'answer': 'yes'})


def test_slice_that_is_none_is_refused():
  with pytest.raises(UserError, match=r'train\[:-20%\]'):
    Tfds('super_glue/rte:1.0.2', 'train[:-20%]')


@pytest.mark.parametrize('baseline, fault', [
    (Baseline('{premise} {options_}'), 'it lists the options'),
    (Baseline('{answer}'), "it shows the answer 'answer'"),
    (Baseline('{premise}', ('True',)), 'do not match those of the dataset'),
    (Baseline('{premis}'), "there is no field 'premis'"),
    (Baseline('{'), 'Single'),
])
def test_a_wrong_baseline_is_named(baseline, fault):
  with pytest.raises(UserError, match=fault) as caught:
    declare(baseline=baseline)
  assert 'baseline' in str(caught.value)
