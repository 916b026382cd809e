// What operators may do to a running server, and what they cannot: drains, breakers, weights, the node, chaos, prompts, requests.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { Person } from './support/person.mjs';
import { output } from './support/program.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { simulatorKeys } from './support/simulator.mjs';
import { StandIn } from './support/stand_in.mjs';
import { eventually } from './support/wait.mjs';

const password = 'a password for the tests';
const canary = `canary${randomBytes(8).toString('hex')}`;

let house, edge, standIn, free, paid, viewer, keeper, admin;
before(async () => {
  standIn = await StandIn.start();
  edge = await Edge.start(() => house?.nodes ?? []);
  house = await House.start({ server: { public_url: edge.url }, google: standIn.settings, node: { drain_limit: '3 s' }, limits: { free: { daily_allowance: 100 } } });
  const [first] = house.settings.upstream.kie;
  // A second credential of the paid tier's upstream; both take two calls at a time, so that there is a queue to see.
  await house.node.stop();
  house.settings.upstream.kie = ['sim-kie', 'sim-kie-2'].map((label) => ({ ...first, label, key: simulatorKeys.kie, concurrency: 2 }));
  house.config = house.writeConfig(house.settings);
  await house.startNode();
  await eventually('the console has looked at the upstreams', () => upstream('sim-kie'));
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
  [viewer, keeper, admin] = await Promise.all([Desk.add('vera', 'viewer'), Desk.add('olga', 'operator'), Desk.add('anna', 'admin')]);
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await standIn?.stop();
});

/** easelctl with something on its standard input. */
function withInput(words, input) {
  return new Promise((resolve, reject) => {
    const program = execFile(easelctl, ['--config', house.config, ...words], (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)));
    program.stdin.end(input);
  });
}

/** An operator with a browser's manners. */
class Desk {
  static async add(name, role) {
    await withInput(['operator', 'add', name, '--role', role], `${password}\n`);
    const desk = new Desk();
    const answer = await desk.call('POST', '/api/session', { name, password });
    desk.cookie = answer.headers.get('set-cookie').split(';')[0];
    return desk;
  }
  async call(method, target, body) {
    return fetch(house.node.operatorUrl + target, {
      method,
      headers: { 'sec-fetch-site': 'same-origin', ...(this.cookie ? { cookie: this.cookie } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
  }
  async preview(name, target) {
    const answer = await this.call('POST', `/api/actions/${name}`, target);
    return { status: answer.status, ...(await answer.json()) };
  }
  async do(name, target, stamp, reason = 'end to end') {
    const answer = await this.call('POST', `/api/actions/${name}`, { ...target, reason, stamp });
    return { status: answer.status, ...(await answer.json()) };
  }
  /** Previews an action and does it. */
  async act(name, target, reason) {
    const preview = await this.preview(name, target);
    assert.equal(preview.outcome, 'previewed', JSON.stringify(preview));
    return { preview, done: await this.do(name, target, preview.stamp, reason) };
  }
}

const ask = (target) => fetch(house.node.operatorUrl + target, { headers: { authorization: `Bearer ${house.operatorToken}` } });
const get = async (target) => (await ask(target)).json();
const upstream = async (label) => (await get('/api/upstreams')).upstreams.find((one) => one.label === label);
const audit = async (action) => (await get('/api/audit?limit=500')).audit.filter((one) => one.action.startsWith(action)).map((one) => [one.who, one.reason]);
const target = { to: 'kie', label: 'sim-kie' };

describe('what operators may do to an upstream', () => {
  it('drain it: what runs ends there, what waits goes to the other of its tier', async () => {
    const api = house.client(paid);
    const slow = await Promise.all(Array.from({ length: 8 }, () => api.start({ prompt: 'a castle sim:slow=2500' })));
    await eventually('both are full and more waits', async () => (await upstream('sim-kie')).in_flight === 2 && (await get('/api/overview')).values.queued_paid >= 2);
    const { preview, done } = await keeper.act('drain_upstream', { ...target, minutes: 5 }, 'it is slow');
    assert.ok(preview.effects.some((one) => one.includes('2 calls in flight finish there')), preview.effects.join('\n'));
    assert.ok(preview.effects.some((one) => /in the queue of the paid tier go to kie\/sim-kie-2, never to the other tier/.test(one)), preview.effects.join('\n'));
    assert.equal(done.outcome, 'done');
    await eventually('it says so', async () => /^draining, \d in flight$/.test((await upstream('sim-kie')).state));
    await eventually('it is drained', async () => (await upstream('sim-kie')).state === 'drained');
    for (const { id } of slow) assert.equal((await api.ended(id)).state, 'completed');
    const before = (await upstream('sim-kie')).calls;
    await api.ended((await api.start({ prompt: 'a castle for the other' })).id);
    assert.equal((await upstream('sim-kie')).calls, before, 'nothing new went there');
    assert.ok((await upstream('sim-kie')).drained_for_ms > 0);
    const last = await keeper.preview('drain_upstream', { to: 'kie', label: 'sim-kie-2' });
    assert.deepEqual([last.status, last.outcome], [409, 'refused']);
    assert.equal((await keeper.act('resume_upstream', target)).done.outcome, 'done');
    await eventually('it takes its share again', async () => (await upstream('sim-kie')).drained_for_ms === null);
    assert.deepEqual(await audit('upstream.drain kie/sim-kie'), [['operator:olga', 'outcome: done'], ['operator:olga', 'it is slow']]);
  });

  it('open its breaker, and close it', async () => {
    assert.equal((await keeper.act('open_breaker', { ...target, minutes: 1 })).done.outcome, 'done');
    const held = await eventually('it is open', async () => {
      const one = await upstream('sim-kie');
      return one.breaker.state === 'open' && one;
    });
    assert.equal(held.state, 'held open');
    assert.ok(held.held_open_for_ms > 0 && held.held_open_for_ms <= 60_000);
    assert.equal((await keeper.act('reset_breaker', target)).done.outcome, 'done');
    await eventually('it is closed', async () => (await upstream('sim-kie')).breaker.state === 'closed');
  });

  it('change its weight, if nobody has changed another meanwhile', async () => {
    const mine = { ...target, weight: 3 };
    const first = await keeper.preview('change_weight', mine);
    assert.ok(first.effects.some((one) => one.includes('kie/sim-kie 75 %, kie/sim-kie-2 25 %')), first.effects.join('\n'));
    assert.equal((await keeper.act('change_weight', { to: 'kie', label: 'sim-kie-2', weight: 2 })).done.outcome, 'done');
    const late = await keeper.do('change_weight', mine, first.stamp);
    assert.deepEqual([late.status, late.outcome], [409, 'changed']);
    assert.equal((await keeper.do('change_weight', mine, late.stamp)).outcome, 'done');
    await eventually('it is seen', async () => (await upstream('sim-kie')).weight === 3 && (await upstream('sim-kie')).configured_weight === 1);
    for (const label of ['sim-kie', 'sim-kie-2']) assert.equal((await keeper.act('change_weight', { to: 'kie', label, weight: 1 })).done.outcome, 'done');
  });
});

describe('what admins may do to a node', () => {
  it('kill any actor but the root, and nothing is lost', async () => {
    const api = house.client(paid);
    for (const type of ['generation', 'provider connection', 'router']) {
      const prompt = `a castle while the ${type} dies sim:slow=1500`;
      const { id } = await api.start({ prompt });
      // Of a call that may not have arrived nobody can say what became of it, and it is not repeated.
      await eventually('kie.ai has the task', async () => (await house.simulator.count('kie.create', prompt)) === 1);
      const victim = await eventually('it lives', async () => type === 'generation' ? (await get(`/api/generations/${id}`)).actor : (await get(`/api/actors?type=${encodeURIComponent(type)}`)).actors[0]);
      assert.equal((await admin.act('kill_actor', { actor: victim.id }, 'to see')).done.outcome, 'done');
      const grave = await eventually('it is dead', async () => (await get(`/api/graveyard?type=${encodeURIComponent(type)}`)).ended.find((one) => one.id === victim.id));
      assert.deepEqual([grave.failed, grave.reason], [true, 'a handler failed']);
      await eventually('its like lives', async () => (await get(`/api/actors?type=${encodeURIComponent(type)}`)).actors.length > 0 || type === 'generation');
      await eventually('the node serves', async () => (await ask('/readyz')).status === 200);
      assert.equal((await api.ended(id)).state, 'completed', type);
    }
    const root = (await get('/api/actors?type=root')).actors[0];
    assert.equal((await admin.preview('kill_actor', { actor: root.id })).outcome, 'refused');
    await eventually('the books balance', async () => (await house.ctl('ledger', 'check')) && true);
  });

  it('drain it and have it serve again, with nothing lost', async () => {
    const api = house.client(paid);
    const { id } = await api.start({ prompt: 'a castle through a drain sim:slow=1000' });
    const { preview, done } = await admin.act('drain_node', { minutes: 5 }, 'a new disk');
    assert.ok(preview.effects.some((one) => one.includes('No other node lives')), preview.effects.join('\n'));
    assert.equal(done.outcome, 'done');
    await eventually('it is not ready', async () => (await ask('/readyz')).status === 503);
    assert.equal((await api.post('/v1/generations', { prompt: 'too late' })).status, 503);
    await eventually('it is drained', async () => (await get('/api/overview')).node.state === 'drained');
    assert.ok(!(await get('/api/lints')).lints.some((one) => one.id === 'database-silent' && one.count > 0), 'nobody asks it');
    assert.equal((await admin.preview('drain_node', {})).outcome, 'refused');
    assert.equal((await admin.act('resume_node', {})).done.outcome, 'done');
    await eventually('it serves', async () => (await ask('/readyz')).status === 200);
    assert.equal((await api.ended(id)).state, 'completed');
    assert.equal((await api.ended((await api.start({ prompt: 'a castle after it' })).id)).state, 'completed');
  });

  it('hand over what does not end in time to another node', async () => {
    const other = await house.startNode();
    const api = house.client(paid, other);
    const { id } = await house.client(paid).start({ prompt: 'a castle for two sim:slow=8000' });
    const { preview } = await admin.act('drain_node', { minutes: 5 });
    assert.ok(preview.effects.some((one) => one.includes('Another node lives')), preview.effects.join('\n'));
    await eventually('it is drained', async () => (await get('/api/overview')).node.state === 'drained');
    assert.equal((await api.ended(id)).state, 'completed');
    assert.equal((await admin.act('resume_node', {})).done.outcome, 'done');
    await eventually('it serves', async () => (await ask('/readyz')).status === 200);
    await other.stop();
  });
});

describe('what touches a person', () => {
  it('reveal one prompt to one operator, with a reason, and its author learns of it', async () => {
    const person = await Person.signIn(edge.url, '100000000000000000001');
    const { id } = await person.post('/v1/generations', { prompt: `${canary} a boat` });
    await eventually('it has ended', async () => ['completed', 'failed'].includes((await person.get(`/v1/generations/${id}`)).state));
    assert.equal((await viewer.call('POST', '/api/actions/reveal_prompt', { generation: id })).status, 403);
    const { preview, done } = await keeper.act('reveal_prompt', { generation: id, seconds: 30 }, 'a complaint about it');
    assert.ok(!JSON.stringify(preview).includes(canary));
    assert.deepEqual(done.revealed, { prompt: `${canary} a boat`, hide_after_ms: 30_000 });
    const told = await Promise.all(['/api/audit?limit=500', '/api/overview', '/api/actors', `/api/generations/${id}`, '/api/graveyard'].map(async (where) => (await ask(where)).text()));
    assert.ok(!told.join().includes(canary), 'it is in no other answer');
    assert.ok(!house.nodes.map((one) => one.program.logText()).join().includes(canary), 'nor in the log');
    const file = path.join(scratchDirectory(), 'revealed.zip');
    fs.writeFileSync(file, Buffer.from(await (await person.browser.request(`${edge.url}/v1/account/export`)).arrayBuffer()));
    const copy = execFileSync('unzip', ['-p', file, 'account.json']).toString();
    assert.ok(copy.includes('a complaint about it') && copy.includes(`prompt.reveal ${id}`), 'the copy of their data names it');
    const unknown = await keeper.preview('reveal_prompt', { generation: 'gen_00000000000000000000000000' });
    assert.equal(unknown.outcome, 'refused');
    await person.call('DELETE', `/v1/generations/${id}`);
    await eventually('the prompt is gone', async () => (await keeper.preview('reveal_prompt', { generation: id })).outcome === 'refused');
  });

  it('record a request that came by mail, which easelctl goes on with', async () => {
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const { done } = await keeper.act('record_privacy_request', { kind: 'erasure', received: day, reference: 'MAIL-7' }, 'a mail of today');
    const [, id] = /Recorded as (preq_\w+), due on/.exec(done.effects.at(-1));
    await assert.rejects(house.ctl('privacy-request', 'fulfil', id), /assign/);
    const person = await house.account('free');
    assert.equal((await house.ctl('privacy-request', 'assign', id, '--account', person.id)).account, person.id);
    await assert.rejects(house.ctl('privacy-request', 'close', id, '--outcome', 'done'), /the account lives/);
    assert.equal((await house.ctl('privacy-request', 'fulfil', id)).outcome, 'done');
    assert.deepEqual(await audit('request.record erasure'), [['operator:olga', 'outcome: done'], ['operator:olga', 'a mail of today']]);
    const future = await keeper.preview('record_privacy_request', { kind: 'access', received: '2999-01-01' });
    assert.equal(future.outcome, 'refused');
  });
});

describe('who may', () => {
  const all = {
    drain_upstream: [target, 'operator'], open_breaker: [target, 'operator'], change_weight: [{ ...target, weight: 2 }, 'operator'],
    reveal_prompt: [{ generation: 'gen_00000000000000000000000000' }, 'operator'], record_privacy_request: [{ kind: 'access', received: '2026-11-20' }, 'operator'],
    drain_node: [{}, 'admin'], resume_node: [{}, 'admin'], kill_actor: [{ actor: 999_999_999 }, 'admin'],
  };
  it('is said by the role, and not by the page alone', async () => {
    for (const [name, [fields, role]] of Object.entries(all)) {
      assert.equal((await viewer.call('POST', `/api/actions/${name}`, fields)).status, 403, name);
      assert.equal((await keeper.call('POST', `/api/actions/${name}`, fields)).status === 403, role === 'admin', name);
      assert.notEqual((await admin.call('POST', `/api/actions/${name}`, fields)).status, 403, name);
    }
  });

  it('acts in the terminal too, and bash completes it', async () => {
    const act = (...words) => output(easelctl, ['--config', house.config, 'act', ...words, '--url', house.node.operatorUrl]);
    assert.match(await act('drain_upstream', 'to=kie', 'label=sim-kie', 'minutes=5'), /never to the other tier[^]*a preview: with --reason/);
    assert.match(await act('change_weight', 'to=kie', 'label=sim-kie', 'weight=2', '--reason', 'a test', '--yes'), /done, and recorded/);
    assert.match(await act('change_weight', 'to=kie', 'label=sim-kie', 'weight=1', '--reason', 'a test', '--yes'), /as configured/);
    const { id } = await house.client(free).start({ prompt: `${canary} in a terminal` });
    assert.match(await act('reveal_prompt', `generation=${id}`, '--reason', 'a test', '--yes'), new RegExp(`${canary} in a terminal`));
    const script = 'source <("$1" completion bash); compopt() { :; }; COMP_WORDS=(easelctl act dr); COMP_CWORD=2; _easelctl; echo "${COMPREPLY[@]}"';
    assert.equal(execFileSync('bash', ['--norc', '-c', script, 'bash', easelctl]).toString().trim(), 'drain_upstream drain_node');
  });
});
