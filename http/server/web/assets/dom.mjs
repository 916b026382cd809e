/** What the pages share in handling their elements. Texts only ever enter as text, never as markup. */

import { text } from './texts.mjs';

export const $ = (id) => document.getElementById(id);

/** A copy of a <template>, and its parts by their data-part. */
export function stamp(id) {
  const element = $(id).content.firstElementChild.cloneNode(true);
  const parts = {};
  for (const part of element.querySelectorAll('[data-part]')) parts[part.dataset.part] = part;
  return { element, parts };
}

/** Shows a text in an element that is hidden while it has none. */
export function tell(element, message) {
  element.textContent = message ?? '';
  element.hidden = !message;
}

/** Says something to people who do not see the page change. */
export function announce(message) { $('announcer').textContent = message; }

/** Marks a field as wrong and says why beneath it; without a message takes that back. */
export function mark(field, message) {
  $(`${field.id}-error`).textContent = message ?? '';
  if (message) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
}

/** Asks before something that cannot be undone. The focus returns to where it was. */
export function ask(title, question, yes) {
  const dialog = $('ask');
  $('ask-title').textContent = title;
  $('ask-text').textContent = question;
  $('ask-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  $('ask-no').focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

/** What some steps want: a sign-in that is not long ago. */
export function signInAgain(problem) {
  if (problem.code !== 'recent_sign_in_required') throw problem;
  $('again').hidden = false;
  $('again').querySelector('a').focus();
}

/** Runs a step with its button disabled, so that it happens once. What fails is told in `where`. */
export async function once(button, where, step) {
  if (button.disabled) return;
  button.disabled = true;
  tell(where, '');
  try {
    await step();
  } catch (problem) {
    tell(where, problem.sentence ?? text('problem.500.text'));
    if (!problem.sentence) console.error(problem);
  } finally {
    button.disabled = false;
  }
}

/** A line of a list, with what can be done about it; what fails is told at the top of the page. */
export function line({ title, meta, tag, action, label, act }) {
  const { element, parts } = stamp('line');
  parts.title.textContent = title;
  parts.meta.textContent = meta.filter(Boolean).join(' · ');
  tell(parts.tag, tag);
  parts.action.hidden = !action;
  parts.action.textContent = action ?? '';
  if (label) parts.action.setAttribute('aria-label', label);
  parts.action.addEventListener('click', () => once(parts.action, $('page-problem'), act));
  return element;
}
