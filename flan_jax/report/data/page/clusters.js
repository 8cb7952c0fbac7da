// The collection in the manner of the paper's figure 3: what trains and its share, what is evaluated,
// and what is left out.

function showHead() {
  const datasets = card.datasets;
  const inPaper = new Set(datasets.filter(d => d.in_paper).map(d => d.paper_name));
  const templates = datasets.reduce((sum, d) => sum + d.templates.length, 0);
  const evaluated = datasets.filter(d => d.evaluated);
  const figures = [
    [inPaper.size, 'Datasets of the paper'],
    [datasets.length, 'Tasks declared'],
    [datasets.filter(d => !d.left_out).length, 'Tasks trained on'],
    evaluated.length > 0 && [evaluated.length, 'Tasks evaluated only'],
    [new Set(datasets.map(d => d.cluster)).size, 'Clusters'],
    [templates, 'Templates'],
  ];
  fill(byId('head'), {}, [
    make('p', {class: 'over'}, 'FLAN-JAX data card'),
    make('h1', {}, card.title),
    card.sample_data && make('p', {class: 'notice'},
      make('strong', {}, 'SAMPLE DATA. '),
      'The rows shown here, the lengths measured on them and the balance of their labels are '
      + 'synthetic. Sizes, caps, rates and shares are those of the real datasets.'),
    make('dl', {class: 'figures'}, figures.filter(Boolean).map(([value, text]) =>
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
  const longest = Math.max(0, ...card.datasets.map(d => d.share || 0));
  fill(section, {}, [
    longest > 0 && make('p', {class: 'quiet'},
      'Each number is a share of the examples that training sees. '
      + `The longest bar is ${percent(longest)}.`),
    make('div', {class: 'row'},
      make('fieldset', {class: 'switch'}, make('legend', {class: 'hidden'}, 'Grouping'),
        choose("Paper's clusters", 'cluster', true),
        choose("Code's groups", 'group', false)),
      make('p', {class: 'legend'},
        key('understanding', 'understanding, ranks options'),
        key('generation', 'generation, writes text'),
        key('extra', 'not in the paper'))),
    grid,
    ...reasons('Evaluated, not trained on', d => d.evaluated),
    ...reasons('Left out, and why', d => d.left_out && !d.evaluated),
  ]);
  showGrid(grid, 'cluster');
}

const key = (name, text) => make('span', {}, make('span', {class: `key ${name}`}), text);

function showGrid(grid, by) {
  const longest = Math.max(1e-9, ...card.datasets.map(d => d.share || 0));
  grid.replaceChildren(...[...groupBy(card.datasets, d => d[by])].map(([group, members]) => {
    const names = new Set(members.filter(d => d.in_paper).map(d => d.paper_name));
    const share = members.reduce((sum, d) => sum + (d.share || 0), 0);
    const counts = [counted(members.length, 'task'),
      names.size !== members.length && `${counted(names.size, 'dataset')} of the paper`];
    return make('div', {class: 'cluster'},
      make('h3', {}, title(group), share > 0 && make('span', {}, percent(share))),
      make('p', {class: 'count'}, counts.filter(Boolean).join(', ')),
      make('ul', {class: 'shares'}, members.map(d =>
        make('li', {'data-dataset': d.name}, chip(d), shareOf(d, longest)))));
  }));
  applyFilter();
}

function chip(dataset) {
  const classes = ['chip', kind(dataset), !dataset.in_paper && 'extra',
    role(dataset) === 'left out' && 'out'];
  return make('a', {class: classes.filter(Boolean).join(' '), href: linkTo(dataset)},
    breakable(dataset.name),
    !dataset.in_paper && make('span', {class: 'hidden'}, ' (not in the paper)'));
}

const shareOf = (dataset, longest) => [
  dataset.share ? make('span', {class: 'share'}, percent(dataset.share)) : roleTag(dataset),
  bar(dataset.share, longest)];

// Lists what does not train, and why. A reason that several datasets share appears once.
function reasons(heading, among) {
  const gone = card.datasets.filter(among);
  if (!gone.length) return [];
  return [
    make('h3', {}, heading),
    make('dl', {class: 'reasons'}, [...groupBy(gone, d => d.left_out)].map(([why, members]) =>
      make('div', {},
        make('dt', {}, why, make('span', {class: 'quiet'}, ` (${members.length})`)),
        make('dd', {}, listed(members.map(d => make('a', {href: linkTo(d)}, d.name))))))),
  ];
}
