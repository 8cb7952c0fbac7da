"""The datasets of the sample world: TFDS name -> version, sizes of splits, and row function."""
from flan_jax.sample_world.draws import Sample
from flan_jax.sample_world.rows import (
  conversations,
  coreference,
  entailment,
  language,
  questions,
  reading,
  reviews,
  similarity,
  stories,
  summaries,
  translation,
  triples,
)

TRAIN_ROWS = 700
HELD_OUT_ROWS = 120
LARGE_HELD_OUT_ROWS = 240


def _sizes(*held_out: str, train: int = TRAIN_ROWS, rows: int = HELD_OUT_ROWS) -> dict[str, int]:
  return {'train': train, **dict.fromkeys(held_out, rows)}


_ALL = _sizes('validation', 'test')
_VALIDATION = _sizes('validation')
_TEST = _sizes('test')
# Asks whether something is so, or whether a text says it: what judging a claim is learned from.
_YES_NO = _sizes('validation', train=3200)
# For a dataset with a training split only: all its slices are cut from it.
_ONE_SPLIT = _sizes(train=1200)

SAMPLES: dict[str, Sample] = {
    'anli/r1': Sample('0.1.0', _ALL, entailment.anli(1), 'context'),
    'anli/r2': Sample('0.1.0', _ALL, entailment.anli(2), 'context'),
    'anli/r3': Sample('0.1.0', _ALL, entailment.anli(3), 'context'),
    'super_glue/cb': Sample('1.0.2', _sizes('validation', train=250), entailment.cb, 'premise'),
    'super_glue/rte': Sample('1.0.2', _VALIDATION, entailment.rte, 'premise'),
    'super_glue/copa': Sample('1.0.2', _sizes('validation', train=400), stories.copa, 'premise',
                              shared_names=True),
    'super_glue/wsc.fixed': Sample(
        '1.0.2', _sizes('validation', train=554), coreference.wsc, 'text'),
    'super_glue/wic': Sample('1.0.2', _VALIDATION, language.wic, 'sentence1'),
    'super_glue/multirc': Sample('1.0.2', _YES_NO, reading.multirc, 'paragraph',
                                 together=reading.MULTIRC_TOGETHER),
    'super_glue/record': Sample('1.0.2', _VALIDATION, reading.record, 'passage'),
    'glue/mnli': Sample(
        '2.0.0', _sizes('validation_matched', 'validation_mismatched', rows=LARGE_HELD_OUT_ROWS),
        entailment.mnli, 'premise'),
    'glue/qnli': Sample('2.0.0', _VALIDATION, entailment.qnli, 'sentence'),
    'glue/wnli': Sample('2.0.0', _sizes('validation', train=635), coreference.wnli, 'sentence1'),
    'glue/sst2': Sample('2.0.0', _VALIDATION, reviews.sst2, 'sentence', shared_names=True),
    'glue/mrpc': Sample('2.0.0', _VALIDATION, entailment.mrpc, 'sentence1'),
    'glue/cola': Sample('2.0.0', _VALIDATION, language.cola, 'sentence'),
    'glue/qqp': Sample('2.0.0', _VALIDATION, similarity.qqp, 'question1'),
    'glue/stsb': Sample('2.0.0', _VALIDATION, similarity.stsb, 'sentence1'),
    'snli': Sample('1.1.0', _sizes('validation', 'test', rows=LARGE_HELD_OUT_ROWS),
                   entailment.snli, 'premise', shared_names=True),
    'hellaswag': Sample('1.1.0', _VALIDATION, stories.hellaswag, 'context'),
    'piqa': Sample('1.0.0', _VALIDATION, stories.piqa, 'goal'),
    # As in the real dataset, training rows are cut from the validation split.
    'story_cloze/2016': Sample('1.0.0', {'validation': TRAIN_ROWS, 'test': HELD_OUT_ROWS},
                               stories.story_cloze, 'context'),
    'imdb_reviews/plain_text': Sample('1.0.0', _TEST, reviews.imdb_reviews, 'text'),
    'sentiment140': Sample('1.0.0', _TEST, reviews.sentiment140, 'text', shared_names=True),
    'yelp_polarity_reviews': Sample('0.2.0', _TEST, reviews.yelp, 'text'),
    'paws_wiki/labeled_final_raw': Sample('1.1.0', _ALL, entailment.paws, 'sentence1'),
    'ai2_arc/ARC-Easy': Sample('1.0.0', _ALL, questions.arc_easy, 'question', shared_names=True),
    'ai2_arc/ARC-Challenge': Sample('1.0.0', _ALL, questions.arc_challenge, 'question'),
    'natural_questions_open': Sample('1.0.0', _VALIDATION, questions.natural_questions, 'question',
                                     shared_names=True),
    'trivia_qa/rc.nocontext': Sample('1.1.0', _VALIDATION, questions.trivia_qa, 'question',
                                     shared_names=True),
    'bool_q': Sample('1.0.0', _YES_NO, questions.bool_q, 'passage'),
    'openbookqa': Sample('0.1.0', _ALL, questions.openbookqa, 'question.stem'),
    'squad/v1.1': Sample('3.0.0', _VALIDATION, questions.squad, 'context'),
    'squad/v2.0': Sample('3.0.0', _YES_NO, questions.squad_v2, 'context'),
    'drop': Sample('2.0.0', _sizes('dev'), reading.drop, 'passage'),
    'coqa': Sample('1.0.0', _TEST, conversations.coqa, 'story'),
    'quac': Sample('1.0.0', _VALIDATION, conversations.quac, 'context'),
    'cosmos_qa': Sample('1.0.0', _VALIDATION, stories.cosmos_qa, 'context'),
    'definite_pronoun_resolution': Sample('1.1.0', _TEST, coreference.definite_pronoun, 'sentence'),
    'winogrande': Sample('1.2.0', {'train_xl': TRAIN_ROWS, 'validation': HELD_OUT_ROWS},
                         coreference.winogrande, 'sentence'),
    'wsc273': Sample('1.0.0', {'test': HELD_OUT_ROWS}, coreference.wsc273, 'text'),
    'gem/common_gen': Sample('1.1.0', _VALIDATION, language.common_gen, 'target',
                             shared_names=True),
    'gem/e2e_nlg': Sample('1.1.0', _VALIDATION, language.e2e_nlg, 'meaning_representation'),
    'gem/dart': Sample('1.1.0', _VALIDATION, triples.dart, 'target'),
    'gem/web_nlg_en': Sample('1.1.0', _VALIDATION, triples.web_nlg_en, 'target'),
    'xsum': Sample('1.1.0', _ALL, language.xsum, 'document'),
    'gem/wiki_lingua_english_en': Sample('1.1.0', _ALL, summaries.wiki_lingua, 'source'),
    'cnn_dailymail': Sample('3.4.0', _ALL, summaries.cnn_dailymail, 'article'),
    'gigaword': Sample('1.2.0', _ALL, summaries.gigaword, 'document'),
    'multi_news': Sample('2.1.0', _ALL, summaries.multi_news, 'document'),
    'newsroom': Sample('1.0.0', _ALL, summaries.newsroom, 'text'),
    'aeslc': Sample('1.0.0', _ALL, summaries.aeslc, 'email_body'),
    'samsum': Sample('1.0.0', _ALL, conversations.samsum, 'dialogue'),
    'opinion_abstracts/rotten_tomatoes': Sample('1.0.0', _ONE_SPLIT, reviews.rotten_tomatoes,
                                                '_movie_name'),
    'opinion_abstracts/idebate': Sample('1.0.0', _ONE_SPLIT, summaries.idebate, '_claim'),
    'wmt14_translate/fr-en': Sample('1.0.0', _ALL, translation.wmt14_fr_en, 'en'),
    **{f'wmt16_translate/{code}-en': Sample('1.0.0', _ALL, translation.with_english(code), 'en')
       for code in ('cs', 'de', 'fi', 'ro', 'ru', 'tr')},
    'trec': Sample('1.0.0', _TEST, questions.trec, 'text', shared_names=True),
    'math_dataset/algebra__linear_1d': Sample('1.0.0', _TEST, language.linear_equation, 'question',
                                              shared_names=True),
    'para_crawl/enda': Sample('1.2.0', _ONE_SPLIT, translation.para_crawl_enda, 'en'),
    'para_crawl/enes': Sample('1.2.0', _ONE_SPLIT, translation.with_english('es'), 'en'),
    'ag_news_subset': Sample('1.0.0', _TEST, language.ag_news, 'description', shared_names=True),
}
