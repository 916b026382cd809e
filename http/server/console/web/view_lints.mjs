/** What is looked for all the time, what it found, and for how long it has been so. */
import { action } from './actions.mjs';
import { get } from './api.mjs';
import { h } from './dom.mjs';
import { count, span } from './format.mjs';
import { asCommand, empty, panel } from './parts.mjs';

const sinceWhen = (one, now) => h('span', { class: 'soft since' }, `for ${span(Math.max(0, Date.parse(now) - Date.parse(one.since)))}`);

/** A finding as the overview and this view show it. `now`: the time of the sample that it is from. */
export function finding(one, now) {
  return h('article', { class: one.urgent ? 'concern urgent' : 'concern', key: `${one.lint} ${one.about}` },
    h('h2', {}, h('a', { href: one.link }, one.what), ' ', sinceWhen(one, now)),
    h('p', {}, one.evidence), h('p', { class: 'why' }, one.why), h('p', { class: 'next' }, one.next));
}

const toneOf = (lint) => lint.count === 0 ? 'good' : lint.urgent ? 'bad' : 'warm';

function rule(lint) {
  const found = lint.count;
  return h('details', { class: 'lint', key: lint.id, 'data-row': true },
    h('summary', {}, h('span', { class: `dot ${toneOf(lint)}` }), h('code', { class: 'kind' }, lint.id),
      h('span', { class: `state ${found === 0 ? 'calm' : toneOf(lint)}` }, found === 0 ? 'nothing found' : count(found)),
      h('span', { class: 'soft fires' }, lint.fires)),
    h('div', { class: 'inset' }, h('p', {}, lint.why), h('p', { class: 'soft' }, lint.next)));
}

export const lints = {
  every: 2000,
  load: (where, signal) => get('/api/lints', signal),
  view(where, data) {
    const findings = data.lints.flatMap((one) => one.findings);
    findings.sort((a, b) => Number(b.urgent) - Number(a.urgent) || Date.parse(a.since) - Date.parse(b.since));
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Lints'),
        action('Log them for 15 min', 'set_log_level', { level: 'debug', minutes: 15 }, 'admin'), asCommand('easelctl lints')),
      findings.length === 0 ? empty('Nothing is found.')
        : h('section', { class: 'concerns', key: 'concerns', 'aria-label': 'Findings' }, findings.map((one) => finding(one, data.at))),
      data.more_findings > 0 ? h('p', { class: 'warm', key: 'more' }, `${count(data.more_findings)} more are not shown.`) : null,
      panel('What is looked for, each second', { key: 'rules', aside: h('span', { class: 'soft' }, 'urgent findings come first') }, data.lints.map(rule)),
    ];
  },
};
