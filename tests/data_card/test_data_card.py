"""The data card: everything is on the page, nothing comes from elsewhere, rows cannot break it."""
import html.parser
import json
import re
import shutil
import subprocess

import pytest

from flan_jax import data_card
from flan_jax.data import Dataset, Template, Tfds, declarations, exact_text, lint, registry
from flan_jax.data_card import rows as row_facts
from flan_jax.errors import UserError

LIMITS = {'inputs': 192, 'targets': 48}
HOSTILE = '</script><script>document.title="taken"</script><img src=x onerror="alert(1)">\u2028{x}'
CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))),
                None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason='Chromium is not installed')


class _Page(html.parser.HTMLParser):
  """Tags, attributes and the text of each script of a page."""

  def __init__(self, text):
    super().__init__()
    self.tags, self.open, self.scripts, self._script = [], [], [], None
    self.feed(text)

  def handle_starttag(self, tag, attrs):
    self.tags.append((tag, dict(attrs)))
    if tag not in ('meta', 'link', 'input'):
      self.open.append(tag)
    if tag == 'script':
      self.scripts.append('')

  def handle_endtag(self, tag):
    assert self.open.pop() == tag

  def handle_data(self, data):
    if self.open and self.open[-1] == 'script':
      self.scripts[-1] += data

  @property
  def facts(self):
    return json.loads(self.scripts[0])


def no_findings(names, vocabulary):
  return []


@pytest.fixture(scope='module')
def everything(vocabulary):
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(lint, 'lint', no_findings)  # tests of its own
    return _Page(data_card.render(data_card.collect(None, vocabulary, LIMITS, sample=3)))


@pytest.fixture
def hostile(write_rows, data_dir, monkeypatch, vocabulary):
  """A page on one dataset whose rows are markup."""
  row = {'question': HOSTILE, 'answer': [HOSTILE]}
  data_dir(str(write_rows('natural_questions_open', '1.0.0', {'train': [row] * 4})))
  dataset = Dataset(
      name='hostile', cluster='closed_book_qa',
      source=Tfds('natural_questions_open:1.0.0', 'train'),
      fields=lambda row: {'question': row['question'], 'answer': row['answer'][0]},
      templates=(Template('<b>Answer</b> this: {question}', '{answer}'),), metrics=(exact_text,))
  registry.load_shipped()
  monkeypatch.setattr(declarations, '_DATASETS', {'hostile': dataset})
  monkeypatch.setattr(lint, 'lint', no_findings)
  return data_card.render(data_card.collect('hostile', vocabulary, LIMITS))


def test_every_dataset_and_template_is_on_the_page(everything, declared):
  shown = {d['name']: d for d in everything.facts['datasets']}
  assert list(shown) == list(declared)
  for name, dataset in declared.items():
    facts = shown[name]
    assert len(facts['templates']) == len(dataset.templates)
    assert [t['turned_around'] for t in facts['templates']] == [
        t.turned_around for t in dataset.templates]
    assert facts['rows'] and len(facts['marks']) == len(dataset.templates)
    assert facts['source'] == dataset.source.name and not facts['missing']


def test_the_page_is_sound_and_loads_nothing(everything):
  assert everything.open == []
  loading = {'src', 'srcset', 'action', 'data', 'poster'}
  for tag, attributes in everything.tags:
    assert not loading & set(attributes), (tag, attributes)
    assert tag != 'link' or attributes == {'rel': 'icon', 'href': 'data:,'}
  assert not re.search(r'@import|url\(|fetch\(|XMLHttpRequest|innerHTML', everything.scripts[1])
  policy = next(a['content'] for t, a in everything.tags if 'http-equiv' in a)
  assert policy.startswith("default-src 'none'")


def test_sample_data_is_said_to_be_sample_data(everything):
  assert everything.facts['sample_data'] is True
  assert everything.facts['datasets'][0]['here']['train'] < 3_000


def test_sizes_caps_rates_and_shares_follow_the_papers_rule(everything):
  datasets = everything.facts['datasets']
  rates = [min(d['examples'], 3_000) for d in datasets if not d['left_out']]
  for d in datasets:
    if not d['left_out']:
      assert d['capped'] == min(d['examples'], 30_000)
      assert d['rate'] == min(d['examples'], 3_000)
      assert d['share'] == pytest.approx(d['rate'] / sum(rates))


def test_a_hold_out_says_what_leaves_and_why_even_before_data_is_prepared(
    vocabulary, data_dir, tmp_path):
  data_dir(str(tmp_path))
  facts = data_card.collect('flan_holdout_nli', vocabulary, LIMITS)
  held_out = {d['name']: d for d in facts['datasets']}
  assert held_out['rte']['left_out'] == 'held out' and held_out['rte']['share'] is None
  assert 'paraphrase' in held_out['glue_qqp']['left_out']
  assert not held_out['sst2']['left_out']
  assert sum(d['share'] or 0 for d in held_out.values()) == pytest.approx(1)


def test_token_marks_cut_the_text_where_the_vocabulary_does(vocabulary):
  template = Template('Say: {text}', '{text}')
  text = 'A plain line, then 中文 and 🙂\n\nthe end '
  marks = row_facts.token_marks(template, [{'text': text}], vocabulary)[0]
  units = text.encode('utf-16-le')
  assert 2 * sum(marks['targets']) == len(units)
  assert len(marks['targets']) == len(vocabulary.encode(text))
  assert units[:2 * marks['targets'][0]].decode('utf-16-le').strip() in text.split()


def test_long_fields_are_shown_cut_short_but_measured_whole(vocabulary):
  row = {'text': 'word ' * 1_000, 'answer': 'yes', 'options_': 'OPTIONS:' + '\n- x' * 500}
  cut = row_facts.varied([row], 'answer', 1)[0]
  assert len(cut['text']) < 810 and cut['text'].endswith('[…]')
  assert cut['options_'] == row['options_']
  lengths = row_facts.token_lengths([Template('{text}', '{answer}')], [row], vocabulary)
  assert lengths['inputs'] == [len(vocabulary.encode(row['text'])) + 1]


def test_rows_of_different_answers_are_shown_first():
  rows = [{'n': str(i), 'answer': a} for i, a in enumerate(['no', 'no', 'yes', 'no'])]
  assert [r['n'] for r in row_facts.varied(rows, 'answer', 3)] == ['0', '2', '1']


def test_a_dataset_that_is_not_prepared_is_shown_without_rows(vocabulary, data_dir, tmp_path):
  data_dir(str(tmp_path))
  facts = data_card.collect('rte', vocabulary, LIMITS)['datasets'][0]
  assert 'tfds build' in facts['missing'] and facts['rows'] == []
  assert facts['examples'] > 2_000 and len(facts['templates']) == 10


def test_an_unknown_name_gets_the_nearest(vocabulary):
  with pytest.raises(UserError, match="'rte'"):
    data_card.collect('rtee', vocabulary, LIMITS)


def test_markup_in_rows_stays_text(hostile):
  page = _Page(hostile)
  assert page.facts['datasets'][0]['rows'][0]['question'] == HOSTILE
  assert [t for t, _ in page.tags].count('script') == 2 and 'img' not in dict(page.tags)


def browse(page, folder, width=1400, probe=''):
  """What Chromium makes of a page in a frame of this width: the frame's report, and the log.

  Its own window cannot be as narrow as a phone.
  """
  script = ("addEventListener('error', e => { report = 'error: ' + e.message; });"
            "addEventListener('load', () => setTimeout(() => {" + probe + "\n"
            "parent.postMessage({width: innerWidth, scrolled: document.documentElement.scrollWidth,"
            " text: document.body.innerText, title: document.title, images: document.images.length,"
            " report}, '*'); }, 50));")
  framed = page.replace(
      '<script id="facts"', f'<script>let report;{script}</script><script id="facts"')
  (folder / 'card.html').write_text(framed)
  (folder / 'frame.html').write_text(
      f'<iframe src="card.html" style="width:{width}px;height:900px"></iframe><pre></pre><script>'
      "addEventListener('message', e => {"
      " document.querySelector('pre').textContent = JSON.stringify(e.data); });</script>")
  done = subprocess.run(
      [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={folder}/profile',
       '--window-size=1600,1000', '--virtual-time-budget=5000', '--enable-logging=stderr',
       '--dump-dom', f'file://{folder}/frame.html'],
      capture_output=True, text=True, timeout=120, check=True)
  reported = re.search(r'<pre>(.+?)</pre>', done.stdout, re.DOTALL)
  assert reported, done.stderr[-2000:]
  assert 'CONSOLE' not in done.stderr, [l for l in done.stderr.splitlines() if 'CONSOLE' in l]
  return json.loads(html.unescape(reported[1]))


@needs_browser
@pytest.mark.parametrize('width', [400, 1400])
def test_the_page_fits_the_screen_and_runs_without_errors(hostile, tmp_path, width):
  seen = browse(hostile, tmp_path, width=width)
  assert seen['width'] == width and seen['scrolled'] <= width
  assert 'report' not in seen
  assert not re.search(r'\b(false|null|undefined|NaN)\b', seen['text'])
  for text in ('Clusters', 'hostile', 'Lengths in tokens', 'median', 'No findings', '</s>'):
    assert text in seen['text']


@needs_browser
def test_markup_in_rows_does_not_run_in_a_browser(hostile, tmp_path):
  seen = browse(hostile, tmp_path)
  assert seen['title'] == 'hostile · data card' and seen['images'] == 0
  assert '<img src=x onerror="alert(1)">' in seen['text']


@needs_browser
def test_filter_grouping_sorting_and_templates_answer_to_the_user(vocabulary, tmp_path):
  page = data_card.render(data_card.collect('nli', vocabulary, LIMITS, sample=3))
  seen = browse(page, tmp_path, probe="""
    const visible = s => [...document.querySelectorAll(s)].filter(e => e.offsetParent).length;
    const first = () => document.querySelector('tbody th a').textContent;
    document.querySelectorAll('thead button')[2].click();
    const largest = first();
    document.querySelectorAll('thead button')[2].click();
    const smallest = first();
    document.querySelector('input[name=grouping]:not(:checked)').click();
    const group = document.querySelector('.cluster h3').textContent;
    byId('filter').value = 'anli'; byId('filter').dispatchEvent(new Event('input'));
    location.hash = '#/rte/9'; follow();
    const behind = s => getComputedStyle(document.querySelector(s)).backgroundColor;
    report = {largest, smallest, group, rows: visible('tbody tr'), chips: visible('.chip'),
              shown: document.querySelector('.template').innerText,
              loss: behind('.tokens.targets span'), none: behind('.tokens.inputs span')};
  """)['report']
  assert (seen['largest'], seen['smallest']) == ('snli', 'cb')
  assert 'Entailment' in seen['group']
  assert seen['rows'] == 3 and seen['chips'] == 3
  assert 'rte_template_9 is turned around' in seen['shown']
  assert seen['loss'] != seen['none'] == 'rgba(0, 0, 0, 0)'
