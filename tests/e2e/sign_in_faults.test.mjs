// An identity provider that fails, lies, or is somebody else: nobody gets in, and the next sign-in works.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { CompactSign, SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose';
import { Browser } from './support/browser.mjs';
import { Edge } from './support/edge.mjs';
import { FaultyGoogle } from './support/faulty_google.mjs';
import { House } from './support/house.mjs';
import { eventually } from './support/wait.mjs';

const coolDown = 1000; // ms between two fetches of the keys

let house, edge, google;
before(async () => {
  google = await FaultyGoogle.start();
  google.faults.set('/jwks', (_, response) => response.writeHead(500).end());
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({
    server: { public_url: edge.url },
    google: { ...google.settings, fetch_timeout: '500 ms', exchange_timeout: '700 ms', key_cool_down: `${coolDown} ms`,
      least_key_age: '1 s', key_grace: '1 h' },
  });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  google?.stop();
});
afterEach(() => google.mend());

/** Where a whole sign-in leads, from the button to the answer to the callback. */
async function signIn(browser = new Browser()) {
  const begun = await browser.request(`${edge.url}/sign-in`, { form: { return_to: '' } });
  if (!begun.headers.get('location')?.startsWith(google.url)) return begun.headers.get('location');
  const agreed = await browser.request(begun.headers.get('location'));
  const answer = await browser.request(agreed.headers.get('location'));
  assert.equal(answer.status, 303);
  return answer.headers.get('location');
}

async function refused(reason) {
  const browser = new Browser();
  assert.equal(await signIn(browser), `/sign-in?after=${reason}`);
  assert.equal((await browser.request(`${edge.url}/v1/account`)).status, 401);
  assert.equal((await browser.request(`${edge.url}/sign-in?after=${reason}`)).status, 200);
}

const letIn = () => eventually('a sign-in succeeds', async () => await signIn() === '/sign-in/confirm', { within: 20_000 });

const metric = async (name) => {
  const text = await (await fetch(`${house.node.operatorUrl}/metrics`, { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  return [...text.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
};

describe('without the signing keys', () => {
  it('nobody is let in, and who comes when they are back is', async () => {
    await refused('google_away');
    google.mend();
    await letIn();
  });

  it('known keys serve on while new ones cannot be had, whatever is wrong with them', async () => {
    for (const fault of [
      (_, response) => response.writeHead(500).end(),
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"keys":'),
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(`{"keys":[],"x":"${'x'.repeat(1 << 20)}"}`),
      (request) => request.socket.destroy(),
      () => {}, // never answers
    ]) {
      google.faults.set('/jwks', fault);
      const before = google.count('/jwks');
      await eventually('the keys are asked for again', async () => {
        assert.equal(await signIn(), '/sign-in/confirm');
        return google.count('/jwks') > before;
      }, { within: 20_000 });
    }
  });
});

describe('a token endpoint', () => {
  const answers = (status, body, type = 'application/json') =>
    (_, response) => response.writeHead(status, { 'content-type': type }).end(body);
  for (const [name, fault, reason] of [
    ['that fails', answers(500, '{"error":"server_error"}'), 'google_away'],
    ['that is overloaded', answers(503, ''), 'google_away'],
    ['that is a web page', answers(200, '<html>Sign in</html>', 'text/html'), 'google_away'],
    ['that cuts its JSON', answers(200, '{"id_token":"x'), 'google_away'],
    ['that leaves the token out', answers(200, '{"access_token":"x"}'), 'google_away'],
    ['that answers without end', answers(200, `{"id_token":"${'x'.repeat(1 << 20)}"}`), 'google_away'],
    ['that hangs up', (request) => request.socket.destroy(), 'google_away'],
    ['that never answers', () => {}, 'google_away'],
    ['that points elsewhere', (_, response) => response.writeHead(302, { location: `${google.url}/elsewhere` }).end(), 'misconfigured'],
    ['that does not know the code', answers(400, '{"error":"invalid_grant"}'), 'refused'],
    ['that does not know us', answers(401, '{"error":"invalid_client"}'), 'misconfigured'],
  ])
    it(`${name} is asked once, and the next sign-in works`, async () => {
      google.faults.set('/token', fault);
      const before = google.count('/token');
      await refused(reason);
      assert.equal(google.count('/token'), before + 1, 'a code is sent once');
      assert.equal(google.count('/elsewhere'), 0);
      google.mend();
      await letIn();
    });
});

describe('keys that change', () => {
  it('are followed when a token names the new one', async () => {
    await letIn();
    await google.rotate('second');
    await letIn();
    assert.equal(google.key.kid, 'second');
  });

  it('cause one fetch in each cool-down, however many unknown ones are named', async () => {
    await letIn();
    const key = await importJWK(google.key, 'RS256');
    let n = 0;
    google.forge = (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: `unknown-${++n}` }).sign(key);
    const before = google.count('/jwks');
    const begun = performance.now();
    for (const reason of await Promise.all(Array.from({ length: 30 }, () => signIn())))
      assert.equal(reason, '/sign-in?after=token_refused');
    const most = 2 + Math.ceil((performance.now() - begun) / coolDown);
    assert.ok(google.count('/jwks') - before <= most, `${google.count('/jwks') - before} fetches, at most ${most} may be`);
    assert.equal(n, 30);
  });
});

describe('a hostile ID token', () => {
  const sign = async (claims, header = {}, key = google.key) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: google.key.kid, ...header }).sign(await importJWK(key, header.alg ?? 'RS256'));
  const stranger = async () => ({ ...await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey), kid: google.key.kid });
  const publicKey = async () => importJWK(Object.fromEntries(Object.entries(google.key).filter(([name]) => 'kty n e'.split(' ').includes(name))), 'RS256', { extractable: true });

  it('is told from a good one', async () => {
    google.forge = (claims) => sign(claims);
    await letIn();
  });

  const cases = {
    'without a signature': async (claims) => new UnsecuredJWT(claims).encode(),
    'whose secret is the public key': async (claims) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'HS256', kid: google.key.kid })
        .sign(new TextEncoder().encode(await exportSPKI(await publicKey()))),
    'signed by a stranger under a known name': async (claims) => sign(claims, {}, await stranger()),
    'that brings its own key': async (claims) => {
      const key = await stranger();
      return sign(claims, { jwk: { kty: key.kty, n: key.n, e: key.e } }, key);
    },
    'signed with the right key in another way': async (claims) => sign(claims, { alg: 'RS384' }),
    'signed with PSS': async (claims) => sign(claims, { alg: 'PS256' }),
    'for somebody else': (claims) => sign({ ...claims, aud: 'another client' }),
    'for two': (claims) => sign({ ...claims, aud: [claims.aud, 'another client'] }),
    'of another issuer': (claims) => sign({ ...claims, iss: 'https://accounts.google.com' }),
    'that has expired': (claims) => sign({ ...claims, iat: claims.iat - 500, exp: claims.exp - 3700 }),
    'from the future': (claims) => sign({ ...claims, iat: claims.iat + 300, exp: claims.exp + 300 }),
    'of another sign-in': (claims) => sign({ ...claims, nonce: 'another' }),
    'without a nonce': ({ nonce, ...claims }) => sign(claims),
    'about nobody': ({ sub, ...claims }) => sign(claims),
    'with a critical extension': (claims) => sign(claims, { b64: true, crit: ['b64'] }),
    'that is two tokens': async (claims) => `${await sign(claims)}.${await sign(claims)}`,
    'that is no text': async () => ({ token: true }),
  };
  for (const [name, forge] of Object.entries(cases))
    it(`${name} signs nobody in`, async () => {
      await letIn(); // the keys are known
      google.forge = forge;
      const before = await metric('easel_id_tokens_refused_total');
      await refused(name === 'that is no text' ? 'google_away' : 'token_refused');
      if (name !== 'that is no text') assert.equal(await metric('easel_id_tokens_refused_total'), before + 1);
    });

  it('left nobody behind', async () => {
    assert.equal(await house.cluster.query('select count(*) from easel.account', house.databaseUrl), '0');
    assert.equal(await house.cluster.query('select count(*) from easel.session', house.databaseUrl), '0');
  });
});
