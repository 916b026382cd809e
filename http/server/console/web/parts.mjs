/** What several views are made of. */
import { h } from './dom.mjs';
import { bar } from './chart.mjs';
import { count, rate, share, span } from './format.mjs';

export function panel(title, { aside, key } = {}, ...content) {
  return h('section', { class: 'panel', key: key ?? title },
    h('header', {}, h('h2', {}, title), aside ?? null), content);
}

export const empty = (text) => h('p', { class: 'empty' }, text);

/** A word of a command line, quoted for a shell unless it is plain: an address may come from anybody. */
export const word = (text) => /^[\w.-]+$/.test(text) ? text : `'${String(text).replaceAll("'", "'\\''")}'`;

/** Puts the command that shows the same in a terminal on the clipboard. */
export function asCommand(command) {
  return h('button', { class: 'quiet copy', type: 'button', title: `Copy: ${command}`, key: 'copy', onclick: async (event) => {
    const button = event.currentTarget;
    await navigator.clipboard.writeText(command);
    button.dataset.done = 'yes';
    setTimeout(() => delete button.dataset.done, 1500);
  } }, h('code', {}, command));
}

/**
 * columns: { name, label, number, cell(row), sort: name or undefined }. A row's first cell holds its link, which is
 * what j and k move between.
 */
export function table({ label, columns, rows, key, sort, onSort }) {
  const head = h('tr', {}, columns.map((column) => {
    const sorted = column.sort && column.sort === sort;
    const content = column.sort && onSort
      ? h('button', { type: 'button', onclick: () => onSort(column.sort) }, column.label, sorted ? h('span', { 'aria-hidden': 'true' }, ' ↓') : null)
      : column.label;
    return h('th', { scope: 'col', key: column.name, class: column.number ? 'number' : null, 'aria-sort': sorted ? 'descending' : null }, content);
  }));
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    h('table', {}, h('thead', {}, head), h('tbody', {}, rows.map((row) => h('tr', { key: key(row), 'data-row': true, class: row.tone ?? null },
      columns.map((column) => h('td', { key: column.name, class: column.number ? 'number' : column.class ?? null }, column.cell(row))))))));
}

export const actorLink = (actor) => h('a', { href: `#/actor/${actor.id}` }, h('span', { class: 'kind' }, actor.type), ' ', h('span', { class: 'id' }, `#${actor.id}`));

export function stateOf(actor) {
  const tone = actor.stalled_ms > 5000 ? 'bad' : actor.last?.running ? 'busy' : actor.waiting > 0 ? 'warm' : 'calm';
  return h('span', { class: `state ${tone}` }, actor.state);
}

export const actorColumns = [
  { name: 'actor', label: 'Actor', cell: actorLink },
  { name: 'state', label: 'State', cell: stateOf },
  { name: 'mailbox', label: 'Mailbox', number: true, sort: 'mailbox', cell: (a) => count(a.waiting) },
  { name: 'rate', label: 'Messages/s', number: true, sort: 'rate', cell: (a) => rate(a.rate) },
  { name: 'busy', label: 'Busy', number: true, sort: 'busy', cell: (a) => h('span', { class: 'metered' }, share(a.busy), bar(a.busy, a.busy > 0.8 ? 'bad' : 'accent')) },
  { name: 'handled', label: 'Handled', number: true, sort: 'handled', cell: (a) => count(a.handled) },
  { name: 'failures', label: 'Failures', number: true, sort: 'failures', cell: (a) => count(a.failures) },
  { name: 'stalled', label: 'Stalled', number: true, sort: 'stalled', cell: (a) => a.stalled_ms > 0 ? span(a.stalled_ms) : '–' },
  { name: 'age', label: 'Age', number: true, sort: 'age', cell: (a) => span(a.age_ms) },
  { name: 'last', label: 'Last message', cell: (a) => a.last ? h('span', { class: 'message' }, h('code', {}, a.last.type), ' ', h('span', { class: 'soft' }, a.last.running ? `running for ${span(a.last.took_ms)}` : span(a.last.took_ms))) : '–' },
];

export const fact = (label, value, more) => h('div', { class: 'fact', key: label }, h('dt', {}, label), h('dd', {}, value, more ? h('small', {}, more) : null));
