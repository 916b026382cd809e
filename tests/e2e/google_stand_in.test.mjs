// The stand-in for Google is as strict as Google: what it lets through, and what it refuses.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { StandIn } from './support/stand_in.mjs';

let standIn, discovered;
before(async () => {
  standIn = await StandIn.start();
  discovered = await (await fetch(`${standIn.url}/.well-known/openid-configuration`)).json();
});
after(async () => standIn.stop());

const redirect = 'http://127.0.0.1:12345/sign-in/callback';
const first = '100000000000000000001';

/** A browser, as far as signing in needs one: it keeps cookies and follows redirects within the stand-in. */
class Browser {
  cookies = new Map();

  async open(url, form) {
    const answer = await fetch(url, {
      method: form ? 'POST' : 'GET', redirect: 'manual', body: form && new URLSearchParams(form),
      headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const one of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(one);
      this.cookies.set(name, value);
    }
    const where = answer.headers.get('location');
    this.at = where ? new URL(where, url).href : url;
    if (where && new URL(this.at).origin === standIn.url) return this.open(this.at);
    return answer;
  }
}

function question(changes = {}) {
  const verifier = randomBytes(32).toString('base64url');
  const asked = {
    client_id: standIn.client.client_id, redirect_uri: redirect, response_type: 'code', scope: 'openid email profile',
    state: randomBytes(16).toString('hex'), nonce: randomBytes(16).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...changes,
  };
  return { verifier, asked, url: `${discovered.authorization_endpoint}?${new URLSearchParams(asked)}` };
}

/** What comes back to the redirect address after `choice` was made. */
async function chosen(choice, { url }) {
  const browser = new Browser();
  const page = await browser.open(url);
  assert.match(await page.text(), /This is not Google/);
  await browser.open(browser.at, choice);
  return new URL(browser.at);
}

async function exchange(code, verifier, changes = {}) {
  const answer = await fetch(discovered.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier, ...standIn.client, ...changes,
    }),
  });
  return { status: answer.status, body: await answer.json() };
}

describe('whoever is chosen', () => {
  it('comes back with a code for an ID token like Google\'s', async () => {
    const asked = question();
    const back = await chosen({ sub: first }, asked);
    assert.equal(back.origin + back.pathname, redirect);
    assert.equal(back.searchParams.get('state'), asked.asked.state);
    assert.equal(back.searchParams.get('iss'), standIn.url);
    const { status, body } = await exchange(back.searchParams.get('code'), asked.verifier);
    assert.equal(status, 200);
    const [head, claims, signature] = body.id_token.split('.');
    const { alg, kid } = JSON.parse(Buffer.from(head, 'base64url'));
    assert.equal(alg, 'RS256');
    const { keys } = await (await fetch(discovered.jwks_uri)).json();
    const key = createPublicKey({ key: keys.find((one) => one.kid === kid), format: 'jwk' });
    assert.ok(verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url')));
    const said = JSON.parse(Buffer.from(claims, 'base64url'));
    assert.deepEqual([said.iss, said.aud, said.sub, said.nonce], [standIn.url, standIn.client.client_id, first, asked.asked.nonce]);
    assert.deepEqual([said.name, said.email, said.email_verified], ['First Person', 'first@example.org', true]);
    assert.ok(said.picture && said.locale && said.hd, 'what nobody may keep is there too');
    assert.equal(body.refresh_token, undefined);
  });

  it('is asked once, also when the question says that they should be', async () => {
    const back = await chosen({ sub: first }, question({ prompt: 'select_account' }));
    assert.ok(back.searchParams.get('code'), back.href);
  });

  it('may be nobody', async () => {
    const back = await chosen({ deny: 'yes' }, question());
    assert.equal(back.searchParams.get('error'), 'access_denied');
  });
});

describe('it refuses', () => {
  it('a code a second time, with another verifier, or with another secret', async () => {
    const asked = question();
    const fresh = async () => (await chosen({ sub: first }, asked)).searchParams.get('code');
    const used = await fresh();
    assert.equal((await exchange(used, asked.verifier)).status, 200);
    assert.equal((await exchange(used, asked.verifier)).body.error, 'invalid_grant');
    assert.equal((await exchange(await fresh(), 'x'.repeat(43))).body.error, 'invalid_grant');
    assert.equal((await exchange(await fresh(), asked.verifier, { client_secret: 'wrong' })).body.error, 'invalid_client');
    assert.equal((await exchange(await fresh(), asked.verifier, { redirect_uri: `${redirect}/` })).body.error, 'invalid_grant');
  });

  it('another redirect address, another client, and a question without PKCE', async () => {
    for (const changes of [{ redirect_uri: 'http://127.0.0.1:12345/elsewhere' }, { redirect_uri: 'https://evil.example/sign-in/callback' }, { client_id: 'other' }]) {
      const browser = new Browser();
      const answer = await browser.open(question(changes).url);
      assert.equal(answer.status, 400, JSON.stringify(changes));
    }
    const { asked } = question();
    delete asked.code_challenge;
    delete asked.code_challenge_method;
    const browser = new Browser();
    await browser.open(`${discovered.authorization_endpoint}?${new URLSearchParams(asked)}`);
    assert.equal(new URL(browser.at).searchParams.get('error'), 'invalid_request');
  });
});

it('is reached on loopback only', async () => {
  const reached = (host) => new Promise((resolve) => {
    const socket = net.connect(standIn.port, host, () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
  assert.deepEqual([await reached('127.0.0.1'), await reached('127.0.0.2')], [true, false], 'bound to one address');
});
