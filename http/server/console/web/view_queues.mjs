import { get } from './api.mjs';
import { bar } from './chart.mjs';
import { h } from './dom.mjs';
import { count, share, span } from './format.mjs';
import { capital, tag, verdict } from './panel_parts.mjs';
import { asCommand, empty, panel, table } from './parts.mjs';

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

const lineColumns = [
  { name: 'session', label: 'Account, by its session', cell: (one) => one.session ? h('a', { href: `#/actor/${one.session}` }, h('span', { class: 'kind' }, 'session'), ' ', h('span', { class: 'id' }, `#${one.session}`)) : 'no session here' },
  { name: 'waiting', label: 'Images waiting', number: true, cell: (one) => count(one.waiting) },
  { name: 'work', label: 'Generations', number: true, cell: (one) => count(one.in_work) },
  { name: 'turns', label: 'Slots so far', number: true, cell: (one) => count(one.turns) },
  { name: 'waits', label: 'Waits for', number: true, cell: (one) => span(one.waits_ms) },
  { name: 'turn', label: 'Last slot', number: true, cell: (one) => one.turns > 0 ? `${span(one.since_turn_ms)} ago` : 'none yet' },
];

/** Whether those who wait get their turns, whatever each of them has waiting. */
function turns({ tier, accounts, most, longest_since_turn_ms: longest }) {
  const aside = accounts === 0 ? 'nobody waits'
    : `${count(accounts)} ${accounts === 1 ? 'account waits' : 'accounts wait'}; the longest without a slot ${span(longest)}${accounts > most.length ? `; the ${most.length} with the most images` : ''}`;
  return panel(`${capital(tier)} tier: whose turn it is`, { key: `line-${tier}`, aside: h('span', { class: 'soft' }, aside) },
    accounts === 0 ? empty('Each image that comes gets a slot at once.')
      : table({ label: `Accounts that wait in the ${tier} tier`, columns: lineColumns, rows: most.map((one, at) => ({ ...one, at })), key: (one) => one.session ?? `at-${one.at}` }));
}

function whatWaits({ queues: list, lines }) {
  const stalled = list.filter((one) => one.stalled), full = list.filter((one) => fullness(one) > 0.8);
  return [
    h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Queues'), asCommand('easelctl queues')),
    stalled.length ? verdict('bad', 'Nothing leaves a queue.', 'No credential of its tier may start a call: ', h('a', { href: '#/upstreams' }, 'the upstreams'), ' say why.')
      : full.length ? verdict('warm', 'A queue is nearly full.', 'Beyond its bound whoever comes is refused and told to come back.')
        : verdict('good', 'Everything moves.', 'Accounts of a tier take turns, so that one with many images does not keep the others waiting.'),
    panel('What waits where', { key: 'list' }, table({ label: 'Queues', columns, rows: list, key: (one) => one.name })),
    ...lines.map(turns),
  ];
}

export const queues = {
  every: 2000,
  load: (where, signal) => get('/api/queues', signal),
  view: (where, data) => whatWaits(data),
};
