// Live traces: what is followed, within which bounds, who may, and what nobody sees.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { output } from './support/program.mjs';
import { eventually } from './support/wait.mjs';

const password = 'a password for the tests';
const marker = `canary${randomBytes(8).toString('hex')}`;
let house, free, paid;

before(async () => {
  house = await House.start({ operator: { traces: 3, trace_events: 1000, trace_time: '60 s' }, upstream: { create_timeout: '5 min' } });
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
});
after(async () => house?.stop());

/** An operator with a browser's manners, or, without a name, the token. */
class Desk {
  static async add(name, role) {
    await new Promise((resolve, reject) => {
      const program = execFile(easelctl, ['--config', house.config, 'operator', 'add', name, '--role', role], (error) => (error ? reject(error) : resolve()));
      program.stdin.end(`${password}\n`);
    });
    const desk = new Desk();
    const answer = await desk.call('POST', '/api/session', { name, password });
    assert.equal(answer.status, 200);
    desk.cookie = answer.headers.get('set-cookie').split(';')[0];
    return desk;
  }
  async call(method, target, body) {
    const who = this.cookie ? { cookie: this.cookie } : this.token ? { authorization: `Bearer ${this.token}` } : {};
    return fetch(house.node.operatorUrl + target, { method, headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', ...who }, body: body && JSON.stringify(body) });
  }
  /** The document of an answer that must be good. */
  async get(target) { return this.#good('GET', target); }
  async begin(subject) { return this.#good('POST', '/api/traces', subject); }
  async stop(id) { return this.#good('DELETE', `/api/traces/${id}`); }
  async #good(method, target, body) {
    const answer = await this.call(method, target, body);
    const text = await answer.text();
    assert.equal(answer.status, 200, `${method} ${target}: ${text}`);
    return JSON.parse(text);
  }
  /** What the stream of a trace tells until it ends. */
  async hear(id, after = 0) {
    const answer = await this.call('GET', `/api/traces/${id}/stream?after=${after}`);
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    const told = (await answer.text()).split('\n\n').filter((one) => one.startsWith('event: '));
    return told.map((one) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(one);
      assert.equal(name, 'trace');
      return JSON.parse(data);
    });
  }
  async ended(id) {
    return eventually(`trace ${id} ends`, async () => {
      const found = await this.get(`/api/traces/${id}`);
      return !found.running && found;
    });
  }
}

const server = () => Object.assign(new Desk(), { token: house.operatorToken });
const typesOf = (found) => new Set(found.events.map((one) => one.actor.type));
const stopAll = async () => {
  const desk = server();
  for (const one of (await desk.get('/api/traces')).traces) if (one.running) await desk.stop(one.id);
};

describe('a trace', () => {
  it('follows a generation from one actor to the next, until its work is done', async () => {
    const desk = server();
    const api = house.client(paid);
    const { id } = await api.start({ prompt: `${marker} a castle sim:slow=1500`, n: 2 });
    await eventually('it is worked on', async () => (await desk.get(`/api/generations/${id}`)).actor);
    const begun = await desk.begin({ generation: id });
    assert.deepEqual([begun.running, begun.subject, begun.bounds], [true, { by: 'generation', generation: id }, { events: 500, span_ms: 30_000 }]);
    await api.ended(id);
    const found = await desk.ended(begun.id);
    assert.equal(found.ended, 'subject_ended');
    assert.equal(found.events.length, found.recorded);
    const types = typesOf(found);
    for (const type of ['generation', 'session']) assert.ok(types.has(type), [...types].join());
    assert.ok(types.size >= 3, 'and those that draw or store');
    found.events.forEach((one, at) => {
      assert.equal(one.number, at + 1);
      assert.ok(one.message && one.took_ms >= 0 && (one.waited_ms === null || one.waited_ms >= 0), JSON.stringify(one));
      assert.ok(one.generation === id || one.generation === null, 'of no other generation');
      assert.equal(one.outcome, 'handled');
    });
    assert.ok(found.events.some((one) => one.waited_ms !== null));
    const text = JSON.stringify(found);
    for (const secret of [marker, paid.id, paid.key]) assert.ok(!text.includes(secret), secret);
    assert.deepEqual((await desk.get(`/api/traces/${begun.id}?after=${found.recorded - 1}`)).events, found.events.slice(-1));
  });

  it('is told as it grows, each message once, until it ends', async () => {
    const desk = server();
    const { id } = await desk.begin({ type: 'node', seconds: 3 });
    const told = await desk.hear(id);
    const found = await desk.ended(id);
    assert.ok(told.length > 2, 'more than once while it ran');
    assert.ok(found.recorded > 1);
    assert.deepEqual(told.flatMap((one) => one.events), found.events);
    assert.deepEqual(told.map((one) => one.running), told.map((_, at) => at < told.length - 1));
    assert.equal(told.at(-1).ended, 'time');
    const rest = await desk.hear(id, found.recorded - 1);
    assert.deepEqual(rest.map((one) => one.events), [found.events.slice(-1)], 'the rest, and no more');
  });

  it('ends when it has recorded as many messages as it may, or when its time is over', async () => {
    const desk = server();
    const [short, brief] = [await desk.begin({ type: 'session', events: 3 }), await desk.begin({ type: 'root', seconds: 1 })];
    for (let i = 0; i < 5; ++i) await house.client(free).get('/v1/generations');
    const counted = await desk.ended(short.id);
    assert.deepEqual([counted.ended, counted.events.length], ['count', 3]);
    assert.ok(counted.events.every((one) => one.actor.type === 'session'));
    assert.equal((await desk.ended(brief.id)).ended, 'time');
  });

  it('runs within the configured limits, and beside no more than may run', async () => {
    const desk = server();
    assert.deepEqual((await desk.get('/api/traces')).limits, { running: 3, events: 1000, span_ms: 60_000 });
    for (const [field, value] of [['events', 1001], ['seconds', 61], ['events', 0]]) {
      const refused = await desk.call('POST', '/api/traces', { type: 'root', [field]: value });
      assert.equal(refused.status, 400);
      assert.equal((await refused.json()).field, field);
    }
    for (let i = 0; i < 3; ++i) await desk.begin({ type: 'root' });
    const full = await desk.call('POST', '/api/traces', { type: 'root' });
    assert.equal(full.status, 503);
    assert.ok(Number(full.headers.get('retry-after')) > 0);
    await stopAll();
    const again = await desk.begin({ type: 'root' });
    assert.equal((await desk.stop(again.id)).ended, 'stopped');
    for (const nobody of [{ type: 'nothing' }, { actor: 999_999_999 }, { generation: 'gen_00000000000000000000000000' }])
      assert.equal((await desk.call('POST', '/api/traces', nobody)).status, 404);
  });

  it('of an actor ends with it', async () => {
    const desk = server();
    const worker = (await desk.get('/api/actors?type=sign-in')).actors[0];
    const { id } = await desk.begin({ actor: worker.id });
    const preview = await (await desk.call('POST', '/api/actions/restart_actor', { actor: worker.id })).json();
    assert.equal((await desk.call('POST', '/api/actions/restart_actor', { actor: worker.id, reason: 'a test', stamp: preview.stamp })).status, 200);
    assert.equal((await desk.ended(id)).ended, 'subject_ended');
  });
});

describe('who may follow', () => {
  it('a viewer follows what is nobody’s, and stops only what is theirs', async () => {
    const [vera, olga] = await Promise.all([Desk.add('vera', 'viewer'), Desk.add('olga', 'operator')]);
    const own = await vera.begin({ type: 'router' });
    const other = await olga.begin({ type: 'router' });
    assert.equal((await vera.call('DELETE', `/api/traces/${other.id}`)).status, 403);
    assert.deepEqual((await vera.get('/api/traces')).traces.map((one) => [one.id, one.mine]).slice(0, 2), [[other.id, false], [own.id, true]]);
    await olga.stop(own.id);
    await olga.stop(other.id);
    assert.equal((await new Desk().call('GET', '/api/traces')).status, 401);
    assert.equal((await vera.call('POST', '/api/traces', { account: free.id, reason: 'curious' })).status, 403);
  });

  it('an account is followed with a reason, which is recorded first, and read by whoever gave it', async () => {
    const [ada, bob, anna] = await Promise.all([Desk.add('ada', 'operator'), Desk.add('bob', 'operator'), Desk.add('anna', 'admin')]);
    assert.equal((await ada.call('POST', '/api/traces', { account: free.id })).status, 400);
    assert.equal((await ada.call('POST', '/api/traces', { account: 'acct_00000000000000000000000000', reason: 'nobody' })).status, 404);
    const begun = await ada.begin({ account: free.id, reason: 'a ticket says that it is slow', seconds: 60 });
    const api = house.client(free);
    await api.ended((await api.start({ prompt: `${marker} a boat` })).id);
    await house.client(paid).get('/v1/generations');
    const [session] = (await bob.get(`/api/actors?about=${free.id}`)).actors;
    assert.equal((await bob.call('POST', '/api/traces', { actor: session.id })).status, 403, 'its session needs a reason too');
    for (const another of [bob, anna]) for (const how of ['', '/stream'])
      assert.equal((await another.call('GET', `/api/traces/${begun.id}${how}`)).status, 403);
    const found = await eventually('its generation is seen', async () => {
      const page = await ada.get(`/api/traces/${begun.id}`);
      return typesOf(page).has('generation') && page;
    });
    assert.ok(typesOf(found).has('session'));
    assert.equal(new Set(found.events.filter((one) => one.actor.type === 'session').map((one) => one.actor.id)).size, 1, 'of nobody else');
    const list = await (await anna.call('GET', '/api/traces')).text();
    await ada.stop(begun.id);
    const text = JSON.stringify([found, await ada.hear(begun.id)]) + list;
    for (const secret of [marker, free.id, paid.id, free.key]) assert.ok(!text.includes(secret), secret);
    const { audit } = await anna.get('/api/audit');
    const rows = audit.filter((one) => one.action.startsWith('trace.'));
    assert.deepEqual(rows.map((one) => [one.who, one.action, one.about_account, one.reason]),
      [['operator:ada', 'trace.account for 60 s, at most 500 messages', true, 'a ticket says that it is slow']]);
  });

  it('RIGHT-3: when the account is deleted, its trace ends and nothing of it is left', async () => {
    const dora = await Desk.add('dora', 'operator');
    const person = await house.account('free');
    const begun = await dora.begin({ account: person.id, reason: 'before it goes', seconds: 60 });
    for (let i = 0; i < 3; ++i) await house.client(person).get('/v1/generations');
    await eventually('it is seen', async () => (await dora.get(`/api/traces/${begun.id}`)).recorded > 0);
    await output(easelctl, ['--config', house.config, 'account', 'erase', person.id, '--clause', 'RIGHT-3', '--reason', 'a test']);
    const found = await dora.ended(begun.id);
    assert.deepEqual([found.ended, found.recorded, found.events], ['account_deleted', 0, []]);
  });
});

describe('in a terminal', () => {
  const words = (...more) => ['--config', house.config, 'trace', ...more, '--url', house.node.operatorUrl];

  it('it is followed to its end', async () => {
    const worker = (await server().get('/api/actors?type=node')).actors[0];
    const text = await output(easelctl, words('actor', String(worker.id), '--limit', '4', '--for', '1min'));
    const lines = text.split('\n');
    assert.match(lines[0], /^ *AFTER +WAITED +TOOK +ACTOR +MESSAGE +FROM$/);
    assert.equal(lines.length, 5);
    assert.ok(lines.slice(1).every((one) => /#\d+/.test(one)), text);
  });

  it('it is JSON line by line, and ends when it is interrupted', async () => {
    const program = spawn(easelctl, [...words('type', 'node', '--for', '60s'), '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    program.stdout.on('data', (part) => { text += part; });
    const over = new Promise((resolve) => { program.once('close', resolve); });
    await eventually('messages come', () => text.includes('\n'));
    program.kill('SIGINT');
    assert.equal(await over, 0);
    const documents = text.trim().split('\n').map((line) => JSON.parse(line));
    const last = documents.pop();
    assert.equal(last.trace.ended, 'stopped');
    assert.ok(documents.every((one, at) => one.number === at + 1 && one.actor.type === 'node'));
  });

  it('what cannot be followed ends with 1, and what is not understood with 2', async () => {
    const codeOf = (args) => output(easelctl, args).then(() => 0, (error) => error.code);
    assert.equal(await codeOf(words('actor', '999999999')), 1);
    assert.equal(await codeOf(words('type', 'root', '--limit', '1001')), 1);
    assert.equal(await codeOf(words('account', free.id)), 2);
    assert.equal(await codeOf(words('everything')), 2);
  });
});
