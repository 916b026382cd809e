/** The frame: where we are, what is shown there, and the keys. */
import { session } from './api.mjs';
import { h, show } from './dom.mjs';
import { live, onSample, start, stop } from './live.mjs';
import { empty } from './parts.mjs';
import { backToLive, follow, onScrub, past } from './scrub.mjs';
import { actor } from './view_actor.mjs';
import { actors } from './view_actors.mjs';
import { audit } from './view_audit.mjs';
import { billing } from './view_billing.mjs';
import { configuration } from './view_configuration.mjs';
import { generation, generations } from './view_generations.mjs';
import { graveyard } from './view_graveyard.mjs';
import { ledger } from './view_ledger.mjs';
import { nodes } from './view_nodes.mjs';
import { lints } from './view_lints.mjs';
import { log } from './view_log.mjs';
import { overview } from './view_overview.mjs';
import { privacy } from './view_privacy.mjs';
import { queues } from './view_queues.mjs';
import { sessions } from './view_sessions.mjs';
import { signIn } from './view_sign_in.mjs';
import { trace, traces } from './view_traces.mjs';
import { upstreams } from './view_upstreams.mjs';

const place = (id) => document.getElementById(id);
const [main, nav, status, who, help, act, search, query] = ['main', 'nav', 'status', 'who', 'help', 'action', 'search', 'query'].map(place);

// Views that live from the stream alone have no `load`; the others ask again every so often while they are looked at. One
// with a `listen` is told more by the server until that ends, and only then asks again.
const views = {
  '': { title: 'Overview', nav: 'overview', view: overview },
  actors: { title: 'Actors', nav: 'actors', ...actors },
  actor: { title: 'Actor', nav: 'actors', ...actor },
  generations: { title: 'Generations', nav: 'generations', ...generations },
  generation: { title: 'Generation', nav: 'generations', ...generation },
  upstreams: { title: 'Upstreams', nav: 'upstreams', view: upstreams },
  queues: { title: 'Queues', nav: 'queues', ...queues },
  sessions: { title: 'Sessions', nav: 'sessions', ...sessions },
  lints: { title: 'Lints', nav: 'lints', ...lints },
  graveyard: { title: 'Graveyard', nav: 'graveyard', ...graveyard },
  traces: { title: 'Traces', nav: 'traces', ...traces },
  trace: { title: 'Trace', nav: 'traces', ...trace },
  ledger: { title: 'Ledger', nav: 'ledger', ...ledger },
  billing: { title: 'Billing', nav: 'billing', ...billing },
  privacy: { title: 'Privacy', nav: 'privacy', ...privacy },
  nodes: { title: 'Nodes', nav: 'nodes', ...nodes },
  configuration: { title: 'Configuration', nav: 'configuration', ...configuration },
  log: { title: 'Log', nav: 'log', ...log },
  audit: { title: 'Audit', nav: 'audit', ...audit },
};
const places = [
  { id: 'overview', text: 'Overview', href: '#/', key: 'o' },
  { id: 'actors', text: 'Actors', href: '#/actors?view=tree', key: 'a' },
  { id: 'generations', text: 'Generations', href: '#/generations', key: 'g' },
  { id: 'upstreams', text: 'Upstreams', href: '#/upstreams', key: 'u' },
  { id: 'queues', text: 'Queues', href: '#/queues', key: 'q' },
  { id: 'sessions', text: 'Sessions', href: '#/sessions', key: 's' },
  { id: 'lints', text: 'Lints', href: '#/lints', key: 'i' },
  { id: 'graveyard', text: 'Graveyard', href: '#/graveyard', key: 'x' },
  { id: 'traces', text: 'Traces', href: '#/traces', key: 't' },
  { id: 'ledger', text: 'Ledger', href: '#/ledger', key: 'b', apart: true },
  { id: 'billing', text: 'Billing', href: '#/billing', key: 'm' },
  { id: 'privacy', text: 'Privacy', href: '#/privacy', key: 'p' },
  { id: 'nodes', text: 'Nodes', href: '#/nodes', key: 'n', apart: true },
  { id: 'configuration', text: 'Configuration', href: '#/configuration', key: 'c' },
  { id: 'log', text: 'Log', href: '#/log', key: 'w' },
  { id: 'audit', text: 'Audit', href: '#/audit', key: 'l', role: 'admin' },
];

/** An address may be cut off anywhere. */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function here() {
  const [path, parameters] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, id] = path.split('/').map(decoded);
  return { name: Object.hasOwn(views, name) ? name : '', where: { ...Object.fromEntries(new URLSearchParams(parameters ?? '')), ...(id ? { id } : {}) } };
}

let at = here();
let data = null;
let fault = null;
let timer = 0;
let asking = null;

function drawStatus() {
  if (!session.who) return show(status);
  const words = { connecting: ['warm', 'Connecting'], lost: ['bad', live.why ? `${live.why} Trying again` : 'Connection lost, trying again'] };
  const [tone, text] = live.state !== 'live' ? words[live.state]
    : live.sample.draining ? ['warm', 'Draining'] : live.sample.ready ? ['good', 'Ready'] : ['bad', 'Not ready'];
  return show(status, h('span', { class: 'condition' }, h('span', { class: `dot ${tone}` }), text));
}

function drawNav() {
  const failing = (live.sample?.concerns ?? []).filter((one) => one.urgent).length;
  show(nav, session.who ? places.filter((one) => session.may(one.role ?? 'viewer')).map((one) => h('a', { href: one.href, key: one.id, class: one.apart ? 'apart' : null, 'aria-current': views[at.name].nav === one.id ? 'page' : null },
    one.text, one.id === 'overview' && failing > 0 ? h('span', { class: 'badge', 'aria-label': `${failing} need attention` }, failing) : null)) : []);
}

function draw() {
  drawStatus();
  drawNav();
  if (!session.who) {
    show(who);
    return show(main, signIn({ fault, again: (why) => { fault = why; draw(); }, signedIn: begin }));
  }
  show(who, h('span', { class: 'name', title: session.who.role }, session.who.name.replace('operator:', '')),
    h('button', { type: 'button', class: 'quiet', onclick: () => session.end() }, 'Sign out'));
  const { load, view } = views[at.name];
  if (fault) return show(main, h('div', { class: 'title', key: 'title' }, h('h1', {}, views[at.name].title)), empty(fault));
  if (!load) return show(main, ...view({ again: draw }).filter(Boolean));
  return data ? show(main, ...view(at.where, data).filter(Boolean)) : show(main, h('p', { class: 'soft', key: 'loading' }, 'Loading …'));
}

async function ask() {
  clearTimeout(timer);
  asking?.abort();
  const { load, listen, every } = views[at.name];
  if (!load || !session.who) return;
  const mine = asking = new AbortController();
  if (!document.hidden) {
    try {
      const found = await load(at.where, mine.signal);
      if (mine.signal.aborted) return;
      [data, fault] = [found, null];
    } catch (error) {
      if (mine.signal.aborted) return;
      fault = error.status ? error.message : 'The server does not answer.';
    }
    draw();
    if (listen && !fault) await listen(at.where, mine.signal, draw);
    if (mine.signal.aborted) return;
  }
  timer = setTimeout(ask, every);
}

function arrive() {
  const before = at;
  at = here();
  const moved = before.name !== at.name || before.where.id !== at.where.id || before.where.view !== at.where.view;
  if (moved) [data, fault] = [null, null];
  document.title = `${at.where.id ? `${views[at.name].title} ${at.where.id}` : views[at.name].title} · easel console`;
  if (at.name === '' || at.name === 'actors') follow(at.where.at);
  draw();
  if (moved) window.scrollTo(0, 0);
  // On a phone the views are one line, longer than the screen.
  const chosen = nav.querySelector('[aria-current]');
  if (chosen) nav.scrollLeft = chosen.offsetLeft - (nav.clientWidth - chosen.clientWidth) / 2;
  ask();
}

function begin() {
  fault = null;
  start();
  arrive();
}

session.whenOver((why) => { stop(); if (past.at !== null) backToLive(); [data, fault] = [null, why]; asking?.abort(); clearTimeout(timer); draw(); });
onScrub(() => draw());
onSample(() => { if (!views[at.name].load) draw(); else { drawStatus(); drawNav(); } });
addEventListener('hashchange', arrive);
// What nobody sees holds no place among the server's readers.
addEventListener('visibilitychange', () => { if (!document.hidden) ask(); else if (views[at.name].listen) asking?.abort(); });

// ------------------------------------------------------------------ search and keys

search.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = query.value.trim();
  if (!text) return;
  if (/^#?\d+$/.test(text)) location.hash = `#/actor/${text.replace('#', '')}`;
  else if (text.startsWith('gen_')) location.hash = `#/generation/${encodeURIComponent(text)}`;
  else if (text.startsWith('acct_')) location.hash = `#/actors?about=${encodeURIComponent(text)}`;
  else {
    const kind = (live.sample?.types ?? []).map((one) => one.kind).find((one) => one.includes(text.toLowerCase()));
    location.hash = `#/actors?type=${encodeURIComponent(kind ?? text)}`;
  }
  query.value = '';
  main.focus();
});

function step(by) {
  const rows = [...main.querySelectorAll('[data-row]')].map((row) => row.querySelector('a, summary')).filter(Boolean);
  if (rows.length === 0) return;
  const now = rows.indexOf(document.activeElement);
  const next = rows[now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, now + by))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

const keys = [
  ['/', 'search'], ['j  k', 'next and previous row'], ['Enter', 'open the row'], ['u', 'back'], ['t', 'look back in time'],
  ...places.map((one) => [`g ${one.key}`, one.text.toLowerCase()]), ['?', 'these keys'], ['Esc', 'close, leave the search'],
];
show(help, h('h2', { id: 'help-title' }, 'Keys'),
  h('dl', {}, keys.map(([key, what]) => h('div', { key }, h('dt', {}, key.split(/\s+/).map((one) => h('kbd', {}, one))), h('dd', {}, what)))),
  h('form', { method: 'dialog' }, h('button', { class: 'strong' }, 'Close')));
place('help-button').addEventListener('click', () => help.showModal());

let goes = false;
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open || act.open) return;
  const typing = ['INPUT', 'SELECT', 'TEXTAREA'].includes(document.activeElement?.tagName);
  if (event.key === 'Escape' && typing) return document.activeElement.blur();
  if (typing || !session.who) return;
  if (goes) {
    goes = false;
    const to = places.find((one) => one.key === event.key);
    if (to) { event.preventDefault(); location.hash = to.href; }
    return;
  }
  const acts = {
    '/': () => query.focus(), '?': () => help.showModal(), j: () => step(1), k: () => step(-1),
    u: () => history.back(), t: () => place('look-back')?.focus(), g: () => { goes = true; setTimeout(() => { goes = false; }, 1200); },
  };
  if (!(event.key in acts)) return;
  event.preventDefault();
  acts[event.key]();
});

session.find().then((found) => (found ? begin() : draw()), (error) => { fault = error.status ? error.message : 'The server does not answer.'; draw(); });
