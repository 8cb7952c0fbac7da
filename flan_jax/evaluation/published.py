"""Zero-shot numbers of the FLAN paper's tables (arXiv 2109.01652), to compare ours with.

They are percentages of each dataset's headline metric. FLAN is the 137B model that was tuned
without the dataset's cluster: `flan` is its mean over templates, `flan_best` its value for the
template that is best on the dev slice. A dataset with several headline metrics, such as a
translation dataset, has an entry for each. Sentiment140 is left out: the paper's 69.9 counts
neutral tweets as negative, and our rows have none.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Published:
  """A row of the paper's tables, in percent; None if the paper has no number."""

  flan: float
  flan_best: float | None
  lamda_pt: float | None
  gpt3: float | None


ZERO_SHOT = {
    'anli_r1': Published(47.7, 46.4, 39.6, 34.6),
    'anli_r2': Published(43.9, 44.0, 39.9, 35.4),
    'anli_r3': Published(47.0, 48.5, 39.3, 34.5),
    'cb': Published(64.1, 83.9, 42.9, 46.4),
    'mnli_matched': Published(51.1, 61.2, 35.7, None),
    'mnli_mismatched': Published(51.0, 62.4, 37.0, None),
    'qnli': Published(59.6, 66.4, 50.6, None),
    'rte': Published(78.3, 84.1, 73.3, 63.5),
    'snli': Published(43.0, 53.4, 33.3, None),
    'wnli': Published(61.0, 74.6, 56.3, None),
    'bool_q': Published(80.2, 82.9, 81.0, 60.5),
    'multirc': Published(74.5, 77.5, None, 72.9),
    'openbookqa': Published(77.4, 78.4, 41.8, 57.6),
    'squad_v1': Published(79.5, 80.1, 22.7, None),
    'arc_easy': Published(79.5, 79.6, 76.4, 68.8),
    'arc_challenge': Published(61.7, 63.1, 42.0, 51.4),
    'natural_questions': Published(18.6, 20.7, 3.2, 14.6),
    'copa': Published(90.6, 91.0, 90.0, 91.0),
    'hellaswag': Published(56.4, 56.7, 57.0, 78.9),
    'piqa': Published(80.9, 80.5, 80.3, 81.0),
    'definite_pronoun_resolution': Published(60.3, 66.8, 54.6, None),
    'winogrande': Published(67.3, 71.2, 68.3, 70.2),
    'imdb_reviews': Published(94.1, 94.3, 76.9, None),
    'sst2': Published(92.6, 94.6, 51.0, 71.6),
    'glue_mrpc': Published(69.1, 69.1, 53.7, None),
    'paws_wiki': Published(61.5, 69.4, 45.5, None),
    'cosmos_qa': Published(58.4, 60.6, 34.1, None),
    'wmt14_enfr bleu_en_fr': Published(32.9, 33.9, None, 25.2),
    'wmt14_enfr bleu_fr_en': Published(35.5, None, None, 21.2),
    'wmt16_translate_deen bleu_en_de': Published(25.4, None, None, 24.6),
    'wmt16_translate_deen bleu_de_en': Published(38.9, 38.9, None, 27.2),
    'wmt16_translate_roen bleu_en_ro': Published(16.7, 18.9, None, 14.1),
    'wmt16_translate_roen bleu_ro_en': Published(36.8, 37.3, None, 19.9),
}
