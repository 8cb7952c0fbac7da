// Histograms of lengths in tokens, on the same logarithmic axis so that datasets can be compared.

const AXIS = {from: 0, to: 13, step: 0.5};  // powers of two: 1 to 8,192 tokens
const WIDTH = 240, HEIGHT = 44, FOOT = 12;

const across = length =>
  (Math.min(AXIS.to, Math.log2(Math.max(1, length))) - AXIS.from) / (AXIS.to - AXIS.from) * WIDTH;

function showLengths() {
  byId('lengths').append(
    make('p', {class: 'quiet'},
      `Lengths of ${card.sample} rows of each dataset, which take the templates in turn, with a `
      + `vocabulary of ${number(card.vocabulary_size)} pieces and the end mark counted. The axis is `
      + `logarithmic; the line marks the maximum length: ${number(card.limits.inputs)} tokens of `
      + `inputs, ${number(card.limits.targets)} of targets.`),
    make('div', {class: 'lengths'}, card.datasets.map(lengthsOf)));
}

function lengthsOf(dataset) {
  return make('figure', {'data-dataset': dataset.name},
    make('figcaption', {}, make('a', {href: linkTo(dataset)}, dataset.name)),
    dataset.missing ? make('p', {class: 'quiet'}, 'No rows here.')
      : ['inputs', 'targets'].map(feature => histogram(dataset.lengths[feature], feature)));
}

function histogram(lengths, feature) {
  const limit = card.limits[feature];
  const bins = new Array((AXIS.to - AXIS.from) / AXIS.step).fill(0);
  for (const length of lengths) {
    const bin = Math.floor((Math.log2(Math.max(1, length)) - AXIS.from) / AXIS.step);
    bins[Math.min(bins.length - 1, bin)]++;
  }
  const over = lengths.filter(length => length > limit).length / lengths.length;
  const text = `median ${number(quantile(lengths, 0.5))}, longest ${number(Math.max(...lengths))}`
    + (over ? `, ${(100 * over).toFixed(0)} % over` : '');
  return make('div', {class: feature},
    make('p', {}, make('b', {}, feature), make('span', {}, text)),
    draw('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT + FOOT}`, role: 'img',
                 'aria-label': `Lengths of ${feature}: ${text}`},
      bins.map((count, i) => count > 0 && barOf(i, count / Math.max(...bins), bins.length)),
      draw('line', {class: 'base', x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT}),
      draw('line', {class: 'limit', x1: across(limit), x2: across(limit), y1: 0, y2: HEIGHT}),
      [1, 16, 256, 4096].map(tick => draw('text',
        {x: across(tick), y: HEIGHT + 10, 'text-anchor': tick === 1 ? 'start' : 'middle'},
        number(tick)))));
}

function barOf(bin, share, bins) {
  const width = WIDTH / bins, height = Math.max(1, share * (HEIGHT - 2));
  return draw('rect', {x: bin * width + 0.5, y: HEIGHT - height, width: width - 1, height});
}
