import { get } from './api.mjs';
import { h } from './dom.mjs';
import { clock } from './format.mjs';
import { asCommand, empty, panel, table } from './parts.mjs';

const columns = [
  { name: 'at', label: 'When', cell: (one) => h('span', { title: one.at }, `${one.at.slice(0, 10)} ${clock(one.at).slice(0, 8)}`) },
  { name: 'who', label: 'Who', cell: (one) => one.who },
  { name: 'action', label: 'What', cell: (one) => h('span', {}, h('code', {}, one.action), one.about_account ? h('small', {}, ' of an account') : null) },
  { name: 'reason', label: 'Why, or how it ended', cell: (one) => one.reason || '–' },
];

export const audit = {
  every: 5000,
  load: (where, signal) => get('/api/audit?limit=200', signal),
  view(where, data) {
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Audit'), asCommand('easelctl audit')),
      panel('What operators did', { key: 'list', aside: h('span', { class: 'soft' }, 'newest first; rows are never changed') },
        data.audit.length === 0 ? empty('Nothing yet.') : table({ label: 'Audit', columns, rows: data.audit, key: (one) => one.id })),
    ];
  },
};
