// The findings of the lint.

function showLint() {
  const checked = card.datasets.filter(d => d.findings);
  const found = checked.flatMap(d => d.findings.map(finding => ({dataset: d, finding})));
  const byRule = [...groupBy(found, f => f.finding.rule)];
  byId('lint').append(
    found.length
      ? make('p', {class: 'quiet'}, counted(found.length, 'finding') + ' in '
        + counted(new Set(found.map(f => f.dataset)).size, 'dataset') + '.')
      : make('p', {class: 'fine'}, 'No findings: ' + counted(checked.length, 'declaration')
        + ' checked.'),
    ...byRule.map(([rule, ofRule]) => make('details', {open: ofRule[0].finding.severity !== 'note'},
      make('summary', {}, make('span', {class: `tag ${ofRule[0].finding.severity}`}, rule), ' ',
        counted(ofRule.length, ofRule[0].finding.severity)),
      make('ul', {class: 'findings'}, ofRule.map(f => foundIn(f.dataset, f.finding))))));
}

function foundIn(dataset, finding) {
  const task = finding.template == null ? dataset.name
    : `${dataset.name}_template_${finding.template}`;
  return make('li', {'data-dataset': dataset.name},
    make('a', {href: linkTo(dataset, finding.template ?? 0)}, task), ' ', finding.message, ' ',
    make('code', {class: 'quiet'}, finding.place));
}
