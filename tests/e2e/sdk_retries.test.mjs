// What the SDK does on its own when an answer is late: one click stays one picture and one charge.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { House } from './support/house.mjs';
import { describeImage } from './support/pictures.mjs';

let house, impatient;

before(async () => {
  house = await House.start({ server: { silence_limit: '2 s' } });
  impatient = await house.startNode({ server: { silence_limit: '300 ms' } });
});
after(async () => {
  await house?.checkLedger();
  await house?.stop();
});

function counted() {
  const statuses = [];
  const send = async (...args) => {
    const answer = await fetch(...args);
    statuses.push(answer.status);
    return answer;
  };
  return { statuses, send };
}

async function assertOneCharge(account, prompt, price) {
  assert.deepEqual(await house.client(account).credits(), { available: account.gift - price, held: 0 });
  const { data } = (await house.client(account).get('/v1/generations')).json;
  assert.equal(data.length, 1);
  assert.equal(data[0].state, 'completed');
  assert.equal(data[0].images.length, 1);
  const calls = await house.simulator.drawingCalls(prompt);
  assert.deepEqual(calls, account.tier === 'free' ? { sub2api: 1, kie: 0 } : { sub2api: 0, kie: 1 });
}

describe('a picture that takes longer than a silent answer may', { concurrency: 4 }, () => {
  for (const [tier, price] of [['free', 2], ['paid', 6]])
    it(`is one picture and one charge on the ${tier} tier: the SDK's repeat waits on`, async () => {
      const account = await house.account(tier);
      const prompt = `slow by nature ${tier} sim:slow=4000`;
      const { statuses, send } = counted();
      const answer = await house.sdk(account, { fetch: send }).images.generate({ prompt });
      assert.deepEqual([statuses[0], statuses.at(-1)], [409, 200]);
      assert.equal(describeImage(Buffer.from(answer.data[0].b64_json, 'base64')).format, 'png');
      await assertOneCharge(account, prompt, price);
    });

  it('is one picture when the SDK itself loses patience and asks again', async () => {
    const account = await house.account('free');
    const prompt = 'slower than the time-out of the client sim:slow=3000';
    const { statuses, send } = counted();
    const answer = await house.sdk(account, { timeout: 1_900, maxRetries: 5, fetch: send }).images.generate({ prompt });
    assert.equal(answer.data.length, 1);
    assert.ok(!statuses.includes(409));
    await assertOneCharge(account, prompt, 2);
  });

  it('can be fetched by the id that the last error names', async () => {
    const account = await house.account('free');
    const prompt = 'slower than all repeats sim:slow=6000';
    const { statuses, send } = counted();
    const error = await house.sdk(account, { node: impatient, fetch: send }).images.generate({ prompt })
      .then(() => assert.fail('too early'), (raised) => raised);
    assert.ok(error instanceof OpenAI.ConflictError);
    assert.equal(error.code, 'request_in_progress');
    assert.deepEqual(statuses, [409, 409, 409]);
    const id = error.error.generation_id;
    assert.ok(error.message.includes(`/v1/generations/${id}`));
    assert.equal(error.headers.get('location'), `/v1/generations/${id}`);
    assert.equal(error.headers.get('retry-after'), '1');

    const made = await house.client(account, impatient).ended(id);
    assert.equal(made.state, 'completed');
    const image = await house.client(account, impatient).get(made.images[0].url);
    assert.equal(describeImage(image.bytes).format, 'png');
    await assertOneCharge(account, prompt, 2);
  });
});

describe('a request that is meant twice', () => {
  it('is drawn twice: only a repeat attaches', async () => {
    const account = await house.account('free');
    const prompt = 'the same words again';
    await house.sdk(account).images.generate({ prompt });
    await house.sdk(account).images.generate({ prompt });
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 2, kie: 0 });
  });

  it('is drawn once under one Idempotency-Key', async () => {
    const account = await house.account('free');
    const prompt = 'the same words under one key';
    const headers = { 'Idempotency-Key': 'order-7' };
    const [first, second] = await Promise.all([
      house.sdk(account).images.generate({ prompt }, { headers }),
      house.sdk(account).images.generate({ prompt }, { headers }),
    ]);
    assert.equal(first.data[0].b64_json, second.data[0].b64_json);
    await assertOneCharge(account, prompt, 2);
    await assert.rejects(house.sdk(account).images.generate({ prompt: 'other words' }, { headers }),
      (error) => error instanceof OpenAI.UnprocessableEntityError && error.code === 'idempotency_key_reused');
  });
});
