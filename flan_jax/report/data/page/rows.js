// Rows of a dataset: each as a rendered prompt and as its source yields it.

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

// Unpacks the lengths of tokens. The highest digit means that the next one adds to the same length.
function unpacked(text) {
  const lengths = [];
  let length = 0;
  for (const digit of text) {
    const value = DIGITS.indexOf(digit);
    length += value;
    if (value === DIGITS.length - 1) continue;
    lengths.push(length);
    length = 0;
  }
  return lengths;
}

const rendered = (template, feature, row) => filled(template[feature], name => row[name]).join('');
const columnsOf = (dataset, index) => dataset.raw[index].map(([name, value]) =>
  [name, typeof value === 'string' ? value : dataset.rows[index][value[0]]]);

function exampleOf(dataset, template, index) {
  const columns = columnsOf(dataset, index);
  return make('article', {class: 'example', id: `row-${index}`, 'aria-labelledby': `title-${index}`,
                          tabindex: '-1'},
    make('h3', {id: `title-${index}`}, `Row ${index + 1}`),
    make('div', {class: 'sides'},
      make('div', {}, ['inputs', 'targets'].map(feature =>
        textOf(dataset, template, index, feature))),
      make('div', {},
        make('p', {class: 'label'}, make('span', {}, 'as in the source'),
          copyButton(`row ${index + 1}`,
            () => JSON.stringify(Object.fromEntries(columns), null, 2))),
        make('dl', {class: 'raw'}, columns.map(([name, text]) =>
          make('div', {}, make('dt', {}, name), make('dd', {}, text || '(empty)')))))));
}

function textOf(dataset, template, index, feature) {
  const text = rendered(dataset.templates[template], feature, dataset.rows[index]);
  const lengths = unpacked(dataset.marks[template][index][feature]);
  return [
    make('p', {class: 'label'},
      make('span', {}, feature, ', ', counted(lengths.length + 1, 'token')),
      copyButton(`${feature} of row ${index + 1}`, () => text)),
    make('p', {class: `tokens ${feature}`}, ...tokensOf(text, lengths)),
  ];
}

function tokensOf(text, lengths) {
  let start = 0;
  const pieces = lengths.map(length => text.slice(start, start += length)).filter(Boolean);
  return [...pieces.map(piece => make('span', {}, piece)), make('span', {class: 'end'}, '</s>')];
}
