import { get, query } from './api.mjs';
import { h } from './dom.mjs';
import { count, span } from './format.mjs';
import { asCommand, empty, panel, word } from './parts.mjs';
import { messageLog } from './view_actor.mjs';

function grave(one) {
  return h('details', { class: one.failed ? 'grave bad' : 'grave', key: one.id, 'data-row': true },
    h('summary', {}, h('span', {}, h('span', { class: 'kind' }, one.type), ' ', h('span', { class: 'id' }, `#${one.id}`)),
      h('span', { class: `state ${one.failed ? 'bad' : 'calm'}` }, one.reason),
      h('span', { class: 'figures' }, h('span', {}, `${span(one.ago_ms)} ago`), h('span', { class: 'soft' }, `lived ${span(one.lived_ms)}`),
        h('span', { class: 'soft' }, `${count(one.handled)} handled`), one.unread > 0 ? h('span', { class: 'warm' }, `${count(one.unread)} unread`) : null)),
    h('div', { class: 'inset' },
      h('p', { class: 'soft' }, one.state ? `Last state: ${one.state}. ` : '', 'Supervisor: ', h('a', { href: `#/actor/${one.parent}` }, `#${one.parent}`),
        one.generation ? ['. Generation: ', h('a', { href: `#/generation/${one.generation}` }, one.generation)] : null),
      one.messages.length ? messageLog(one.messages, 'Before the end') : empty('It handled no message.')));
}

export const graveyard = {
  every: 3000,
  load: (where, signal) => get(`/api/graveyard${query({ type: where.type })}`, signal),
  view(where, data) {
    const which = where.show ?? 'failed';
    const rows = data.ended.filter((one) => which === 'all' || one.failed).slice(0, 200);
    const tab = (id, text) => h('a', { href: `#/graveyard?show=${id}`, 'aria-current': which === id ? 'true' : null }, text);
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Graveyard'), asCommand(`easelctl graveyard${where.type ? ` --type ${word(where.type)}` : ''}`)),
      h('div', { class: 'controls', key: 'controls' }, h('div', { class: 'switch', role: 'group', 'aria-label': 'Which' }, tab('failed', 'Failed'), tab('all', 'All'))),
      panel(which === 'all' ? 'The latest ends' : 'Ended unexpectedly', { key: 'list', aside: h('span', { class: 'soft' }, 'the last 256 that failed, and 256 others, are remembered') },
        rows.length === 0 ? empty(which === 'all' ? 'No actor has ended.' : 'No actor has ended unexpectedly. May it stay so.') : rows.map(grave)),
    ];
  },
};
