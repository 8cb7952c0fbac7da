"""The mirrors on the Hugging Face hub that declarations name: the same rows, bit for bit.

How the hub stores its rows is written down here, from the feature lists that huggingface/datasets
kept beside its loading scripts; the declarations are held against that. Whether a repository still
is as it was then nobody can tell here: reading it compares its columns, types and labels again.
"""
import collections
import dataclasses

import pyarrow as pa
import pytest
import tensorflow as tf

from flan_jax import sample_world
from flan_jax.data import probe, registry
from flan_jax.data.reading_rows import row_source
from flan_jax.data.sources import choices, hub_columns
from flan_jax.data.sources.source import Schema
from flan_jax.errors import UserError
from tests import hub as hub_lib
from tests.data.sources.test_hub import forget, hub  # noqa: F401 (fixtures)

TEXT, INT, FLOAT, FLAG = pa.string(), pa.int32(), pa.float32(), pa.bool_()
TEXTS, INTS = pa.list_(TEXT), pa.list_(INT)


def labels(*names):
  return {'names': list(names), '_type': 'ClassLabel'}


def schema(**columns):
  """An Arrow schema and the features beside it; labels are numbers there."""
  kinds = {name: pa.int64() if isinstance(kind, dict) else kind for name, kind in columns.items()}
  return pa.schema(kinds), {n: k for n, k in columns.items() if isinstance(k, dict)}


_PAIR = dict(sentence1=TEXT, sentence2=TEXT)
_NLI = dict(premise=TEXT, hypothesis=TEXT)
_ENTAILS = labels('entailment', 'not_entailment')
_SPANS = pa.struct({'text': TEXTS, 'answer_start': INTS})
_CHOICES = pa.struct({'text': TEXTS, 'label': TEXTS})
_SUPER_IDS = pa.struct({'paragraph': INT, 'question': INT, 'answer': INT})
# Columns by repository and configuration.
STORED = {
    'nyu-mll/glue/cola': schema(
        sentence=TEXT, label=labels('unacceptable', 'acceptable'), idx=INT),
    'nyu-mll/glue/sst2': schema(sentence=TEXT, label=labels('negative', 'positive'), idx=INT),
    'nyu-mll/glue/mrpc': schema(**_PAIR, label=labels('not_equivalent', 'equivalent'), idx=INT),
    'nyu-mll/glue/qqp': schema(
        question1=TEXT, question2=TEXT, label=labels('not_duplicate', 'duplicate'), idx=INT),
    'nyu-mll/glue/stsb': schema(**_PAIR, label=FLOAT, idx=INT),
    'nyu-mll/glue/mnli': schema(
        **_NLI, label=labels('entailment', 'neutral', 'contradiction'), idx=INT),
    'nyu-mll/glue/qnli': schema(question=TEXT, sentence=TEXT, label=_ENTAILS, idx=INT),
    'nyu-mll/glue/wnli': schema(**_PAIR, label=labels('not_entailment', 'entailment'), idx=INT),
    'aps/super_glue/cb': schema(
        **_NLI, idx=INT, label=labels('entailment', 'contradiction', 'neutral')),
    'aps/super_glue/rte': schema(**_NLI, idx=INT, label=_ENTAILS),
    'aps/super_glue/copa': schema(
        premise=TEXT, choice1=TEXT, choice2=TEXT, question=TEXT, idx=INT,
        label=labels('choice1', 'choice2')),
    'aps/super_glue/multirc': schema(
        paragraph=TEXT, question=TEXT, answer=TEXT, idx=_SUPER_IDS, label=labels('False', 'True')),
    'aps/super_glue/record': schema(
        passage=TEXT, query=TEXT, entities=TEXTS, answers=TEXTS,
        entity_spans=pa.struct({'text': TEXTS, 'start': INTS, 'end': INTS}),
        idx=pa.struct({'passage': INT, 'query': INT})),
    'aps/super_glue/wic': schema(
        word=TEXT, **_PAIR, start1=INT, start2=INT, end1=INT, end2=INT, idx=INT,
        label=labels('False', 'True')),
    **{f'aps/super_glue/{name}': schema(
        text=TEXT, span1_index=INT, span2_index=INT, span1_text=TEXT, span2_text=TEXT, idx=INT,
        label=labels('False', 'True')) for name in ('wsc', 'wsc.fixed')},
    'facebook/anli': schema(
        uid=TEXT, **_NLI, label=labels('entailment', 'neutral', 'contradiction'), reason=TEXT),
    'stanfordnlp/snli': schema(**_NLI, label=labels('entailment', 'neutral', 'contradiction')),
    'stanfordnlp/imdb/plain_text': schema(text=TEXT, label=labels('neg', 'pos')),
    'fancyzhx/yelp_polarity': schema(text=TEXT, label=labels('1', '2')),
    'google-research-datasets/paws/labeled_final': schema(id=INT, **_PAIR, label=labels('0', '1')),
    'Rowan/hellaswag': schema(
        ind=INT, activity_label=TEXT, ctx_a=TEXT, ctx_b=TEXT, ctx=TEXT, endings=TEXTS,
        source_id=TEXT, split=TEXT, split_type=TEXT, label=TEXT),
    **{f'allenai/ai2_arc/ARC-{part}': schema(
        id=TEXT, question=TEXT, choices=_CHOICES, answerKey=TEXT)
       for part in ('Easy', 'Challenge')},
    'allenai/openbookqa/additional': schema(
        id=TEXT, question_stem=TEXT, choices=_CHOICES, answerKey=TEXT, fact1=TEXT,
        humanScore=FLOAT, clarity=FLOAT, turkIdAnonymized=TEXT),
    'allenai/winogrande/winogrande_xl': schema(
        sentence=TEXT, option1=TEXT, option2=TEXT, answer=TEXT),
    'allenai/cosmos_qa': schema(
        id=TEXT, context=TEXT, question=TEXT, answer0=TEXT, answer1=TEXT, answer2=TEXT,
        answer3=TEXT, label=INT),
    'google-research-datasets/nq_open': schema(question=TEXT, answer=TEXTS),
    **{f'mandarjoshi/trivia_qa/{part}': schema(
        question=TEXT, question_id=TEXT, question_source=TEXT,
        entity_pages=pa.struct({'title': TEXTS}), search_results=pa.struct({'rank': INTS}),
        answer=pa.struct({
            'aliases': TEXTS, 'normalized_aliases': TEXTS, 'matched_wiki_entity_name': TEXT,
            'normalized_matched_wiki_entity_name': TEXT, 'normalized_value': TEXT, 'type': TEXT,
            'value': TEXT})) for part in ('rc', 'rc.nocontext')},
    'rajpurkar/squad': schema(id=TEXT, title=TEXT, context=TEXT, question=TEXT, answers=_SPANS),
    'rajpurkar/squad_v2': schema(id=TEXT, title=TEXT, context=TEXT, question=TEXT, answers=_SPANS),
    'stanfordnlp/coqa': schema(
        source=TEXT, story=TEXT, questions=TEXTS,
        answers=pa.struct({'input_text': TEXTS, 'answer_start': INTS, 'answer_end': INTS})),
    'CogComp/trec': schema(
        text=TEXT, coarse_label=labels('ABBR', 'ENTY', 'DESC', 'HUM', 'LOC', 'NUM')),
    'abisee/cnn_dailymail/3.0.0': schema(article=TEXT, highlights=TEXT, id=TEXT),
    'knkarthick/samsum': schema(id=TEXT, dialogue=TEXT, summary=TEXT),
    'EdinburghNLP/xsum': schema(document=TEXT, summary=TEXT, id=TEXT),
    **{f'wmt/{year}/{code}-en': schema(translation=pa.struct({code: TEXT, 'en': TEXT}))
       for year, code in (('wmt14', 'fr'), *(('wmt16', c) for c in 'cs de fi ro ru tr'.split()))},
}

LETTERS = 'ABCDE'


def _openbookqa(row):
  question = row['question']
  return row | {'question_stem': question['stem'], 'answerKey': LETTERS[row['answerKey']],
                'choices': {'text': [question[f'choice_{c}'] for c in 'ABCD'],
                            'label': list('ABCD')}}


def _arc(row):
  # Some rows count their choices in digits.
  names = LETTERS if len(row['question']) % 2 else '12345'
  return row | {'answerKey': names[row['answerKey']], 'choices': row['choices'] | {
      'label': [names[i] for i in row['choices']['label']]}}


def _trec(row):
  in_tfds = ['DESC', 'ENTY', 'ABBR', 'HUM', 'NUM', 'LOC']
  label = row['label-coarse']
  name = label if isinstance(label, str) else in_tfds[label]
  return row | {'coarse_label': ['ABBR', 'ENTY', 'DESC', 'HUM', 'LOC', 'NUM'].index(name)}


# How a row of TFDS is stored on the hub, where that is otherwise.
ON_HUB = {
    'facebook/anli': lambda row: row | {'premise': row['context'], 'reason': ''},
    'Rowan/hellaswag': lambda row: row | {'ctx': row['context'], 'label': str(row['label'])},
    'allenai/ai2_arc': _arc,
    'allenai/openbookqa': _openbookqa,
    'allenai/winogrande': lambda row: row | {'answer': '12'[row['label']]},
    'CogComp/trec': _trec,
    'EdinburghNLP/xsum': lambda row: row | {'summary': row.get('summary') or row.get('target')},
    'wmt/wmt14': lambda row: {'translation': row},
    'wmt/wmt16': lambda row: {'translation': row},
    'mandarjoshi/trivia_qa': lambda row: row | {'entity_pages': None, 'search_results': None},
}


def declared_with_mirrors():
  registry.load_shipped()
  return [d for d in registry.datasets().values() if d.about.mirror]


USABLE = [d for d in declared_with_mirrors() if not d.about.mirror.lacks]


def on_hub(dataset, rows):
  """Rows of TFDS as a file of the mirror."""
  at_hub = dataset.about.mirror.source(dataset.source)
  stored, features = STORED[at_hub.name.removeprefix('hub:')]
  convert = ON_HUB.get(at_hub.repository, lambda row: row)
  converted = [{name: convert(row).get(name) for name in stored.names} for row in rows]
  return hub_lib.as_parquet(_by_names(converted, features), stored, features)


def _by_names(rows, features):
  """Labels that the sample world gives by their names, by their numbers."""
  number = lambda name, value: (
      features[name]['names'].index(value) if isinstance(value, str) else value)
  return [{n: number(n, v) if n in features else v for n, v in row.items()} for row in rows]


def rendered(dataset, split):
  """The fields of all rows of a split as bytes, in any order."""
  plain = lambda value: value.to_list() if hasattr(value, 'to_list') else value.numpy()
  fields = row_source(dataset).get_dataset(split).map(
      tf.autograph.experimental.do_not_convert(lambda _, row: dataset.row_fields(row)))
  return collections.Counter(
      repr(tf.nest.map_structure(plain, element)) for element in fields)


@pytest.fixture
def from_hub():
  yield lambda: choices.read_from(choices.HUB)
  choices.read_from(choices.TFDS)


def test_every_mirror_says_what_it_lacks_or_can_stand_in():
  assert len(USABLE) > 40
  lacking = {d.name: d.about.mirror.lacks for d in declared_with_mirrors() if d not in USABLE}
  assert 'titles' in lacking['bool_q'] and 'titles' in lacking['ag_news_subset']
  assert {'drop', 'quac', 'dart', 'common_gen', 'e2e_nlg', 'web_nlg_en'} < set(lacking)


@pytest.mark.parametrize('dataset', USABLE, ids=lambda d: d.name)
def test_the_columns_of_a_mirror_are_those_that_the_declaration_reads(dataset):
  at_hub = dataset.about.mirror.source(dataset.source)
  stored, features = STORED[at_hub.name.removeprefix('hub:')]
  written = stored.with_metadata({'huggingface': hub_lib.metadata(features)})
  plan = hub_columns.plan(hub_columns.stored_columns(written), at_hub)
  of_tfds = dataset.source.schema()
  spec = hub_columns.nested({c.path: c.spec for c in plan.columns})
  rows = Schema(tuple(spec), {}, spec)
  assert set(probe.field_names(dataset.row_fields, rows)) == set(
      probe.field_names(dataset.row_fields, of_tfds))
  for column in plan.columns:
    wanted = of_tfds.spec
    for name in column.path:
      wanted = wanted[name]
    assert column.dtype == wanted.dtype and column.spec.shape.rank == wanted.shape.rank


@pytest.mark.parametrize('dataset', [
    pytest.param(d, id=d.name, marks=() if d.name in (
        'anli_r1', 'arc_easy', 'openbookqa', 'trec', 'squad_v1', 'winogrande', 'hellaswag',
        'wmt16_translate_deen') else pytest.mark.slow) for d in USABLE])
def test_rows_of_a_mirror_render_to_the_same_bits(dataset, hub, from_hub, write_rows, data_dir):
  tfds = dataset.source
  mirror = dataset.about.mirror.source(tfds)
  files, rows = {}, {}
  for split, piece in tfds.slices.items():
    base, stored = piece.partition('[')[0], mirror.slices[split].partition('[')[0]
    rows[base] = sample_world.rows(tfds.name.partition(':')[0], base)[:40]
    folder = f'{mirror.config or "plain_text"}'
    files[f'{folder}/{stored}-00000-of-00001.parquet'] = on_hub(dataset, rows[base])
  hub.put(mirror.repository, files)
  whole = dataclasses.replace(
      dataset, source=dataclasses.replace(tfds, train=None, validation=None, test=next(iter(rows))))
  data_dir(str(write_rows(*tfds.name.split(':'), rows)))
  expected = rendered(whole, 'test')
  data_dir(None)
  from_hub()
  assert rendered(whole, 'test') == expected and expected.total() == 40
  if tfds.train:
    choices.allow_redrawing(True)
    split_up = row_source(dataset)
    assert split_up.num_input_examples('train') and split_up.located('train').commit


@pytest.mark.parametrize('name', [
    'ai2_arc/ARC-Easy', 'cosmos_qa', 'glue/mnli', 'glue/qnli', 'natural_questions_open',
    'openbookqa', 'snli', 'squad/v1.1', 'trec', 'wmt14_translate/fr-en'])
def test_real_rows_render_to_the_same_bits(
    name, hub, from_hub, real_rows, write_rows, data_dir):
  dataset = next(d for d in USABLE if d.source.name.partition(':')[0] == name)
  split, rows = max(real_rows(name).items(), key=lambda item: len(item[1]))
  dataset = dataclasses.replace(dataset, keep=None, source=dataclasses.replace(
      dataset.source, train=None, validation=None, test=split))
  stored = dict(dataset.about.mirror.splits).get(split, split)
  config = dataset.about.mirror.config_of(dataset.source.name) or 'plain_text'
  hub.put(dataset.about.mirror.repository,
          {f'{config}/{stored}-00000-of-00001.parquet': on_hub(dataset, rows)})
  data_dir(str(write_rows(*dataset.source.name.split(':'), {split: rows})))
  expected = rendered(dataset, 'test')
  data_dir(None)
  from_hub()
  assert rendered(dataset, 'test') == expected and expected.total() == len(rows)


def test_a_mirror_whose_labels_have_changed_is_refused(hub, from_hub, declared):
  rows = sample_world.rows('super_glue/rte', 'train')
  turned = {'label': labels('entailment', 'no_entailment')}
  hub.put('aps/super_glue', {'rte/train.parquet': hub_lib.as_parquet(rows, features=turned)})
  from_hub()
  with pytest.raises(UserError, match="rte: rows have no column 'label'.*'no_entailment' there"):
    row_source(declared['rte']).num_input_examples('train')


def test_labels_that_are_counted_otherwise_are_counted_as_in_tfds(hub, from_hub, declared):
  rows = sample_world.rows('super_glue/rte', 'train')
  turned = [row | {'label': 1 - row['label']} for row in rows]
  hub.put('aps/super_glue', {'rte/train.parquet': hub_lib.as_parquet(
      turned, features={'label': labels('not_entailment', 'entailment')})})
  from_hub()
  found = row_source(declared['rte']).first_rows('train', 100)
  by_id = {row['idx']: row['label'] for row in rows}
  assert all(int(row['label']) == by_id[int(row['idx'])] for row in found)


def test_without_a_mirror_nothing_is_made_up(from_hub, declared, data_dir, tmp_path):
  from_hub()
  data_dir(None)
  for name in ('bool_q', 'piqa'):
    with pytest.raises(UserError, match='cannot be read from the hub.*--tfds_data_dir'):
      row_source(declared[name]).num_input_examples('train')
  assert not row_source(declared['bool_q']).is_sample()


def test_missing_tfds_data_name_the_mirror_as_a_way_out(declared, data_dir, tmp_path):
  data_dir(str(tmp_path))
  with pytest.raises(UserError, match='tfds build .*from hub:aps/super_glue/rte: --source=hub'):
    row_source(declared['rte']).num_input_examples('train')
  with pytest.raises(UserError, match='tfds build .*hub:google/boolq cannot replace it.*titles'):
    row_source(declared['bool_q']).num_input_examples('train')
