/** The server's API, with the session cookie that the browser adds by itself. */

import { has, text } from './texts.mjs';

/** What the server refused, in words for people. */
export class Problem extends Error {
  constructor(status, document = {}) {
    super(`${status} ${document.code ?? ''}`);
    Object.assign(this, { status, code: document.code, field: document.field });
    const key = [document.code, status, status < 500 ? 400 : 500].find((one) => has(`problem.${one}.text`));
    this.sentence = status === 0 ? text('problem.unreachable') : text(`problem.${key}.text`);
  }
}

/** The answer as JSON. Whoever is not signed in any more is taken to the page for it. */
export async function call(method, target, body, { headers = {}, signal } = {}) {
  if (body !== undefined) headers['content-type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(target, {
      method, headers: { accept: 'application/json', ...headers }, signal, cache: 'no-store',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw error.name === 'AbortError' ? error : new Problem(0);
  }
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  if (answer.status === 401) {
    location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname)}`);
    return new Promise(() => {}); // the page is about to go
  }
  throw new Problem(answer.status, found.error ?? found);
}

export const get = (target, options) => call('GET', target, undefined, options);
export const post = (target, body, options) => call('POST', target, body, options);
export const patch = (target, body) => call('PATCH', target, body);
export const remove = (target) => call('DELETE', target);
