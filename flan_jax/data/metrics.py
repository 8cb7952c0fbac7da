"""Metrics that declarations name, in the two forms that SeqIO takes.

`(targets, scores)`: `scores` is float32 `[examples, choices]`, the summed log-likelihood of each
option's tokens, minus infinity where an example has fewer options than the widest one.
`(targets, predictions)`: `predictions` are generated texts.
Either way `targets` holds one `Reference` an example. Every metric returns a dictionary of values
between 0 and 1 (correlations: -1 and 1; edit distance: 0 and above, less is better).
"""
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
import dataclasses
import functools
import re
import string

import numpy as np


@dataclasses.dataclass(frozen=True)
class Reference:
  """What an example's answer is held against.

  Attributes:
    answers: reference texts, the declared answer first.
    option: number of the right option, the first one of several, or -1 where there is none.
    options: the options' texts.
    option_lengths: tokens of each option's target, the end mark included.
    dataset: name of the dataset, or empty.
    template: number of the template, or -1.
    inputs: the prompt.
    truncated: tokens cut from the prompt.
    also_right: numbers of the other right options.
    value: the number that a predicted one is held against, or None.
    group: what the examples that are judged together have in common.
    asks_for: the fields that the model has to write.
  """

  answers: tuple[str, ...]
  option: int = -1
  options: tuple[str, ...] = ()
  option_lengths: tuple[int, ...] = ()
  dataset: str = ''
  template: int = -1
  inputs: str = ''
  truncated: int = 0
  also_right: tuple[int, ...] = ()
  value: float | None = None
  group: str = ''
  asks_for: tuple[str, ...] = ()

  @property
  def right_options(self) -> tuple[int, ...]:
    """Numbers of all right options."""
    return (self.option, *self.also_right) if self.option >= 0 else ()


def best_options(scores: np.ndarray) -> np.ndarray:
  """Number of the most likely option of each row: int `[examples]`; the first one of equals."""
  return np.argmax(scores, axis=-1)


def scores_per_token(targets: Sequence[Reference], scores: np.ndarray) -> np.ndarray:
  """Scores divided by the options' token counts: float `[examples, choices]`."""
  lengths = np.ones_like(scores)
  for row, target in zip(lengths, targets):
    row[: len(target.option_lengths)] = target.option_lengths
  return scores / lengths


def chance(metric: str, targets: Sequence[Reference]) -> float | None:
  """What a metric of rank classification comes to when options are chosen at random.

  Returns:
    The expected value (of F1 the limit for many examples), or None where it is not known.
  """
  if metric.startswith('accuracy'):
    return float(np.mean([len(t.right_options) / len(t.options) for t in targets]))
  if metric in ('f1', 'f1a'):
    share = np.mean([t.option == 1 for t in targets])
    return float(share / (share + 0.5))
  return 0.0 if metric in ('matthews', 'pearson', 'spearman') else None


def accuracy(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Rank classification: how often a right option is the most likely one (paper, section 2.4).

  `accuracy` ranks by the summed log-likelihood, as the paper does; `accuracy_per_token` by its
  mean over tokens.
  """
  return {
      'accuracy': _share_right(targets, scores),
      'accuracy_per_token': _share_right(targets, scores_per_token(targets, scores)),
  }


def _share_right(targets: Sequence[Reference], scores: np.ndarray) -> float:
  chosen = best_options(scores)
  return float(np.mean([c in t.right_options for t, c in zip(targets, chosen, strict=True)]))


def f1(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """F1 of the second of two options (paraphrase, duplicate)."""
  right, chosen = np.array([t.option for t in targets]), best_options(scores)
  true_positives = np.sum((right == 1) & (chosen == 1))
  total = np.sum(right == 1) + np.sum(chosen == 1)
  return {'f1': float(2 * true_positives / total) if total else 0.0}


def mean_class_f1(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Unweighted mean over the options of each one's F1 (CommitmentBank's second metric)."""
  right, chosen = np.array([t.option for t in targets]), best_options(scores)
  values = []
  for option in range(scores.shape[-1]):
    total = np.sum(right == option) + np.sum(chosen == option)
    hits = np.sum((right == option) & (chosen == option))
    values.append(2 * hits / total if total else 0.0)
  return {'mean_class_f1': float(np.mean(values))}


def matthews(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Matthews' correlation of two options; 0 where one side is constant."""
  right = np.array([t.option for t in targets])
  return {'matthews': _pearson(right, best_options(scores))}


def correlation(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Pearson's and Spearman's correlation of options that are numbers with the gold numbers.

  `pearson` and `spearman` take the most likely option, `pearson_expected` and
  `spearman_expected` the mean of the options weighted by their likelihoods. 0 where one side is
  constant. The gold number is `Reference.value`, or where there is none the right option.
  """
  gold = np.array([float(t.options[t.option]) if t.value is None else t.value for t in targets])
  numbers = np.array([t.options for t in targets]).astype(float)
  likelihoods = np.exp(scores - scores.max(axis=-1, keepdims=True))
  chosen = np.take_along_axis(numbers, best_options(scores)[:, None], axis=-1)[:, 0]
  expected = np.sum(numbers * likelihoods, axis=-1) / np.sum(likelihoods, axis=-1)
  return {
      'pearson': _pearson(gold, chosen),
      'spearman': _pearson(_ranks(gold), _ranks(chosen)),
      'pearson_expected': _pearson(gold, expected),
      'spearman_expected': _pearson(_ranks(gold), _ranks(expected)),
  }


def multirc(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """MultiRC: F1 of "yes" over all answers, and questions with every answer judged rightly.

  An example is a suggested answer; `Reference.group` says which question it belongs to.
  """
  judged = defaultdict(list)
  for target, chosen in zip(targets, best_options(scores), strict=True):
    judged[target.group].append(target.option == chosen)
  return {
      'f1a': f1(targets, scores)['f1'],
      'exact_match': float(np.mean([all(answers) for answers in judged.values()])),
  }


def entities(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """ReCoRD: token F1 and exact match of the most likely entity, the best over the right ones.

  An option is an entity and the rest of a sentence: the words that all options of an example
  end with are left out.
  """
  references, predictions = [], []
  for target, chosen in zip(targets, best_options(scores), strict=True):
    texts = _without_common_end(target.options)
    references.append(Reference(tuple(texts[i] for i in target.right_options)))
    predictions.append(texts[chosen])
  return {f'entity_{name}': value for name, value in squad(references, predictions).items()}


def _without_common_end(texts: Sequence[str]) -> list[str]:
  words = [text.split() for text in texts]
  same = 0
  while all(len(w) > same + 1 for w in words) and len({w[-1 - same] for w in words}) == 1:
    same += 1
  return [' '.join(w[: len(w) - same]) for w in words]


def _pearson(a: np.ndarray, b: np.ndarray) -> float:
  return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
  """The place of each value in their order, equal values sharing the mean of their places."""
  _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
  return (np.cumsum(counts) - (counts - 1) / 2)[which]


def exact_match(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Share of predictions equal to any reference after `normalise`."""
  return {'exact_match': _mean_best(_same, targets, predictions)}


def exact_text(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Share of predictions equal to any reference to the letter, blanks at the ends apart."""
  same = lambda reference, prediction: float(reference.strip() == prediction.strip())
  return {'exact_text': _mean_best(same, targets, predictions)}


def squad(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """SQuAD's token F1 and exact match, each the best over the references."""
  return {
      'f1': _mean_best(_token_f1, targets, predictions),
      'exact_match': _mean_best(_same, targets, predictions),
  }


def trivia_qa(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """TriviaQA's exact match and token F1, each the best over the aliases."""
  same = functools.partial(_same, normalise=normalise_trivia)
  token_f1 = functools.partial(_token_f1, normalise=normalise_trivia)
  return {
      'exact_match': _mean_best(same, targets, predictions),
      'f1': _mean_best(token_f1, targets, predictions),
  }


_NO_ANSWER = 'CANNOTANSWER'


def quac(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """SQuAD's metrics over the answers of several readers, as QuAC takes them together.

  Where at least half of the readers found no answer, that alone is right; elsewhere it is wrong.
  """
  return squad([_as_most_readers(target) for target in targets], predictions)


def _as_most_readers(target: Reference) -> Reference:
  readers = target.answers[1:] or target.answers  # the declared answer is one of the readers'
  found = tuple(answer for answer in readers if answer != _NO_ANSWER)
  return dataclasses.replace(
      target, answers=found if 2 * len(found) > len(readers) else (_NO_ANSWER,))


def numbered_answers(
    targets: Sequence[Reference], predictions: Sequence[str]
) -> dict[str, float]:
  """SQuAD's metrics of each entry of a numbered list, taken over all entries (CoQA)."""
  references, answers = [], []
  for target, prediction in zip(targets, predictions, strict=True):
    most = len(target.answers[0].splitlines())
    given = _entries(prediction, most)
    for number, text in _entries(target.answers[0], most).items():
      references.append(Reference((text,)))
      answers.append(given.get(number, ''))
  return squad(references, answers)


def _entries(text: str, most: int) -> dict[int, str]:
  """The entries of a numbered list by number. Vocabularies such as T5's may lose line ends."""
  marks, place = {}, 0
  for number in range(1, most + 1):
    mark = re.compile(rf'(?<!\S){number}\.(?!\S)').search(text, place)
    if mark:
      marks[number], place = mark, mark.end()
  ends = [*(mark.start() for mark in marks.values()), len(text)][1:]
  return {n: text[mark.end() : end].strip() for (n, mark), end in zip(marks.items(), ends)}


def rouge(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """ROUGE-1, ROUGE-2 and ROUGE-Lsum F-measures, each the best over the references."""
  from rouge_score import rouge_scorer  # slow to import, needed by few

  kinds = ('rouge1', 'rouge2', 'rougeLsum')
  scorer = rouge_scorer.RougeScorer(kinds)
  rows = []
  for target, prediction in zip(targets, predictions, strict=True):
    references = [_sentence_a_line(answer) for answer in target.answers]
    best = scorer.score_multi(references, _sentence_a_line(prediction))
    rows.append([best[kind].fmeasure for kind in kinds])
  return dict(zip(kinds, np.mean(rows, axis=0).tolist()))


def _sentence_a_line(text: str) -> str:
  """ROUGE-Lsum compares sentence by sentence, and takes a line for a sentence."""
  return re.sub(r'(?<=[.!?])\s+', '\n', text)


def bleu(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Corpus BLEU by sacreBLEU with the `intl` tokenizer (paper, section 3), divided by 100."""
  return {'bleu': _corpus_bleu(targets, predictions)}


def bleu_between(**languages: str) -> Callable[..., Mapping[str, float]]:
  """BLEU that says which way was translated: `bleu_en_fr` from English into French.

  Args:
    **languages: the codes of the two languages by the fields that hold their texts, such as
      `sent1='en', sent2='fr'`.
  """

  def bleu(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
    target, = (code for field, code in languages.items() if field in targets[0].asks_for)
    source, = (code for code in languages.values() if code != target)
    return {f'bleu_{source}_{target}': _corpus_bleu(targets, predictions)}

  return bleu


def _corpus_bleu(targets: Sequence[Reference], predictions: Sequence[str]) -> float:
  import sacrebleu  # slow to import, needed by few

  references = [[t.answers[0] for t in targets]]
  return sacrebleu.corpus_bleu(list(predictions), references, tokenize='intl').score / 100


def edit_distance(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Mean Levenshtein distance in characters, divided by the reference's length."""
  import editdistance

  values = [
      editdistance.eval(t.answers[0], p) / max(len(t.answers[0]), 1)
      for t, p in zip(targets, predictions)
  ]
  return {'edit_distance': float(np.mean(values))}


_DELETED = dict.fromkeys(map(ord, string.punctuation))
_BLANKED = dict.fromkeys(map(ord, string.punctuation + '‘’´`'), ' ')


def normalise(text: str) -> str:
  """Lower case without punctuation, articles and extra blanks (SQuAD's rule)."""
  return _without_articles(text.lower().translate(_DELETED))


def normalise_trivia(text: str) -> str:
  """Lower case without articles, and a blank for punctuation (TriviaQA's rule)."""
  return _without_articles(text.lower().translate(_BLANKED))


def _without_articles(text: str) -> str:
  return ' '.join(re.sub(r'\b(a|an|the)\b', ' ', text).split())


def _same(reference: str, prediction: str, normalise=normalise) -> float:
  return float(normalise(reference) == normalise(prediction))


def _token_f1(reference: str, prediction: str, normalise=normalise) -> float:
  expected, given = normalise(reference).split(), normalise(prediction).split()
  if not expected or not given:
    return float(expected == given)
  common = sum((Counter(expected) & Counter(given)).values())
  return 2 * common / (len(expected) + len(given))


def _mean_best(compare, targets, predictions) -> float:
  return float(np.mean([
      max((compare(answer, prediction) for answer in target.answers), default=0.0)
      for target, prediction in zip(targets, predictions, strict=True)
  ]))
