// Finds datasets by name, and templates and rows by their words.

const HITS = 40, AROUND = 50;
// These scripts have no spaces between words, so a word may begin anywhere.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

const byName = new Map(card.datasets.map(d => [d.name, [
  d.name, d.paper_name, title(d.cluster), title(d.group), d.source, d.about.license, d.about.paper,
  role(d),
].join(' ').toLowerCase()]));

// The searchable texts of a dataset besides its name, each with what it is and a link to it.
const texts = new Map(card.datasets.map(d => [d.name, [
  ...d.templates.map((template, i) => ({
    text: ['inputs', 'targets'].map(f => filled(template[f], name => `{${name}}`).join(''))
      .join(' → '),
    what: `template ${i}`, link: linkTo(d, i)})),
  ...d.raw.map((row, i) => ({
    text: columnsOf(d, i).map(([name, text]) => `${name}: ${text}`).join('\n'),
    what: `row ${i + 1}`, link: linkTo(d, 0, i)})),
]]));

// A word matches only at the beginning of a word, so 'rte' does not find 'courteous'.
function pattern(word) {
  const plain = word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  const begins = /^[\p{L}\p{N}]/u.test(word) && !UNSPACED.test(word);
  return new RegExp((begins ? '(?<![\\p{L}\\p{N}])' : '') + plain, 'iu');
}

// The matching datasets, each with its hits: texts that have all words that the name lacks.
function search(query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Map();
  for (const dataset of card.datasets) {
    const left = words.filter(word => !byName.get(dataset.name).includes(word)).map(pattern);
    const hits = left.length === 0 ? []
      : texts.get(dataset.name).filter(({text}) => left.every(word => word.test(text)));
    if (left.length === 0 || hits.length) found.set(dataset, {hits, words: left});
  }
  return found;
}

function applyFilter() {
  const query = byId('filter').value.trim();
  const found = search(query);
  const names = new Set([...found.keys()].map(d => d.name));
  for (const element of document.querySelectorAll('[data-dataset]')) {
    element.hidden = !names.has(element.dataset.dataset);
  }
  for (const group of document.querySelectorAll('.cluster, #lint details')) {
    group.hidden = !group.querySelector('[data-dataset]:not([hidden])');
  }
  byId('none').hidden = names.size > 0;
  showFound(query, found);
}

function showFound(query, found) {
  byId('found').hidden = !query;
  if (!query) return;
  const hits = [...found].flatMap(([dataset, {hits: own, words}]) => own.length
    ? own.map(hit => ({...hit, dataset, words}))
    : [{what: '', text: '', link: linkTo(dataset), dataset, words}]);
  const of = what => hits.filter(hit => hit.what.startsWith(what)).length;
  byId('found').replaceChildren(
    make('p', {role: 'status', class: 'quiet'},
      [counted(found.size, 'dataset'), counted(of('template'), 'template'),
       `${counted(of('row'), 'row')} of those on this page`].join(', ')),
    make('ul', {}, hits.slice(0, HITS).map(hit => make('li', {},
      make('a', {href: hit.link}, hit.dataset.name, hit.what && ` · ${hit.what}`),
      hit.text && make('p', {}, around(hit.text, hit.words[0]))))));
  if (hits.length > HITS) {
    byId('found').append(make('p', {class: 'quiet'}, `and ${number(hits.length - HITS)} more`));
  }
}

// The text around the first match, which is marked.
function around(text, word) {
  const {0: match, index} = text.match(word);
  const from = Math.max(0, index - AROUND), end = index + match.length;
  return [from > 0 && '…', text.slice(from, index), make('mark', {}, match),
    text.slice(end, end + 2 * AROUND), end + 2 * AROUND < text.length && '…'];
}
