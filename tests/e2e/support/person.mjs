import assert from 'node:assert/strict';
import { Browser } from './browser.mjs';

/** Somebody who is signed in with the stand-in for Google, in a browser of their own. */
export class Person {
  /** @param url the service's own, where browsers find it */
  static async signIn(url, sub) {
    const person = new Person(url);
    const { browser } = person;
    const begun = await browser.request(`${url}/sign-in`, { form: { return_to: '' } });
    assert.equal(begun.status, 303, await begun.text());
    await browser.open(begun.headers.get('location'));
    await browser.open(browser.at, { form: { sub } }, (at) => at.startsWith(url));
    const back = await browser.request(browser.at);
    if (back.headers.get('location') === '/sign-in/confirm')
      await browser.request(`${url}/sign-in/confirm`, { form: { age: 'yes', terms: 'yes' } });
    return person;
  }

  constructor(url) {
    this.url = url;
    this.browser = new Browser();
  }

  async call(method, path, json) {
    const answer = await this.browser.request(this.url + path, { method, json });
    const text = await answer.text();
    return { status: answer.status, json: text ? JSON.parse(text) : undefined, headers: answer.headers };
  }

  /** The answer of a call that must be good. */
  async ask(method, path, json) {
    const { status, json: found } = await this.call(method, path, json);
    assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(found)}`);
    return found;
  }

  async get(path) { return this.ask('GET', path); }
  async post(path, json) { return this.ask('POST', path, json); }
  async available() { return (await this.get('/v1/account')).credits.available; }
}
