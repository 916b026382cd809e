import { bar, sparkline } from './chart.mjs';
import { h } from './dom.mjs';
import { count, rate, share, span } from './format.mjs';
import { live, seriesOf, valueOf } from './live.mjs';
import { asCommand, empty, panel, table } from './parts.mjs';
import { asItWas, past, timeBar } from './scrub.mjs';
import { finding } from './view_lints.mjs';

const seconds = (value) => value === null ? '–' : span(value * 1000);

const tiles = [
  { name: 'live', label: 'Generations in work', text: count },
  { name: 'completed', label: 'Completed', unit: '/s', text: rate, tone: 'good' },
  { name: 'failed', label: 'Failed', unit: '/s', text: rate, tone: 'bad' },
  { name: 'p95_free', label: 'Free tier, p95', text: seconds },
  { name: 'p95_paid', label: 'Paid tier, p95', text: seconds },
  { name: 'queued_free', label: 'Free queue', text: count, tone: 'warm' },
  { name: 'queued_paid', label: 'Paid queue', text: count, tone: 'warm' },
  { name: 'upstream_calls', label: 'Upstream calls', unit: '/s', text: rate },
  { name: 'upstream_failures', label: 'Upstream failures', unit: '/s', text: rate, tone: 'bad' },
  { name: 'messages', label: 'Messages', unit: '/s', text: rate },
  { name: 'waiting', label: 'Messages waiting', text: count, tone: 'warm' },
  { name: 'busy', label: 'Threads busy', text: (value) => value === null ? '–' : value.toFixed(2) },
];

function tile({ name, label, unit, text, tone }) {
  const values = seriesOf(name);
  const peak = Math.max(...values.filter((one) => one !== null), 0);
  return h('div', { class: 'tile', key: name },
    h('p', { class: 'label' }, label, h('span', { class: 'peak' }, 'peak ', text(peak))),
    h('p', { class: 'figure' }, text(past.at === null ? valueOf(name) : past.found?.values[name] ?? null), unit ? h('small', {}, unit) : null),
    sparkline(values, { tone }));
}

function concerns({ concerns: list, more_concerns: more, at }) {
  if (list.length === 0)
    return h('section', { class: 'calm-note', key: 'concerns', 'aria-label': 'Attention' }, h('span', { class: 'dot good' }), 'Nothing needs your attention.');
  return h('section', { class: 'concerns', key: 'concerns', 'aria-label': 'Attention' }, list.map((one) => finding(one, at)),
    more > 0 ? h('p', { class: 'warm', key: 'more' }, `${count(more)} more are not shown.`) : null);
}

let order = 'busy';
const typeColumns = [
  { name: 'type', label: 'Type', cell: (t) => h('a', { href: `#/actors?type=${encodeURIComponent(t.kind)}`, class: 'kind' }, t.kind) },
  { name: 'live', label: 'Live', number: true, sort: 'live', cell: (t) => count(t.live) },
  { name: 'waiting', label: 'Mailbox', number: true, sort: 'waiting', cell: (t) => count(t.waiting) },
  { name: 'rate', label: 'Messages/s', number: true, sort: 'rate', cell: (t) => rate(t.rate) },
  { name: 'busy', label: 'Busy', number: true, sort: 'busy', cell: (t) => h('span', { class: 'metered' }, share(t.busy), bar(t.busy)) },
  { name: 'ended', label: 'Ended', number: true, sort: 'ended', cell: (t) => count(t.ended) },
  { name: 'ended_failed', label: 'Failed', number: true, sort: 'ended_failed', cell: (t) => h('span', { class: t.ended_failed > 0 ? 'bad' : 'soft' }, count(t.ended_failed)) },
];

function types(list, again) {
  const rows = [...list].sort((a, b) => b[order] - a[order] || a.kind.localeCompare(b.kind));
  return panel('Actors by type', { aside: h('a', { href: '#/actors?view=tree' }, 'the whole tree') },
    table({ label: 'Actors by type', columns: typeColumns, rows, key: (t) => t.kind, sort: order, onSort: (by) => { order = by; again(); } }));
}

function stages(list) {
  const measured = list.filter((one) => one.count > 0);
  const longest = Math.max(...measured.map((one) => one.p95_ms ?? 0), 1);
  const columns = [
    { name: 'stage', label: 'Stage', cell: (one) => one.stage === 'whole' ? h('strong', {}, 'the whole') : one.stage },
    { name: 'tier', label: 'Tier', cell: (one) => h('span', { class: `tag ${one.tier}` }, one.tier) },
    { name: 'p50', label: 'p50', number: true, cell: (one) => span(one.p50_ms) },
    { name: 'p95', label: 'p95', number: true, cell: (one) => h('span', { class: 'metered' }, span(one.p95_ms), bar((one.p95_ms ?? 0) / longest)) },
    { name: 'p99', label: 'p99', number: true, cell: (one) => span(one.p99_ms) },
    { name: 'count', label: 'Count', number: true, cell: (one) => count(one.count) },
  ];
  return panel('Where the time goes', { aside: h('span', { class: 'soft' }, 'the last minute or so') },
    measured.length === 0 ? empty('No generation has passed a stage since the server started.')
      : table({ label: 'Where the time goes', columns, rows: measured, key: (one) => `${one.tier}/${one.stage}` }));
}

function queues(list) {
  return panel('Queues', {}, h('ul', { class: 'queues' }, list.map((one) => {
    const full = one.bound ? one.waiting / one.bound : 0;
    return h('li', { key: one.name, class: one.stalled ? 'bad' : null },
      h('span', { class: 'name' }, one.name, one.stalled ? h('strong', {}, ' — nothing leaves') : null),
      h('span', { class: 'number' }, count(one.waiting), one.bound ? h('small', {}, ` of ${count(one.bound)}`) : null),
      bar(full, full > 0.8 ? 'bad' : full > 0.3 ? 'warm' : 'accent'));
  })));
}

export function overview({ again }) {
  const { sample } = live;
  if (!sample) return [h('p', { class: 'soft' }, 'Waiting for the first sample …')];
  const tilesNow = h('section', { class: 'tiles', key: 'tiles', 'aria-label': 'The last quarter of an hour' }, tiles.map(tile));
  if (past.at !== null)
    return [h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Overview'), asCommand(`easelctl top --at ${new Date(past.at).toISOString()}`)), timeBar(), tilesNow, ...asItWas()];
  return [
    h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Overview'), asCommand('easelctl top')),
    timeBar(),
    concerns(sample),
    tilesNow,
    h('div', { class: 'columns roomy', key: 'columns' }, types(sample.types, again), h('div', { class: 'stack', key: 'stack' }, stages(sample.stages), queues(sample.queues))),
    h('p', { class: 'foot soft', key: 'foot' }, `Up for ${span(sample.uptime_ms)}. Looking costs this server ${span(sample.console?.sample_ms)} a second; `
      + `${count(sample.console?.watchers)} of ${count(sample.console?.most_watchers)} consoles watch.`),
  ];
}
