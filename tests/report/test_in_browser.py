"""The page as a person meets it, in Chromium."""
import re

import pytest

from flan_jax.data_tools import lint
from flan_jax.report import data as data_card


@pytest.fixture(scope='module')
def hold_out(collect_few):
  """A page of a few datasets: one that trains, one that is evaluated, one that is left out."""
  return data_card.render(
      collect_few('flan_holdout_nli', 'rte', 'copa', 'glue_mrpc', 'squad_v1'))


@pytest.mark.parametrize('width', [400, 1400])
def test_the_page_fits_the_screen_and_runs_without_errors(browse, hostile, tmp_path, width):
  seen = browse(hostile, tmp_path, width=width)
  assert seen['width'] == width and seen['scrolled'] <= width
  assert 'report' not in seen
  assert not re.search(r'\b(false|null|undefined|NaN|object)\b', seen['text'])
  for text in ('Clusters', 'hostile', 'Lengths in tokens', 'median', 'No findings', '</s>'):
    assert text in seen['text']


def test_markup_in_rows_does_not_run_in_a_browser(browse, hostile, tmp_path):
  seen = browse(hostile, tmp_path, probe="""
    byId('filter').value = '<img'; byId('filter').focus(); applyFilter();
    report = byId('found').innerText;
  """)
  assert seen['title'] == 'hostile · data card' and seen['images'] == 0
  assert '<img src=x onerror="alert(1)">' in seen['text']
  assert 'row 1' in seen['report'] and '<img src=x' in seen['report']


def test_search_grouping_sorting_and_templates_answer_to_the_user(
    browse, vocabulary, limits, tmp_path, monkeypatch, no_findings):
  monkeypatch.setattr(lint, 'lint', no_findings)
  page = data_card.render(data_card.collect('nli', vocabulary, limits, sample=8))
  seen = browse(page, tmp_path, probe="""
    const visible = s => [...document.querySelectorAll(s)].filter(e => e.offsetParent).length;
    const first = () => document.querySelector('tbody th a').textContent;
    const look = text => {
      byId('filter').value = text; byId('filter').focus();
      byId('filter').dispatchEvent(new Event('input'));
    };
    document.querySelectorAll('thead button')[1].click();
    const largest = first();
    document.querySelectorAll('thead button')[1].click();
    const smallest = first();
    document.querySelector('input[name=grouping]:not(:checked)').click();
    const group = document.querySelector('.cluster h3').textContent;
    look('premise snli');
    const templates = byId('found').innerText;
    const row = card.datasets.find(d => d.name === 'rte').rows[5].premise.split(' ').slice(0, 4);
    look(`rte ${row.join(' ')}`);
    const rows = [...document.querySelectorAll('#found a')].map(a => a.textContent);
    look('zzzzz');
    const nothing = !byId('none').hidden && visible('tbody tr') === 0;
    look('anli');
    const names = [visible('tbody tr'), visible('.chip')];
    location.hash = '#/rte/9'; follow();
    const behind = s => getComputedStyle(document.querySelector(s)).backgroundColor;
    report = {largest, smallest, group, templates, rows, nothing, names,
              shown: document.querySelector('.template').innerText,
              loss: behind('.tokens.targets span'), none: behind('.tokens.inputs span')};
  """)['report']
  assert (seen['largest'], seen['smallest']) == ('snli', 'cb')
  assert 'Entailment' in seen['group']
  assert 'snli · template' in seen['templates'] and 'rte' not in seen['templates']
  assert 'rte · row 6' in seen['rows'] and seen['nothing']
  assert seen['names'] == [3, 3]
  assert 'rte_template_9' in seen['shown'] and 'turned around' in seen['shown']
  assert seen['loss'] != seen['none'] == 'rgba(0, 0, 0, 0)'


def test_what_is_evaluated_is_shown_as_evaluated(browse, hold_out, tmp_path):
  seen = browse(hold_out, tmp_path, probe="""
    const line = name => {
      const item = document.querySelector(`.shares [data-dataset=${name}]`);
      const chip = item.querySelector('a');
      return [item.innerText.split('\\n').at(-1), getComputedStyle(chip).textDecorationLine,
              Boolean(item.querySelector('.bar-box span'))];
    };
    report = Object.fromEntries(['rte', 'copa', 'glue_mrpc'].map(n => [n, line(n)]));
  """)
  assert seen['report']['rte'] == ['evaluated', 'none', False]
  assert seen['report']['copa'] == ['10.45 %', 'none', True]
  assert seen['report']['glue_mrpc'] == ['left out', 'line-through', False]
  assert 'Evaluated, not trained on' in seen['text']


def test_numbers_of_the_table_are_seen_on_a_phone(browse, hold_out, tmp_path):
  seen = browse(hold_out, tmp_path, width=400, probe="""
    const edge = document.querySelector('.scroll').getBoundingClientRect().right;
    report = [...document.querySelectorAll('tbody tr')].map(row => [...row.children].slice(0, 5)
      .map(cell => cell.getBoundingClientRect().right <= Math.min(edge, innerWidth)));
  """)['report']
  assert seen == [[True] * 5] * 4


def test_nothing_is_said_in_tooltips_and_headings_are_in_order(browse, hold_out, tmp_path):
  seen = browse(hold_out, tmp_path, probe="""
    document.querySelector('.meanings summary').click();
    report = {
      tooltips: document.querySelectorAll('[title]').length,
      headings: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]),
      described: [...document.querySelectorAll('thead th')].map(
        th => byId(th.getAttribute('aria-describedby'))?.innerText.length > 10)};
  """)['report']
  assert seen['tooltips'] == 0 and all(seen['described']) and len(seen['described']) == 11
  levels = seen['headings']
  assert levels[0] == 1 and levels.count(1) == 1
  assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))


def test_prompts_patterns_and_rows_can_be_copied(browse, hold_out, tmp_path):
  seen = browse(hold_out, tmp_path, probe="""
    location.hash = '#/rte/0'; follow();
    const taken = [];
    Object.defineProperty(navigator, 'clipboard', {value: {writeText: t => taken.push(t)}});
    for (const button of [...document.querySelectorAll('.copy')].slice(0, 6)) button.click();
    await new Promise(done => setTimeout(done, 100));
    report = {taken, said: byId('said').textContent,
              names: [...document.querySelectorAll('.copy')].map(b => b.ariaLabel)};
  """)['report']
  task, inputs, targets, prompt, answer, row = seen['taken']
  assert task == 'rte_template_0' and '{premise}' in inputs and targets == '{answer}'
  assert prompt.endswith('OPTIONS:\n- yes\n- no') and answer in ('yes', 'no')
  assert '"label": "' in row and seen['said'] == 'Copied: row 1'
  assert len(set(seen['names'])) == len(seen['names'])


@pytest.mark.parametrize('dark', [False, True])
def test_every_text_on_the_page_stands_out(browse, hold_out, tmp_path, dark):
  faint = browse(hold_out, tmp_path, dark=dark, probe="""
    byId('filter').value = 'the'; byId('filter').focus(); applyFilter();
    document.querySelectorAll('details').forEach(d => { d.open = true; });
    const parts = c => (c.match(/[\\d.]+/g) || []).map(Number);
    const ground = e => {
      for (; e; e = e.parentElement) {
        const [r, g, b, a = 1] = parts(getComputedStyle(e).backgroundColor);
        if (a === 1) return [r, g, b];
      }
      return [255, 255, 255];
    };
    const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = c => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
    const faint = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || !e.getClientRects().length) continue;
      const style = getComputedStyle(e);
      const [one, other] = [parts(e instanceof SVGElement ? style.fill : style.color), ground(e)]
        .map(light).sort((a, b) => b - a);
      const contrast = (one + 0.05) / (other + 0.05);
      if (contrast < 4.5) faint.add(`${e.tagName}.${e.className} ${contrast.toFixed(2)}`);
    }
    report = [...faint];
  """)['report']
  assert faint == []
