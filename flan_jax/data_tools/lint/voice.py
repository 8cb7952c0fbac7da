"""Rules about style: templates should read like requests that people type to an assistant."""
from collections.abc import Iterator
import re
import statistics

from flan_jax.data_tools.lint.subject import FIELD, Fault, LintRule, LintSubject, literal

LONGEST = 30  # words of a template outside its fields
LONGEST_MEDIAN = 12  # over the templates of a dataset; FLAN's have 8 on average

_WORD = re.compile(r"[A-Za-z][\w'\u2019-]*")
_BRITISH = re.compile(
    r'\b(?:(?:behavi|col|fav|flav|hon|hum|lab|neighb|rum)our\w*|judgement\w*|cent(?:re|res|red)\b'
    r'|(?:analy|apologi|capitali|categori|characteri|emphasi|generali|memori|organi|paraly'
    r'|punctuali|reali|recogni|summari|symboli|tokeni)s(?:e|es|ed|er|ers|ing|ation)\b'
    r'|(?:cancel|label|model|signal|travel)l(?:ed|ing|er)\b|ful(?:fil|fils)\b|defence|offence'
    r'|licence|programmes?\b|theatre\w*|grey\w*|whilst|amongst|towards|learnt|spelt|cheque\w*'
    r'|practise\w*|sceptic\w*)\b', re.IGNORECASE)
_PEOPLE = (
    'boss|butler|chef|child|classmate|clerk|colleague|critic|customer|detective|doctor|editor|guest'
    '|host|journalist|judge|lawyer|librarian|listener|magazine|manager|neighbou?r|newspaper|owner'
    '|passenger|person|program|pupil|quiz|reader|reporter|school|secretary|shop(?:keeper)?|speaker'
    '|stranger|student|teacher|tourist|translator|tutor|visitor|witness|writer')
_SCENE = re.compile(
    r'\b(?:imagine|suppose|supposing|pretend|overheard?|some(?:body|one)|friends?|once upon'
    r'|long ago|put yourself|in the (?:place|shoes) of|picture (?:an?|the|this|your\w*)|audience'
    r'|followers'
    r'|last week|yesterday|this morning|people who|two people|people (?:answer|type|write)|readers'
    rf'|(?:an?|another|one|two|my|your) (?:[a-z]+ )?(?:{_PEOPLE})s?'
    r'|(?:you|they) (?:are (?:about|an?|asked|at|given|in|on|taking|the|writing)|come across|edit'
    r'|find|have (?:been|just)|hear|meet|open|run|sit|tell|take notes|teach|work (?:as|at|for)))\b',
    re.IGNORECASE)
_IMPERATIVES = frozenset(
    'add answer arrange choose classify combine compare complete compose continue convert correct '
    'create decide describe determine explain fill find finish fix generate give guess identify '
    'insert judge label list make match name paraphrase pick predict put read rephrase restore '
    'rewrite say select show solve sort split state suggest sum summarize tag tell think translate '
    'turn use write'.split())
_SENTENCE_START = re.compile(
    rf'(?:\A|(?<=[\n.:?!{FIELD}])\s*)[("]?(?:please )?([A-Za-z]+)', re.IGNORECASE)


def own_words(pattern: str) -> list[str]:
  """The words of a pattern outside its fields."""
  return _WORD.findall(literal(pattern))


def british(pattern: str) -> list[str]:
  """The words of a pattern in British spelling."""
  return [found[0] for found in _BRITISH.finditer(literal(pattern))]


def scene(pattern: str) -> str:
  """The words with which a pattern sets a scene, such as 'a friend'; '' if it sets none."""
  found = _SCENE.search(literal(pattern))
  return found[0] if found else ''


def is_imperative(pattern: str) -> bool:
  """Whether one of the pattern's sentences begins with an everyday request, such as 'write'."""
  starts = _SENTENCE_START.finditer(literal(pattern))
  return any(found[1].lower() in _IMPERATIVES for found in starts)


def _spelling(subject: LintSubject) -> Iterator[Fault]:
  for number, template in enumerate(subject.dataset.templates):
    for word in dict.fromkeys(british(template.inputs) + british(template.targets)):
      yield number, f'British spelling: {word!r}; the shipped templates use American spelling'


def _lengths(subject: LintSubject) -> Iterator[Fault]:
  counts = [len(own_words(template.inputs)) for template in subject.dataset.templates]
  for number, count in enumerate(counts):
    if count > LONGEST:
      yield number, f'{count} words of its own, more than {LONGEST}: ask in fewer words'
  if counts and (median := statistics.median(counts)) > LONGEST_MEDIAN:
    yield None, (f'half of its templates have more than {median:g} words of their own: '
                 'add short requests, as people type them')


def _scenes(subject: LintSubject) -> Iterator[Fault]:
  scenes = {n: scene(t.inputs) for n, t in enumerate(subject.dataset.templates)}
  scenes = {number: words for number, words in scenes.items() if words}
  if len(scenes) > 1:
    listed = ', '.join(f'{number} ({words!r})' for number, words in scenes.items())
    yield None, f'{len(scenes)} templates set a scene: {listed}; prefer plain requests'


RULES = (
    LintRule('spelling', 'note',
             'A word has British spelling, unlike the shipped templates.',
         _spelling),
    LintRule('wordy', 'note',
         f'A template has more than {LONGEST} words of its own, or half of them more than '
         f'{LONGEST_MEDIAN}.', _lengths),
    LintRule('scenes', 'note', 'More than one template of a dataset sets a scene ("a friend ...").',
         _scenes),
)
