import { action } from './actions.mjs';
import { bar } from './chart.mjs';
import { get, query, session } from './api.mjs';
import { h } from './dom.mjs';
import { followButton, followLink } from './follow.mjs';
import { count, rate, share, span } from './format.mjs';
import { live } from './live.mjs';
import { actorColumns, actorLink, asCommand, empty, panel, stateOf, table, word } from './parts.mjs';
import { asItWas, past, timeBar } from './scrub.mjs';

const orders = { mailbox: 'mailbox depth', rate: 'message rate', busy: 'busy time', stalled: 'how long it stalls', age: 'age', handled: 'messages handled', failures: 'failures' };
const pageSize = 50, furthest = 10_000; // how deep the server lets one page

const address = (values) => `#/actors${query(values)}`;

function choice(label, value, options, choose) {
  return h('label', { class: 'choice', key: label }, label, ' ',
    h('select', { value, onchange: (event) => choose(event.currentTarget.value) },
      options.map(([id, text]) => h('option', { value: id, selected: id === value, key: id || 'any' }, text))));
}

function node(actor) {
  const line = h('div', { class: 'leaf' }, actorLink(actor), stateOf(actor),
    h('span', { class: 'figures' },
      h('span', { title: 'messages waiting', class: actor.waiting > 0 ? null : 'soft' }, `${count(actor.waiting)} waiting`),
      h('span', { title: 'messages per second' }, `${rate(actor.rate)}/s`),
      h('span', { title: 'busy share', class: 'metered' }, share(actor.busy), bar(actor.busy, actor.busy > 0.8 ? 'bad' : 'accent')),
      h('span', { class: 'soft', title: 'age' }, span(actor.age_ms))));
  return h('li', { key: `a${actor.id}`, 'data-row': true }, line, groups(actor.children));
}

function groups(list) {
  if (!list?.length) return null;
  return h('ul', {}, list.flatMap((group) => {
    if (group.count <= group.actors.length) return group.actors.map(node);
    const head = h('div', { class: 'group' }, h('a', { href: address({ type: group.type }) }, h('span', { class: 'kind' }, group.type), ` × ${count(group.count)}`),
      h('span', { class: 'figures' }, h('span', { class: group.waiting > 0 ? null : 'soft' }, `${count(group.waiting)} waiting`), h('span', {}, `${rate(group.rate)}/s`),
        h('span', { class: 'metered' }, share(group.busy), bar(group.busy)), h('span', {})));
    return [h('li', { key: `g${group.type}`, 'data-row': true }, head, h('ul', { class: 'some' }, group.actors.map(node),
      h('li', { key: 'more', class: 'soft more' }, `and ${count(group.count - group.actors.length)} more`)))];
  }));
}

export const actors = {
  every: 2000,
  async load(where, signal) {
    const { view = 'list', type, about, parent, sort = 'mailbox', offset = 0 } = where;
    return get(`/api/actors${query(view === 'tree' ? { view, sort } : { type, about, parent, sort, offset, limit: pageSize })}`, signal);
  },
  view(where, data) {
    if (past.at !== null)
      return [h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Actors'), asCommand(`easelctl top --at ${new Date(past.at).toISOString()}`)), timeBar(),
        h('p', { class: 'soft', key: 'by-type' }, 'Of the past the tree is kept by type, and no single actor.'), ...asItWas()];
    const { view = 'list', type = '', about, parent, sort = 'mailbox' } = where;
    const offset = Number(where.offset ?? 0);
    const go = (changes) => { location.hash = address({ ...where, offset: '', ...changes }); };
    const kinds = (live.sample?.types ?? []).map((one) => one.kind).sort();
    const command = view === 'tree' ? 'easelctl tree' : `easelctl top --sort ${word(sort)}${type ? ` --type ${word(type)}` : ''}`;
    const controls = h('div', { class: 'controls', key: 'controls' },
      h('div', { class: 'switch', role: 'group', 'aria-label': 'Form' },
        h('a', { href: address({ ...where, view: 'list', offset: '' }), 'aria-current': view === 'list' ? 'true' : null }, 'List'),
        h('a', { href: address({ view: 'tree', sort: where.sort }), 'aria-current': view === 'tree' ? 'true' : null }, 'Tree')),
      choice('most by', sort, Object.entries(orders), (value) => go({ sort: value })),
      view === 'list' ? choice('type', type, [['', 'any'], ...kinds.map((kind) => [kind, kind])], (value) => go({ type: value })) : null);
    const title = h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Actors'), view === 'list' && kinds.includes(type) ? followButton({ type }, 'Follow the type') : null, asCommand(command));
    if (view === 'tree')
      return [title, timeBar(), controls, panel('Supervision tree', { key: 'tree' }, h('div', { class: 'tree' }, groups(data.tree)))];
    const shown = about ? `About ${about}` : parent ? `Children of #${parent}` : type || 'All actors';
    const last = offset + data.actors.length;
    const pager = h('nav', { class: 'pager', 'aria-label': 'Pages' },
      h('span', { class: 'soft' }, data.matching === 0 ? 'none' : `${count(offset + 1)}–${count(last)} of ${count(data.matching)}`),
      offset > 0 ? h('a', { href: address({ ...where, offset: Math.max(0, offset - pageSize) || '' }) }, 'previous') : null,
      last < data.matching && last <= furthest ? h('a', { href: address({ ...where, offset: last }) }, 'next') : null);
    const acts = about?.startsWith('acct_') ? h('div', { class: 'controls', key: 'acts' }, action('Suspend the account', 'suspend_account', { account: about }),
      action('Lift its suspension', 'lift_account', { account: about }), action('Sign its browsers out', 'end_sessions', { account: about }), session.may('operator') ? followLink(about) : null) : null;
    return [title, timeBar(), controls, acts, panel(shown, { aside: pager, key: 'list' },
      data.actors.length === 0 ? empty('No such actor lives now. The graveyard may know how it ended.')
        : table({ label: shown, columns: actorColumns, rows: data.actors, key: (one) => one.id, sort, onSort: (by) => go({ sort: by }) }))];
  },
};
