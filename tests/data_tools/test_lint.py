"""Every rule finds a declaration made bad on purpose; a good one, and all that ship, pass."""
import argparse
import dataclasses
import json
import pathlib

import pytest

from flan_jax.commands import flags, session
from flan_jax.commands.lint import COMMAND
from flan_jax.data import Dataset, Template, Tfds, accuracy, choose
from flan_jax.data_tools import lint
from flan_jax.errors import UserError
from tests.command_line import t5x

MOODS = ('sad', 'glad')
ALIKE = ('so sad', 'so\u00a0sad')
NOWHERE = Tfds('of_no_schema:1.0.0', 'train', 'validation', 'test')  # TFDS knows no such dataset
ROWS = [{'text': f'Remark number {i}.', 'author': f'Author {i}', 'label': i % 2} for i in range(10)]

FORWARD = (
    Template('{text}\n\nHow does {author} feel?\n\n{options_}', '{answer}'),
    Template('Name the mood of the line below.\n\n{text}\n\n{options_}', '{answer}'),
    Template('{options_}\n\nLabel this message.\n\n{text}', '{answer}'),
    Template('Message: {text}\nMood?\n{options_}', '{answer}'),
    Template('Is this (on the whole) a glad thing to say?\n\n"{text}"\n\n{options_}', '{answer}'),
    Template('Read between the lines of what was said: {text}\n\n{options_}', '{answer}'),
    Template('An old friend tells you:\n\n{text}\n\nWhat has the friend got?\n\n{options_}',
             '{answer}'),
    Template('A text of that kind may read: {text}\n\nOf what kind?\n\n{options_}', '{answer}'),
)
BACKWARD = (
    Template('Say something {answer}.', '{text}', turned_around=True),
    Template('Feel something, and put it into words.', '{answer}: {text}', turned_around=True),
)
GOOD = Dataset(
    name='moods', cluster='sentiment', source=NOWHERE,
    fields=lambda row: {'text': row['text'], 'author': row['author'],
                        'answer': choose(row['label'], MOODS)},
    options=MOODS, templates=FORWARD + BACKWARD, metrics=(accuracy,))


def declare(**changes):
  return dataclasses.replace(GOOD, **changes)


def with_inputs(inputs, targets='{answer}', **changes):
  """The good declaration with its first template made bad."""
  bad = Template(inputs, targets, **changes)
  return declare(templates=(bad, *GOOD.templates[1:]))


def rules(dataset, rows=ROWS, **settings):
  return {f.rule for f in lint.lint_dataset(dataset, rows, **settings)}


def fields(**changes):
  """The good declaration with other fields."""
  return declare(fields=lambda row: {**GOOD.fields(row), **{n: f(row) for n, f in changes.items()}})


TEXT, MOOD = '{text} {author}\n\nA plain question?', '\n\n{options_}'

BAD = [
    ('row-mapping', fields(extra=lambda row: row['colour'])),
    ('missing-field', with_inputs('{text} {author} {colour}' + MOOD)),
    ('missing-field', dataclasses.replace(
        fields(author=lambda row: ['A list', 'of texts']), options=MOODS)),
    ('unused-field', fields(colour=lambda row: 'red')),
    ('number-of-templates', declare(templates=GOOD.templates[:-1])),
    ('number-turned-around', declare(templates=GOOD.templates[:6] + (
        *BACKWARD, Template('{author} is {answer}. Why?', '{text}', turned_around=True),
        Template('Who says so?\n\n{text}', '{author}', turned_around=True)))),
    ('not-marked', with_inputs('What does {author} say when {answer}?', '{text}')),
    ('wrongly-marked', with_inputs(TEXT + MOOD, turned_around=True)),
    ('duplicate', declare(templates=(FORWARD[0], *GOOD.templates[:9]))),
    ('near-duplicate', with_inputs('{author}: Name the mood of the line below!\n\n{text}' + MOOD)),
    ('options-not-shown', with_inputs('{author}\n\n{text}\n\nHow does that sound?')),
    ('stray-escape', with_inputs(TEXT + r'\n{options_}')),
    ('stray-escape', with_inputs('{text} {author}\n\nnWhat is the mood?' + MOOD)),
    ('stray-escape', with_inputs('{text} {author}<br />Mood &amp; tone?' + MOOD)),
    ('unbalanced', with_inputs('{text} {author}\n\nWhat mood (good or bad is this?' + MOOD)),
    ('unbalanced', with_inputs('{author} says "{text}\n\nWhat mood is this?' + MOOD)),
    ('blank-ends', with_inputs(TEXT + MOOD + '\n')),
    ('doubled-blank', with_inputs('{text} {author}\n\nA  plain question?' + MOOD)),
    ('doubled-mark', with_inputs('{text} {author}\n\nA plain question?.' + MOOD)),
    ('doubled-mark', with_inputs('{text} {author}\n\nA plain question ?' + MOOD)),
    ('doubled-word', with_inputs('{text} {author}\n\nWhat is the the mood?' + MOOD)),
    ('article', with_inputs('{text} {author}\n\nIs this a unhappy word?' + MOOD)),
    ('article', with_inputs('{text} {author}\n\nIs this an useful word?' + MOOD)),
    ('small-start', with_inputs('Read this.\n\nnow name the mood. {text} {author}' + MOOD)),
    ('speaks-of-options', with_inputs('{text} {author}\n\nWhich of these is the mood?' + MOOD)),
    ('speaks-of-options', with_inputs('{text} {author}\n\nName the right option.' + MOOD)),
    ('answer-in-inputs', with_inputs('{text} {author} is {answer}. What is the mood?' + MOOD)),
    ('answer-in-inputs', fields(author=lambda row: choose(row['label'], MOODS))),
    ('answer-given-away', fields(text=lambda row: 'I am ' + choose(row['label'], MOODS))),
    ('answer-no-option', fields(answer=lambda row: 'bored')),
    ('repeated-option', dataclasses.replace(
        fields(choices=lambda row: ['sad', 'glad', 'sad']), options='choices')),
    ('options-alike', dataclasses.replace(
        fields(answer=lambda row: choose(row['label'], ALIKE)), options=ALIKE)),
    ('options-of-rows-alike', dataclasses.replace(
        fields(choices=lambda row: ['sad', *ALIKE]), options='choices')),
    ('prompt-does-not-fit', dataclasses.replace(
        fields(choices=lambda row: ['sad', 'glad ' * 2000]), options='choices')),
    ('empty-text', fields(text=lambda row: '', author=lambda row: '')),
    ('empty-field', fields(author=lambda row: '')),
    ('escapes-in-rows', fields(text=lambda row: row['text'] + r'\nIt ends.')),
    ('mark-at-field', with_inputs('Is it glad to say: {text}? {author}' + MOOD)),
    ('article-at-field', with_inputs('{text}\n\nDoes a {author} say so?' + MOOD)),
    ('spelling', with_inputs('{text} {author}\n\nName the flavour of this.' + MOOD)),
    ('wordy', with_inputs('{text} {author}\n\n' + 'Which of the moods, ' * 8 + '?' + MOOD)),
    ('wordy', declare(templates=tuple(
        dataclasses.replace(t, inputs='Read this text at your leisure, and then, and only then: '
                            + t.inputs) for t in GOOD.templates))),
    ('scenes', with_inputs('Suppose that {author} says: {text}\n\nIn which mood?' + MOOD)),
    ('over-length', fields(text=lambda row: 'much to read ' * 400)),
]


def test_a_good_declaration_passes():
  assert not lint.lint_dataset(GOOD, ROWS)


@pytest.mark.parametrize('rule, dataset', BAD, ids=[f'{i}-{r}' for i, (r, _) in enumerate(BAD)])
def test_a_bad_declaration_is_found(rule, dataset):
  assert rule in rules(dataset)


def test_options_in_another_order_than_the_labels_are_found():
  """The order counts for F1, which looks at the second option."""
  rte = declare(
      source=Tfds('super_glue/rte:1.0.2', 'train'), options=('no', 'yes'),
      fields=lambda row: {'text': row['premise'], 'author': row['hypothesis'],
                          'answer': choose(row['label'], ('yes', 'no'))})
  assert 'order-of-options' in rules(rte, rows=())


def test_missing_rows_are_reported_and_the_wording_is_checked_all_the_same():
  found = lint.lint_dataset(with_inputs('{text} {author} the the'), no_rows='not prepared')
  assert {'no-rows', 'doubled-word'} <= {f.rule for f in found}


def test_every_rule_has_a_bad_declaration_here():
  elsewhere = {'order-of-options', 'no-rows', 'schema'}
  assert {r.name for r in lint.RULES} == {rule for rule, _ in BAD} | elsewhere


@pytest.mark.parametrize('inputs', [
    '{author}: "{text}"\n\nIs that glad or sad ...?',  # an ellipsis
    'a) {text}\nb) {author}\n\nHow glad are a) and b)?' + MOOD,
    'A and B are lines, e.g., of a play. A is {text} B is {author}\n\nIs it glad?!' + MOOD,
    'An hour ago, a useful one-off: {text} {author}' + MOOD,
    'Had {author} had had enough? {text}' + MOOD,
    '{text}\n\nSad, says {author} (e.g. by tone). Or is it glad?',  # names both options
    'Sum up in one of these lines (if you can) what is said.\n\n{text} {author}' + MOOD,
])
def test_what_is_right_raises_no_alarm(inputs):
  found = lint.lint_dataset(with_inputs(inputs), ROWS)
  assert not [f for f in found if f.template == 0], found


def test_a_passage_may_hold_the_answer_that_is_to_be_found_in_it():
  extractive = dataclasses.replace(fields(
      text=lambda row: row['text'] + ' It was written by ' + row['author'] + ', a Londoner.',
      answer=lambda row: row['author']), options=None, templates=(
          Template('{text}\n\nWho wrote it?', '{answer}'),))
  assert not rules(extractive) & {'answer-in-inputs', 'answer-given-away', 'answer-no-option'}


def test_findings_name_the_line_of_the_template():
  dataset = declare(templates=(*GOOD.templates[:9],
                               Template('The the text: {text}.', '{text}', turned_around=True)))
  finding = next(f for f in lint.lint_dataset(dataset, ROWS) if f.rule == 'doubled-word')
  lines = pathlib.Path(__file__).read_text().splitlines()
  assert pathlib.Path(finding.file).resolve() == pathlib.Path(__file__).resolve()
  assert 'The the text' in lines[finding.line - 1] and finding.template == 9


MODULE = '''\
from flan_jax.data import Dataset, Files, exact_text
from flan_jax.data.registry import register

register(Dataset(
    name='lint_of_mine',
    cluster='mine',
    source=Files({rows!r}),
    fields=lambda row: {{'question': row['q'], 'answer': row['a']}},
    templates=(
        ('{{question}}', '{{answer}}'),
        ('Answer the the question. {{question}}', '{{answer}}'),
    ),
    metrics=(exact_text,),
))
'''


def test_the_command_names_file_line_and_rule_in_a_module_of_ones_own(tmp_path):
  rows = tmp_path / 'rows.jsonl'
  rows.write_text('\n'.join(json.dumps({'q': f'What is {i}?', 'a': f'{i}'}) for i in range(9)))
  (tmp_path / 'my_tasks.py').write_text(MODULE.format(rows=str(rows)))
  done = t5x('lint', 'lint_of_mine', '--module_import=my_tasks', cwd=tmp_path)
  assert ('my_tasks.py:11: warning: lint_of_mine template 1: a doubled word: '
          "'Answer the the question. {}' [doubled-word]") in done.stdout
  assert '1 dataset checked: 0 errors, 2 warnings' in done.stdout and not done.stderr


BROKEN = '''\
from flan_jax.data import Dataset, Files, exact_text
from flan_jax.data.registry import register

def declare(name, fields=lambda row: {{'question': row['q'], 'answer': row['a']}},
            templates=(('{{question}}', '{{answer}}'),), **others):
  return Dataset(name=name, cluster='broken', source=Files({rows!r}), fields=fields,
                 templates=templates, metrics=(exact_text,), **others)

register(
    declare('sound'),
    declare('no_column', lambda row: {{'question': row['qq'], 'answer': row['a']}}),
    declare('no_fields', templates=(
        ('{{qestion}}', '{{answer}}'), ('{{question}} {{year}}', '{{answer}}'))),
    declare('no_pattern', templates=(('{{question', '{{answer}}'), ('{{question}}', 'answer}}'))),
    declare('no_options', options=('1',)),
    declare('stray', options=('yes', 'no')),
    declare('no_answer', lambda row: {{'question': row['q']}}),
    declare('raises', lambda row: {{'question': row['q'].colour, 'answer': row['a']}}))
'''


@pytest.mark.slow
def test_the_command_names_all_declarations_that_do_not_fit_their_rows(tmp_path):
  rows = tmp_path / 'rows.jsonl'
  rows.write_text('\n'.join(json.dumps({'q': f'What is {i}?', 'a': f'{i}'}) for i in range(9)))
  (tmp_path / 'broken_tasks.py').write_text(BROKEN.format(rows=str(rows)))
  done = t5x('lint', 'broken', 'rte', '--module_import=broken_tasks', cwd=tmp_path, expect=2)
  found = [line for line in done.stdout.splitlines() if line.endswith('[schema]')]
  assert len(found) == 10 and not done.stderr
  for words in (
      "error: no_column: rows have no column 'qq' (or fields no entry). Did you mean 'q'?",
      "error: no_fields template 0: there is no field 'qestion'. Did you mean 'question'?",
      "error: no_fields template 1: there is no field 'year'.", 'error: no_pattern template 0: ',
      'error: no_pattern template 1: ', "error: no_options: options ('1',) must be",
      'error: stray: the answers of 9 rows are not among the options',
      "error: no_answer: no field 'answer' holds the answer",
      'error: raises: a row cannot be turned into fields: '):
    assert any(words in line for line in found), (words, found)
  assert '9 datasets checked: 10 errors' in done.stdout
  assert t5x('mixture', 'rte', '--module_import=broken_tasks', cwd=tmp_path, expect=2).stderr


@pytest.fixture
def command(monkeypatch, capsys):
  """Runs `t5x lint` in this process, with findings as given."""
  parser = argparse.ArgumentParser()
  flags.shared_arguments(parser)
  COMMAND.arguments(parser)
  parser.set_defaults(bindings=[])  # as the command line has it
  monkeypatch.setattr(session, 'set_up', lambda args: None)

  def run(*args, findings=()):
    monkeypatch.setattr(lint, 'lint', lambda names, **settings: list(findings))
    return COMMAND.run(parser.parse_args(args)) or 0, capsys.readouterr().out

  return run


WARNING = lint.Finding('article', 'warning', 'rte', 3, 'wrong article: a apple', 'nli.py', 7)
ERROR = dataclasses.replace(WARNING, rule='duplicate', severity='error', template=None)


def test_errors_and_only_errors_give_exit_code_2(command):
  assert command('rte', findings=[WARNING])[0] == 0
  code, out = command('rte', findings=[WARNING, ERROR])
  assert code == 2 and 'nli.py:7: error: rte: wrong article: a apple [duplicate]' in out


def test_the_command_prints_json(command):
  assert json.loads(command('rte', '--json', findings=[WARNING])[1]) == [
      dataclasses.asdict(WARNING)]


def test_the_command_explains_its_rules(command):
  out = command('--rules')[1]
  assert all(f'{rule.name} ' in out and rule.explanation in out for rule in lint.RULES)


def test_the_command_wants_to_know_what_to_check(command):
  with pytest.raises(UserError, match='--all'):
    command()


def test_a_name_that_is_nothing_declared_is_refused():
  with pytest.raises(UserError, match='rtee'):
    lint.lint(['rtee'])


def test_variants_and_clusters_stand_for_their_declarations():
  assert [d.name for d in lint.chosen(['rte_no_options', 'commonsense'])] == [
      'rte', 'copa', 'hellaswag', 'piqa', 'story_cloze']


@pytest.mark.parametrize('rows', [4, pytest.param(32, marks=pytest.mark.slow)])
def test_everything_that_ships_is_clean(rows, monkeypatch):
  monkeypatch.setattr(lint, '_ROWS', rows)
  shipped = [d for d in lint.chosen(None) if d.fields.__module__.startswith('flan_jax.tasks')]
  assert len(shipped) == 70
  assert [str(f) for f in lint.lint([d.name for d in shipped])] == []
