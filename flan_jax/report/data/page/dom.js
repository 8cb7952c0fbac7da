// Helpers. A text always becomes a text node and never markup.

const card = JSON.parse(document.getElementById('facts').textContent);
const byId = id => document.getElementById(id);

// An element with attributes and children; children that are false or null are left out.
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== false && child != null));
  return element;
}

// 'a, b and c', with any nodes as items.
function listed(items) {
  return items.flatMap((item, i) =>
    [i === 0 ? null : i === items.length - 1 ? ' and ' : ', ', item]);
}

const number = value => value == null ? '–' : value.toLocaleString('en-US');
const percent = value => value == null ? '–' : (100 * value).toFixed(2) + ' %';
const counted = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;
const kind = dataset => dataset.options ? 'understanding' : 'generation';
const title = group => card.titles[group];
const role = d => !d.left_out ? 'trained' : d.evaluated ? 'evaluated' : 'left out';
const roleTag = d => make('span', {class: `role ${d.evaluated ? 'evaluated' : ''}`}, role(d));

// A bar for `value` as a share of `most`; the number is shown beside it.
const bar = (value, most) => value != null && make(
  'span', {class: 'bar-box', 'aria-hidden': 'true'},
  make('span', {style: `width:${Math.max(1, 100 * value / most)}%`}));

// A link to a dataset's template or row. The URL's hash holds the choice.
const linkTo = (dataset, template = 0, row = null) =>
  `#/${dataset.name}/${template}${row == null ? '' : `/${row}`}`;

// A name that may break into lines after each underscore.
const breakable = name => name.split(/(?<=_)/).flatMap((part, i) => [i > 0 && make('wbr'), part]);

// A link to another site. Its URL was made with the page, from names that are known to be safe.
const linkOut = (address, ...children) =>
  address ? make('a', {href: address, rel: 'noreferrer'}, ...children) : children;

// A pattern with `shown(name)` in place of each field.
const filled = (parts, shown) => parts.map(part =>
  typeof part === 'string' ? part : shown(part[0]));

// Groups in the order of their first items.
function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    if (!groups.has(key(item))) groups.set(key(item), []);
    groups.get(key(item)).push(item);
  }
  return groups;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
