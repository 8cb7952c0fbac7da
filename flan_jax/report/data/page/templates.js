// The template browser: one dataset, one template and its patterns.

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
        make('span', {}, '↺ for training only'),
        make('span', {}, 'read, no loss'),
        make('span', {class: 'tokens targets'}, make('span', {}, 'written, loss taken')))),
    make('div', {id: 'browser', class: 'bounds'}));
}

const go = (name, template) => { location.hash = `#/${name}/${template}`; };

// Shows the template that the hash names. Returns the element to scroll to, or nothing.
function follow() {
  const [, name, template, row] = location.hash.match(/^#\/(\w+)\/(\d+)(?:\/(\d+))?$/) || [];
  const dataset = card.datasets.find(d => d.name === name);
  if (dataset) {
    shown.dataset = dataset;
    shown.template = Math.min(Number(template), dataset.templates.length - 1);
  }
  showBrowser();
  return dataset && (row && byId(`row-${row}`) || byId('templates'));
}

function showBrowser() {
  const {dataset, template} = shown;
  byId('dataset').value = dataset.name;
  byId('browser').replaceChildren(
    factsOf(dataset),
    make('div', {class: 'template'}, numbersOf(dataset), ...templateOf(dataset, template)));
}

function factsOf(dataset) {
  const {about, links} = dataset;
  const options = Array.isArray(dataset.options)
    ? 'one of: ' + dataset.options.join(' · ') : dataset.options;
  const facts = [
    ['Cluster', title(dataset.cluster)],
    ['In this mixture', dataset.left_out
      ? [roleTag(dataset), ` ${dataset.left_out}`]
      : dataset.share && `${percent(dataset.share)} of the examples`],
    ['Source', linkOut(links.source, make('code', {}, dataset.source))],
    ...Object.entries(dataset.slices).map(([split, slice]) =>
      [split, [make('code', {}, slice), !dataset.missing
        && `, ${number(dataset.here[split])} rows here`]]),
    ['Answer', options || 'free text'],
    ['Balance', dataset.balance && balanceOf(dataset.balance)],
    ['Metrics', dataset.metrics.join(', ')],
    ['Solved examples', dataset.shots > 0
      && `up to ${dataset.shots} before each prompt, not shown here`],
    ['License', about.license],
    ['Paper', about.paper && linkOut(links.paper, about.paper)],
    ['Same rows', about.mirror && [
      'Hugging Face hub, ', linkOut(links.mirror, make('code', {}, about.mirror)),
      about.mirror_lacks && ` (lacks ${about.mirror_lacks})`]],
    ['By hand', about.manual],
  ];
  return make('dl', {class: 'facts'}, facts.filter(([, value]) => value).map(([name, value]) =>
    make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

// How often each option is the answer, or each position if rows have their own options.
function balanceOf({rows, counts}) {
  const longest = Math.max(1, ...counts.map(([, count]) => count));
  const named = option => option === null ? 'none of the options'
    : typeof option === 'number' ? `option ${option}` : option;
  return [
    make('ul', {class: 'balance'}, counts.map(([option, count]) => make('li', {},
      make('span', {}, named(option)),
      make('span', {class: 'share'},
        `${rows ? (100 * count / rows).toFixed(0) : 0} % (${number(count)})`),
      bar(count, longest)))),
    make('span', {class: 'quiet'}, `answers of ${counted(rows, 'row')}`)];
}

// Radio buttons, because the arrow keys move between them.
function numbersOf(dataset) {
  return make('fieldset', {class: 'switch numbers'},
    make('legend', {class: 'hidden'}, 'Template'),
    dataset.templates.map((template, i) => make('label', {},
      make('input', {type: 'radio', name: 'template', checked: i === shown.template,
                     change: () => { go(dataset.name, i); }}),
      make('span', {}, String(i), template.turned_around && ' ↺',
        template.turned_around && make('span', {class: 'hidden'}, ' for training only')))));
}

function templateOf(dataset, index) {
  const template = dataset.templates[index];
  const task = `${dataset.name}_template_${index}`;
  return [
    make('h3', {}, make('code', {}, task), copyButton(task, () => task)),
    template.turned_around && make('p', {class: 'quiet'},
      'It is turned around: it gives the answer and asks for the text, so it is used for training '
      + 'only.'),
    make('div', {class: 'patterns'}, ['inputs', 'targets'].map(feature => make('div', {},
      make('p', {class: 'label'}, make('span', {}, `Pattern of the ${feature}`),
        copyButton(`pattern of the ${feature}`, () => patternOf(template[feature]))),
      make('p', {class: 'pattern'},
        filled(template[feature], name => make('mark', {}, name)))))),
    ...findingsOf(dataset, index),
    dataset.missing && make('p', {class: 'quiet'}, `No rows here: ${dataset.missing}`),
    ...dataset.rows.map((row, i) => exampleOf(dataset, index, i)),
  ].filter(Boolean);
}

// A pattern as declarations write it.
const patternOf = parts => parts.map(part =>
  typeof part === 'string' ? part.replace(/[{}]/g, '$&$&') : `{${part[0]}}`).join('');

function findingsOf(dataset, index) {
  const found = (dataset.findings || []).filter(f => f.template === index);
  return found.length ? [make('ul', {class: 'findings'}, found.map(f => make('li', {},
    make('span', {class: `tag ${f.severity}`}, f.rule), ' ', f.message)))] : [];
}
