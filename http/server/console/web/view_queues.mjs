import { bar } from './chart.mjs';
import { h } from './dom.mjs';
import { count, share, span } from './format.mjs';
import { live } from './live.mjs';
import { tag, verdict } from './panel_parts.mjs';
import { asCommand, panel, table } from './parts.mjs';

const fullness = (one) => one.bound ? one.waiting / one.bound : 0;
const toneOf = (one) => one.stalled || fullness(one) > 0.8 ? 'bad' : fullness(one) > 0.3 ? 'warm' : 'accent';

const columns = [
  { name: 'name', label: 'Queue', cell: (one) => h('span', { class: 'kind' }, one.name) },
  { name: 'state', label: 'State', cell: (one) => one.stalled ? tag('nothing leaves', 'bad') : one.waiting > 0 ? tag('moving', 'busy') : tag('empty', 'calm') },
  { name: 'waiting', label: 'Waiting', number: true, cell: (one) => count(one.waiting) },
  { name: 'bound', label: 'At most', number: true, cell: (one) => one.bound ? count(one.bound) : '–' },
  { name: 'full', label: 'Full', number: true, cell: (one) => one.bound ? h('span', { class: 'metered' }, share(fullness(one)), bar(fullness(one), toneOf(one))) : '–' },
  { name: 'place', label: 'One place took', number: true, cell: (one) => span(one.place_ms) },
  { name: 'last', label: 'The last waits about', number: true, cell: (one) => one.place_ms && one.waiting ? span(one.place_ms * one.waiting) : '–' },
];

export function queues() {
  const list = live.sample?.queues ?? [];
  const stalled = list.filter((one) => one.stalled), full = list.filter((one) => fullness(one) > 0.8);
  return [
    h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Queues'), asCommand('easelctl queues')),
    stalled.length ? verdict('bad', 'Nothing leaves a queue.', 'No credential of its tier may start a call: ', h('a', { href: '#/upstreams' }, 'the upstreams'), ' say why.')
      : full.length ? verdict('warm', 'A queue is nearly full.', 'Beyond its bound whoever comes is refused and told to come back.')
        : verdict('good', 'Everything moves.', 'Accounts of a tier take turns, so that one with many images does not keep the others waiting.'),
    panel('What waits where', { key: 'list' }, table({ label: 'Queues', columns, rows: list, key: (one) => one.name })),
  ];
}
