/** What a person may demand of their data: a copy, a pause, and an end. */

import { call, get, post, remove } from './api.mjs';
import { $, announce, ask, once, signInAgain, stamp, tell } from './dom.mjs';
import { moment, month, size, text } from './texts.mjs';

// ---- the copy: a link, and several where the copy that was begun last has several files

function fileName({ number, documents, first_month: first, last_month: last }, files) {
  if (documents) return text('export.file_documents', { number, files });
  const values = { number, files, first: month(first), last: month(last) };
  return first === last ? text('export.file_month', values) : text('export.file_months', values);
}

function showFiles({ data: [copy] }) {
  const files = copy?.volumes.length > 1 ? copy.volumes : [];
  $('files').hidden = files.length === 0;
  if (files.length === 0) return;
  const until = moment(copy.expires_at);
  $('files-until').textContent = text('export.several', { date: moment(copy.made_at), until });
  $('files-list').replaceChildren(...files.map((file) => {
    const { element, parts } = stamp('file');
    parts.link.href = file.url;
    parts.link.textContent = fileName(file, files.length);
    parts.size.textContent = file.images > 0 ? size(file.image_bytes) : '';
    return element;
  }));
}

const lookForFiles = () => get('/v1/account/exports').then(showFiles);

// The browser fetches the first file by itself, and no script hears of it: what there is is known when that began.
$('export').addEventListener('click', () => {
  for (const wait of [2000, 10_000]) setTimeout(() => lookForFiles().catch(() => {}), wait);
});

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

for (const one of [get('/v1/account/restriction').then(showPause), get('/v1/account/deletion').then(showLost),
  lookForFiles()])
  one.catch((problem) => tell($('page-problem'), problem.sentence));
