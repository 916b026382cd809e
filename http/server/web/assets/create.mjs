/** The studio: a form that knows its price, and the person's pictures. */

import { get, post, remove } from './api.mjs';
import { Card, hasEnded, qualityText, sizeText, stateText } from './cards.mjs';
import { $, announce, ask, mark, once, tell } from './dom.mjs';
import { follow } from './follow.mjs';
import { text } from './texts.mjs';

const quotePause = 250; // milliseconds of quiet before a price is asked for
const form = $('create');
const { prompt, model, size, quality, n: count } = form.elements;
const cards = new Map();
let models = [];
let older = null; // where the listing goes on
let quoting = null; // the question for a price that is under way

// ---- the form

const limit = () => models.find((one) => one.id === model.value)?.prompt_limit ?? 32_000;
const length = () => [...prompt.value.trim()].length;

function fill(select, values, label) {
  const before = select.value;
  select.replaceChildren(...values.map((value) => new Option(label(value), value)));
  if (values.includes(before)) select.value = before;
}

function offerModel() {
  const chosen = models.find((one) => one.id === model.value);
  if (!chosen) return;
  fill(size, chosen.sizes, sizeText);
  fill(quality, chosen.qualities, qualityText);
}

function countCharacters() {
  $('prompt-count').textContent = text('create.prompt_count', { count: length(), limit: limit() });
  mark(prompt, length() > limit() ? text('create.prompt_long') : '');
}

function choices() {
  return { model: model.value, size: size.value, quality: quality.value, n: Number(count.value) };
}

/** The price of what is chosen. The prompt does not change it and stays here until it is sent to be drawn. */
async function quote() {
  quoting?.abort();
  if (!count.checkValidity()) return mark(count, text('create.count_wrong'));
  mark(count, '');
  const asked = quoting = new AbortController();
  try {
    const found = await post('/v1/generations/quote', { prompt: '-', ...choices() }, { signal: asked.signal });
    const { price: { total }, available, affordable, recipient } = found;
    $('price-total').textContent = text('credits.count', { count: total });
    $('price-available').textContent = text('credits.count', { count: available });
    $('price-recipients').textContent = text('create.recipients_text', { recipient: text(`recipient.${recipient}`) });
    $('price').classList.toggle('too-dear', !affordable);
    $('submit').textContent = text('create.submit_price', { count: total });
    tell($('create-problem'), affordable ? '' : text('create.too_dear'));
  } catch (problem) {
    if (problem.name !== 'AbortError') tell($('create-problem'), problem.sentence);
  }
}

let quoteSoon = 0;
function quoteLater() {
  clearTimeout(quoteSoon);
  quoteSoon = setTimeout(quote, quotePause);
}

/** The same key for the same wish: pressing again after a lost answer makes no second picture. */
let wish = { body: '', key: '' };
function keyFor(body) {
  if (wish.body !== body) wish = { body, key: crypto.randomUUID() };
  return wish.key;
}

function firstMistake() {
  if (length() === 0) mark(prompt, text('create.prompt_missing'));
  else countCharacters();
  mark(count, count.checkValidity() ? '' : text('create.count_wrong'));
  return form.querySelector('[aria-invalid]');
}

async function create() {
  const wrong = firstMistake();
  if (wrong) return wrong.focus();
  const body = { prompt: prompt.value.trim(), ...choices() };
  const accepted = await post('/v1/generations', body, { headers: { 'idempotency-key': keyFor(JSON.stringify(body)) } });
  wish = { body: '', key: '' };
  announce(text('create.sent'));
  show(accepted, 'first');
  quote();
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  once($('submit'), $('create-problem'), create);
});
form.addEventListener('input', (event) => (event.target === prompt ? countCharacters() : quoteLater()));
model.addEventListener('change', () => { offerModel(); countCharacters(); });
prompt.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});

// ---- the pictures

const actions = {
  look(image, words) {
    $('viewer-image').src = image.url;
    $('viewer-image').alt = text('pictures.alt', { count: image.index + 1, prompt: words });
    $('viewer-prompt').textContent = words;
    $('viewer-download').href = image.url;
    $('viewer').showModal();
  },

  reuse(generation) {
    prompt.value = generation.prompt;
    countCharacters();
    prompt.focus();
  },

  async remove(card) {
    const kind = hasEnded(card.generation) ? 'remove' : 'cancel';
    if (!await ask(text(`pictures.${kind}_title`), text(`pictures.${kind}_text`), text(`pictures.${kind}`))) return;
    await once(card.parts.remove, card.parts.problem, async () => {
      const { deleted } = await remove(`/v1/generations/${card.id}`);
      if (deleted) {
        announce(text('pictures.removed'));
        drop(card);
      } else {
        card.parts.state.textContent = text('pictures.cancelling');
      }
    });
  },
};

function drop(card) {
  const neighbour = card.element.nextElementSibling ?? card.element.previousElementSibling;
  card.close();
  card.element.remove();
  cards.delete(card.id);
  $('wall-empty').hidden = cards.size > 0;
  (neighbour?.querySelector('button') ?? prompt).focus();
}

function watch(card) {
  let said = stateText(card.generation);
  follow(card.id, {
    state(generation) {
      card.show(generation);
      const now = stateText(generation);
      if (now !== said) announce(said = now);
      if (hasEnded(generation)) quote();
    },
    image: (image) => card.add(image),
    partial: (index, base64) => card.preview(index, base64),
    lost: () => { card.parts.state.textContent = text('state.lost'); },
    gone: () => drop(card),
  });
}

function show(generation, where) {
  if (cards.has(generation.id)) return cards.get(generation.id).show(generation);
  const card = new Card(generation, actions);
  cards.set(card.id, card);
  if (where === 'first') $('cards').prepend(card.element);
  else $('cards').append(card.element);
  $('wall-empty').hidden = true;
  if (!hasEnded(generation)) watch(card);
}

async function list(target) {
  const page = await get(target);
  for (const generation of page.data) show(generation, 'last');
  older = page.next;
  $('more').hidden = older === null;
  $('wall-empty').hidden = cards.size > 0;
}

$('more').addEventListener('click', () => once($('more'), $('wall-problem'), () => list(older)));
$('viewer').addEventListener('close', () => $('viewer-image').removeAttribute('src'));

// ---- the beginning

countCharacters();
await Promise.all([
  get('/v1/models').then((found) => {
    models = found.data;
    fill(model, models.map((one) => one.id), (one) => one);
    offerModel();
    countCharacters();
    return quote();
  }).catch((problem) => tell($('create-problem'), problem.sentence)),
  list('/v1/generations?limit=24').catch((problem) => tell($('wall-problem'), problem.sentence)),
]);
