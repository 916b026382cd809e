// The operator's API and the terminal that reads it: what there is to see, who may, and what nobody sees.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { output } from './support/program.mjs';
import { events } from './support/sse.mjs';
import { eventually } from './support/wait.mjs';

const execute = promisify(execFile);

let house, free, paid;
before(async () => {
  // What hangs here hangs to the end: were it given up in the middle, the breaker would open under later tests.
  house = await House.start({ upstream: { create_timeout: '5 min' }, breaker: { trip_after: 3, open_for: '30 s', longest_open: '60 s' }, audit: { interval: '5 s' } });
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
});
after(async () => house?.stop());

const ask = (target, token = house.operatorToken) => fetch(house.node.operatorUrl + target,
  { headers: token ? { authorization: `Bearer ${token}` } : {} });

/** A document of the API. */
async function get(target) {
  const answer = await ask(target);
  const text = await answer.text();
  assert.equal(answer.status, 200, `${target}: ${text}`);
  return JSON.parse(text);
}

/** Makes sub2api's credential cool down, and leaves nothing that waits for it: that would be its next probe. */
async function sicken(api) {
  const begun = await Promise.all(Array.from({ length: 4 }, () => api.start({ prompt: 'sim:fail=401' })));
  const sick = await eventually('sub2api is seen cooling down', async () => {
    const one = (await get('/api/upstreams')).upstreams.find((each) => each.to === 'sub2api');
    return one.breaker.state === 'open' && one;
  });
  await Promise.all(begun.map(({ id }) => api.call('DELETE', `/v1/generations/${id}`)));
  await eventually('nothing waits', async () => (await get('/api/overview')).values.queued_free === 0);
  return sick;
}

/** What a look of easelctl prints. */
const look = (...words) => output(easelctl, ['--config', house.config, ...words, '--url', house.node.operatorUrl]);

const panels = ['/api/ledger', '/api/billing', '/api/privacy', '/api/nodes', '/api/sessions', '/api/configuration', '/api/log'];

/** Everything that the API can tell at this moment, in one text. */
async function everything(generation) {
  const { actors } = await get('/api/actors?limit=200');
  const targets = ['/api/overview', '/api/history', '/api/history?span=24h', '/api/actors?view=tree', '/api/graveyard', '/api/upstreams',
    '/api/queues', '/api/lints', '/api/generations', '/api/generations?state=ended', `/api/generations/${generation}`,
    ...panels.filter((one) => one !== '/api/configuration'), // which names the sizes that anybody may ask for
    ...actors.map((one) => `/api/actors/${one.id}`)];
  const texts = await Promise.all(targets.map(async (target) => (await ask(target)).text()));
  return JSON.stringify(actors) + texts.join('\n');
}

describe('the operator listener', () => {
  const guarded = ['/api/audit', '/healthz', '/readyz', '/metrics', '/api/overview', '/api/history', '/api/stream', '/api/actors', '/api/actors/1',
    '/api/graveyard', '/api/upstreams', '/api/queues', '/api/lints', '/api/generations', '/api/generations/gen_00000000000000000000000000', ...panels];

  it('tells nothing to whoever has no credential, or one of the public service', async () => {
    for (const target of guarded)
      for (const token of [null, 'wrong', free.key, house.operatorToken.slice(0, -1)]) {
        const answer = await ask(target, token);
        assert.equal(answer.status, 401, target);
        await answer.body.cancel();
      }
  });

  it('looks with GET alone', async () => {
    for (const target of guarded) {
      const answer = await fetch(house.node.operatorUrl + target, { method: 'POST', headers: { authorization: `Bearer ${house.operatorToken}` } });
      assert.equal(answer.status, 405, target);
    }
  });

  it('is not on the public listener', async () => {
    assert.equal((await house.client(free).get('/api/overview')).status, 404);
  });
});

describe('what operators see', () => {
  it('the tree from the root down, with every actor that has a type', async () => {
    await house.client(free).ended((await house.client(free).start({ prompt: 'a boat' })).id);
    const { tree } = await get('/api/actors?view=tree');
    const root = tree.find((group) => group.type === 'root').actors[0];
    assert.equal(root.state, 'running');
    const below = root.children.map((group) => group.type);
    for (const type of ['store', 'node', 'router', 'sign-in', 'access log', 'console']) assert.ok(below.includes(type), type);
    const router = root.children.find((group) => group.type === 'router').actors[0];
    const kinds = router.children.map((group) => group.type);
    assert.ok(kinds.includes('provider connection') && kinds.includes('session'));
    const { live, types } = { ...(await get('/api/actors')), ...(await get('/api/overview')) };
    assert.ok(live >= types.filter((one) => one.live > 0).length);
  });

  it('a generation from its acceptance to its last image, by its id', async () => {
    const { id } = await house.client(paid).start({ prompt: 'a castle sim:slow=1000', n: 2 });
    // Accepted is a row; the actor that serves it comes a moment later.
    const seen = await eventually('its actor serves it', async () => {
      const story = await get(`/api/generations/${id}`);
      return story.actor && story;
    });
    assert.equal(seen.actor.type, 'generation');
    assert.notEqual(seen.state, 'completed');
    await house.client(paid).ended(id);
    const story = await get(`/api/generations/${id}`);
    assert.equal(story.state, 'completed');
    assert.equal(story.images_stored, 2);
    assert.equal(story.actor, null);
    assert.deepEqual(story.disclosures.map((one) => one.to).filter((to, at, all) => all.indexOf(to) === at).sort(), ['kie', 'openai_moderation']);
    const times = story.steps.map((one) => Date.parse(one.from));
    assert.deepEqual(times.slice(0, 1), [Date.parse(story.created_at)]);
    for (const one of story.steps) assert.ok(Date.parse(one.from) <= Date.parse(one.to), one.name);
    assert.equal(story.steps.filter((one) => one.name.includes('stored')).length, 2);
    assert.ok(story.judged.after >= story.created_at && story.judged.by <= story.dispatched_at, JSON.stringify(story.judged));
    assert.equal(story.judged.within_ms >= 0, true);
    const { generations } = await get('/api/generations?state=ended');
    assert.ok(generations.some((one) => one.id === id));
    assert.equal((await ask('/api/generations/gen_00000000000000000000000000')).status, 404);
  });

  it('the flow of work in figures, each second', async () => {
    const stream = await ask('/api/stream');
    const api = house.client(free);
    await Promise.all(Array.from({ length: 20 }, () => api.start({ prompt: 'many boats' }).then(({ id }) => api.ended(id))));
    let completed = 0, samples = 0;
    for await (const { event, data } of events(stream)) {
      assert.equal(event, 'sample');
      ++samples;
      completed += data.values.completed;
      if (samples >= 3 && completed > 0) break;
      assert.ok(samples < 60, 'twenty generations leave no trace');
    }
    const { stages, values } = await get('/api/overview');
    const of = (stage) => stages.find((one) => one.tier === 'free' && one.stage === stage);
    for (const stage of ['moderating', 'drawing', 'storing', 'whole']) assert.ok(of(stage).p95_ms > 0, stage);
    assert.ok(of('drawing').p50_ms <= of('whole').p99_ms);
    assert.ok(values.messages > 0);
    const { names, points } = await get('/api/history');
    assert.ok(points.length >= 3);
    assert.ok(points.some((one) => one.values[names.indexOf('completed')] > 0));
  });

  it('which upstream is sick, why, and what to do', async () => {
    const sick = await sicken(house.client(free));
    assert.ok(sick.failures.some((one) => one.what === 'our_account'), JSON.stringify(sick.failures));
    assert.equal(sick.last_failure.what, 'our_account');
    const { concerns } = await get('/api/overview');
    const concern = concerns.find((one) => one.what.includes('sim-sub2api'));
    assert.ok(concern.urgent && concern.why && concern.evidence && concern.next);
    assert.equal(concern.lint, 'upstream-cooling');
    const { lints } = await get('/api/lints');
    const cooling = lints.find((one) => one.id === 'upstream-cooling').findings.find((one) => one.about === concern.about);
    assert.ok(Date.parse(cooling.since) <= Date.now());
    assert.match(await look('lints'), /! sub2api “sim-sub2api” is cooling down {2}\[upstream-cooling, since [\d:.]+\]/);
    assert.deepEqual(JSON.parse(await look('lints', '--json')).lints.map((one) => one.id), lints.map((one) => one.id));
    assert.match(await look('upstreams'), /sub2api\/sim-sub2api +cooling down +open, probe in/);
  });

  it('the graveyard with what an actor did last', async () => {
    const { ended } = await get('/api/graveyard?type=generation');
    assert.ok(ended.length > 0);
    assert.equal(ended[0].reason, 'done');
    assert.ok(ended[0].messages.some((one) => one.type === 'store_written'), JSON.stringify(ended[0].messages));
  });
});

describe('the panels', () => {
  it('the books balance while work is under way, and say what is held', async () => {
    const { id } = await house.client(paid).start({ prompt: 'sim:hang', n: 2 });
    await eventually('it is drawn', async () => (await get(`/api/generations/${id}`)).state === 'dispatched');
    const found = await eventually('the hold is counted', async () => {
      const ledger = await get('/api/ledger');
      return ledger.holds.some((one) => one.count > 0) && ledger;
    });
    assert.deepEqual([found.balance.balanced, found.balance.sum, found.balance.drift], [true, 0, { available: 0, held: 0 }]);
    const book = (name) => found.balance.books.find((one) => one.book === name).credits;
    assert.equal(book('held'), found.holds.reduce((all, one) => all + one.credits, 0));
    const granted = found.entries.find((one) => one.kind === 'granted');
    assert.ok(granted.ever.credits >= free.gift + paid.gift);
    assert.equal(book('issued'), -granted.ever.credits);
    assert.deepEqual(granted.today, granted.ever);
    await house.client(paid).call('DELETE', `/v1/generations/${id}`);
    assert.match(await look('ledger', 'show'), /the books balance: sum 0[\s\S]*granted +issued +available[\s\S]*under a minute/);
  });

  it('billing is told also where nothing is sold', async () => {
    const billing = await get('/api/billing');
    assert.equal(billing.sells, false);
    assert.deepEqual(billing.inbox.map((one) => [one.state, one.count]), [['waiting', 0], ['parked', 0], ['applied', 0], ['ignored', 0]]);
    assert.match(await look('billing', 'show'), /sells nothing[\s\S]*no open differences/);
  });

  it('each clause of the policy has its latest proof, and deletions are told', async () => {
    const { audit, retention } = await eventually('all of the policy is shown to be kept', async () => {
      const privacy = await get('/api/privacy');
      return privacy.retention.last && privacy.audit?.clauses.every((one) => one.kept) && privacy;
    });
    assert.equal(audit.clauses.length, 21);
    const clause = (name) => audit.clauses.find((one) => one.clause === name);
    assert.ok(clause('GEN-1').figures.length > 0 && clause('GEN-1').promise);
    assert.ok(audit.due.some((one) => one.table === 'image' && one.rows === 0));
    assert.equal(retention.clock.believed, true);
    assert.match(await look('policy', 'show'), /GEN-1 +kept[\s\S]*completed generations[\s\S]*the clock is believed/);
  });

  it('nodes are told with their version, and who does what is done once', async () => {
    const found = await eventually('it deletes and proves', async () => {
      const nodes = await get('/api/nodes');
      return nodes.singletons.filter((one) => ['reaper', 'auditor'].includes(one.what) && one.this).length === 2 && nodes;
    });
    const here = found.nodes.filter((one) => one.this);
    assert.equal(here.length, 1);
    assert.equal(here[0].state, 'alive');
    assert.match(here[0].version, /^\d+\.\d+/);
    assert.ok(found.lease.left_ms > 0);
    assert.ok(found.process.resident_bytes > 1 << 20 && found.process.threads > 1);
    assert.match(await look('nodes'), /alive \(this one\)[\s\S]*reaper +easel \S+ \(this one\)[\s\S]*threads/);
  });

  it('the configuration in force is told, and no secret of it', async () => {
    const { settings } = await get('/api/configuration');
    const of = (key) => settings.find((one) => one.key === key);
    assert.deepEqual(of('operator.token'), { key: 'operator.token', value: 'set', secret: true, default: false });
    assert.equal(of('breaker.trip_after').value, '3');
    assert.equal(of('database.url').value, 'set');
    const text = JSON.stringify(settings) + await look('config', 'show');
    for (const secret of [house.operatorToken, house.masterKey, house.databaseUrl, 'sk-sim-', free.id, free.key]) assert.ok(!text.includes(secret), secret);
  });

  it('sessions are counted by tier, without saying whose they are', async () => {
    await Promise.all([free, paid].map((one) => house.client(one).get('/v1/account')));
    const { tiers, sessions } = await get('/api/sessions');
    for (const tier of ['free', 'paid']) assert.ok(tiers.find((one) => one.tier === tier).count >= 1, tier);
    assert.ok(sessions.every((one) => one.type === 'session'));
    assert.match(await look('sessions', '--sort', 'age'), /free +\d+[\s\S]*session #\d+/);
  });
});

describe('what nobody sees', () => {
  it('no prompt, parameter, account or key is in anything that the API tells', async () => {
    const marker = `canary${randomBytes(8).toString('hex')}`;
    const { id } = await house.client(paid).start({ prompt: `${marker} sim:hang` });
    await eventually('it is drawn', async () => (await get(`/api/generations/${id}`)).state === 'dispatched');
    const told = await everything(id);
    for (const secret of [marker, free.id, paid.id, free.key, paid.key, house.operatorToken, house.masterKey, '1024x1024'])
      assert.ok(!told.includes(secret), `the API tells ${secret}`);
    const { actors } = await get(`/api/actors?about=${paid.id}`);
    assert.deepEqual(actors.map((one) => one.type), ['session'], 'who has an account’s id finds its session');
    await house.client(paid).call('DELETE', `/v1/generations/${id}`);
  });
});

/** An operator with a browser's manners: sends the cookie that it got, and says that the page is ours. */
class Desk {
  static async add(name, role) {
    await withInput(['operator', 'add', name, '--role', role], `${password}\n`);
    return Desk.signIn(name);
  }
  static async signIn(name, word = password) {
    const desk = new Desk();
    const answer = await desk.call('POST', '/api/session', { name, password: word });
    desk.status = answer.status;
    desk.cookie = answer.headers.get('set-cookie')?.split(';')[0];
    return desk;
  }
  async call(method, target, body) {
    return fetch(house.node.operatorUrl + target, {
      method,
      headers: { 'sec-fetch-site': 'same-origin', ...(this.cookie ? { cookie: this.cookie } : {}), ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
  }
  /** Previews an action, does it, and returns both answers. */
  async act(name, target, reason = 'end to end') {
    const preview = await (await this.call('POST', `/api/actions/${name}`, target)).json();
    const done = await this.call('POST', `/api/actions/${name}`, { ...target, reason, stamp: preview.stamp });
    return { preview, status: done.status, done: await done.json() };
  }
}

const password = 'a password for the tests';

/** easelctl with something on its standard input. */
function withInput(words, input) {
  return new Promise((resolve, reject) => {
    const program = execFile(easelctl, ['--config', house.config, ...words], (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)));
    program.stdin.end(input);
  });
}

describe('those who run the service', () => {
  it('sign in with the account that easelctl made, look, and sign out', async () => {
    const ada = await Desk.add('ada', 'viewer');
    assert.equal(ada.status, 200);
    assert.match(ada.cookie, /^__Host-operator=[\w-]{43}$/);
    assert.equal((await ada.call('GET', '/api/overview')).status, 200);
    assert.deepEqual(await (await ada.call('GET', '/api/session')).json(), { name: 'operator:ada', role: 'viewer' });
    assert.equal((await house.client(free).call('GET', '/v1/account', { headers: { cookie: ada.cookie, authorization: '' } })).status, 401);
    await ada.call('DELETE', '/api/session');
    assert.equal((await ada.call('GET', '/api/overview')).status, 401);
    assert.match(await output(easelctl, ['--config', house.config, 'operator', 'list']), /ada +viewer +no +active/);
  });

  it('are shut out for a while after wrong guesses, and may be disabled', async () => {
    const eve = await Desk.add('eve', 'admin');
    for (let i = 0; i < 5; ++i) assert.equal((await Desk.signIn('eve', 'wrong')).status, 401);
    assert.equal((await Desk.signIn('eve')).status, 429);
    assert.equal((await eve.call('GET', '/api/overview')).status, 200, 'who is in stays in');
    await output(easelctl, ['--config', house.config, 'operator', 'disable', 'eve']);
    assert.match(await output(easelctl, ['--config', house.config, 'operator', 'list']), /eve +admin +no +disabled/);
  });

  it('do what their role lets them, with a reason, and all of it is in the audit', async () => {
    const [viewer, keeper, admin] = await Promise.all([Desk.add('vera', 'viewer'), Desk.add('olga', 'operator'), Desk.add('anna', 'admin')]);
    const target = { to: 'kie', label: 'sim-kie', minutes: 5 };
    assert.equal((await viewer.call('POST', '/api/actions/pause_upstream', target)).status, 403);
    assert.equal((await keeper.call('GET', '/api/audit')).status, 403);

    const { preview, status, done } = await keeper.act('pause_upstream', target, 'it looks ill');
    assert.equal(preview.outcome, 'previewed');
    assert.ok(preview.effects.some((one) => one.includes('kie/sim-kie takes no new call for 5 min')));
    assert.equal(status, 200);
    assert.equal(done.outcome, 'done');
    const api = house.client(paid);
    const { id } = await api.start({ prompt: 'a patient castle' });
    const kie = async () => (await get('/api/upstreams')).upstreams.find((one) => one.to === 'kie');
    await eventually('it waits', async () => (await kie()).paused_for_ms > 0 && (await get('/api/overview')).values.queued_paid === 1);
    assert.equal((await keeper.act('resume_upstream', { to: 'kie', label: 'sim-kie' })).done.outcome, 'done');
    await api.ended(id);

    const rows = (await (await admin.call('GET', '/api/audit')).json()).audit;
    const pause = rows.filter((one) => one.action.startsWith('upstream.pause kie/sim-kie'));
    assert.deepEqual(pause.map((one) => [one.who, one.reason]), [['operator:olga', 'outcome: done'], ['operator:olga', 'it looks ill']]);
  });

  it('suspend an account and lift it, and it feels both at once', async () => {
    const [desk, admin] = await Promise.all([Desk.add('sue', 'operator'), Desk.add('adam', 'admin')]);
    const person = await house.account('paid'); // the other tier's upstream is cooling down
    const api = house.client(person);
    await api.ended((await api.start({ prompt: 'a boat' })).id);
    const target = { account: person.id };
    const suspended = await desk.act('suspend_account', target, 'a flood of sign-ups');
    assert.ok(suspended.preview.effects.some((one) => one.includes('until an operator lifts it')));
    assert.equal(suspended.done.outcome, 'done');
    const refused = await eventually('it is refused', async () => {
      const answer = await api.post('/v1/generations', { prompt: 'another boat' });
      return answer.status !== 202 && answer;
    });
    assert.equal(refused.status, 403);
    assert.equal((await desk.call('POST', '/api/actions/suspend_account', target)).status, 409, 'once is enough');
    assert.equal((await desk.act('lift_account', target, 'it was nobody')).done.outcome, 'done');
    await eventually('it draws again', async () => (await api.post('/v1/generations', { prompt: 'a third boat' })).status === 202);
    assert.equal((await desk.call('POST', '/api/actions/end_sessions', target)).status, 409, 'nobody is signed in');
    const text = await (await admin.call('GET', '/api/audit')).text();
    assert.ok(!text.includes(person.id), 'the audit’s screen does not say whose account it was');
    const rows = JSON.parse(text).audit.filter((one) => one.action.startsWith('account.') && one.who === 'operator:sue');
    assert.deepEqual(rows.map((one) => [one.action, one.about_account, one.reason]), [
      ['account.lift', true, 'outcome: done'], ['account.lift', true, 'it was nobody'],
      ['account.suspend', true, 'outcome: done'], ['account.suspend', true, 'a flood of sign-ups']]);
  });

  it('act in the terminal too, after a preview', async () => {
    const act = (...words) => output(easelctl, ['--config', house.config, 'act', ...words, '--url', house.node.operatorUrl]);
    const person = await house.account('paid');
    assert.match(await act('suspend_account', `account=${person.id}`), /^- The account may generate nothing more[^]*a preview: with --reason/);
    await assert.rejects(act('suspend_account', `account=${person.id}`, '--reason', 'no terminal to ask'), /nothing was done/);
    assert.match(await act('suspend_account', `account=${person.id}`, '--reason', 'a test', '--yes'), /done, and recorded in the audit/);
    await assert.rejects(act('suspend_account', `account=${person.id}`), /refused/);
    assert.equal(JSON.parse(await act('lift_account', `account=${person.id}`, '--reason', 'a test', '--yes', '--json')).outcome, 'done');
    await assert.rejects(act('suspend_account', 'account=acct_00000000000000000000000000'), /no such target/i);
  });

  it('run retention and change the log for a while, if they are admins', async () => {
    const [desk, admin] = await Promise.all([Desk.add('tom', 'operator'), Desk.add('tina', 'admin')]);
    for (const name of ['run_retention', 'run_reconcile']) assert.equal((await desk.call('POST', `/api/actions/${name}`, {})).status, 403);
    const rounds = async () => Number(/easel_retention_rounds_total (\d+)/.exec(await (await ask('/metrics')).text())[1]);
    const before = await eventually('a first round is over', async () => (await rounds()) || null);
    const run = await eventually('no round is under way', async () => {
      const found = await admin.act('run_retention', {}, 'a look');
      return found.status === 200 && found;
    });
    assert.equal(run.done.outcome, 'done');
    await eventually('a round more', async () => await rounds() > before);
    assert.equal((await admin.call('POST', '/api/actions/run_reconcile', {})).status, 404, 'nothing is sold here');
    const { preview, done } = await admin.act('set_log_level', { level: 'debug', minutes: 1 }, 'what does it find');
    assert.match(preview.effects[0], /debug for 1 min, then info again/);
    assert.equal(done.outcome, 'done');
    assert.equal((await admin.call('POST', '/api/actions/set_log_level', { level: 'debug' })).status, 409);
    assert.equal((await admin.act('set_log_level', { level: 'info', minutes: 1 })).done.outcome, 'done');
  });

  it('restart an actor, and nothing is lost', async () => {
    const desk = await Desk.add('rita', 'operator');
    const api = house.client(paid);
    const { id } = await api.start({ prompt: 'a castle that is begun twice' });
    const worker = await eventually('it is worked on', async () => (await get(`/api/generations/${id}`)).actor);
    const { done } = await desk.act('restart_actor', { actor: worker.id });
    assert.equal(done.outcome, 'done');
    assert.equal((await api.ended(id)).state, 'completed');
    const { ended } = await get('/api/graveyard?type=generation');
    assert.ok(ended.some((one) => one.id === worker.id && one.reason === 'killed'));
    const root = (await get('/api/actors?type=root')).actors[0];
    const refused = await desk.call('POST', '/api/actions/restart_actor', { actor: root.id });
    assert.equal(refused.status, 409);
    assert.equal((await desk.act('restart_actor', { actor: 999_999_999 })).status, 404);
  });

  it('reset a breaker and cancel a generation', async () => {
    const desk = await Desk.add('resi', 'operator');
    const api = house.client(free);
    await sicken(api); // again, if it has recovered meanwhile
    const { id } = await api.start({ prompt: 'a boat in the line' });
    await eventually('it waits', async () => (await get('/api/overview')).values.queued_free === 1);
    assert.equal((await desk.act('cancel_generation', { generation: id })).done.outcome, 'done');
    assert.equal((await api.ended(id)).state, 'cancelled');
    assert.equal((await desk.act('reset_breaker', { to: 'sub2api', label: 'sim-sub2api' })).done.outcome, 'done');
    const { id: next } = await api.start({ prompt: 'a boat after all' });
    assert.equal((await api.ended(next)).state, 'completed');
  });
});

describe('the terminal', () => {
  it('draws the tree, an actor, queues and generations, and gives JSON', async () => {
    assert.match(await look('tree'), /└─ root #\d+ {2}running/);
    const { actors } = await get('/api/actors?type=router');
    assert.match(await look('actor', String(actors[0].id)), /router #\d+[\s\S]*latest messages[\s\S]*children/);
    assert.match(await look('queues'), /paid tier: images waiting for a slot +\d+ +10000/);
    assert.match(await look('generations', '--ended'), /gen_\w+ +completed/);
    assert.match(await look('graveyard'), /generation #\d+ +done/);
    assert.equal(JSON.parse(await look('tree', '--json')).tree.some((group) => group.type === 'root'), true);
    assert.match(await look('top', '--once'), /TYPE[\s\S]*most by mailbox/);
  });

  it('says which server does not answer, and ends with 1', async () => {
    const failed = await execute(easelctl, ['--config', house.config, 'tree', '--url', 'http://127.0.0.1:1']).catch((error) => error);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /does not answer at http:\/\/127\.0\.0\.1:1/);
    assert.equal(failed.stdout, '');
  });

  it('shows top live in a terminal until q, and puts the screen back', async () => {
    const command = `stty rows 30 cols 120; ${easelctl} --config ${house.config} top --url ${house.node.operatorUrl}`;
    const keys = execFile('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm' } });
    let screen = '';
    keys.stdout.on('data', (text) => { screen += text; });
    const ended = new Promise((resolve) => keys.once('exit', resolve));
    await eventually('a first page', () => screen.includes('most by mailbox'));
    keys.stdin.write('b');
    await eventually('a page in another order', () => screen.includes('most by busy'));
    keys.stdin.write('q');
    assert.equal(await ended, 0);
    assert.ok(screen.includes('\x1b[?1049h') && screen.endsWith('\x1b[?25h\x1b[?1049l'), 'the screen is put back');
  });
});
