// ACCOUNT-1, COOKIE-1, CHILD-1: a person signs in with the stand-in for Google, does what a person does, and leaves.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { Browser } from './support/browser.mjs';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { Cluster } from './support/postgres.mjs';
import { StandIn } from './support/stand_in.mjs';
import { eventually } from './support/wait.mjs';

const first = '100000000000000000001';
const second = '100000000000000000002';
const third = '100000000000000000003';
const unverified = '100000000000000000007';
const recent = 10; // seconds that a sign-in counts as recent here

let house, edge, standIn;
before(async () => {
  standIn = await StandIn.start();
  const nodes = [];
  edge = await Edge.start(() => house?.nodes ?? nodes);
  house = await House.start({
    server: { public_url: edge.url }, google: standIn.settings, sign_in: { recent: `${recent} s` },
    limits: { free: { daily_allowance: 100 } },
  });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

const easel = (path) => edge.url + path;

/** From the sign-in page to Google and the choice there; gives the address to which Google sends the browser back. */
async function toCallback(browser, choice, returnTo) {
  const begun = await browser.request(easel('/sign-in'), { form: returnTo ? { return_to: returnTo } : { return_to: '' } });
  assert.equal(begun.status, 303, await begun.text());
  await browser.open(begun.headers.get('location'));
  await browser.open(browser.at, { form: choice }, (url) => url.startsWith(edge.url));
  return browser.at;
}

async function signIn(browser, sub, returnTo) {
  const answer = await browser.request(await toCallback(browser, { sub }, returnTo));
  assert.equal(answer.status, 303);
  if (answer.headers.get('location') !== '/sign-in/confirm') return answer;
  return browser.request(easel('/sign-in/confirm'), { form: { age: 'yes', terms: 'yes' } });
}

async function api(browser, method, path, json) {
  const answer = await browser.request(easel(path), { method, json });
  const text = await answer.text();
  return { status: answer.status, json: text ? JSON.parse(text) : undefined, headers: answer.headers };
}

const people = async () => Number(await house.cluster.query('select count(*) from easel.account', house.databaseUrl));

describe('somebody new', () => {
  it('is asked first, has an account once they confirmed, and is back where they wanted to go', async () => {
    const browser = new Browser();
    const before = await people();
    const back = await browser.request(await toCallback(browser, { sub: first }, '/account?tab=keys'));
    assert.equal(back.headers.get('location'), '/sign-in/confirm');
    const page = await (await browser.request(easel('/sign-in/confirm'))).text();
    assert.match(page, /First Person/);
    assert.match(page, /first@example\.org/);
    assert.equal((await api(browser, 'GET', '/v1/account')).status, 401);
    assert.equal(await people(), before, 'no account before the confirmation');

    const half = await browser.request(easel('/sign-in/confirm'), { form: { terms: 'yes' } });
    assert.equal(half.status, 422);
    assert.equal(await people(), before);

    const done = await browser.request(easel('/sign-in/confirm'), { form: { age: 'yes', terms: 'yes' } });
    assert.equal(done.status, 303);
    assert.equal(done.headers.get('location'), '/account?tab=keys');
    assert.equal(await people(), before + 1);
    const { json } = await api(browser, 'GET', '/v1/account');
    assert.deepEqual([json.name, json.email, json.tier], ['First Person', 'first@example.org', 'free']);
  });

  it('leaves nothing when they decline', async () => {
    const browser = new Browser();
    const before = await people();
    await browser.request(await toCallback(browser, { sub: second }));
    const declined = await browser.request(easel('/sign-in/decline'), { form: {} , method: 'POST' });
    assert.equal(declined.headers.get('location'), '/sign-in?after=declined');
    assert.equal(browser.cookie(edge.url, '__Host-sid'), undefined);
    assert.equal(await people(), before);
    const confirmed = await browser.request(easel('/sign-in/confirm'), { form: { age: 'yes', terms: 'yes' } });
    assert.equal(confirmed.headers.get('location'), '/sign-in?after=lapsed');
  });

  it('whose address is not verified, or who says no to Google, is told what to do', async () => {
    for (const [choice, after] of [[{ sub: unverified }, 'email_unverified'], [{ deny: 'yes' }, 'cancelled']]) {
      const browser = new Browser();
      const answer = await browser.request(await toCallback(browser, choice));
      assert.equal(answer.headers.get('location'), `/sign-in?after=${after}`);
      assert.equal((await browser.request(easel(answer.headers.get('location')))).status, 200);
    }
  });
});

describe('a signed-in person', () => {
  it('draws, makes a key, and draws with the key through the SDK', async () => {
    const browser = new Browser();
    await signIn(browser, first);
    const made = await api(browser, 'POST', '/v1/account/keys', { name: 'My script' });
    assert.equal(made.status, 201);
    const started = await api(browser, 'POST', '/v1/generations', { prompt: 'a paper boat' });
    assert.equal(started.status, 202);
    const ended = await api(browser, 'GET', `${started.json.url}?wait=60`);
    assert.equal(ended.json.state, 'completed');
    const sdk = new OpenAI({ baseURL: easel('/v1'), apiKey: made.json.key });
    assert.ok((await sdk.images.generate({ prompt: 'another boat' })).data[0].b64_json);
    const { json: { data: keys } } = await api(browser, 'GET', '/v1/account/keys');
    assert.deepEqual(keys.map((one) => [one.name, one.hint]), [['My script', made.json.key.slice(-4)]]);
    assert.equal(keys[0].key, undefined);

    const script = house.client({ key: made.json.key });
    assert.equal((await script.get('/v1/account')).json.email, undefined);
    assert.equal((await script.call('DELETE', `/v1/account/keys/${made.json.id}`)).status, 200);
    assert.equal((await script.get('/v1/account')).status, 401);
  });

  it('changes their name for good', async () => {
    const browser = new Browser();
    await signIn(browser, second);
    const renamed = await api(browser, 'PATCH', '/v1/account', { name: 'Renamed' });
    assert.equal(renamed.json.name, 'Renamed');
    const again = new Browser();
    await signIn(again, second);
    assert.equal((await api(again, 'GET', '/v1/account')).json.name, 'Renamed');
  });

  it('sees where they are signed in, and ends it there', async () => {
    const here = new Browser();
    const there = new Browser();
    await signIn(here, third);
    await signIn(there, third);
    const { json: { data } } = await api(here, 'GET', '/v1/account/sessions');
    assert.equal(data.length, 2);
    const other = data.find((one) => !one.current);
    assert.equal((await api(here, 'DELETE', `/v1/account/sessions/${other.id}`)).status, 200);
    assert.equal((await api(there, 'GET', '/v1/account')).status, 401);
    assert.equal((await api(here, 'GET', '/v1/account')).status, 200);
    const out = await api(here, 'DELETE', '/v1/account/sessions');
    assert.equal(out.json.ended, 1);
    assert.equal(here.cookie(edge.url, '__Host-sid'), undefined);
  });

  it('signs out, and the old cookie names nobody any more', async () => {
    const browser = new Browser();
    await signIn(browser, first);
    const stolen = browser.cookie(edge.url, '__Host-sid');
    assert.equal((await api(browser, 'GET', '/v1/account')).status, 200);
    const out = await browser.request(easel('/sign-out'), { form: {}, method: 'POST' });
    assert.equal(out.headers.get('location'), '/sign-in?after=signed_out');
    assert.equal(browser.cookie(edge.url, '__Host-sid'), undefined);
    const thief = await fetch(easel('/v1/account'), { headers: { cookie: `__Host-sid=${stolen}` } });
    assert.equal(thief.status, 401);
    assert.equal((await thief.json()).code, 'not_signed_in');
  });

  it('makes a key only while the sign-in is recent, and signs in again for it without losing the session', async () => {
    const browser = new Browser();
    await signIn(browser, first);
    const refused = await eventually('a sign-in is too old for a key', async () => {
      const answer = await api(browser, 'POST', '/v1/account/keys', { name: 'late', expires_at: '2020-01-01T00:00:00Z' });
      return answer.json.code === 'recent_sign_in_required' && answer;
    }, { within: 60_000, every: 200 });
    assert.equal(refused.status, 403);
    assert.equal(refused.json.remedy, '/sign-in');
    const copy = await api(browser, 'GET', '/v1/account/export');
    assert.deepEqual([copy.status, copy.json.code], [403, 'recent_sign_in_required']);
    const back = await toCallback(browser, { sub: first }, '/account');
    assert.equal((await api(browser, 'GET', '/v1/account')).status, 200, 'the session goes on meanwhile');
    assert.equal((await browser.request(back)).headers.get('location'), '/account');
    assert.equal((await api(browser, 'POST', '/v1/account/keys', { name: 'in time' })).status, 201);
  });

  it('does not get to the paid tier without paid credits', async () => {
    const browser = new Browser();
    await signIn(browser, first);
    const wish = await api(browser, 'POST', '/v1/account/tier', { tier: 'paid' });
    assert.deepEqual([wish.status, wish.json.code], [409, 'no_paid_credits']);
    const stay = await api(browser, 'POST', '/v1/account/tier', { tier: 'free' });
    assert.deepEqual([stay.status, stay.json.recipient], [200, 'sub2api']);
  });
});

describe('nobody gets in', () => {
  it('with a callback that was used, forged, or begun in another browser', async () => {
    const victim = new Browser();
    const back = await toCallback(victim, { sub: first });
    const thief = new Browser();
    assert.equal((await thief.request(back)).headers.get('location'), '/sign-in?after=lapsed');
    await toCallback(thief, { sub: second });
    assert.equal((await thief.request(back)).headers.get('location'), '/sign-in?after=lapsed');

    const forged = new URL(back);
    forged.searchParams.set('state', 'x'.repeat(43));
    assert.equal((await victim.request(forged)).headers.get('location'), '/sign-in?after=lapsed');
    assert.notEqual((await victim.request(back)).headers.get('location').slice(0, 14), '/sign-in?after');
    assert.equal((await victim.request(back)).headers.get('location'), '/sign-in?after=lapsed');
  });

  it('with another issuer, or a code of nobody', async () => {
    for (const [change, after] of [[(q) => q.set('iss', 'https://evil.example'), 'not_ours'], [(q) => q.set('code', 'nobody'), 'refused']]) {
      const browser = new Browser();
      const back = new URL(await toCallback(browser, { sub: first }));
      change(back.searchParams);
      assert.equal((await browser.request(back)).headers.get('location'), `/sign-in?after=${after}`);
    }
  });

  it('from a page of another site', async () => {
    const browser = new Browser();
    await signIn(browser, first);
    for (const from of ['cross-site', 'same-site', null]) {
      for (const [path, options] of [
        ['/v1/generations', { json: { prompt: 'x' } }], ['/v1/account/keys', { json: { name: 'x' } }],
        ['/v1/account/sessions', { method: 'DELETE' }], ['/sign-out', { form: {}, method: 'POST' }],
      ]) {
        const answer = await browser.request(easel(path), { ...options, from, headers: from ? { origin: 'https://evil.example' } : {} });
        assert.equal(answer.status, 403, `${path} from ${from}`);
      }
    }
    assert.equal((await api(browser, 'GET', '/v1/account')).status, 200);
  });
});

it('COOKIE-1: no answer sets any other cookie than the two, and each as browsers demand of __Host-', async () => {
  const browser = new Browser();
  await signIn(browser, first);
  await browser.request(easel('/language'), { form: { language: 'de', return_to: '/' } });
  await browser.request(easel('/sign-out'), { form: {}, method: 'POST' });
  const ours = browser.setCookies.filter((one) => one.origin === edge.url);
  assert.deepEqual([...new Set(ours.map((one) => one.name))].sort(), ['__Host-lang', '__Host-sid']);
  for (const { name, attributes } of ours) {
    const lower = attributes.map((one) => one.toLowerCase());
    for (const needed of ['secure', 'path=/', 'samesite=lax']) assert.ok(lower.includes(needed), `${name}: ${needed}`);
    assert.ok(!lower.some((one) => one.startsWith('domain')), name);
    assert.equal(lower.includes('httponly'), name === '__Host-sid');
  }
});

it('ACCOUNT-1: nothing that Google says beside name and address is kept, and no address, name or token in the clear', async () => {
  const cluster = await Cluster.shared();
  const browser = new Browser();
  await signIn(browser, first);
  const token = browser.cookie(edge.url, '__Host-sid');
  const marks = ['picture-first', 'x-locale-first', 'hd-first', 'given-first', 'family-first', 'first@example.org', 'First Person',
    'second@example.org', first, token, standIn.client.client_secret];
  const metrics = await (await fetch(`${house.node.operatorUrl}/metrics`,
    { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  assert.match(metrics, /easel_sign_in_steps_total\{outcome="signed_in"\} [1-9]/);
  const texts = { metrics, server: house.node.program.logText(), postgres: fs.readFileSync(await cluster.logFile(), 'latin1') };
  for (const [name, text] of Object.entries(texts))
    for (const mark of marks) assert.ok(!text.includes(mark), `${name} holds ${mark}`);
  const tables = (await cluster.query(
    `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`, house.databaseUrl)).split('\n');
  for (const table of tables)
    for (const mark of marks) {
      const found = await cluster.query(
        `select count(*) from ${table} t where position('${mark}' in t::text) > 0
         or position('${Buffer.from(mark).toString('hex')}' in t::text) > 0`, house.databaseUrl);
      assert.equal(found, '0', `${table} holds ${mark}`);
    }
});

it('who is signed in stays so when the server is killed and started again', async () => {
  const browser = new Browser();
  await signIn(browser, first);
  await house.node.kill();
  await house.startNode();
  assert.equal((await api(browser, 'GET', '/v1/account')).status, 200);
});
