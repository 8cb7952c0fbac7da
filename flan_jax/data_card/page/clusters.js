// The collection as the paper draws it (figure 3), and what a mixture leaves out.

function showHead() {
  const datasets = card.datasets;
  const inPaper = new Set(datasets.filter(d => d.in_paper).map(d => d.paper_name));
  const templates = datasets.reduce((sum, d) => sum + d.templates.length, 0);
  const figures = [
    [inPaper.size, 'Datasets of the paper'],
    [datasets.length, 'Tasks declared'],
    [datasets.filter(d => !d.left_out).length, 'Tasks trained on'],
    [new Set(datasets.map(d => d.cluster)).size, 'Clusters'],
    [templates, 'Templates'],
  ];
  fill(byId('head'), {}, [
    make('p', {class: 'over'}, 'FLAN-JAX data card'),
    make('h1', {}, card.title),
    card.sample_data && make('p', {class: 'notice'},
      make('strong', {}, 'SAMPLE DATA. '),
      'The rows shown here and the lengths measured on them are synthetic. Sizes, caps, rates and '
      + 'shares are those of the real datasets.'),
    make('dl', {class: 'figures'}, figures.map(([value, text]) =>
      make('div', {}, make('dt', {}, text), make('dd', {}, number(value))))),
    card.others.length > 0 && make('p', {class: 'quiet'},
      'The mixture also holds tasks that are not declared here: ' + card.others.join(', ')),
  ]);
}

function showClusters() {
  const section = byId('clusters');
  const grid = make('div', {class: 'clusters'});
  const choose = (text, by, checked) => make('label', {},
    make('input', {type: 'radio', name: 'grouping', checked, change: () => showGrid(grid, by)}),
    make('span', {}, text));
  section.append(
    make('div', {class: 'row'},
      make('fieldset', {class: 'switch'}, make('legend', {class: 'hidden'}, 'Grouping'),
        choose("Paper's clusters", 'cluster', true),
        choose("Code's groups", 'group', false)),
      make('p', {class: 'legend'},
        key('understanding', 'understanding, ranks options'),
        key('generation', 'generation, writes text'),
        key('extra', 'not in the paper'),
        card.datasets.some(d => d.left_out) && key('out', 'left out'))),
    grid,
    ...leftOut());
  showGrid(grid, 'cluster');
}

const key = (name, text) => make('span', {}, make('span', {class: `key ${name}`}), text);

function showGrid(grid, by) {
  const boxes = [...groupBy(card.datasets, d => d[by])].map(([group, members]) => {
    const names = new Set(members.filter(d => d.in_paper).map(d => d.paper_name));
    const count = names.size === members.length ? number(members.length)
      : `${names.size} / ${members.length}`;
    return make('div', {class: 'cluster'},
      make('h3', {}, title(group), make('span', {
        class: 'count', title: `${counted(names.size, 'dataset')} of the paper, `
          + counted(members.length, 'task')}, count)),
      make('ul', {class: 'chips'}, members.map(d =>
        make('li', {'data-dataset': d.name}, chip(d)))));
  });
  grid.replaceChildren(...boxes);
  applyFilter();
}

function chip(dataset) {
  const classes = ['chip', kind(dataset), dataset.in_paper ? '' : 'extra',
    dataset.left_out ? 'out' : ''];
  const why = [dataset.in_paper ? '' : 'not in the paper', dataset.left_out].filter(Boolean);
  return make('a', {class: classes.join(' '), href: linkTo(dataset), title: why.join('; ') || null},
    dataset.name, why.length > 0 && make('span', {class: 'hidden'}, ` (${why.join('; ')})`));
}

// What is not trained on, and why, reasons that several datasets share said once.
function leftOut() {
  const gone = card.datasets.filter(d => d.left_out);
  if (!gone.length) return [];
  return [
    make('h3', {}, 'Left out of training, and why'),
    make('dl', {class: 'reasons'}, [...groupBy(gone, d => d.left_out)].map(([why, members]) =>
      make('div', {},
        make('dt', {}, why),
        make('dd', {}, listed(members.map(d => make('a', {href: linkTo(d)}, d.name))))))),
  ];
}
