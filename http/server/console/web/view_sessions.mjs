import { get, query } from './api.mjs';
import { h } from './dom.mjs';
import { count, rate } from './format.mjs';
import { capital } from './panel_parts.mjs';
import { actorColumns, asCommand, empty, fact, panel, table, word } from './parts.mjs';

const shown = 50;

export const sessions = {
  every: 2000,
  load: (where, signal) => get(`/api/sessions${query({ sort: where.sort ?? 'mailbox', limit: shown })}`, signal),
  view(where, data) {
    const sort = where.sort ?? 'mailbox';
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Sessions'), asCommand(`easelctl sessions --sort ${word(sort)}`)),
      h('p', { class: 'soft', key: 'what' }, 'One for each account that called lately, on this node. They are known by their numbers; who has an account’s id finds its session with the search.'),
      h('dl', { class: 'facts spread', key: 'facts' },
        fact('Live', count(data.live)),
        data.tiers.map((one) => fact(capital(one.tier), count(one.count), `${count(one.waiting)} messages wait, ${rate(one.rate)}/s`))),
      panel(`Most by ${sort}`, { key: 'list', aside: h('span', { class: 'soft' }, `${count(data.sessions.length)} of ${count(data.live)}`) },
        data.sessions.length === 0 ? empty('Nobody has called lately.')
          : table({ label: 'Sessions', columns: actorColumns, rows: data.sessions, key: (one) => one.id, sort, onSort: (by) => { location.hash = `#/sessions${query({ sort: by })}`; } })),
    ];
  },
};
