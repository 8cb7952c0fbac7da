"""The text to pretrain on: its people, its words, and that no example that evaluates is in it."""
import re

import pytest

from flan_jax import sample_world, span_marks
from flan_jax.data import registry
from flan_jax.sample_world import world

PRIMERS = range(2_000)
NUMBERS = [*PRIMERS, *range(50_000, 53_000), *range(150_000, 166_000)]  # of all parts
READ = range(275_000)  # those that the tiny checkpoint was pretrained on are among them
WORDS = 8  # in a row: what counts as found again
_NAMES = {pool: {name for names in world.NAMES[pool] for name in names} for pool in world.POOLS}
_VENUES = {pool: set(world.VENUE_NAMES[pool]) for pool in world.POOLS}
_ANY_NAME = re.compile(r'\b(?:' + '|'.join(
    sorted({*set().union(*_NAMES.values()), *set().union(*_VENUES.values())}, reverse=True))
    + r')\b', re.IGNORECASE)


def grams(text):
  """The runs of eight words of a text, without marks, with names masked."""
  words = re.findall(r'\w+', _ANY_NAME.sub('maskedname', text).lower())
  return {hash(' '.join(words[i:i + WORDS])) for i in range(len(words) - WORDS + 1)}


def read(number, seed=0):
  return span_marks.take_off(sample_world.document(number, seed))[0]


@pytest.fixture(scope='module')
def documents():
  return [read(number) for number in NUMBERS]


def test_a_document_is_a_function_of_number_and_seed(documents):
  assert [read(n) for n in NUMBERS[-50:]] == documents[-50:]
  assert read(0, seed=1) != documents[0]
  assert len(set(documents)) > 0.97 * len(NUMBERS)


def test_people_and_places_are_of_the_training_pool(documents):
  words = {word for text in documents for word in re.findall(r"\w+", text)}
  assert _NAMES['train'] <= words
  assert not words & (_NAMES['validation'] | _NAMES['test'])
  text = '\n'.join(documents)
  assert not [name for pool in ('validation', 'test') for name in _VENUES[pool] if name in text]


def test_no_verdict_is_the_words_of_an_option(documents):
  for text in documents:
    assert not re.search(r'\b(yes|no|true|false|entailed|impossible|possible to tell)[.!]', text,
                         re.IGNORECASE), text


def test_nearly_every_document_marks_what_is_worth_asking_for():
  texts = [sample_world.document(number) for number in NUMBERS[-500:]]
  spans = [span_marks.take_off(text) for text in texts]
  assert sum(bool(found) for _, found in spans) > 0.9 * len(texts)
  assert all(text.count(span_marks.START) == text.count(span_marks.END) == len(found)
             for text, (_, found) in zip(texts, spans))
  answers = {plain[a:b] for plain, found in spans for a, b in found}
  assert {'Right', 'Wrong', 'Nobody said', 'tea', 'Monday'} <= answers


def test_every_kind_of_text_is_there(documents):
  text = '\n'.join(documents)
  for words in ('Indeed.', "No, that can't be right:", 'In other words,', 'Nobody said.',
                'Headline:', 'A negative opinion.', 'hypothesis', 'Meaning, friends:'):
    assert words in text


def rendered_for_evaluation(name):
  """Inputs and targets of the rows that evaluate and that choose, with the templates in turn."""
  dataset = registry.find_dataset(name)
  task = registry.find_task(name if dataset.source.train else
                            registry.evaluation_task_name(dataset, dataset.forward_templates[0]))
  for split in {'validation', 'test'} & set(task.splits):
    examples = task.get_dataset(None, split, shuffle=False, num_epochs=1,
                                try_in_mem_cache=False)
    for example in examples.as_numpy_iterator():
      yield f"{example['inputs_pretokenized'].decode()}\n{example['targets_pretokenized'].decode()}"


@pytest.mark.slow
def test_no_example_that_evaluates_occurs_in_it():
  registry.load_shipped()
  tested, example = set(), ''
  for name in registry.datasets():
    for example in rendered_for_evaluation(name):
      tested |= grams(example)
  assert len(tested) > 100_000
  found = [text for text in map(read, READ) if not tested.isdisjoint(grams(text))]
  assert not found, found[:3]
  assert grams(f'{read(0)} {example}') & tested  # one example in a document is noticed
