// SIGTERM with work in flight.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { House } from '../e2e/support/house.mjs';
import { describeImage } from '../e2e/support/pictures.mjs';
import { eventually } from '../e2e/support/wait.mjs';

async function busyHouse(settings, latency) {
  const house = await House.start(settings);
  await house.simulator.behave({ sub2api: { latency, image_bytes: 20_000 }, 'kie.task': { latency, image_bytes: 20_000 } });
  const accounts = await Promise.all(['free', 'paid'].map((tier) => house.account(tier)));
  return { house, accounts };
}

async function startSome(house, accounts, many) {
  const started = [];
  for (const account of accounts)
    for (let i = 0; i < many; ++i) {
      const prompt = `in work ${account.tier} ${i}`;
      const { id } = await house.client(account).start({ prompt, n: 1 + (i % 2) });
      started.push({ id, account, prompt, n: 1 + (i % 2) });
    }
  const pictures = (tier) => started.filter((one) => one.account.tier === tier).reduce((sum, one) => sum + one.n, 0);
  await eventually('all of it is in work', async () => {
    const { routes } = await house.simulator.state();
    return routes.sub2api.calls >= pictures('free') && (routes['kie.task'].events.created ?? 0) >= pictures('paid');
  });
  return started;
}

async function assertAllMade(house, started) {
  for (const { id, account, n } of started) {
    const one = await house.client(account).ended(id);
    assert.equal(one.state, 'completed', `${account.tier} ${one.failure}`);
    assert.equal(one.images.length, n);
  }
  for (const count of Object.values(await house.checkLedger())) assert.equal(count, 0);
}

describe('SIGTERM', () => {
  it('lets what is in work end, answers who waits, and ends with 0', async () => {
    const { house, accounts } = await busyHouse({ node: { drain_limit: '30 s' } }, 1500);
    const waiting = accounts.map((account) =>
      house.client(account, house.nodes[0]).post('/v1/images/generations', { prompt: `waited for ${account.tier}` }));
    const started = await startSome(house, accounts, 3);
    assert.deepEqual(await house.nodes[0].stop(), { code: 0, signal: null });
    for (const answer of await Promise.all(waiting)) {
      assert.equal(answer.status, 200, answer.text.slice(0, 300));
      assert.ok(describeImage(Buffer.from(answer.json.data[0].b64_json, 'base64')).whole);
    }
    const calls = await house.simulator.calls('sub2api');
    await house.startNode();
    await assertAllMade(house, started);
    assert.equal(await house.simulator.calls('sub2api'), calls, 'nothing was left to do again');
    await house.stop();
  });

  it('hands over what does not end in time, and the next start completes it', async () => {
    const { house, accounts } = await busyHouse({ node: { drain_limit: '300 ms', dead_after: '30 s' } }, 4000);
    const waiting = accounts.map(async (account) => {
      const prompt = `told to repeat ${account.tier}`;
      const answer = await house.client(account, house.nodes[0]).post('/v1/images/generations', { prompt });
      return { account, prompt, answer };
    });
    const started = await startSome(house, accounts, 3);
    assert.deepEqual(await house.nodes[0].stop(), { code: 0, signal: null });
    for (const { account, prompt, answer } of await Promise.all(waiting)) {
      assert.equal(answer.status, 409, answer.text.slice(0, 300));
      const { error } = answer.json;
      assert.equal(error.code, 'request_in_progress');
      assert.equal(answer.header('x-should-retry'), 'true');
      started.push({ id: error.generation_id, account, n: 1, prompt });
    }
    await house.startNode();
    await assertAllMade(house, started);
    for (const { account, prompt, n } of started) {
      const { sub2api, kie } = await house.simulator.drawingCalls(prompt);
      if (account.tier === 'free') assert.ok(sub2api <= 2 * n && kie === 0, `${prompt}: ${sub2api} ${kie}`);
      else assert.deepEqual({ sub2api, kie }, { sub2api: 0, kie: n }, prompt);
    }
    await house.stop();
  });

  it('stops taking work at once: readiness goes, or the connection is refused', async () => {
    const { house, accounts } = await busyHouse({ node: { drain_limit: '30 s' } }, 2500);
    await startSome(house, accounts.slice(0, 1), 1);
    const stopped = house.nodes[0].stop();
    const api = house.client(accounts[0], house.nodes[0]);
    await eventually('new work is refused', async () => {
      try {
        const answer = await api.post('/v1/generations', { prompt: 'too late' });
        return answer.status === 503;
      } catch (error) {
        return error instanceof TypeError;
      }
    });
    assert.deepEqual(await stopped, { code: 0, signal: null });
    await house.startNode();
    await house.stop();
  });
});
