import { action } from './actions.mjs';
import { get } from './api.mjs';
import { h } from './dom.mjs';
import { count, span } from './format.mjs';
import { choices, readable, tag, verdict } from './panel_parts.mjs';
import { asCommand, empty, fact, panel, table } from './parts.mjs';

const toneOf = (one) => one.finding === 'broken' ? 'bad' : one.finding !== 'kept' ? 'warm' : one.kept ? 'good' : 'warm';
const wordOf = (one) => one.finding === 'kept' && !one.kept ? 'proof too old' : one.finding;

function clause(one, open) {
  return h('details', { class: 'grave clause', key: one.clause, 'data-row': true, open: open || null },
    h('summary', {}, h('span', { class: 'kind name' }, one.clause), tag(wordOf(one), toneOf(one)), h('span', { class: 'promise' }, one.promise),
      h('span', { class: 'soft age' }, `${span(one.age_ms)} ago`)),
    h('div', { class: 'inset' },
      one.complaints.length ? h('ul', { class: `complaints ${toneOf(one)}` }, one.complaints.map((text) => h('li', { key: text }, text))) : null,
      one.figures.length ? h('dl', { class: 'figures-of' }, one.figures.map((figure, at) => h('div', { key: at }, h('dt', {}, figure.name), h('dd', {}, readable(figure.value)))))
        : h('p', { class: 'soft' }, 'No probe looks at it.'),
      one.probes ? h('p', { class: 'soft' }, 'Shown by ', one.probes.split(' ').map((name, at) => [at ? ', ' : '', h('code', {}, name)]), '.') : null));
}

function condition(audit, interval) {
  if (!audit) return verdict('warm', 'This node has no proof.', 'Another node audits, or none has yet: ', h('a', { href: '#/nodes' }, 'who does'), '.');
  const broken = audit.clauses.filter((one) => one.finding === 'broken').length;
  const stale = audit.clauses.filter((one) => one.finding === 'kept' && !one.kept).length;
  const unproved = audit.clauses.filter((one) => one.finding === 'no evidence').length;
  if (broken) return verdict('bad', broken === 1 ? 'A clause is broken.' : `${broken} clauses are broken.`, 'The complaints say what was counted.');
  if (stale) return verdict('warm', 'The proofs are too old.', `They are made each ${span(interval)}, and count for nothing after twice that.`);
  return verdict('good', `${audit.clauses.length - unproved} clauses are proved to be kept.`, unproved ? `For ${unproved} others there is no live evidence, or not of all.` : '');
}

const dueColumns = [
  { name: 'table', label: 'Table', cell: (one) => h('code', {}, one.table) },
  { name: 'relations', label: 'Relations', number: true, cell: (one) => count(one.relations) },
  { name: 'rows', label: 'Past due', number: true, cell: (one) => h('span', { class: one.overdue_ms > 300_000 ? 'bad' : null }, count(one.rows)) },
  { name: 'overdue', label: 'The oldest for', number: true, cell: (one) => one.rows > 0 ? span(one.overdue_ms) : '–' },
  { name: 'done', label: 'Deleted in a day', number: true, cell: (one) => count(one.done) },
];

function deletion(retention, audit) {
  const { clock, last, day } = retention;
  const names = new Set([...(audit?.due ?? []).map((one) => one.table), ...Object.keys(day.by_table)]);
  const due = Object.fromEntries((audit?.due ?? []).map((one) => [one.table, one]));
  const rows = [...names].sort().map((name) => ({ table: name, relations: due[name]?.relations ?? null, rows: due[name]?.rows ?? (audit ? 0 : null), overdue_ms: due[name]?.overdue_ms ?? 0, done: day.by_table[name] ?? 0 }));
  return [
    h('dl', { class: 'facts spread', key: 'deletion' },
      fact('The clock', clock.believed ? 'believed' : 'not believed', clock.believed ? (clock.read_ms === null ? 'not read yet' : `read ${span(clock.read_ms)} ago`) : clock.why),
      fact('Last round', last ? `${span(last.ago_ms)} ago` : 'none yet', last ? `took ${span(last.took_ms)}` : null),
      fact('It deleted', last ? `${count(last.rows)} rows` : '–', last ? `${count(last.days)} days dropped` : null),
      fact('Since yesterday', `${count(day.rows)} rows`, `${count(day.rounds)} rounds, ${count(day.days)} days dropped`),
      audit ? fact('Past due', count(audit.past_due), audit.past_due > 0 ? `the oldest for ${span(audit.longest_overdue_ms)}` : 'nothing') : null,
      audit ? fact('Days ahead', count(audit.days_ahead), 'have partitions') : null),
    clock.believed ? null : verdict('bad', `Deletion has stopped: ${clock.why}.`, 'When the clock is right, say so: ', h('code', {}, 'easelctl retention confirm-clock')),
    panel('Due and done', { key: 'due', aside: h('span', { class: 'soft' }, audit ? `counted ${span(audit.age_ms)} ago by the auditor` : 'what is due is counted by the auditor') },
      rows.length ? table({ label: 'Due and done', columns: dueColumns, rows, key: (one) => one.table }) : empty('Nothing has had its time yet.')),
  ];
}

const requestInputs = () => [
  { name: 'kind', label: 'What is asked for', options: ['access', 'correction', 'erasure', 'child', 'restriction', 'objection', 'complaint'] },
  { name: 'received', label: 'Received on', type: 'date', value: new Date().toISOString().slice(0, 10) },
  { name: 'account', label: 'Account, if it is known', optional: true, longest: 40 },
  { name: 'reference', label: 'Number of the mail or ticket, if there is one', optional: true, longest: 40 },
];

export const privacy = {
  every: 5000,
  load: (where, signal) => get('/api/privacy', signal),
  view(where, data) {
    const which = where.show ?? 'all';
    const all = data.audit?.clauses ?? [];
    const shown = which === 'open' ? all.filter((one) => !one.kept) : all;
    const order = { broken: 0, 'no evidence': 1, kept: 2 };
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Privacy'), action('Record a request', 'record_privacy_request', {}, 'operator', requestInputs()), asCommand('easelctl policy show')),
      condition(data.audit, data.interval_ms),
      choices('Which clauses', [['all', 'All clauses', '#/privacy'], ['open', 'Not proved', '#/privacy?show=open']], which),
      panel('The policy, clause by clause', { key: 'clauses', aside: h('span', { class: 'soft' }, data.audit ? `audited ${span(data.audit.age_ms)} ago, each ${span(data.interval_ms)}` : 'not audited here') },
        shown.length ? (which === 'open' ? [...shown].sort((a, b) => order[a.finding] - order[b.finding]) : shown).map((one) => clause(one, where.id === one.clause))
          : empty(data.audit ? 'Each clause is proved to be kept.' : 'There is nothing to show on this node.')),
      h('h2', { class: 'between', key: 'between' }, 'Deletion'),
      ...deletion(data.retention, data.audit),
    ];
  },
};
