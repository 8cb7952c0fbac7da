"""Metrics that declarations name, in the two forms that SeqIO takes.

`(targets, scores)`: `scores` is float32 `[examples, choices]`, the summed log-likelihood of each
option's tokens, minus infinity where an example has fewer options than the widest one.
`(targets, predictions)`: `predictions` are generated texts.
Either way `targets` holds one `Reference` an example. Every metric returns a dictionary of values
between 0 and 1 (Matthews' correlation: -1 and 1; edit distance: 0 and above; fewer is better).
"""
from collections import Counter
from collections.abc import Sequence
import dataclasses
import re
import string

import numpy as np


@dataclasses.dataclass(frozen=True)
class Reference:
  """What an example's answer is held against.

  Attributes:
    answers: reference texts, the declared answer first.
    option: number of the right option, or -1 where there are no options.
    options: the options' texts.
    option_lengths: tokens of each option's target, the end mark included.
    dataset: name of the dataset, or empty.
    template: number of the template, or -1.
    inputs: the prompt.
    truncated: tokens cut from the prompt.
  """

  answers: tuple[str, ...]
  option: int = -1
  options: tuple[str, ...] = ()
  option_lengths: tuple[int, ...] = ()
  dataset: str = ''
  template: int = -1
  inputs: str = ''
  truncated: int = 0


def best_options(scores: np.ndarray) -> np.ndarray:
  """Number of the most likely option of each row: int `[examples]`; the first one of equals."""
  return np.argmax(scores, axis=-1)


def scores_per_token(targets: Sequence[Reference], scores: np.ndarray) -> np.ndarray:
  """Scores divided by the options' token counts: float `[examples, choices]`."""
  lengths = np.ones_like(scores)
  for row, target in zip(lengths, targets):
    row[: len(target.option_lengths)] = target.option_lengths
  return scores / lengths


def accuracy(targets: Sequence[Reference], scores: np.ndarray) -> dict[str, float]:
  """Rank classification: how often the right option is the most likely one (paper, section 2.4).

  `accuracy` ranks by the summed log-likelihood, as the paper does; `accuracy_per_token` by its
  mean over tokens.
  """
  right = np.array([t.option for t in targets])
  per_token = scores_per_token(targets, scores)
  return {
      'accuracy': float(np.mean(best_options(scores) == right)),
      'accuracy_per_token': float(np.mean(best_options(per_token) == right)),
  }


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
  right, chosen = np.array([t.option for t in targets]), best_options(scores)
  if right.std() == 0 or chosen.std() == 0:
    return {'matthews': 0.0}
  return {'matthews': float(np.corrcoef(right, chosen)[0, 1])}


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


def rouge(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """ROUGE-1, ROUGE-2 and ROUGE-Lsum F-measures, each the best over the references."""
  from rouge_score import rouge_scorer  # slow to import, needed by few

  kinds = ('rouge1', 'rouge2', 'rougeLsum')
  scorer = rouge_scorer.RougeScorer(kinds)
  rows = [
      [max(scorer.score(a, p)[kind].fmeasure for a in t.answers) for kind in kinds]
      for t, p in zip(targets, predictions)
  ]
  return dict(zip(kinds, np.mean(rows, axis=0).tolist()))


def bleu(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Corpus BLEU by sacreBLEU with the `intl` tokenizer (paper, section 3), divided by 100."""
  import sacrebleu  # slow to import, needed by few

  references = [[t.answers[0] for t in targets]]
  result = sacrebleu.corpus_bleu(list(predictions), references, tokenize='intl')
  return {'bleu': result.score / 100}


def edit_distance(targets: Sequence[Reference], predictions: Sequence[str]) -> dict[str, float]:
  """Mean Levenshtein distance in characters, divided by the reference's length."""
  import editdistance

  values = [
      editdistance.eval(t.answers[0], p) / max(len(t.answers[0]), 1)
      for t, p in zip(targets, predictions)
  ]
  return {'edit_distance': float(np.mean(values))}


def normalise(text: str) -> str:
  """Lower case without punctuation, articles and extra blanks (SQuAD's rule)."""
  text = ''.join(c for c in text.lower() if c not in string.punctuation)
  return ' '.join(re.sub(r'\b(a|an|the)\b', ' ', text).split())


def _same(reference: str, prediction: str) -> float:
  return float(normalise(reference) == normalise(prediction))


def _token_f1(reference: str, prediction: str) -> float:
  expected, given = normalise(reference).split(), normalise(prediction).split()
  if not expected or not given:
    return float(expected == given)
  common = sum((Counter(expected) & Counter(given)).values())
  return 2 * common / (len(expected) + len(given))


def _mean_best(compare, targets, predictions) -> float:
  return float(np.mean([
      max(compare(answer, prediction) for answer in target.answers)
      for target, prediction in zip(targets, predictions)
  ]))
