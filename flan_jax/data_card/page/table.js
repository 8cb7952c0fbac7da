// Sizes, caps, rates and shares; sortable by any column.

const bar = (value, most) => value != null && make(
  'span', {class: 'bar-box', 'aria-hidden': 'true'},
  make('span', {style: `width:${Math.max(1, 100 * value / most)}%`}));

const most = column => Math.max(1e-9, ...card.datasets.map(d => d[column] || 0));

// Sizes span five powers of ten, so their bars are drawn on a logarithmic scale.
const COLUMNS = [
  {text: 'Dataset', key: d => d.name, show: d => [
    make('a', {href: linkTo(d), class: kind(d)}, d.name),
    !d.in_paper && make('span', {class: 'tag'}, 'not in the paper')]},
  {text: 'Cluster', key: d => title(d.cluster), show: d => title(d.cluster)},
  {text: 'Examples', numeric: true, key: d => d.examples || 0, show: d => [
    number(d.examples),
    bar(d.examples && Math.log10(d.examples), Math.log10(most('examples')))],
   help: 'Rows of the real training split, without those taken for choosing a template'},
  {text: 'Capped', numeric: true, key: d => d.capped || 0,
   show: d => [number(d.capped), bar(d.capped, card.cap)],
   help: `At most ${number(card.cap)} are trained on`},
  {text: 'Rate', numeric: true, key: d => d.rate || 0,
   show: d => [number(d.rate && Math.round(d.rate)), bar(d.rate, most('rate'))],
   help: `Sampling weight: the examples, at most ${number(card.rate_maximum)}`},
  {text: 'Share', numeric: true, key: d => d.share || 0,
   show: d => [percent(d.share), bar(d.share, most('share'))],
   help: 'Of the examples that training sees'},
  {text: 'Rows here', numeric: true, key: d => d.here.train || 0, show: d => number(d.here.train),
   help: 'Training rows in the copy that was read for this page'},
  {text: 'TFDS', key: d => d.source, show: d => make('code', {}, d.source)},
  {text: 'Train / dev / test', key: d => d.slices.train || '', show: d => make('code', {},
    ['train', 'validation', 'test'].map(s => d.slices[s] || '–').join(' / '))},
  {text: 'Licence', key: d => d.about.licence, show: d => d.about.licence || '–'},
  {text: 'Paper', key: d => d.about.paper, show: d => d.about.paper || '–'},
];

function showTable() {
  const body = make('tbody');
  const heads = COLUMNS.map((column, i) => make('th',
    {scope: 'col', class: column.numeric ? 'numeric' : null, title: column.help},
    make('button', {type: 'button', click: () => sortBy(i)}, column.text)));
  const rows = card.datasets.map(d => make('tr', {'data-dataset': d.name}, COLUMNS.map((c, i) =>
    make(i ? 'td' : 'th', {class: c.numeric ? 'numeric' : null, scope: i ? null : 'row'},
      c.show(d)))));
  const place = new Map(rows.map((row, i) => [row, i]));
  body.append(...rows);

  function sortBy(index) {
    const down = COLUMNS[index].numeric
      ? heads[index].getAttribute('aria-sort') !== 'descending'
      : heads[index].getAttribute('aria-sort') === 'ascending';
    heads.forEach(head => head.removeAttribute('aria-sort'));
    heads[index].setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const key = row => COLUMNS[index].key(card.datasets[place.get(row)]);
    const order = (a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
    body.append(...[...rows].sort((a, b) =>
      (down ? order(b, a) : order(a, b)) || place.get(a) - place.get(b)));
  }

  const capped = card.datasets.reduce((sum, d) => sum + (d.capped || 0), 0);
  byId('datasets').append(
    make('p', {class: 'quiet'},
      `Training takes at most ${number(card.cap)} examples of a dataset, ${number(capped)} in all, `
      + `and mixes datasets in proportion to their examples, none counting for more than `
      + `${number(card.rate_maximum)}. Press a heading to sort.`),
    make('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of datasets'},
      make('table', {}, make('thead', {}, make('tr', {}, heads)), body)));
}
