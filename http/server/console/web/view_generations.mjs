import { action } from './actions.mjs';
import { lane } from './chart.mjs';
import { get, query } from './api.mjs';
import { h } from './dom.mjs';
import { followButton } from './follow.mjs';
import { clock, count, span } from './format.mjs';
import { actorLink, asCommand, empty, fact, panel, stateOf, table } from './parts.mjs';

const tones = { completed: 'good', failed: 'bad', blocked: 'warm', cancelled: 'calm' };
const stateTag = (one) => h('span', { class: `state ${tones[one.state] ?? 'busy'}` }, one.state, one.reason ? h('small', {}, ` ${one.reason}`) : null);

const columns = [
  { name: 'id', label: 'Generation', class: 'mono', cell: (one) => h('a', { href: `#/generation/${one.id}` }, one.id) },
  { name: 'state', label: 'State', cell: stateTag },
  { name: 'tier', label: 'Tier', cell: (one) => h('span', { class: `tag ${one.tier}` }, one.tier) },
  { name: 'images', label: 'Stored', number: true, cell: (one) => count(one.images_stored) },
  { name: 'credential', label: 'Credential', cell: (one) => one.credential ?? '–' },
  { name: 'created', label: 'Created', number: true, cell: (one) => clock(one.created_at) },
  { name: 'waited', label: 'To dispatch', number: true, cell: (one) => one.dispatched_at ? span(Date.parse(one.dispatched_at) - Date.parse(one.created_at)) : '–' },
  { name: 'took', label: 'Took', number: true, cell: (one) => one.ended_at ? span(Date.parse(one.ended_at) - Date.parse(one.created_at)) : span(Math.max(0, Date.now() - Date.parse(one.created_at))) },
];

export const generations = {
  every: 3000,
  load: (where, signal) => get(`/api/generations${query({ state: where.state, limit: 100 })}`, signal),
  view(where, data) {
    const state = where.state ?? 'in_work';
    const tab = (id, text) => h('a', { href: `#/generations?state=${id}`, 'aria-current': state === id ? 'true' : null }, text);
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Generations'), asCommand(`easelctl generations${state === 'ended' ? ' --ended' : ''}`)),
      h('div', { class: 'controls', key: 'controls' }, h('div', { class: 'switch', role: 'group', 'aria-label': 'Which' }, tab('in_work', 'In work'), tab('ended', 'Ended'))),
      panel(state === 'ended' ? 'Ended since yesterday' : 'In work', { key: 'list', aside: h('span', { class: 'soft' }, 'newest first, at most 100') },
        data.generations.length === 0 ? empty('There is none.') : table({ label: 'Generations', columns, rows: data.generations, key: (one) => one.id })),
    ];
  },
};

export const generation = {
  every: 2000,
  load: (where, signal) => get(`/api/generations/${encodeURIComponent(where.id)}`, signal),
  view(where, g) {
    const begin = Date.parse(g.created_at);
    const end = g.ended_at ? Date.parse(g.ended_at) : Math.max(Date.now(), ...g.steps.map((one) => Date.parse(one.to ?? one.from)));
    const tone = (one) => one.name.startsWith('image') || one.name === 'drawing' ? 'accent' : one.name.startsWith('call') ? 'warm' : 'soft';
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', { class: 'mono' }, g.id), stateTag(g), g.ended_at ? null : action('Cancel', 'cancel_generation', { generation: g.id }), action('Reveal its prompt', 'reveal_prompt', { generation: g.id, seconds: 60 }), g.actor ? followButton({ generation: g.id }) : null, asCommand(`easelctl generation ${g.id}`)),
      h('dl', { class: 'facts', key: 'facts' },
        fact('Tier', g.tier),
        fact(g.ended_at ? 'Took' : 'Runs for', span(end - begin)),
        fact('Images stored', count(g.images_stored)),
        fact('Credential', g.credential ?? 'none yet'),
        fact('Moderated', g.judged ? `within ${span(g.judged.within_ms)}` : g.ended_at ? 'not on record' : 'not yet on record',
          !g.judged ? null : g.state === 'blocked' ? 'and blocked' : 'the queue included: the verdict has no time of its own'),
        fact('Prompt', '••••••••', 'masked'),
        fact('Restarts', count(g.restarts), `fence ${g.fence}`),
        fact('Actor', g.actor ? actorLink(g.actor) : 'none on this node', g.actor ? g.actor.state : null)),
      g.cancel_requested && !g.ended_at ? h('p', { class: 'calm-note', key: 'cancel' }, 'It was asked to cancel; what is out decides by its outcome.') : null,
      panel('Timeline', { aside: h('span', { class: 'soft' }, `${clock(g.created_at)} to ${g.ended_at ? clock(g.ended_at) : 'now'}`) },
        h('ol', { class: 'waterfall' }, g.steps.map((one, at) => {
          const from = Date.parse(one.from), to = one.to ? Date.parse(one.to) : end;
          return h('li', { key: at }, h('span', { class: 'name' }, one.name, one.detail ? h('small', {}, ` ${one.detail}`) : null),
            lane(from, to, begin, end, one.to ? tone(one) : 'warm'),
            h('span', { class: 'number' }, one.to && from === to ? `at ${span(from - begin)}` : span(to - from), one.to ? null : h('small', {}, ' so far')));
        }))),
      panel('Who received data', {}, g.disclosures.length === 0 ? empty('Nobody yet.')
        : h('ul', { class: 'plain' }, g.disclosures.map((one, at) => h('li', { key: at }, h('code', {}, one.to), ' ', h('span', { class: 'soft' }, `${clock(one.at)}, after ${span(Date.parse(one.at) - begin)}`))))),
    ];
  },
};
