// Puts the page together, and hides what the filter does not ask for.

const searched = new Map(card.datasets.map(d => [d.name, [
  d.name, d.paper_name, title(d.cluster), title(d.group), d.source, d.about.licence, d.about.paper,
].join(' ').toLowerCase()]));

function applyFilter() {
  const words = byId('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = name => words.every(word => searched.get(name).includes(word));
  for (const element of document.querySelectorAll('[data-dataset]')) {
    element.hidden = !fits(element.dataset.dataset);
  }
  for (const group of document.querySelectorAll('.cluster, #lint details')) {
    group.hidden = !group.querySelector('[data-dataset]:not([hidden])');
  }
  byId('none').hidden = card.datasets.some(d => fits(d.name));
}

showHead();
showClusters();
showTable();
showLengths();
showTemplates();
showLint();
if (follow()) byId('templates').scrollIntoView();
byId('filter').addEventListener('input', applyFilter);
window.addEventListener('hashchange', () => {
  const focused = document.activeElement;
  const inside = focused && byId('templates').contains(focused);
  if (!follow()) return;
  if (inside && focused.name === 'template') {
    document.querySelector('input[name=template]:checked').focus();
  } else if (!inside) {
    byId('templates').scrollIntoView();
    byId('dataset').focus({preventScroll: true});
  }
});
