// The machine-readable description is valid, is what is served, and is about this server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { House } from './support/house.mjs';
import { root } from './support/paths.mjs';

const file = path.join(root, 'docs/openapi.json');
const document = JSON.parse(fs.readFileSync(file, 'utf8'));
const verbs = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
let house, account, api;

before(async () => {
  house = await House.start();
  account = await house.account('free');
  api = house.client(account);
});
after(async () => house?.stop());

const operations = () => Object.entries(document.paths).flatMap(([route, item]) =>
  verbs.filter((verb) => item[verb]).map((verb) => ({ route, verb, operation: item[verb] })));

it('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  assert.ok(result.valid, JSON.stringify(result.errors, null, 2));
  assert.match(document.openapi, /^3\.1\./);
});

it('the server serves this very document', async () => {
  assert.deepEqual((await api.get('/openapi.json')).json, document);
});

it('every route of it answers, with a status that it names', async () => {
  const made = await api.ended((await api.start({ prompt: 'for the document' })).id);
  const spare = (await house.ctl('key', 'create', account.id, '--name', 'spare')).id;
  const ids = { models: 'gpt-image-2', keys: spare, sessions: `sess_${'0'.repeat(26)}` };
  const id = (route) => ids[route.split('/').at(-2)] ?? made.id;
  const found = { id, index: () => '0', token: () => 'x', number: () => '1' };
  // Deletion last: the others look at what it deletes.
  const order = operations().sort((a, b) => (a.verb === 'delete') - (b.verb === 'delete'));
  assert.ok(order.length >= 15);
  for (const { route, verb, operation } of order) {
    const target = route.replace(/\{(\w+)\}/g, (_, name) => found[name](route));
    const body = ['post', 'patch'].includes(verb) ? { prompt: 'for the document' } : undefined;
    const answer = await api.call(verb.toUpperCase(), target, { body });
    assert.ok(String(answer.status) in operation.responses, `${verb} ${target}: ${answer.status} ${answer.text.slice(0, 300)}`);
    assert.notEqual(answer.status, 404, `${verb} ${target}`);
    const type = answer.header('content-type');
    const types = Object.keys(operation.responses[answer.status].content ?? {});
    const described = types.some((one) => type.startsWith(one) || (one.endsWith('/*') && type.startsWith(one.slice(0, -1))));
    assert.ok(described || types.length === 0 || operation.responses[answer.status].$ref, `${verb} ${target}: ${type}`);
  }
});

it('nothing else is served under its paths', async () => {
  for (const [route, item] of Object.entries(document.paths)) {
    const target = route.replace(/\{\w+\}/g, 'x');
    for (const verb of ['PUT', 'PATCH']) {
      if (item[verb.toLowerCase()]) continue;
      const answer = await api.call(verb, target);
      assert.equal(answer.status, 405, `${verb} ${target}`);
      const allowed = answer.header('allow').split(',').map((one) => one.trim().toLowerCase());
      for (const known of verbs.filter((one) => item[one])) assert.ok(allowed.includes(known), `${target}: ${known}`);
    }
  }
});

describe('the operators’ document', () => {
  const theirs = JSON.parse(fs.readFileSync(path.join(root, 'docs/openapi-operator.json'), 'utf8'));
  const ask = (verb, target, body) => fetch(house.node.operatorUrl + target, {
    method: verb.toUpperCase(),
    headers: { authorization: `Bearer ${house.operatorToken}`, 'sec-fetch-site': 'same-origin', ...(body ? { 'content-type': 'application/json' } : {}) },
    body: body && JSON.stringify(body),
  });

  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(theirs)));
    assert.ok(result.valid, JSON.stringify(result.errors, null, 2));
  });

  it('names what each route answers', async () => {
    const made = await api.ended((await api.start({ prompt: 'for the document' })).id);
    const { actors } = await (await ask('get', '/api/actors?type=root')).json();
    const trace = { id: (await (await ask('post', '/api/traces', { type: 'root' })).json()).id };
    const found = { '/api/actors/{id}': { id: actors[0].id }, '/api/generations/{id}': { id: made.id }, '/api/actions/{name}': { name: 'restart_actor' },
      '/api/traces/{id}': trace, '/api/traces/{id}/stream': trace };
    const bodies = { '/api/session': { name: 'nobody', password: 'wrong' }, '/api/actions/{name}': { actor: actors[0].id }, '/api/traces': { type: 'root' } };
    for (const [route, item] of Object.entries(theirs.paths))
      for (const verb of verbs.filter((one) => item[one])) {
        const target = route.replace(/\{(\w+)\}/g, (_, name) => found[route][name]);
        const answer = await ask(verb, target, verb === 'post' ? bodies[route] : undefined);
        assert.ok(String(answer.status) in item[verb].responses, `${verb} ${target}: ${answer.status}`);
        assert.notEqual(answer.status, 404, `${verb} ${target}`);
        const types = Object.keys(item[verb].responses[answer.status].content);
        assert.ok(types.some((one) => answer.headers.get('content-type').startsWith(one)), `${verb} ${target}: ${answer.headers.get('content-type')}`);
        if (types[0] !== 'application/json') {
          await answer.body.cancel();
          continue;
        }
        const told = await answer.json();
        for (const name of required(item[verb].responses[answer.status].content['application/json'].schema))
          assert.ok(name in told, `${verb} ${target}: ${name}`);
      }
  });

  /** The fields that an answer must have, as far as its schema names them without a choice. */
  function required(schema) {
    if (schema.$ref) return required(schema.$ref.split('/').slice(1).reduce((at, name) => at[name], theirs));
    if (schema.allOf) return schema.allOf.flatMap(required);
    return schema.required ?? [];
  }
});
