// Builds the page, and reacts to its links and its search.

showHead();
showClusters();
showTable();
showLengths();
showTemplates();
showLint();
follow()?.scrollIntoView();
byId('filter').addEventListener('input', applyFilter);
byId('filter').addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  byId('filter').value = '';
  applyFilter();
});
window.addEventListener('hashchange', () => {
  const focused = document.activeElement;
  const inside = focused && byId('templates').contains(focused);
  const target = follow();
  if (!target) return;
  if (inside && focused.name === 'template') {
    document.querySelector('input[name=template]:checked').focus();
  } else if (!inside) {
    target.scrollIntoView();
    (target === byId('templates') ? byId('dataset') : target).focus({preventScroll: true});
  }
});
