// Sizes, caps, rates and shares; sortable by any column.

const most = column => Math.max(1e-9, ...card.datasets.map(d => d[column] || 0));

// Numbers come first, so that a narrow screen shows them. Sizes span five powers of ten, so their
// bars are on a logarithmic scale.
const COLUMNS = [
  {text: 'Dataset', key: d => d.name, show: d => [
    make('a', {href: linkTo(d), class: kind(d)}, breakable(d.name)),
    d.left_out && roleTag(d),
    !d.in_paper && make('span', {class: 'tag'}, 'not in the paper')],
   help: 'Its name in FLAN-JAX. Datasets marked as evaluated or left out are not trained on.'},
  {text: 'Examples', numeric: true, key: d => d.examples || 0, show: d => [
    number(d.examples),
    bar(d.examples && Math.log10(d.examples), Math.log10(most('examples')))],
   help: 'Rows of the real training split, without those that choose a template.'},
  {text: 'Capped', numeric: true, key: d => d.capped || 0,
   show: d => [number(d.capped), bar(d.capped, most('capped'))],
   help: `Examples that are trained on: at most ${number(card.cap)} of a dataset from TFDS.`},
  {text: 'Rate', numeric: true, key: d => d.rate || 0,
   show: d => [number(d.rate && Math.round(d.rate)), bar(d.rate, most('rate'))],
   help: `Sampling weight: the examples, at most ${number(card.rate_maximum)}, or what the `
     + 'mixture gives.'},
  {text: 'Share', numeric: true, key: d => d.share || 0,
   show: d => [percent(d.share), bar(d.share, most('share'))],
   help: 'Share of the examples that training sees: the rate over the sum of all rates.'},
  {text: 'Rows here', numeric: true, key: d => d.here.train || 0, show: d => number(d.here.train),
   help: 'Training rows in the copy that was read for this page.'},
  {text: 'Cluster', key: d => title(d.cluster), show: d => title(d.cluster),
   help: "The paper's cluster; datasets of one cluster are held out together."},
  {text: 'Source', key: d => d.source,
   show: d => linkOut(d.links.source, make('code', {}, d.source)),
   help: 'Dataset, configuration and version in TFDS, a repository of the hub, or files.'},
  {text: 'Train / dev / test', key: d => d.slices.train || '', show: d => make('code', {},
    ['train', 'validation', 'test'].map(s => d.slices[s] || '–').join(' / ')),
   help: 'The slices that train, choose a template, and are reported: train[-200:] is the last '
     + '200 rows of the split train.'},
  {text: 'License', key: d => d.about.license, show: d => d.about.license || '–',
   help: 'As far as known; check it before you share rows.'},
  {text: 'Paper', key: d => d.about.paper,
   show: d => linkOut(d.links.paper, d.about.paper || '–'), help: 'Where it was published.'},
];

function showTable() {
  const body = make('tbody');
  const heads = COLUMNS.map((column, i) => make('th',
    {scope: 'col', class: column.numeric ? 'numeric' : null, 'aria-describedby': `column-${i}`},
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
      + `and mixes datasets in proportion to their examples, counting at most `
      + `${number(card.rate_maximum)} of each. Press a heading to sort.`),
    make('details', {class: 'meanings'},
      make('summary', {}, 'What the columns mean'),
      make('dl', {class: 'reasons'}, COLUMNS.map((column, i) => make('div', {},
        make('dt', {}, column.text), make('dd', {id: `column-${i}`}, column.help))))),
    make('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of datasets'},
      make('table', {}, make('thead', {}, make('tr', {}, heads)), body)));
}
