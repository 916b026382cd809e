// Every class of error as the official SDK raises it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import OpenAI from 'openai';
import { House } from './support/house.mjs';
import { eventually } from './support/wait.mjs';

let house, free, paid;

before(async () => {
  house = await House.start({ upstream: { generation_timeout: '2 s' }, moderation: { timeout: '1 s' } });
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
});
after(async () => {
  await house?.checkLedger();
  await house?.stop();
});

/** How the SDK ends, and how many requests it made on its own. */
async function failure(account, request, options = {}) {
  let requests = 0;
  const counted = (...args) => { requests += 1; return fetch(...args); };
  const sdk = house.sdk(account, { ...options, fetch: counted });
  const error = await sdk.images.generate(request).then(() => assert.fail('the SDK raised nothing'), (raised) => raised);
  assert.ok(error instanceof OpenAI.APIError, error.stack);
  assert.match(error.requestID, /^req_/);
  assert.ok(error.message.includes(error.requestID), 'the message repeats the request id');
  return { error, requests };
}

describe('what the caller got wrong', () => {
  const cases = [
    ['a size that is not offered', { prompt: 'x', size: '17x17' }, 400, 'invalid_value', 'size'],
    ['a quality that is not offered', { prompt: 'x', quality: 'hd' }, 400, 'invalid_value', 'quality'],
    ['a format that is not offered', { prompt: 'x', output_format: 'gif' }, 400, 'invalid_value', 'output_format'],
    ['no prompt', {}, 400, 'missing_required_parameter', 'prompt'],
    ['an empty prompt', { prompt: '' }, 400, null, 'prompt'],
    ['more pictures than allowed', { prompt: 'x', n: 11 }, 400, 'invalid_value', 'n'],
    ['a link instead of the picture', { prompt: 'x', response_format: 'url' }, 400, 'invalid_value', 'response_format'],
    ['previews without a stream', { prompt: 'x', partial_images: 2 }, 400, 'invalid_value', 'partial_images'],
    ['a transparent background that is not offered', { prompt: 'x', background: 'transparent' }, 400, 'invalid_value',
      'background'],
    ['an unknown model', { prompt: 'x', model: 'dall-e-3' }, 404, 'model_not_found', 'model'],
    ['a model of the other tier', { prompt: 'x', model: 'nano-banana-2' }, 404, 'model_not_found', 'model'],
    ['a prompt that is too long', { prompt: 'x'.repeat(32_001) }, 400, 'invalid_value', 'prompt'],
  ];
  for (const [name, request, status, code, param] of cases)
    it(`names ${name}`, async () => {
      const { error, requests } = await failure(free, request);
      assert.equal(error.status, status);
      if (code) assert.equal(error.code, code);
      assert.equal(error.param, param);
      assert.equal(error.type, 'invalid_request_error');
      assert.equal(requests, 1);
    });

  it('refuses a key that nobody has', async () => {
    for (const key of ['esl_nonsense', `esl_${'a'.repeat(43)}`, 'sk-something']) {
      const { error, requests } = await failure({ key }, { prompt: 'x' });
      assert.ok(error instanceof OpenAI.AuthenticationError);
      assert.equal(error.code, 'invalid_api_key');
      assert.equal(requests, 1);
    }
  });

  it('refuses a key that was revoked', async () => {
    const account = await house.account('free');
    await house.sdk(account).images.generate({ prompt: 'still mine' });
    const { keys } = await house.ctl('key', 'list', account.id);
    await house.ctl('key', 'revoke', account.id, keys[0].id);
    const { error } = await failure(account, { prompt: 'no longer' });
    assert.equal(error.status, 401);
  });

  it('offers no edits and no variations', async () => {
    const picture = new File([Buffer.from('not looked at')], 'a.png', { type: 'image/png' });
    const { images } = house.sdk(free);
    // One after the other: a call that fails while nobody awaits it yet is an unhandled rejection.
    for (const call of [
      () => images.edit({ image: picture, prompt: 'x' }),
      () => images.createVariation({ image: picture }),
    ])
      await assert.rejects(call, (error) => error.status === 400 && error.code === 'unsupported_operation');
  });
});

describe('what policy refuses', () => {
  it('refuses a prompt that moderation flags, with its categories, and calls nobody else', async () => {
    const prompt = 'a brawl sim:violence';
    const { error, requests } = await failure(free, { prompt });
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'moderation_blocked');
    assert.equal(error.type, 'image_generation_user_error');
    assert.deepEqual(error.error.moderation_details, { moderation_stage: 'input', categories: ['violence'] });
    assert.equal(requests, 1);
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 0 });
  });

  it('refuses what the provider refuses, at the stage of the output', async () => {
    for (const account of [free, paid]) {
      const { error, requests } = await failure(account, { prompt: `refused by the provider ${account.tier} sim:refuse` });
      assert.equal(error.status, 400);
      assert.equal(error.code, 'moderation_blocked');
      assert.equal(error.error.moderation_details.moderation_stage, 'output');
      assert.equal(requests, 1);
    }
  });

  it('says that the credits do not cover it, and the SDK does not ask again', async () => {
    const poor = await house.account('paid', 5);
    const { error, requests } = await failure(poor, { prompt: 'too dear' });
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, 'insufficient_quota');
    assert.equal(error.type, 'insufficient_quota');
    assert.equal(requests, 1);
    assert.deepEqual(await house.client(poor).credits(), { available: 5, held: 0 });
  });
});

describe('a key with a monthly cap', () => {
  it('stops there, is shown with what was used, and leaves the other keys alone', async () => {
    const account = await house.account('paid', 1000);
    const [plain] = (await house.client(account).get('/v1/account/keys')).json.data;
    assert.deepEqual([plain.monthly_cap, plain.used_this_month], [null, null]);
    const price = (await house.client(account).call('POST', '/v1/generations/quote', { body: { prompt: 'x' } })).json.price.total;
    const capped = { ...account, key: await house.key(account.id, '--monthly-cap', String(2 * price - 1)) };
    await house.sdk(capped).images.generate({ prompt: 'within the cap' });
    const { error, requests } = await failure(capped, { prompt: 'beyond it' });
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.deepEqual([error.code, error.type], ['insufficient_quota', 'insufficient_quota']);
    assert.match(error.message, new RegExp(`may spend ${2 * price - 1} credits in a month`));
    assert.equal(requests, 1);
    const native = await house.client(capped).call('POST', '/v1/generations', { body: { prompt: 'beyond it' } });
    assert.equal(native.status, 429);
    assert.deepEqual([native.json.code, native.json.monthly_cap], ['key_cap_reached', 2 * price - 1]);
    assert.ok(Number(native.header('retry-after')) <= 31 * 86_400);
    const shown = (await house.client(account).get('/v1/account/keys')).json.data.find((one) => one.monthly_cap);
    assert.equal(shown.used_this_month, price);
    await house.sdk(account).images.generate({ prompt: 'with the other key' });
  });
});

describe('what goes wrong behind us', () => {
  it('answers 502 once and for all when the provider fails', async () => {
    const { error, requests } = await failure(free, { prompt: 'the relay is broken sim:fail=500' });
    assert.ok(error instanceof OpenAI.InternalServerError);
    assert.deepEqual([error.status, error.code, error.type], [502, 'upstream_error', 'server_error']);
    assert.match(error.error.generation_id, /^gen_/);
    assert.equal(requests, 1);
  });

  it('answers 504 once and for all when the provider takes too long', async () => {
    const { error, requests } = await failure(free, { prompt: 'the relay is silent sim:hang' });
    assert.deepEqual([error.status, error.code], [504, 'upstream_timeout']);
    assert.equal(requests, 1);
  });

  it('answers 503 that an SDK may repeat when the provider has no capacity', async () => {
    const { error, requests } = await failure(free, { prompt: 'the relay is full sim:fail=503' }, { maxRetries: 0 });
    assert.deepEqual([error.status, error.code], [503, 'upstream_unavailable']);
    assert.equal(error.headers.get('x-should-retry'), 'true');
    assert.ok(Number(error.headers.get('retry-after')) >= 1);
    assert.equal(requests, 1);
  });

  it('answers 503 when nobody could judge the prompt, and nobody draws it', async () => {
    const prompt = 'unjudged sim:moderation/fail=500';
    const { error } = await failure(free, { prompt }, { maxRetries: 0 });
    assert.deepEqual([error.status, error.code], [503, 'moderation_unavailable']);
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 0 });
  });

  it('charges nothing for any of it', async () => {
    const account = await house.account('free');
    for (const word of ['sim:fail=500', 'sim:violence', 'sim:refuse', 'sim:bad_image'])
      await failure(account, { prompt: `costs nothing ${word}` });
    assert.deepEqual(await house.client(account).credits(), { available: account.gift, held: 0 });
  });
});

describe('strikes', () => {
  it('cools an account down, then suspends it until an operator lifts it', async () => {
    const strict = await House.start({
      strikes: { cooldown_after: 2, cooldown_for: '1 s', suspend_after: 3 },
    });
    try {
      const account = await strict.account('free');
      const ask = async (prompt) => {
        try {
          return { status: 200, answer: await strict.sdk(account).images.generate({ prompt }) };
        } catch (error) {
          return error;
        }
      };
      assert.equal((await ask('first sim:violence')).code, 'moderation_blocked');
      assert.equal((await ask('second sim:violence')).code, 'moderation_blocked');
      const cooling = await ask('a harmless one');
      assert.deepEqual([cooling.status, cooling.code], [429, 'account_cooling_down']);
      assert.equal(cooling.headers.get('x-should-retry'), 'false');

      const third = await eventually('the cool-down ends', async () => {
        const found = await ask('third sim:violence');
        return found.code === 'account_cooling_down' ? null : found;
      });
      assert.equal(third.code, 'moderation_blocked');
      const suspended = await ask('a harmless one');
      assert.ok(suspended instanceof OpenAI.PermissionDeniedError, suspended.stack);
      assert.equal(suspended.code, 'account_suspended');
      assert.equal((await strict.client(account).get('/v1/account')).json.state, 'suspended');

      await strict.ctl('account', 'lift', account.id, '--reason', 'end to end');
      assert.equal((await ask('a harmless one')).status, 200);
    } finally {
      await strict.stop();
    }
  });
});
