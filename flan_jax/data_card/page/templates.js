// The template browser: one dataset, one template, its patterns and rendered rows.

const shown = {dataset: card.datasets[0], template: 0};

function showTemplates() {
  const select = make('select', {id: 'dataset', change: event => go(event.target.value, 0)},
    [...groupBy(card.datasets, d => d.cluster)].map(([cluster, members]) =>
      make('optgroup', {label: title(cluster)},
        members.map(d => make('option', {value: d.name}, d.name)))));
  const step = by => () => {
    const place = card.datasets.indexOf(shown.dataset) + by + card.datasets.length;
    go(card.datasets[place % card.datasets.length].name, 0);
  };
  byId('templates').append(
    make('div', {class: 'row'},
      make('div', {class: 'stepper'},
        make('label', {for: 'dataset', class: 'hidden'}, 'Dataset'),
        make('button', {type: 'button', 'aria-label': 'Previous dataset', click: step(-1)}, '←'),
        select,
        make('button', {type: 'button', 'aria-label': 'Next dataset', click: step(1)}, '→')),
      make('label', {class: 'check'},
        make('input', {type: 'checkbox', checked: true, change: event =>
          byId('browser').classList.toggle('bounds', event.target.checked)}),
        ' token boundaries'),
      make('p', {class: 'legend'},
        make('span', {}, 'read, no loss'),
        make('span', {class: 'tokens targets'}, make('span', {}, 'written, loss taken')))),
    make('div', {id: 'browser', class: 'bounds'}));
}

const go = (name, template) => { location.hash = `#/${name}/${template}`; };

// Shows what the hash names; returns whether it names a template.
function follow() {
  const [, name, template] = location.hash.match(/^#\/(\w+)\/(\d+)$/) || [];
  const dataset = card.datasets.find(d => d.name === name);
  if (dataset) {
    shown.dataset = dataset;
    shown.template = Math.min(Number(template), dataset.templates.length - 1);
  }
  showBrowser();
  return Boolean(dataset);
}

function showBrowser() {
  const {dataset, template} = shown;
  byId('dataset').value = dataset.name;
  byId('browser').replaceChildren(
    factsOf(dataset),
    make('div', {class: 'template'}, numbersOf(dataset), ...templateOf(dataset, template)));
}

function factsOf(dataset) {
  const options = Array.isArray(dataset.options)
    ? 'one of: ' + dataset.options.join(' · ') : dataset.options;
  const facts = [
    ['Cluster', title(dataset.cluster)],
    ['Source', make('code', {}, dataset.source)],
    ...Object.entries(dataset.slices).map(([split, slice]) =>
      [split, [make('code', {}, slice), !dataset.missing
        && `, ${number(dataset.here[split])} rows here`]]),
    ['Answer', options || 'free text'],
    ['Metrics', dataset.metrics.join(', ')],
    ['Licence', dataset.about.licence],
    ['Paper', dataset.about.paper],
    ['Same rows', dataset.about.mirror && [
      'Hugging Face hub, ', make('code', {}, dataset.about.mirror)]],
    ['By hand', dataset.about.manual],
    ['Left out', dataset.left_out],
  ];
  return make('dl', {class: 'facts'}, facts.filter(([, value]) => value).map(([name, value]) =>
    make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

// Radio buttons, so that the arrow keys go from template to template.
function numbersOf(dataset) {
  return make('fieldset', {class: 'switch numbers'},
    make('legend', {class: 'hidden'}, 'Template'),
    dataset.templates.map((template, i) => make('label',
      {title: template.turned_around ? 'turned around: for training only' : null},
      make('input', {type: 'radio', name: 'template', checked: i === shown.template,
                     change: () => { go(dataset.name, i); }}),
      make('span', {}, String(i), template.turned_around && make('i', {}, ' ↺')))));
}

function templateOf(dataset, index) {
  const template = dataset.templates[index];
  return [
    make('p', {class: 'quiet'}, make('code', {}, `${dataset.name}_template_${index}`),
      template.turned_around ? ' is turned around: the answer is given and the text is asked for, '
        + 'so it serves training only.' : ''),
    make('div', {class: 'patterns'}, ['inputs', 'targets'].map(feature => make('div', {},
      make('h4', {}, `Pattern of the ${feature}`),
      make('p', {class: 'pattern'}, template[feature].map(part =>
        typeof part === 'string' ? part : make('mark', {}, part[0])))))),
    ...findingsOf(dataset, index),
    dataset.missing && make('p', {class: 'quiet'}, `No rows here: ${dataset.missing}`),
    ...dataset.rows.map((row, i) => exampleOf(template, row, dataset.marks[index][i], i)),
  ].filter(Boolean);
}

function findingsOf(dataset, index) {
  const found = dataset.findings.filter(f => f.template === index);
  return found.length ? [make('ul', {class: 'findings'}, found.map(f => make('li', {},
    make('span', {class: `tag ${f.severity}`}, f.rule), ' ', f.message)))] : [];
}

function exampleOf(template, row, marks, index) {
  const part = feature => {
    const text = template[feature].map(p => typeof p === 'string' ? p : row[p[0]]).join('');
    return [
      make('h4', {}, feature, make('span', {}, counted(marks[feature].length + 1, 'token'))),
      make('p', {class: `tokens ${feature}`}, ...tokensOf(text, marks[feature])),
    ];
  };
  return make('article', {class: 'example', 'aria-label': `Row ${index + 1}`},
    part('inputs'), part('targets'));
}

function tokensOf(text, lengths) {
  let start = 0;
  const pieces = lengths.map(length => text.slice(start, start += length)).filter(Boolean);
  return [...pieces.map(piece => make('span', {}, piece)), make('span', {class: 'end'}, '</s>')];
}
