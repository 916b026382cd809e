import { get } from './api.mjs';
import { h } from './dom.mjs';
import { count, span } from './format.mjs';
import { bars, verdict, whole } from './panel_parts.mjs';
import { asCommand, empty, fact, panel, table } from './parts.mjs';

const reasons = {
  unknown_price: 'a plan is missing in the configuration', wrong_amount: 'Stripe’s price is not the catalogue’s', out_of_bounds: 'an amount that cannot be meant',
  unknown_account: 'not in this database', unknown_payment: 'belongs to nothing of ours', gone: 'Stripe does not know it any more',
  refused: 'our key lacks a right', unreadable: 'an answer of another version', unavailable: 'Stripe did not answer',
  other_version: 'an event of another API version',
};
const sweepsSay = { events: 'all events since the last run', failures: 'events that were not taken', objects: 'sessions, invoices, refunds, disputes' };

function condition(data, of) {
  if (!data.sells) return verdict('calm', 'Nothing is sold here.', 'No key of Stripe’s is configured.');
  if (of.parked.count > 0)
    return verdict('bad', `${count(of.parked.count)} events could not be applied.`, `The oldest has been open for ${span(of.parked.oldest_ms)}; each is tried again for as long as it takes.`);
  if (data.price_faults > 0) return verdict('bad', `${data.price_faults} items differ from Stripe’s prices.`, h('code', {}, 'easelctl billing check'), ' says which.');
  if (of.waiting.oldest_ms > 60_000) return verdict('warm', 'Events wait for longer than a minute.', 'Look whether Stripe answers, and which node applies events.');
  return verdict('good', 'The books say what Stripe says.', data.leads ? 'This node applies events.' : 'Another node applies events.');
}

const sweepColumns = [
  { name: 'name', label: 'Sweep', cell: (one) => h('span', {}, h('span', { class: 'kind' }, one.name), h('small', { class: 'block' }, sweepsSay[one.name] ?? '')) },
  { name: 'ago', label: 'Ran ago', number: true, cell: (one) => h('span', { title: one.ran_at }, span(one.ago_ms)) },
  { name: 'took', label: 'Took', number: true, cell: (one) => span(one.took_ms) },
  { name: 'looked', label: 'Looked at', number: true, cell: (one) => count(one.looked_at) },
  { name: 'found', label: 'Repaired', number: true, cell: (one) => h('span', { class: one.found > 0 ? 'warm' : null }, count(one.found)) },
];

const differenceColumns = [
  { name: 'event', label: 'Event', class: 'mono', cell: (one) => h('span', {}, one.event, h('small', { class: 'block' }, one.type)) },
  { name: 'object', label: 'Object', class: 'mono', cell: (one) => h('span', {}, one.object_id, h('small', { class: 'block' }, one.object)) },
  { name: 'amount', label: 'Amount', number: true, cell: (one) => one.amount === null ? '–' : `${whole(one.amount)} ${one.currency}` },
  { name: 'reason', label: 'Why', cell: (one) => h('span', {}, one.reason.replaceAll('_', ' '), h('small', { class: 'block' }, reasons[one.reason] ?? '')) },
  { name: 'age', label: 'Open for', number: true, cell: (one) => span(one.age_ms) },
  { name: 'attempts', label: 'Tries', number: true, cell: (one) => count(one.attempts) },
];

export const billing = {
  every: 5000,
  load: (where, signal) => get('/api/billing', signal),
  view(where, data) {
    const of = Object.fromEntries(data.inbox.map((one) => [one.state, one]));
    const aged = (group, tone) => bars(group.ages.map((one, at) => ({ name: one.age, value: one.count, tone: at > 1 ? tone : 'accent' })));
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Billing'), asCommand('easelctl billing show')),
      condition(data, of),
      h('dl', { class: 'facts spread', key: 'facts' },
        fact('Waiting', count(of.waiting.count), of.waiting.count ? `oldest ${span(of.waiting.oldest_ms)}` : 'nothing waits'),
        fact('Parked', count(of.parked.count), of.parked.count ? `oldest ${span(of.parked.oldest_ms)}` : 'no open difference'),
        fact('Applied', count(of.applied.count), 'since yesterday'), fact('Ignored', count(of.ignored.count), 'since yesterday'),
        fact('Deletions to confirm', count(data.endings.count), data.endings.count ? `oldest ${span(data.endings.oldest_ms)}` : 'Stripe knows of all'),
        fact('Customers at once', data.leads ? `${data.open_lines} of ${data.most_lines}` : '–', data.leads ? 'worked on now, each in order' : 'another node works on them'),
        fact('Can buy', data.can_buy ? 'yes' : 'no', data.can_buy ? 'prices agree with Stripe’s' : 'not, as far as this node knows')),
      h('div', { class: 'columns', key: 'columns' },
        panel('The reconciler', { aside: h('span', { class: 'soft' }, 'repaired: had not come by themselves') },
          data.sweeps.length ? table({ label: 'Sweeps of the reconciler', columns: sweepColumns, rows: data.sweeps, key: (one) => one.name }) : empty('It has not run yet.')),
        panel('Events that wait, by age', { key: 'waiting' }, aged(of.waiting, 'warm')),
        panel('Parked events, by age', { key: 'parked' }, aged(of.parked, 'bad')),
        panel('Parked for', { key: 'reasons' }, data.parked.length ? bars(data.parked.map((one) => ({ name: one.reason.replaceAll('_', ' '), value: one.count, more: `oldest ${span(one.oldest_ms)}`, tone: 'bad' }))) : empty('Nothing is parked.'))),
      panel('Open differences', { key: 'differences', aside: h('span', { class: 'soft' }, `oldest first, at most ${data.most_differences}`) },
        data.differences.length ? table({ label: 'Open differences', columns: differenceColumns, rows: data.differences, key: (one) => one.event }) : empty('There is none.')),
    ];
  },
};
