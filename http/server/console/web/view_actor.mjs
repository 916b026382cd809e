import { action } from './actions.mjs';
import { bar } from './chart.mjs';
import { get } from './api.mjs';
import { h } from './dom.mjs';
import { followButton } from './follow.mjs';
import { count, rate, share, span } from './format.mjs';
import { live } from './live.mjs';
import { actorColumns, actorLink, asCommand, empty, fact, panel, stateOf, table } from './parts.mjs';

export function messageLog(messages, agoLabel = 'Ago') {
  const longest = Math.max(...messages.map((one) => one.took_ms), 0.001);
  const columns = [
    { name: 'type', label: 'Type', cell: (one) => h('code', {}, one.type) },
    { name: 'ago', label: agoLabel, number: true, cell: (one) => span(one.ago_ms) },
    { name: 'took', label: 'Took', number: true, cell: (one) => h('span', { class: 'metered' }, one.running ? h('strong', { class: 'busy' }, `running, ${span(one.took_ms)}`) : span(one.took_ms), bar(one.took_ms / longest, one.running ? 'warm' : 'accent')) },
  ];
  return h('div', { class: 'narrow' }, table({ label: 'Latest messages', columns, rows: messages.map((one, at) => ({ ...one, at })), key: (one) => one.at }));
}

/** What the actor does at its times, and an admin at once. */
function runNow(type) {
  if (type === 'retention') return action('Delete what is due now', 'run_retention', {}, 'admin');
  return type === 'billing reconciler' ? action('Reconcile now', 'run_reconcile', {}, 'admin') : null;
}

export const actor = {
  every: 1000,
  load: (where, signal) => get(`/api/actors/${encodeURIComponent(where.id)}`, signal),
  view(where, a) {
    const children = a.children.flatMap((group) => group.actors);
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, h('span', { class: 'kind' }, a.type), ' ', h('span', { class: 'id' }, `#${a.id}`)), stateOf(a), action('Restart', 'restart_actor', { actor: a.id }), live.sample?.chaos && a.type !== 'root' ? action('Kill', 'kill_actor', { actor: a.id }, 'admin') : null, runNow(a.type), a.type === 'session' ? null : followButton({ actor: a.id }), asCommand(`easelctl actor ${a.id}`)),
      h('dl', { class: 'facts', key: 'facts' },
        fact('Mailbox', count(a.waiting), a.stalled_ms > 0 ? `oldest work ${span(a.stalled_ms)}` : 'nothing waits'),
        fact('Messages', `${rate(a.rate)}/s`, `${count(a.handled)} in all`),
        fact('Busy', share(a.busy), `${span(a.busy_ms)} in all`),
        fact('Failures', count(a.failures), a.siblings_failed > 0 ? `${count(a.siblings_failed)} like it failed before` : 'none like it failed lately'),
        fact('Age', span(a.age_ms)),
        fact('Supervisor', a.supervisor ? actorLink(a.supervisor) : 'none: the top'),
        a.generation ? fact('Generation', h('a', { href: `#/generation/${a.generation}` }, a.generation)) : null),
      panel('Latest messages', { aside: h('span', { class: 'soft' }, 'types and times; never what was in them') },
        a.messages.length === 0 ? empty('It has handled no message yet.') : messageLog(a.messages)),
      panel('Children', { aside: children.length ? h('a', { href: `#/actors?parent=${a.id}` }, 'as a list') : null },
        a.children.length === 0 ? empty('It has none.') : [
          ...a.children.filter((group) => group.count > group.actors.length).map((group) =>
            h('p', { class: 'soft inset', key: group.type }, `${group.type} × ${count(group.count)}; those with the deepest mailboxes are shown.`)),
          table({ label: 'Children', columns: actorColumns, rows: children, key: (one) => one.id })]),
    ];
  },
};
