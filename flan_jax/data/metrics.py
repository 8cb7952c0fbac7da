"""The metrics for declarations, in the two forms that SeqIO takes.

`(targets, scores)`: `scores` is float32 `[examples, choices]`, the summed log-likelihood of each
option's tokens, and minus infinity for options that an example does not have.
`(targets, predictions)`: `predictions` are generated texts.
In both forms `targets` has one `Reference` for each example. Every metric describes its values (see
metric_types.py) and returns them by name, between 0 and 1 (correlations: -1 and 1; edit distance:
0 and above).
"""
from collections import Counter, defaultdict
from collections.abc import Sequence
import dataclasses
import functools
import re
import string

import numpy as np

from flan_jax.data.metric_types import Reference, Value, WritingMetric, ranking, writing, zero


def best_options(scores: np.ndarray) -> np.ndarray:
  """Number of the most likely option of each row: int `[examples]`; the first among equals.

  Raises:
    ValueError: a score is NaN, which argmax would choose as the best.
  """
  if np.isnan(scores).any():
    broken = np.flatnonzero(np.isnan(np.atleast_2d(scores)).any(axis=-1))
    raise ValueError(f'{len(broken)} examples have NaN for a score and cannot be ranked, '
                     f'the first of them example {broken[0]}')
  return np.argmax(scores, axis=-1)


def scores_per_token(targets: Sequence[Reference], scores: np.ndarray) -> np.ndarray:
  """Scores divided by the options' token counts: float `[examples, choices]`."""
  lengths = np.ones_like(scores)
  for row, target in zip(lengths, targets):
    row[: len(target.option_lengths)] = target.option_lengths
  return scores / lengths


def guessed_right(targets: Sequence[Reference]) -> float:
  """The expected share of right examples if options are chosen at random."""
  return float(np.mean([len(t.right_options) / len(t.options) for t in targets]))


def guessed_f1(targets: Sequence[Reference]) -> float:
  """F1 of the second option if options are chosen at random, in the limit of many examples."""
  share = np.mean([t.option == 1 for t in targets])
  return float(share / (share + 0.5))


@ranking(Value('accuracy', rate=True, chance=guessed_right),
         Value('accuracy_per_token', rate=True, chance=guessed_right))
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


@ranking(Value('f1', chance=guessed_f1))
def f1(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """F1 of the second of two options (paraphrase, duplicate)."""
  right, chosen = np.array([t.option for t in targets]), best_options(scores)
  true_positives = np.sum((right == 1) & (chosen == 1))
  total = np.sum(right == 1) + np.sum(chosen == 1)
  return {'f1': float(2 * true_positives / total) if total else 0.0}


@ranking(Value('mean_class_f1'))
def mean_class_f1(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Mean of the options' F1, unweighted (CommitmentBank's second metric)."""
  right, chosen = np.array([t.option for t in targets]), best_options(scores)
  values = []
  for option in range(scores.shape[-1]):
    total = np.sum(right == option) + np.sum(chosen == option)
    hits = np.sum((right == option) & (chosen == option))
    values.append(2 * hits / total if total else 0.0)
  return {'mean_class_f1': float(np.mean(values))}


@ranking(Value('matthews', chance=zero))
def matthews(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Matthews' correlation of two options; 0 if one side is constant."""
  right = np.array([t.option for t in targets])
  return {'matthews': _pearson(right, best_options(scores))}


@ranking(Value('pearson', chance=zero), Value('spearman', chance=zero),
         Value('pearson_expected'), Value('spearman_expected'))
def correlation(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Pearson's and Spearman's correlation of options that are numbers with the gold numbers.

  `pearson` and `spearman` use the most likely option, `pearson_expected` and `spearman_expected`
  the mean of the options weighted by their likelihoods. 0 if one side is constant. The gold number
  is `Reference.value`, or else the right option.
  """
  gold = np.array([float(t.options[t.option]) if t.value is None else t.value for t in targets])
  numbers = np.array([t.options for t in targets]).astype(float)
  likelihoods = np.exp(scores - scores.max(axis=-1, keepdims=True))
  chosen = np.take_along_axis(numbers, best_options(scores)[:, None], axis=-1)[:, 0]
  expected = np.sum(numbers * likelihoods, axis=-1) / np.sum(likelihoods, axis=-1)
  return {
      'pearson': _pearson(gold, chosen),
      'spearman': _spearman(gold, chosen),
      'pearson_expected': _pearson(gold, expected),
      'spearman_expected': _spearman(gold, expected),
  }


# Its exact match is a share of questions, not of examples, so it is no rate of the examples.
@ranking(Value('f1a', chance=guessed_f1), Value('exact_match'))
def multirc(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """MultiRC: F1 of "yes" over all answers, and the share of questions with every answer right.

  An example is a suggested answer. Answers to the same question have the same `Reference.group`.
  """
  judged = defaultdict(list)
  for target, chosen in zip(targets, best_options(scores), strict=True):
    judged[target.group].append(target.option == chosen)
  return {
      'f1a': f1(targets, scores)['f1'],
      'exact_match': float(np.mean([all(answers) for answers in judged.values()])),
  }


@ranking(Value('entity_f1'), Value('entity_exact_match', rate=True))
def entities(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """ReCoRD: token F1 and exact match of the most likely entity, the best over the right entities.

  An option is an entity and the rest of a sentence. The words at the end that all options of an
  example share are removed.
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
  from scipy import stats  # slow to import, needed by few

  return float(stats.pearsonr(a, b).statistic) if np.ptp(a) and np.ptp(b) else 0.0


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
  from scipy import stats

  return float(stats.spearmanr(a, b).statistic) if np.ptp(a) and np.ptp(b) else 0.0


@writing(Value('exact_match', rate=True))
def exact_match(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Share of predictions equal to any reference after `normalize`."""
  return {'exact_match': _mean_best(_same, targets, predictions)}


@writing(Value('exact_text', rate=True))
def exact_text(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Share of predictions that equal a reference exactly, except for blanks at the ends."""
  same = lambda reference, prediction: float(reference.strip() == prediction.strip())
  return {'exact_text': _mean_best(same, targets, predictions)}


@writing(Value('f1'), Value('exact_match', rate=True))
def squad(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """SQuAD's token F1 and exact match, each the best over the references."""
  return {
      'f1': _mean_best(_token_f1, targets, predictions),
      'exact_match': _mean_best(_same, targets, predictions),
  }


@writing(Value('exact_match', rate=True), Value('f1'))
def trivia_qa(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """TriviaQA's exact match and token F1, each the best over the aliases."""
  same = functools.partial(_same, normalize=normalize_trivia)
  token_f1 = functools.partial(_token_f1, normalize=normalize_trivia)
  return {
      'exact_match': _mean_best(same, targets, predictions),
      'f1': _mean_best(token_f1, targets, predictions),
  }


_NO_ANSWER = 'CANNOTANSWER'


@writing(Value('f1'), Value('exact_match', rate=True))
def quac(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """SQuAD's metrics over the answers of several readers, combined as QuAC does.

  If at least half of the readers found no answer, only "no answer" is right; otherwise it is wrong.
  """
  return squad([_as_most_readers(target) for target in targets], predictions)


def _as_most_readers(target: Reference) -> Reference:
  readers = target.answers[1:] or target.answers  # the declared answer is one of the readers'
  found = tuple(answer for answer in readers if answer != _NO_ANSWER)
  return dataclasses.replace(
      target, answers=found if 2 * len(found) > len(readers) else (_NO_ANSWER,))


# Its exact match is a share of entries, not of examples, so it is no rate of the examples.
@writing(Value('f1'), Value('exact_match'))
def numbered_answers(
    targets: Sequence[Reference], predictions: Sequence[str]
) -> dict[str, float]:
  """SQuAD's metrics for the entries of numbered lists, averaged over all entries (CoQA)."""
  references, answers = [], []
  for target, prediction in zip(targets, predictions, strict=True):
    most = len(target.answers[0].splitlines())
    given = _entries(prediction, most)
    for number, text in _entries(target.answers[0], most).items():
      references.append(Reference((text,)))
      answers.append(given.get(number, ''))
  return squad(references, answers)


def _entries(text: str, most: int) -> dict[int, str]:
  """The entries of a numbered list, by number. Needs no line ends, which T5's vocabulary drops."""
  marks, place = {}, 0
  for number in range(1, most + 1):
    mark = re.compile(rf'(?<!\S){number}\.(?!\S)').search(text, place)
    if mark:
      marks[number], place = mark, mark.end()
  ends = [*(mark.start() for mark in marks.values()), len(text)][1:]
  return {n: text[mark.end() : end].strip() for (n, mark), end in zip(marks.items(), ends)}


@writing(Value('rouge1'), Value('rouge2'), Value('rougeLsum'))
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
  """The text with one sentence a line, because ROUGE-Lsum takes each line for a sentence."""
  return re.sub(r'(?<=[.!?])\s+', '\n', text)


@writing(Value('bleu'))
def bleu(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Corpus BLEU by sacreBLEU with the `intl` tokenizer (paper, section 3), divided by 100."""
  return {'bleu': _corpus_bleu(targets, predictions)}


def bleu_between(**languages: str) -> WritingMetric:
  """BLEU for both directions of a translation: `bleu_en_fr` is from English into French.

  Args:
    **languages: the codes of the two languages, by the fields with their texts, such as
      `sent1='en', sent2='fr'`.
  """
  one, other = languages.values()
  ways = (Value(f'bleu_{one}_{other}'), Value(f'bleu_{other}_{one}'))

  def measure(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
    target, = (code for field, code in languages.items() if field in targets[0].asks_for)
    source, = (code for code in languages.values() if code != target)
    return {f'bleu_{source}_{target}': _corpus_bleu(targets, predictions)}

  return WritingMetric('bleu', ways, measure, sides=tuple(languages))


def _corpus_bleu(targets: Sequence[Reference], predictions: Sequence[str]) -> float:
  import sacrebleu  # slow to import, needed by few

  references = [[t.answers[0] for t in targets]]
  return sacrebleu.corpus_bleu(list(predictions), references, tokenize='intl').score / 100


@writing(Value('edit_distance', less_is_better=True))
def edit_distance(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Mean Levenshtein distance in characters, divided by the reference's length."""
  from rapidfuzz.distance import Levenshtein

  values = [
      Levenshtein.distance(t.answers[0], p) / max(len(t.answers[0]), 1)
      for t, p in zip(targets, predictions)
  ]
  return {'edit_distance': float(np.mean(values))}


_DELETED = dict.fromkeys(map(ord, string.punctuation))
_BLANKED = dict.fromkeys(map(ord, string.punctuation + '‘’´`'), ' ')


def normalize(text: str) -> str:
  """Lower case without punctuation, articles and extra blanks (SQuAD's rule)."""
  return _without_articles(text.lower().translate(_DELETED))


def normalize_trivia(text: str) -> str:
  """Lower case without articles, and a blank for punctuation (TriviaQA's rule)."""
  return _without_articles(text.lower().translate(_BLANKED))


def _without_articles(text: str) -> str:
  return ' '.join(re.sub(r'\b(a|an|the)\b', ' ', text).split())


def _same(reference: str, prediction: str, normalize=normalize) -> float:
  return float(normalize(reference) == normalize(prediction))


def _token_f1(reference: str, prediction: str, normalize=normalize) -> float:
  expected, given = normalize(reference).split(), normalize(prediction).split()
  if not expected or not given:
    return float(expected == given)
  common = sum((Counter(expected) & Counter(given)).values())
  return 2 * common / (len(expected) + len(given))


def _mean_best(compare, targets, predictions) -> float:
  return float(np.mean([
      max((compare(answer, prediction) for answer in target.answers), default=0.0)
      for target, prediction in zip(targets, predictions, strict=True)
  ]))
