/** The account: who one is, who draws, what it costs, and what may act for one. */

import { get, patch, post, remove } from './api.mjs';
import { $, announce, ask, line, mark, once, signInAgain, stamp, tell } from './dom.mjs';
import { day, fromNow, has, moment, text } from './texts.mjs';

let account = null;

function told(message) {
  announce(message);
  return message;
}

// ---- who

function showAccount(found) {
  account = found;
  $('name').value = found.name ?? '';
  $('email').textContent = found.email ?? '–';
  $('since').textContent = day(found.created_at);
  $('available').textContent = found.credits.available;
  $('held').textContent = found.credits.held;
  document.querySelector(`[name="tier"][value="${found.tier}"]`).checked = true;
  offerSwitch();
}

$('rename').addEventListener('submit', (event) => {
  event.preventDefault();
  const button = event.submitter;
  const name = $('name').value.trim();
  mark($('name'), '');
  once(button, $('page-problem'), async () => {
    try {
      showAccount(await patch('/v1/account', { name }));
      told(text('you.saved'));
    } catch (problem) {
      if (problem.field !== 'name') throw problem;
      mark($('name'), problem.sentence);
    }
  });
});

// ---- who draws

const chosenTier = () => document.querySelector('[name="tier"]:checked').value;

function offerSwitch() {
  const chosen = chosenTier();
  $('switch').disabled = chosen === account.tier;
  $('switch').textContent = text(chosen === account.tier ? 'tier.switch' : `tier.switch_to_${chosen}`);
}

$('tier').addEventListener('change', offerSwitch);
$('tier').addEventListener('submit', async (event) => {
  event.preventDefault();
  const tier = chosenTier();
  if (tier === account.tier) return;
  if (!await ask(text('tier.ask_title'), text(`tier.ask_${tier}`), text('tier.switch'))) return;
  await once($('switch'), $('tier-error'), async () => {
    await post('/v1/account/tier', { tier });
    showAccount(await get('/v1/account'));
    told(text('tier.switched'));
  });
  offerSwitch();
});

// ---- credits

function grantLine(grant) {
  const { remaining, amount, expires_at: end } = grant;
  return line({
    title: text(`grant.${grant.kind}`),
    meta: [end ? text('credits.until', { remaining, amount, date: moment(end) }) : text('credits.forever', { remaining, amount })],
  });
}

function entryRow(entry) {
  const { element, parts } = stamp('entry');
  const key = `entry.${entry.from}.${entry.to}`;
  parts.when.textContent = moment(entry.at);
  parts.what.textContent = text(has(key) ? key : 'entry.other');
  parts.amount.textContent = `${entry.to === 'available' ? '+' : '−'}${entry.amount}`;
  return element;
}

let olderEntries = '/v1/account/credits?limit=50';
async function showCredits() {
  const books = await get(olderEntries);
  $('grants').replaceChildren(...books.grants.filter((one) => one.remaining > 0).map(grantLine));
  $('entries').append(...books.entries.map(entryRow));
  olderEntries = books.next;
  $('entries-more').hidden = olderEntries === null;
}
$('entries-more').addEventListener('click', () => once($('entries-more'), $('page-problem'), showCredits));

// ---- keys

function keyLine(key) {
  return line({
    title: key.name,
    meta: [
      text('keys.hidden', { hint: key.hint }), text('keys.created', { date: day(key.created_at) }),
      key.last_used_at ? text('keys.used', { date: fromNow(key.last_used_at) }) : text('keys.unused'),
      key.expires_at && text('keys.expires', { date: day(key.expires_at) }),
      key.monthly_cap && text('keys.of_cap', { used: key.used_this_month, cap: key.monthly_cap }),
    ],
    action: text('keys.revoke'),
    label: text('keys.revoke_label', { name: key.name }),
    act: async () => {
      if (!await ask(text('keys.revoke_title', { name: key.name }), text('keys.revoke_text'), text('keys.revoke'))) return;
      await remove(`/v1/account/keys/${key.id}`);
      await showKeys();
      told(text('keys.revoked'));
      $('key-name').focus();
    },
  });
}

async function showKeys() {
  const { data } = await get('/v1/account/keys');
  const live = data.filter((one) => one.revoked_at === null);
  $('keys').replaceChildren(...live.map(keyLine));
  $('keys-empty').hidden = live.length > 0;
}

$('key').addEventListener('submit', (event) => {
  event.preventDefault();
  const { name, expiry, cap } = event.target.elements;
  once(event.submitter, $('key-error'), async () => {
    const wanted = { name: name.value.trim() };
    if (expiry.value) wanted.expires_at = new Date(Date.now() + Number(expiry.value) * 86_400_000).toISOString();
    if (cap.value) wanted.monthly_cap = Number(cap.value);
    try {
      const made = await post('/v1/account/keys', wanted);
      $('new-key-text').value = made.key;
      $('new-key').hidden = false;
      event.target.reset();
      await showKeys();
      $('new-key-text').focus();
      $('new-key-text').select();
    } catch (problem) {
      signInAgain(problem);
    }
  });
});

$('copy').addEventListener('click', () => once($('copy'), $('page-problem'), async () => {
  await navigator.clipboard.writeText($('new-key-text').value);
  told($('copy').textContent = text('keys.copied'));
}));
$('new-key-done').addEventListener('click', () => {
  $('new-key-text').value = '';
  $('new-key').hidden = true;
  $('copy').textContent = text('keys.copy');
  $('key-name').focus();
});

// ---- sessions

/** The server's labels are a closed set in English: "Firefox on Linux". */
function deviceText(label) {
  const [, browser, system] = /^(.+) on (.+)$/.exec(label) ?? [];
  return browser ? text('sessions.device', { browser, system }) : label;
}

function sessionLine(session) {
  const name = deviceText(session.device);
  return line({
    title: name,
    tag: session.current ? text('sessions.this') : '',
    meta: [text('sessions.seen', { date: fromNow(session.last_seen_at) }), text('sessions.since', { date: moment(session.created_at) })],
    action: session.current ? undefined : text('sessions.end'),
    label: text('sessions.end_label', { name }),
    act: async () => {
      await remove(`/v1/account/sessions/${session.id}`);
      await showSessions();
      told(text('sessions.ended'));
      $('end-others').focus();
    },
  });
}

async function showSessions() {
  const { data } = await get('/v1/account/sessions');
  $('sessions').replaceChildren(...data.map(sessionLine));
  $('end-others').disabled = data.length < 2;
}

$('end-others').addEventListener('click', () => once($('end-others'), $('page-problem'), async () => {
  await remove('/v1/account/sessions?keep=current');
  await showSessions();
  told(text('sessions.ended_others'));
}));
$('end-all').addEventListener('click', () => once($('end-all'), $('page-problem'), async () => {
  if (!await ask(text('sessions.end_all_title'), text('sessions.end_all_text'), text('sessions.end_all'))) return;
  await remove('/v1/account/sessions');
  location.assign('/sign-in');
}));

// ---- the beginning

const parts = [get('/v1/account').then(showAccount), showCredits(), showKeys(), showSessions()];
for (const one of parts) one.catch((problem) => tell($('page-problem'), problem.sentence));
await Promise.allSettled(parts);
