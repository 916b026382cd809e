import { get } from './api.mjs';
import { h } from './dom.mjs';
import { span } from './format.mjs';
import { bars, capital, verdict, whole } from './panel_parts.mjs';
import { asCommand, empty, fact, panel, table } from './parts.mjs';

function balance(found) {
  if (!found)
    return verdict('warm', 'There are too many entries to count them in time.', 'The books can still be checked: ', h('code', {}, 'easelctl ledger check'), ' takes its time.');
  const { drift } = found;
  if (found.balanced)
    return verdict('good', 'The books balance.', 'The sum over all books is zero; grants and accounts say what the entries say.');
  return verdict('bad', 'The books do not balance.',
    `Sum ${whole(found.sum)}, grants off by ${whole(drift.available)}, accounts off by ${whole(drift.held)}. `, h('code', {}, 'easelctl ledger check'), ' says which count is off.');
}

const explained = { issued: 'given out, so below zero', available: 'to be spent', held: 'of generations in work', spent: 'for images', expired: 'unused in time' };

const sums = (name, label) => ({ name, label, number: true, cell: (one) => h('span', {}, whole(one[name].credits), h('small', { class: 'block' }, `${whole(one[name].entries)} entries`)) });
const columns = [
  { name: 'kind', label: 'Entry', cell: (one) => h('span', {}, h('span', { class: 'kind' }, one.kind), h('small', { class: 'block' }, `${one.from} → ${one.to}`)) },
  sums('today', 'Today'), sums('month', '30 days'), sums('ever', 'Ever'),
];

export const ledger = {
  every: 5000,
  load: (where, signal) => get('/api/ledger', signal),
  view(where, data) {
    const open = data.holds.reduce((all, one) => all + one.count, 0);
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Ledger'), asCommand('easelctl ledger show')),
      balance(data.balance),
      data.balance ? h('dl', { class: 'facts spread', key: 'facts' }, data.balance.books.map((one) => fact(capital(one.book), whole(one.credits), explained[one.book]))) : null,
      h('div', { class: 'columns', key: 'columns' },
        panel('Credits by kind of entry', { aside: h('span', { class: 'soft' }, 'days begin at 0:00 UTC') },
          data.entries?.length ? table({ label: 'Credits by kind of entry', columns, rows: data.entries, key: (one) => one.kind })
            : empty(data.entries ? 'Nothing was ever entered.' : 'Not counted: see above.')),
        panel('Open holds', { aside: h('span', { class: 'soft' }, open > 0 ? `the oldest for ${span(data.oldest_hold_ms)}` : 'none') },
          bars(data.holds.map((one, at) => ({ name: one.age, value: one.count, more: `for ${whole(one.credits)} credits`, tone: at > 2 && one.count > 0 ? 'bad' : at > 1 ? 'warm' : 'accent' }))))),
    ];
  },
};
