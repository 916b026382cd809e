/** Beginning to follow something, message by message. */
import { send } from './api.mjs';
import { h, show } from './dom.mjs';

let isBeginning = false; // a second click begins no second trace

/** `subject`: one of generation, account, type and actor, with bounds and reason as the API takes them. */
export async function follow(subject) {
  if (isBeginning) return;
  isBeginning = true;
  try {
    const trace = await send('POST', '/api/traces', subject);
    location.hash = `#/trace/${trace.id}`;
  } catch (error) {
    const place = document.getElementById('action');
    show(place, h('h2', { id: 'action-title' }, 'It is not followed'), h('p', { class: 'bad', role: 'status' }, error.message),
      h('form', { method: 'dialog', key: 'close' }, h('button', { class: 'strong' }, 'Close')));
    place.showModal();
  } finally {
    isBeginning = false;
  }
}

/** A button that follows it within the usual bounds. */
export const followButton = (subject, text = 'Follow') =>
  h('button', { type: 'button', class: 'act', key: 'follow', onclick: () => follow(subject) }, text);

/** An account is followed with a reason, which the form asks for. */
export const followLink = (account) => h('a', { class: 'act', key: 'follow', href: `#/traces?by=account&which=${encodeURIComponent(account)}` }, 'Follow the account');
