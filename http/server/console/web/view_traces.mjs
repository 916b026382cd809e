/** What is followed message by message: the list, a form to begin, and one trace as it grows. */
import { events, get, query, send, session } from './api.mjs';
import { bar } from './chart.mjs';
import { h } from './dom.mjs';
import { follow } from './follow.mjs';
import { clock, count, shortId, span } from './format.mjs';
import { live } from './live.mjs';
import { actorLink, asCommand, empty, fact, panel, table, word } from './parts.mjs';

const endings = {
  count: ['calm', 'ended: all messages that it may record'], time: ['calm', 'ended: its time is over'], stopped: ['calm', 'stopped'],
  subject_ended: ['calm', 'ended with what it followed'], account_deleted: ['warm', 'ended: the account is deleted'],
};
const stateOf = (one) => {
  const [tone, text] = one.running ? ['busy', `running, ${span(one.left_ms)} left`] : endings[one.ended] ?? ['calm', one.ended];
  return h('span', { class: `state ${tone}` }, text);
};

function subjectOf({ subject }) {
  if (subject.by === 'generation') return h('a', { href: `#/generation/${subject.generation}`, class: 'mono' }, subject.generation);
  if (subject.by === 'actor') return h('a', { href: `#/actor/${subject.actor}` }, `actor #${subject.actor}`);
  return subject.by === 'type' ? h('a', { href: `#/actors${query({ type: subject.type })}` }, `all of type ${subject.type}`) : 'an account';
}

function commandOf({ subject, bounds }) {
  const what = { generation: subject.generation, actor: subject.actor, type: subject.type && word(subject.type), account: 'acct_… --reason \'…\'' }[subject.by];
  return `easelctl trace ${subject.by} ${what} --for ${Math.round(bounds.span_ms / 1000)}s --limit ${bounds.events}`;
}

/** Asks again at once. */
const again = () => dispatchEvent(new HashChangeEvent('hashchange'));

const mayStop = (one) => one.running && (one.mine || session.may('operator'));
const stopButton = (one) => mayStop(one) ? h('button', { type: 'button', class: 'act', key: 'stop', onclick: async () => {
  await send('DELETE', `/api/traces/${one.id}`).catch(() => {}); // it ended by itself, as the next look tells
  again();
} }, 'Stop') : null;

// ------------------------------------------------------------------ the list and the form

const columns = [
  { name: 'id', label: 'Trace', cell: (one) => h('a', { href: `#/trace/${one.id}` }, `#${one.id}`) },
  { name: 'what', label: 'Follows', cell: subjectOf },
  { name: 'state', label: 'State', cell: stateOf },
  { name: 'recorded', label: 'Recorded', number: true, cell: (one) => h('span', { class: 'metered' }, `${count(one.recorded)} of ${count(one.bounds.events)}`, bar(one.recorded / one.bounds.events)) },
  { name: 'dropped', label: 'Dropped', number: true, cell: (one) => count(one.dropped) },
  { name: 'begun', label: 'Begun', number: true, cell: (one) => clock(one.started_at) },
  { name: 'whose', label: 'By', cell: (one) => one.mine ? 'you' : 'another operator' },
  { name: 'stop', label: 'Stop', cell: (one) => stopButton(one) ?? '' },
];

const subjects = { actor: 'one actor', type: 'all actors of a type', generation: 'a generation', account: 'an account' };
const labels = { actor: 'Its number', type: 'The type', generation: 'Its id', account: 'Its id' };

function target(by, which) {
  const id = `which-${by}`;
  const kinds = (live.sample?.types ?? []).map((one) => one.kind).sort();
  const input = by === 'type'
    ? h('select', { id, name: 'which' }, kinds.map((kind) => h('option', { value: kind, key: kind, selected: kind === which }, kind)))
    : h('input', { id, name: 'which', required: true, autocomplete: 'off', spellcheck: 'false', value: which ?? '', inputmode: by === 'actor' ? 'numeric' : null,
      placeholder: { generation: 'gen_…', account: 'acct_…' }[by] });
  return h('p', { key: id }, h('label', { for: id }, labels[by]), input);
}

function form(where, limits) {
  const by = where.by in subjects && (where.by !== 'account' || session.may('operator')) ? where.by : 'actor';
  const submit = (event) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const which = given.get('which').trim();
    const reason = given.get('reason')?.trim();
    follow({ [by]: by === 'actor' ? Number(which.replace('#', '')) : which, seconds: Number(given.get('seconds')), events: Number(given.get('events')), ...(reason ? { reason } : {}) });
  };
  const most = { seconds: Math.floor(limits.span_ms / 1000), events: limits.events };
  const number = (name, label, usual) => h('p', { key: name }, h('label', { for: name }, label),
    h('input', { id: name, name, type: 'number', min: 1, max: most[name], value: Math.min(usual, most[name]), required: true }));
  return panel('Follow', { key: 'form', aside: h('span', { class: 'soft' }, `at most ${count(limits.running)} traces at a time, ${count(limits.events)} messages and ${span(limits.span_ms)} each`) },
    h('form', { class: 'begin inset', onsubmit: submit },
      h('p', { key: 'by' }, h('label', { for: 'by' }, 'What'),
        h('select', { id: 'by', value: by, onchange: (event) => { location.hash = `#/traces${query({ by: event.currentTarget.value })}`; } },
          Object.entries(subjects).filter(([id]) => id !== 'account' || session.may('operator')).map(([id, text]) => h('option', { value: id, key: id, selected: id === by }, text)))),
      target(by, where.which), number('seconds', 'For, in seconds', 30), number('events', 'Messages at most', 500),
      by === 'account' ? h('p', { key: 'reason' }, h('label', { for: 'reason-of-trace' }, 'Reason, for the audit'),
        h('input', { id: 'reason-of-trace', name: 'reason', required: true, maxlength: 200, autocomplete: 'off' })) : null,
      h('button', { type: 'submit', class: 'strong', key: 'go' }, 'Follow')));
}

export const traces = {
  every: 2000,
  load: (where, signal) => get('/api/traces', signal),
  view(where, data) {
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, 'Traces'), asCommand('easelctl trace actor 1 --for 30s')),
      h('p', { class: 'soft', key: 'what' }, 'Each message that an actor handles: from whom, its type, how long it waited and took. Never what was in it.'),
      data.limits.running === 0 ? empty('Traces are switched off: operator.traces is 0.') : form(where, data.limits),
      panel('Running, and ended in the last 5 minutes', { key: 'list' }, data.traces.length === 0 ? empty('Nothing is followed.')
        : table({ label: 'Traces', columns, rows: data.traces, key: (one) => one.id })),
    ];
  },
};

// ------------------------------------------------------------------ one trace

const shown = 400;
let held = { id: null, page: null, events: [] };

const addressOf = (id, what = '') => `/api/traces/${encodeURIComponent(id)}${what}?after=${held.events.length}`;

/** What was told of the trace that is held; false when it was of another one: of a server that was started anew. */
function take(page) {
  const isAnother = held.page !== null && held.page.started_at !== page.started_at;
  if (isAnother || page.ended === 'account_deleted') held.events = [];
  held.page = page;
  if (isAnother) return false; // what was told begins where the one before had come to
  held.events.push(...page.events.filter((one) => one.number > held.events.length));
  return true;
}

async function look(id, signal) {
  if (held.id !== id) held = { id, page: null, events: [] };
  for (;;) {
    const page = await get(addressOf(id), signal);
    if (signal.aborted || (take(page) && (page.events.length === 0 || held.events.length >= page.recorded))) return held;
  }
}

const party = (one) => one === null ? '–' : one.type ? actorLink(one) : h('span', { class: 'id' }, `ended #${one.id}`);
const measured = (value, most, tone) => value === null ? '–' : h('span', { class: 'metered' }, span(value), bar(value / most, tone));

function messages(events, label, withGeneration) {
  const most = (name) => Math.max(...events.map((one) => one[name] ?? 0), 0.001);
  const [waited, took] = [most('waited_ms'), most('took_ms')];
  return table({ label, rows: events.map((one) => ({ ...one, tone: one.outcome === 'failed' ? 'bad' : null })), key: (one) => one.number, columns: [
    { name: 'actor', label: 'Actor', cell: (one) => actorLink(one.actor) },
    { name: 'after', label: 'After', number: true, cell: (one) => span(one.after_ms) },
    { name: 'message', label: 'Message', cell: (one) => [h('code', {}, one.message), one.outcome === 'failed' ? h('strong', {}, ' failed') : null] },
    { name: 'from', label: 'From', cell: (one) => party(one.from) },
    { name: 'waited', label: 'Waited', number: true, cell: (one) => measured(one.waited_ms, waited, 'warm') },
    { name: 'took', label: 'Took', number: true, cell: (one) => measured(one.took_ms, took, 'accent') },
    { name: 'state', label: 'State then', class: 'soft', cell: (one) => one.state || '–' },
    ...(withGeneration ? [{ name: 'generation', label: 'Generation', class: 'mono', cell: (one) => one.generation ? h('a', { href: `#/generation/${one.generation}`, title: one.generation }, shortId(one.generation)) : '–' }] : []),
  ] });
}

/** Stays at the newest message, unless somebody has scrolled up to read. */
function stayAtEnd() {
  const before = document.querySelector('.trace .scroll');
  const follows = !before || before.scrollHeight - before.scrollTop - before.clientHeight < 40;
  if (follows) requestAnimationFrame(() => {
    const region = document.querySelector('.trace .scroll');
    if (region) region.scrollTop = region.scrollHeight;
  });
}

export const trace = {
  every: 1000,
  load(where, signal) {
    const isKnown = held.id === where.id && held.page !== null;
    // What has ended is forgotten by the server after a while; here it stays as long as it is looked at.
    const isWhole = isKnown && !held.page.running && held.events.length >= held.page.recorded;
    return isWhole || (isKnown && where.paused) ? Promise.resolve(held) : look(where.id, signal);
  },
  /** What comes while it runs. Who finds no place, or is cut off, looks again after a while, and then hears the rest. */
  async listen(where, signal, draw) {
    if (where.paused || !held.page.running) return;
    await events(addressOf(where.id, '/stream'), signal, (name, page) => {
      if (name !== 'trace' || signal.aborted || page.started_at !== held.page.started_at) return;
      take(page);
      draw();
    }).catch(() => {});
  },
  view(where, { page, events }) {
    const link = (changes) => `#/trace/${page.id}${query({ paused: where.paused, all: where.all, ...changes })}`;
    const cut = where.all ? 0 : Math.max(0, events.length - shown);
    const list = events.slice(cut);
    const longest = (name) => events.reduce((most, one) => Math.max(most, one[name] ?? 0), 0);
    if (!where.paused) stayAtEnd();
    return [
      h('div', { class: 'title', key: 'title' }, h('h1', {}, `Trace #${page.id} of `, subjectOf(page)), where.paused && page.running ? h('span', { class: 'state warm' }, 'paused here') : stateOf(page),
        page.running ? h('button', { type: 'button', class: 'act', key: 'pause', onclick: () => { location.hash = link({ paused: where.paused ? '' : 'yes' }); } }, where.paused ? 'Go on' : 'Pause') : null, stopButton(page), asCommand(commandOf(page))),
      h('dl', { class: 'facts', key: 'facts' },
        fact('Recorded', count(page.recorded), `of at most ${count(page.bounds.events)}`),
        fact('Left', page.running ? span(page.left_ms) : 'nothing', `of ${span(page.bounds.span_ms)}`),
        fact('Longest wait', span(longest('waited_ms')), 'in a mailbox'),
        fact('Longest handler', span(longest('took_ms'))),
        fact('Dropped', count(page.dropped), 'two came at the same moment')),
      panel('Messages', { key: 'messages', aside: h('span', { class: 'soft' }, cut > 0 ? [`the latest ${count(shown)}; `, h('a', { href: link({ all: 'yes' }) }, `all ${count(events.length)}`)] : 'the newest at the bottom; types and times, never what was in them') },
        list.length === 0 ? empty(page.running ? 'Nothing was handled yet.' : 'Nothing was handled while it ran.')
          : h('div', { class: 'trace' }, messages(list, 'Messages', page.subject.by !== 'generation'))),
    ];
  },
};
