/** What a person may demand of their data: a pause, and an end. A copy is a link. */

import { call, get, post, remove } from './api.mjs';
import { $, announce, ask, once, signInAgain, stamp, tell } from './dom.mjs';
import { moment, text } from './texts.mjs';

// ---- the pause

function showPause({ restricted, since }) {
  $('pause').hidden = restricted;
  $('paused').hidden = !restricted;
  if (restricted) $('paused-since').textContent = text('pause.since', { date: moment(since) });
}

$('pause').addEventListener('submit', (event) => {
  event.preventDefault();
  once(event.submitter, $('pause-error'), async () => {
    if (!await ask(text('pause.ask_title'), text('pause.ask_text'), text('pause.begin'))) return;
    const objection = $('objection').value.trim();
    showPause(await post('/v1/account/restriction', objection ? { objection } : {}));
    $('objection').value = '';
    announce(text('pause.begun'));
    $('lift').focus();
  });
});

$('lift').addEventListener('click', () => once($('lift'), $('pause-error'), async () => {
  showPause(await remove('/v1/account/restriction'));
  announce(text('pause.lifted'));
  $('objection').focus();
}));

// ---- the end

let lost;

function showLost(found) {
  lost = found;
  $('lost-pictures').textContent = found.pictures;
  $('lost-credits').textContent = found.credits;
  $('lost-keys').textContent = found.api_keys;
}

function showReceipt(receipt) {
  const { element, parts } = stamp('deleted');
  parts.id.textContent = receipt.id;
  parts.finished.textContent = moment(receipt.finished_at);
  parts.hash.textContent = receipt.hash;
  document.querySelector('header nav')?.remove();
  $('main').replaceChildren(element);
  $('deleted-heading').focus();
}

$('delete').addEventListener('click', () => once($('delete'), $('deletion-error'), async () => {
  showLost(await get('/v1/account/deletion')); // as it is now
  const question = text('deletion.ask_text', { pictures: lost.pictures, credits: lost.credits });
  if (!await ask(text('deletion.ask_title'), question, text('deletion.delete'))) return;
  try {
    showReceipt(await call('DELETE', '/v1/account', { confirm: 'delete' }));
  } catch (problem) {
    signInAgain(problem);
  }
}));

for (const one of [get('/v1/account/restriction').then(showPause), get('/v1/account/deletion').then(showLost)])
  one.catch((problem) => tell($('page-problem'), problem.sentence));
