"""Texts that datasets hold damaged are repaired; what looks like damage but is not stays."""
import pytest
import tensorflow as tf

from flan_jax.data import registry

registry.load_shipped()
DATASETS = registry.datasets()


@pytest.mark.parametrize('dataset, field, row, expected', [
    ('samsum', 'dialogue', {'dialogue': 'Ann: <lol> look <file_photo>\r\nBob: <3 <file_gif>',
                            'summary': 's'}, 'Ann: <lol> look\nBob: <3'),
    ('dart', 'tripleset', {'tripleset': ['[TABLECONTEXT] | [TITLE] | Ships [Note 1]',
                                         'HMS [A] | built | 1900'],
                           'target': 't', 'references': ['t']},
     '| | Ships [Note 1]; HMS [A] | built | 1900'),
    ('ag_news_subset', 'text', {
        'title': 't', 'label': 0,
        'description': "Mae #39;s quot;plan quot; cost \\$5 at R amp;D\\\\and &lt;b&gt; #36;46."},
     'Mae\'s "plan" cost $5 at R&D and <b> $46.'),
    ('ag_news_subset', 'text', {'title': 't', 'label': 0, 'description': 'quote; amps; No #39'},
     'quote; amps; No #39'),
    ('sentiment140', 'text', {'text': '&quot;hi&quot; &amp; I &lt;3 it', 'polarity': 4},
     '"hi" & I <3 it'),
    ('glue_qqp', 'question1', {'question1': '"What does ""friend zone"" mean?"', 'question2': 'q',
                               'label': 0}, "What does 'friend zone' mean?"),
    ('glue_qqp', 'question1', {'question1': '"Hi" or "hello"?', 'question2': 'q', 'label': 0},
     '"Hi" or "hello"?'),
])
def test_a_text_is_shown_as_it_was_written(dataset, field, row, expected):
  fields = DATASETS[dataset].row_fields({k: tf.constant(v) for k, v in row.items()})
  assert fields[field].numpy().decode() == expected
