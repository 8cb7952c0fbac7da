"""Pages to look at, and a browser to look at them with."""
import html
import html.parser
import json
import re
import shutil
import subprocess

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))),
                None)


class Page(html.parser.HTMLParser):
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


@pytest.fixture(scope='session')
def parsed():
  """Reads a page."""
  return Page


@pytest.fixture(scope='session')
def limits():
  return {'inputs': 192, 'targets': 48}


@pytest.fixture(scope='session')
def no_findings():
  """Stands for `t5x lint`, which has tests of its own."""
  return lambda names, vocabulary: []


@pytest.fixture(scope='session')
def collect_few(vocabulary, limits, no_findings):
  """Collects a page with only these datasets of a mixture: each takes half a second."""
  from flan_jax.data_tools import lint
  from flan_jax.report import data as data_card
  from flan_jax.report.data.selection import Selection

  def collect(mixture, *names):
    of_mixture = Selection.datasets
    few = property(lambda self: [d for d in of_mixture.fget(self) if d.name in names])
    with pytest.MonkeyPatch.context() as patch:
      patch.setattr(lint, 'lint', no_findings)
      patch.setattr(Selection, 'datasets', few)
      return data_card.collect(mixture, vocabulary, limits, sample=8)

  return collect


@pytest.fixture(scope='session')
def hostile_text():
  return '</script><script>document.title="taken"</script><img src=x onerror="alert(1)">\u2028{x}'


@pytest.fixture
def hostile(hostile_text, write_rows, data_dir, monkeypatch, vocabulary, limits, no_findings):
  """A page on one dataset whose rows are markup."""
  from flan_jax.data import Dataset, Template, Tfds, declarations, exact_text, registry
  from flan_jax.data_tools import lint
  from flan_jax.report import data as data_card

  row = {'question': hostile_text, 'answer': [hostile_text]}
  data_dir(str(write_rows('natural_questions_open', '1.0.0', {'train': [row] * 4})))
  dataset = Dataset(
      name='hostile', cluster='closed_book_qa',
      source=Tfds('natural_questions_open:1.0.0', 'train'),
      fields=lambda row: {'question': row['question'], 'answer': row['answer'][0]},
      templates=(Template('<b>Answer</b> this: {question}', '{answer}'),), metrics=(exact_text,))
  registry.load_shipped()
  monkeypatch.setattr(declarations, '_DATASETS', {'hostile': dataset})
  monkeypatch.setattr(lint, 'lint', no_findings)
  return data_card.render(data_card.collect('hostile', vocabulary, limits))


@pytest.fixture(scope='session')
def browse():
  """Shows a page in a frame of some width, as a window cannot be as narrow as a phone.

  Returns what the frame reports, `probe`'s `report` among it.
  """
  if CHROMIUM is None:
    pytest.skip('Chromium is not installed')

  def look(page, folder, width=1400, probe='', dark=False):
    script = ("addEventListener('error', e => { report = 'error: ' + e.message; });"
              "addEventListener('load', () => setTimeout(async () => {" + probe + "\n"
              "parent.postMessage({width: innerWidth,"
              " scrolled: document.documentElement.scrollWidth, text: document.body.innerText,"
              " title: document.title, images: document.images.length, report}, '*'); }, 50));")
    framed = page.replace(
        '<script id="facts"', f'<script>let report;{script}</script><script id="facts"')
    framed = framed.replace('(prefers-color-scheme: dark)', 'all' if dark else 'not all')
    (folder / 'card.html').write_text(framed)
    (folder / 'frame.html').write_text(
        f'<iframe src="card.html" style="width:{width}px;height:900px"></iframe><pre></pre><script>'
        "addEventListener('message', e => {"
        " document.querySelector('pre').textContent = JSON.stringify(e.data); });</script>")
    done = subprocess.run(
        [CHROMIUM, '--headless', '--no-sandbox', '--disable-gpu',
         f'--user-data-dir={folder}/profile', '--window-size=1600,1000',
         '--virtual-time-budget=5000', '--enable-logging=stderr', '--dump-dom',
         f'file://{folder}/frame.html'],
        capture_output=True, text=True, timeout=240, check=True)
    reported = re.search(r'<pre>(.+?)</pre>', done.stdout, re.DOTALL)
    assert reported, done.stderr[-2000:]
    assert 'CONSOLE' not in done.stderr, [
        line for line in done.stderr.splitlines() if 'CONSOLE' in line]
    return json.loads(html.unescape(reported[1]))

  return look
