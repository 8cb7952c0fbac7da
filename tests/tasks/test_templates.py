"""Templates that have to suit rows of every kind, and what they ask beside the answer."""
from flan_jax.data.templates import OPTIONS_FIELD, field_names, fill, render_options

QUERY = 'According to the police,'


def test_a_news_text_without_the_start_of_a_statement_is_shown_as_one_to_continue(declared):
  """RECORD's query is empty where the statement begins with the gap: no words may announce it."""
  fields = {'passage': 'Ann met Bob.', 'query': '', 'answer': 'Ann left.',
            OPTIONS_FIELD: render_options(['Ann left.', 'Bob left.']).numpy().decode()}
  for template in declared['record'].templates:
    lines = fill(template.inputs, fields).split('\n')
    announced = [line for line, after in zip(lines, lines[1:]) if line.endswith(':') and not after]
    assert not announced, template.inputs
    shown = fill(template.inputs, fields | {'query': QUERY}).split('\n')
    assert QUERY in shown[:-1], template.inputs  # on a line of its own, with one behind it


def test_every_translation_also_asks_which_language_a_text_is_in(declared):
  for dataset in declared.values():
    if dataset.cluster == 'translation':
      targets = {t.targets: t for t in dataset.templates}
      template = targets['{lang2}']
      assert template.turned_around and field_names(template.inputs) == ('sent2',)
