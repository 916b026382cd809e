import { get, query } from './api.mjs';
import { h } from './dom.mjs';
import { count } from './format.mjs';
import { tag } from './panel_parts.mjs';
import { asCommand, empty, panel, table } from './parts.mjs';

const section = (key) => key.includes('.') ? key.slice(0, key.lastIndexOf('.')).replace(/\.prices\..*/, '.prices') : 'general';

const columns = [
  { name: 'key', label: 'Key', class: 'mono', cell: (one) => one.short },
  { name: 'value', label: 'Value', class: 'mono value', cell: (one) => one.secret ? h('span', { class: 'soft' }, `secret, ${one.value}`) : one.value },
  { name: 'from', label: 'From', cell: (one) => one.default ? h('small', {}, 'built in') : tag('changed', 'busy') },
];

export const configuration = {
  every: 60_000,
  load: (where, signal) => get('/api/configuration', signal),
  view(where, data) {
    const which = where.show ?? 'all', find = (where.find ?? '').toLowerCase();
    const address = (values) => `#/configuration${query({ show: which === 'all' ? '' : which, find: where.find, ...values })}`;
    const shown = data.settings.filter((one) => (which === 'all' || !one.default) && (!find || one.key.toLowerCase().includes(find) || one.value.toLowerCase().includes(find)));
    const groups = Map.groupBy ? Map.groupBy(shown, (one) => section(one.key)) : shown.reduce((all, one) => all.set(section(one.key), [...(all.get(section(one.key)) ?? []), one]), new Map());
    const choose = (id, text) => h('a', { href: address({ show: id === 'all' ? '' : id }), 'aria-current': which === id ? 'true' : null }, text);
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Configuration'), asCommand('easelctl config show')),
      h('div', { class: 'controls', key: 'controls' },
        h('div', { class: 'switch', role: 'group', 'aria-label': 'Which' }, choose('all', 'All'), choose('changed', 'Changed')),
        h('label', { class: 'choice' }, 'find ', h('input', { type: 'search', class: 'find', 'aria-label': 'Find a key or value', value: where.find ?? '', spellcheck: 'false', onchange: (event) => { location.hash = address({ find: event.currentTarget.value.trim() }); } })),
        h('span', { class: 'soft' }, `${count(shown.length)} of ${count(data.settings.length)} keys; secrets are never sent`)),
      groups.size === 0 ? empty(find ? 'No key and no value has that in it.' : 'All is as it is built in.')
        : h('div', { class: 'columns wide', key: 'columns' }, [...groups].map(([name, settings]) => panel(name, { key: name },
          table({ label: name, columns, rows: settings.map((one) => ({ ...one, short: name === 'general' ? one.key : one.key.slice(name.length + 1) })), key: (one) => one.key })))),
    ];
  },
};
