/** Looking back: one moment of the last quarter of an hour, or of the last day, in place of what is live. */
import { get } from './api.mjs';
import { bar } from './chart.mjs';
import { h } from './dom.mjs';
import { clock, count, rate, share, span } from './format.mjs';
import { live, onSample } from './live.mjs';
import { empty, panel, table } from './parts.mjs';

/** `at`: milliseconds since 1970, null while live. `found`: how it was then, once the server has said. `passes`: what went
 * wrong may be over soon. */
export const past = { at: null, found: null, fault: null, passes: false };

const reaches = { '15m': { text: '15 min', steps: 15 * 60, step: 1000 }, '24h': { text: '24 h', steps: 24 * 60, step: 60_000 } };
const slider = 'look-back';
let reach = '15m';
let anchor = 0; // what 0 of the slider stood for when one began to look back
let asking = false;
let tell = () => {};

export const onScrub = (draw) => { tell = draw; };

const now = () => live.sample ? Date.parse(live.sample.at) : Date.now();
const stepsOf = (at) => Math.round((at - anchor) / reaches[reach].step);

/** The address says which moment it is, so that it can be passed on. */
function mirror() {
  const [path, text = ''] = location.hash.split('?');
  const values = new URLSearchParams(text);
  if (past.at === null) values.delete('at');
  else values.set('at', new Date(past.at).toISOString());
  const named = String(values);
  history.replaceState(null, '', `${path || '#/'}${named ? `?${named}` : ''}`);
}

// One question at a time, however fast the slider moves; the last place that it came to is always asked for.
async function ask() {
  if (asking) return;
  asking = true;
  for (let asked = null; past.at !== null && past.at !== asked;) {
    asked = past.at;
    try {
      const found = await get(`/api/history?at=${encodeURIComponent(new Date(asked).toISOString())}`);
      if (past.at !== null) [past.found, past.fault] = [found, null];
    } catch (error) {
      if (past.at !== null) [past.found, past.fault, past.passes] = [null, error.status ? error.message : 'The server does not answer.', !error.status || error.status === 429 || error.status >= 500];
    }
    tell();
  }
  asking = false;
}

// Each second that the server tells of is a reason to ask again for what it could not answer.
onSample(() => { if (past.at !== null && past.fault && past.passes) ask(); });

function place() {
  const input = document.getElementById(slider);
  if (input) input.value = past.at === null ? 0 : stepsOf(past.at);
}

function lookAt(at) {
  if (past.at === null) anchor = now();
  past.at = at;
  mirror();
  tell();
  ask();
}

export function backToLive() {
  [past.at, past.found, past.fault] = [null, null, null];
  mirror();
  place();
  tell();
}

/** The moment that the address names; without one, the moment that is looked at goes along. */
export function follow(text) {
  const wanted = text ? Date.parse(text) : NaN;
  if (Number.isNaN(wanted)) {
    if (past.at !== null) mirror();
    return;
  }
  if (wanted === past.at) return;
  anchor = now();
  if (anchor - wanted > reaches['15m'].steps * 1000) reach = '24h';
  past.at = wanted;
  place();
  ask();
}

function chooseReach(id) {
  reach = id;
  if (past.at !== null && stepsOf(past.at) < -reaches[reach].steps) return backToLive();
  tell();
  return place();
}

function moved(event) {
  const steps = Number(event.currentTarget.value);
  if (steps === 0) return backToLive();
  if (past.at === null) anchor = now();
  return lookAt(anchor + steps * reaches[reach].step);
}

const words = () => past.at === null ? 'live' : `${clock(new Date(past.at).toISOString()).slice(0, 8)}, ${span(Math.max(0, now() - past.at))} ago`;

export function timeBar() {
  const { steps } = reaches[reach];
  return h('section', { class: past.at === null ? 'time-bar' : 'time-bar past', key: 'time', 'aria-label': 'Time' },
    h('label', { for: slider }, 'Look back'),
    h('input', { id: slider, key: slider, type: 'range', min: -steps, max: 0, step: 1, value: past.at === null ? 0 : stepsOf(past.at), 'aria-valuetext': words(), oninput: moved }),
    h('output', { for: slider }, words()),
    h('div', { class: 'reach', role: 'group', 'aria-label': 'How far' }, Object.entries(reaches).map(([id, one]) =>
      h('button', { type: 'button', key: id, class: 'quiet', 'aria-pressed': String(id === reach), onclick: () => chooseReach(id) }, one.text))),
    h('button', { type: 'button', class: past.at === null ? 'quiet' : 'strong', key: 'live', disabled: past.at === null, onclick: backToLive }, 'Live'));
}

// ------------------------------------------------------------------ how it was

const columns = [
  { name: 'type', label: 'Type', cell: (t) => h('span', { class: 'kind' }, t.kind) },
  { name: 'live', label: 'Live', number: true, cell: (t) => count(t.live) },
  { name: 'waiting', label: 'Mailbox', number: true, cell: (t) => count(t.waiting) },
  { name: 'rate', label: 'Messages/s', number: true, cell: (t) => rate(t.rate) },
  { name: 'busy', label: 'Busy', number: true, cell: (t) => h('span', { class: 'metered' }, share(t.busy), bar(t.busy)) },
  { name: 'failures', label: 'Failures', number: true, cell: (t) => h('span', { class: t.failures > 0 ? 'bad' : 'soft' }, count(t.failures)) },
];

const happened = {
  actor_started: ['started', 'calm'], actor_failed: ['failed', 'bad'], actor_restarted: ['restarted', 'warm'],
  breaker_opened: ['breaker opened', 'bad'], breaker_closed: ['breaker closed', 'good'],
  upstream_paused: ['paused', 'warm'], upstream_resumed: ['resumed', 'good'], action_taken: ['action', 'busy'],
  node_joined: ['joined', 'good'], node_left: ['left', 'bad'], node_draining: ['draining', 'warm'], work_taken_over: ['taken over', 'warm'],
};

function event(one) {
  const [word, tone] = happened[one.what] ?? [one.what, 'calm'];
  const about = one.actor && one.what !== 'actor_failed' ? h('a', { href: `#/actor/${one.actor}` }, one.about) : one.about;
  return h('li', { key: one.number }, h('time', { datetime: one.at, class: 'soft' }, clock(one.at).slice(0, 8)), ' ', h('span', { class: `state ${tone}` }, word), ' ',
    h('span', {}, about), one.detail ? h('span', { class: 'soft' }, ` ${one.detail}`) : null);
}

/** The tree by type, and what happened up to then. */
export function asItWas() {
  if (past.fault) return [empty(past.fault)];
  if (!past.found) return [h('p', { class: 'soft', key: 'asking' }, 'Looking back …')];
  const { types, events, step_ms: step, events_dropped: dropped, types_left_out: without } = past.found;
  const rows = types.filter((one) => one.live > 0 || one.rate > 0 || one.failures > 0).sort((a, b) => b.busy - a.busy || a.kind.localeCompare(b.kind));
  const over = step > 1000 ? 'means of a minute; of mailboxes the most' : 'over one second';
  const lost = [dropped > 0 ? `${count(dropped)} older events are no longer kept.` : '', without > 0 ? `${count(without)} figures of further types were not kept.` : ''].filter(Boolean).join(' ');
  return [
    h('div', { class: 'columns', key: 'columns' },
      panel('Actors by type', { aside: h('span', { class: 'soft' }, over), key: 'then' }, table({ label: 'Actors by type, then', columns, rows, key: (one) => one.kind })),
      panel('What happened until then', { key: 'events' }, events.length === 0 ? empty('Nothing that is remembered.') : h('ol', { class: 'events' }, events.map(event)))),
    lost ? h('p', { class: 'foot soft', key: 'lost' }, lost) : null,
  ];
}
