// Somebody asks each route that takes an id for what another person has: it is as if it had never been. The routes are
// those of the document, so that a new one is asked as well, or says here why not.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from './support/client.mjs';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { root } from './support/paths.mjs';
import { Person } from './support/person.mjs';
import { StandIn } from './support/stand_in.mjs';
import { CountingCluster } from './support/statements.mjs';

const document = JSON.parse(fs.readFileSync(path.join(root, 'docs/openapi.json'), 'utf8'));
const verbs = ['get', 'put', 'post', 'delete', 'patch'];
const times = 20; // of each request, so that what comes now and then does not count

/** Routes with a name in them that is nobody's. */
const nobodys = new Set(['/v1/models/{id}', '/webhooks/kie/{token}']);

const withIds = Object.entries(document.paths).filter(([route]) => /\{(id|token)\}/.test(route) && !nobodys.has(route))
  .flatMap(([route, item]) => verbs.filter((verb) => item[verb]).map((verb) => ({ route, verb, operation: item[verb] })));
const withCursors = Object.entries(document.paths).filter(([, item]) => parameters(item.get).some((one) => one.name === 'before'))
  .map(([route]) => route);

function parameters(operation) {
  return (operation?.parameters ?? []).map((one) => (one.$ref ? document.components.parameters[one.$ref.split('/').at(-1)] : one));
}

let house, edge, standIn, counting, curious, other, curiousKey;
before(async () => {
  counting = await CountingCluster.start('counting');
  standIn = await StandIn.start();
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({
    server: { public_url: edge.url }, google: standIn.settings,
    limits: { free: { daily_allowance: 100 }, key_cache: '10 min', account_fresh: '0 s' },
    retention: { round: '1 s' }, audit: { interval: '1 s' }, // known for what they are before anything is counted
  }, { cluster: counting.cluster });
  [curious, other] = [await Person.signIn(edge.url, '100000000000000000001'), await Person.signIn(edge.url, '100000000000000000002')];
  for (const person of [curious, other]) {
    const { url } = await person.post('/v1/generations', { prompt: 'a paper boat' });
    assert.equal((await person.get(`${url}?wait=60`)).state, 'completed');
  }
  for (const person of [curious, other]) await (await person.browser.request(`${edge.url}/v1/account/export`)).arrayBuffer();
  const { key } = await curious.post('/v1/account/keys', { name: 'curious' });
  curiousKey = new Client(() => edge.url, key);
  await other.post('/v1/account/keys', { name: 'not yours' });
  await counting.watch(house.databaseUrl);
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

/** The ids that somebody sees in a list. */
async function idsIn(person, route) {
  const found = await person.get(route);
  return (found.data ?? found.entries).map((one) => one.id);
}

/** One of the same kind, of the same instant, that nobody ever had. */
function neverBeen(id) {
  const at = id.length - 6; // chance alone is there
  return `${id.slice(0, at)}${[...id.slice(at)].map((c) => (c === '0' ? '1' : '0')).join('')}`;
}

const asPerson = (verb, target, json) => curious.browser.request(curious.url + target, { method: verb.toUpperCase(), json });
const asProgram = (verb, target, json) => curiousKey.open(verb.toUpperCase(), target, { body: json });

const passing = /^(date|x-request-id|ratelimit|x-ratelimit-.*|retry-after)$/;

/** All that an answer says, but for when it was said and to which request, and with a word instead of the id. */
async function said(answer, id) {
  const text = (await answer.text()).replaceAll(id, 'ID').replace(/"request_id":"[^"]*"/, '"request_id":""');
  const headers = [...answer.headers].map(([name, value]) => (passing.test(name) ? name : `${name}: ${value.replaceAll(id, 'ID')}`));
  return { status: answer.status, headers: headers.sort(), text };
}

/** Asks many times; what was said, always the same, and what was executed for it each time. */
async function probed(ask, verb, target, id) {
  const body = verb === 'post' || verb === 'put' || verb === 'patch' ? {} : undefined;
  const once = async () => said(await ask(verb, target(id), body), id);
  const first = await once(); // whatever is looked up once for whoever asks
  const statements = await counting.counted(async () => {
    for (let i = 0; i < times; ++i) assert.deepEqual(await once(), first);
  });
  const each = [...statements].filter(([, calls]) => calls >= times).sort();
  return { ...first, each };
}

async function assertNothingShows(ask, verb, target, theirs) {
  const another = await probed(ask, verb, target, theirs);
  const nobody = await probed(ask, verb, target, neverBeen(theirs));
  assert.deepEqual(another, nobody, `${verb} ${target('…')}`);
  assert.ok(nobody.each.length > 0, `${verb} ${target('…')}: nothing was executed that could be counted`);
  return another;
}

describe('the document', () => {
  it('has the routes that this is about', () => {
    assert.ok(withIds.length >= 6, withIds.map(({ verb, route }) => `${verb} ${route}`).join());
    assert.ok(withCursors.length >= 2, withCursors.join());
    for (const route of nobodys) assert.ok(document.paths[route], `${route} is no more`);
  });

  it('has a list for each, in which somebody sees their own', () => {
    for (const { route } of withIds) assert.ok(document.paths[route.slice(0, route.indexOf('/{id}'))]?.get, route);
  });
});

for (const { route, verb, operation } of withIds)
  it(`${verb} ${route}: what another has is as if it had never been`, async () => {
    const [theirs] = await idsIn(other, route.slice(0, route.indexOf('/{id}')));
    const target = (id) => route.replace('{id}', id).replace('{index}', '0').replace('{number}', '1');
    if (verb === 'get') {
      const own = await other.browser.request(other.url + target(theirs), { headers: { accept: '*/*' } });
      assert.equal(own.status, 200, 'it is there, for whoever owns it');
      await own.body.cancel();
    }
    const bySessionOnly = operation.security?.every((one) => 'Session' in one);
    for (const ask of bySessionOnly ? [asPerson] : [asPerson, asProgram]) {
      const found = await assertNothingShows(ask, verb, target, theirs);
      assert.equal(found.status, 404, found.text);
    }
    assert.ok((await idsIn(other, route.slice(0, route.indexOf('/{id}')))).includes(theirs), 'it is there still');
  });

for (const route of withCursors)
  it(`get ${route}: a list goes on from another's place as from any`, async () => {
    const [theirs] = await idsIn(other, route);
    const found = await assertNothingShows(asPerson, 'get', (id) => `${route}?before=${id}`, theirs);
    assert.equal(found.status, 200, found.text);
    assert.ok(!found.text.includes(theirs));
  });

it('a difference would be seen: what one has oneself is answered otherwise, by other statements', async () => {
  const [own] = await idsIn(curious, '/v1/generations');
  await assert.rejects(assertNothingShows(asPerson, 'get', (id) => `/v1/generations/${id}`, own), /get \/v1\/generations/);
});
