"""What a CSV file is taken for, by its first rows."""
from etils import epath
import pytest

from flan_jax.data.sources.csv_form import CsvForm, detect

USUAL = CsvForm()
NAMELESS = ('column_1', 'column_2')


@pytest.mark.parametrize('name, text, form', [
    ('a.csv', 'text,label\nGood.,1\nBad.,0\n', USUAL),
    ('a.tsv', 'text\tlabel\nGood, yes\t1\n', USUAL),
    ('a.csv', 'text;label\nGood, yes;1\nBad, no;0\n', CsvForm(';')),
    ('a.csv', 'text\tlabel\nGood, yes\t1\n', CsvForm('\t')),
    ('a.tsv', 'text,label\nGood.,1\n', CsvForm(',')),
    ('a.csv', '\ufefftext;label\r\n"Good;\r\nyes";1\r\n', CsvForm(';')),
    ('a.csv', 'text\nGood, yes\n', USUAL),
    ('a.csv', 'text\n', USUAL),
    ('a.csv', '\n', USUAL),
    ('a.csv', ',text\n0,a\n', USUAL),
    ('a.csv', 'Good,1\nBad,0\n', CsvForm('', NAMELESS)),
    ('a.csv', 'A good film,good\nNo,bad\nYes,good\n', CsvForm('', NAMELESS)),
    ('a.csv', 'Oh, good day.;Guten Tag.\nOh, bye.;Tschau.\n', CsvForm(';', NAMELESS)),
    ('a.csv', 'What is 1?,2,3,1,0,C\nAnd 2?,2,3,1,0,A\n',
     CsvForm('', ('question', 'A', 'B', 'C', 'D', 'answer'))),
    ('a.csv', 'question,A,B,C,D,answer\nAnd 2?,2,3,1,0,A\n', USUAL),
])
def test_delimiter_and_header_are_recognized(name, text, form, tmp_path):
  (tmp_path / name).write_bytes(text.encode())
  assert detect(epath.Path(tmp_path / name)) == form


def test_names_that_are_given_say_that_there_is_no_header(tmp_path):
  (tmp_path / 'a.csv').write_text('good day,guten tag\n')
  assert detect(epath.Path(tmp_path / 'a.csv'), ['en', 'de']) == CsvForm('', ('en', 'de'))
