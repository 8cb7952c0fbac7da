"""Which datasets the sample world writes: TFDS name to version, splits, sizes and row maker."""
from flan_jax.data.samples import coreference, entailment, language, questions, stories, translation
from flan_jax.data.samples.draws import Sample

TRAIN_ROWS = 1000
HELD_OUT_ROWS = 200
LARGE_HELD_OUT_ROWS = 400


def _sizes(*held_out: str, train: int = TRAIN_ROWS, rows: int = HELD_OUT_ROWS) -> dict[str, int]:
  return {'train': train, **dict.fromkeys(held_out, rows)}


_ALL = _sizes('validation', 'test')
_VALIDATION = _sizes('validation')
_TEST = _sizes('test')

SAMPLES: dict[str, Sample] = {
    'anli/r1': Sample('0.1.0', _ALL, entailment.anli(1), 'context'),
    'anli/r2': Sample('0.1.0', _ALL, entailment.anli(2), 'context'),
    'anli/r3': Sample('0.1.0', _ALL, entailment.anli(3), 'context'),
    'super_glue/cb': Sample('1.0.2', _sizes('validation', train=250), entailment.cb, 'premise'),
    'super_glue/rte': Sample('1.0.2', _VALIDATION, entailment.rte, 'premise'),
    'super_glue/copa': Sample('1.0.2', _sizes('validation', train=400), stories.copa, 'premise',
                              shared_names=True),
    'super_glue/wsc': Sample('1.0.2', _sizes('validation', train=554), coreference.wsc, 'text'),
    'super_glue/wic': Sample('1.0.2', _VALIDATION, language.wic, 'sentence1'),
    'glue/mnli': Sample(
        '2.0.0', _sizes('validation_matched', 'validation_mismatched', rows=LARGE_HELD_OUT_ROWS),
        entailment.mnli, 'premise'),
    'glue/qnli': Sample('2.0.0', _VALIDATION, entailment.qnli, 'sentence'),
    'glue/wnli': Sample('2.0.0', _sizes('validation', train=635), coreference.wnli, 'sentence1'),
    'glue/sst2': Sample('2.0.0', _VALIDATION, stories.sst2, 'sentence', shared_names=True),
    'glue/mrpc': Sample('2.0.0', _VALIDATION, entailment.mrpc, 'sentence1'),
    'glue/cola': Sample('2.0.0', _VALIDATION, language.cola, 'sentence'),
    'snli': Sample('1.1.0', _sizes('validation', 'test', rows=LARGE_HELD_OUT_ROWS),
                   entailment.snli, 'premise', shared_names=True),
    'hellaswag': Sample('1.1.0', _VALIDATION, stories.hellaswag, 'context'),
    'piqa': Sample('1.0.0', _VALIDATION, stories.piqa, 'goal'),
    'imdb_reviews/plain_text': Sample('1.0.0', _TEST, stories.imdb_reviews, 'text'),
    'paws_wiki': Sample('1.1.0', _ALL, entailment.paws, 'sentence1'),
    'ai2_arc/ARC-Easy': Sample('1.0.0', _ALL, questions.arc_easy, 'question', shared_names=True),
    'ai2_arc/ARC-Challenge': Sample('1.0.0', _ALL, questions.arc_challenge, 'question'),
    'natural_questions_open': Sample('1.0.0', _VALIDATION, questions.natural_questions, 'question',
                                     shared_names=True),
    'bool_q': Sample('1.0.0', _VALIDATION, questions.bool_q, 'passage'),
    'openbookqa': Sample('0.1.0', _ALL, questions.openbookqa, 'question.stem'),
    'squad/v1.1': Sample('3.0.0', _VALIDATION, questions.squad, 'context'),
    'cosmos_qa': Sample('1.0.0', _VALIDATION, stories.cosmos_qa, 'context'),
    'definite_pronoun_resolution': Sample('1.1.0', _TEST, coreference.definite_pronoun, 'sentence'),
    'winogrande': Sample('1.2.0', {'train_xl': TRAIN_ROWS, 'validation': HELD_OUT_ROWS},
                         coreference.winogrande, 'sentence'),
    'gem/common_gen': Sample('1.1.0', _VALIDATION, language.common_gen, 'target',
                             shared_names=True),
    'gem/e2e_nlg': Sample('1.1.0', _VALIDATION, language.e2e_nlg, 'meaning_representation'),
    'gem/xsum': Sample('1.1.0', _ALL, language.xsum, 'document'),
    'wmt14_translate/fr-en': Sample('1.0.0', _ALL, translation.wmt14_fr_en, 'en'),
    'trec': Sample('1.0.0', _TEST, questions.trec, 'text', shared_names=True),
    'math_dataset/algebra__linear_1d': Sample('1.0.0', _TEST, language.linear_equation, 'question',
                                              shared_names=True),
    'para_crawl/enda': Sample('1.2.0', _sizes(), translation.para_crawl_enda, 'en'),
    'ag_news_subset': Sample('1.0.0', _TEST, language.ag_news, 'description', shared_names=True),
}
