// Every way in which the upstreams can misbehave, what the client then hears, and what it costs: nothing without a
// picture, one price with it. Cases run side by side over one server; each has a prompt of its own, by which its calls
// are counted. Those that take a credential out of service (it is refused, or told to wait) run one after the other.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { House } from './support/house.mjs';
import { describeImage } from './support/pictures.mjs';
import { eventually } from './support/wait.mjs';

const price = { free: 1, paid: 6 };
const made = { status: 200 };
const error = (status, code) => ({ status, code });
const failed = error(502, 'upstream_error');
const invalid = error(502, 'invalid_result');
const unknown = error(502, 'outcome_unknown');
const busy = error(503, 'upstream_unavailable');
const late = error(504, 'upstream_timeout');
const unjudged = error(503, 'moderation_unavailable');
const refused = { status: 400, code: 'moderation_blocked', stage: 'output' };

/** Reading repeats by itself where a kept connection breaks; a call that draws or pays never does. */
const atLeast = (calls) => ({ atLeast: calls });

// [what the route does, what the client hears, how often the route is called]
const cases = {
  moderation: [
    [{ kind: 'status', status: 500 }, unjudged, 3],
    [{ kind: 'status', status: 500, count: 1 }, made, 2],
    [{ kind: 'status', status: 429 }, unjudged, 3],
    [{ kind: 'status', status: 429, retry_after: 1, count: 1 }, made, 2],
    [{ kind: 'status', status: 401 }, unjudged, 1],
    [{ kind: 'status', status: 400 }, unjudged, 1],
    [{ kind: 'reset' }, unjudged, atLeast(3)],
    [{ kind: 'reset', after_headers: true, count: 1 }, made, 2],
    [{ kind: 'hang' }, unjudged, 3],
    [{ kind: 'hang', after_headers: true, count: 2 }, made, 3],
    [{ kind: 'truncate' }, unjudged, 3],
    [{ kind: 'garbage' }, unjudged, 3],
    [{ kind: 'garbage', form: 'http' }, unjudged, 3],
    [{ kind: 'html' }, unjudged, 3],
    [{ kind: 'error_in_200', status: 500 }, unjudged, 3],
    [{ kind: 'oversized' }, unjudged, 3],
    [{ kind: 'lost_answer', count: 1 }, made, 2],
    [{ kind: 'drip', bytes: 200, every_ms: 5 }, made, 1],
  ],
  sub2api: [
    [{ kind: 'status', status: 500 }, failed, 2],
    [{ kind: 'status', status: 502 }, failed, 2],
    [{ kind: 'status', status: 500, count: 1 }, made, 2],
    [{ kind: 'status', status: 503 }, busy, 3],
    [{ kind: 'status', status: 503, count: 2 }, made, 3],
    [{ kind: 'status', status: 429 }, busy, 3],
    [{ kind: 'status', status: 429, retry_after: 1, count: 1 }, made, 2],
    [{ kind: 'status', status: 429, shape: 'middleware' }, busy, 1],
    [{ kind: 'status', status: 401 }, busy, 1],
    [{ kind: 'status', status: 403, shape: 'middleware' }, busy, 1],
    [{ kind: 'status', status: 403, shape: 'anthropic' }, busy, 1],
    [{ kind: 'status', status: 400 }, failed, 1],
    [{ kind: 'reset' }, failed, 2],
    [{ kind: 'reset', count: 1 }, made, 2],
    [{ kind: 'reset', after_headers: true }, failed, 2],
    [{ kind: 'hang' }, late, 1],
    [{ kind: 'hang', after_headers: true }, late, 1],
    [{ kind: 'truncate' }, failed, 2],
    [{ kind: 'truncate', count: 1 }, made, 2],
    [{ kind: 'garbage' }, failed, 2],
    [{ kind: 'garbage', form: 'http' }, failed, 2],
    [{ kind: 'content_type', content_type: 'text/plain' }, failed, 2],
    [{ kind: 'html' }, failed, 2],
    [{ kind: 'oversized' }, invalid, 2],
    [{ kind: 'refuse' }, refused, 1],
    [{ kind: 'refuse', form: 'frame' }, refused, 1],
    [{ kind: 'refuse', form: 'body200' }, refused, 1],
    [{ kind: 'refuse', code: 'content_policy_violation' }, refused, 1],
    [{ kind: 'error_in_200', status: 500 }, failed, 2],
    [{ kind: 'lost_answer' }, failed, 2],
    [{ kind: 'lost_answer', count: 1 }, made, 2],
    [{ kind: 'partial' }, failed, 2],
    [{ kind: 'no_completion' }, failed, 2],
    [{ kind: 'bad_image' }, invalid, 2],
    [{ kind: 'drip', bytes: 20_000, every_ms: 5 }, made, 1],
  ],
  'kie.create': [
    [{ kind: 'status', status: 402 }, busy, 1],
    [{ kind: 'status', status: 401 }, busy, 1],
    [{ kind: 'status', status: 422 }, failed, 1],
    [{ kind: 'status', status: 429, count: 2 }, made, 3],
    [{ kind: 'status', status: 429 }, busy, 5],
    [{ kind: 'status', status: 455, count: 1 }, made, 2],
    [{ kind: 'status', status: 500 }, unknown, 1],
    [{ kind: 'error_in_200', status: 500 }, unknown, 1],
    [{ kind: 'reset' }, unknown, 1],
    [{ kind: 'reset', after_headers: true }, made, 1], // the task exists, and calls back
    [{ kind: 'hang' }, unknown, 1],
    [{ kind: 'garbage', form: 'http' }, made, 1],
    [{ kind: 'garbage' }, made, 1],
    [{ kind: 'truncate' }, made, 1],
    [{ kind: 'html' }, made, 1],
    [{ kind: 'lost_answer' }, made, 1],
  ],
  'kie.task': [
    [{ kind: 'status', status: 500 }, failed, 0],
    [{ kind: 'refuse' }, refused, 0],
    [{ kind: 'no_completion' }, invalid, 0],
    [{ kind: 'bad_image' }, invalid, 0],
    [{ kind: 'hang' }, late, 0],
  ],
  'kie.poll': [
    [{ kind: 'status', status: 500, count: 2 }, made],
    [{ kind: 'status', status: 429, count: 2 }, made],
    [{ kind: 'reset', count: 2 }, made],
    [{ kind: 'hang', count: 1 }, made],
    [{ kind: 'garbage', count: 2 }, made],
    [{ kind: 'truncate', count: 1 }, made],
    [{ kind: 'html', count: 1 }, made],
    [{ kind: 'status', status: 401 }, busy],
  ],
  'kie.download': [
    [{ kind: 'status', status: 503, count: 1 }, made, 2],
    [{ kind: 'status', status: 404 }, failed, 1],
    [{ kind: 'reset', count: 2 }, made, 3],
    [{ kind: 'reset' }, failed, atLeast(3)],
    [{ kind: 'hang', count: 1 }, made, 2],
    [{ kind: 'truncate', count: 1 }, made, 2],
    [{ kind: 'garbage' }, invalid, 1],
    [{ kind: 'bad_image' }, invalid, 1],
    [{ kind: 'oversized' }, invalid, 1],
    [{ kind: 'drip', bytes: 20_000, every_ms: 5 }, made, 1],
  ],
  'kie.callback': [
    [{ kind: 'never' }, made, 0],
    [{ kind: 'twice' }, made, 0],
    [{ kind: 'bad_signature' }, made, 0],
    [{ kind: 'stale' }, made, 0],
  ],
};

/** Whether the fault opens the breaker at once: a refused credential or a cool-down that the upstream names. */
const takesOut = ({ kind, status, shape, retry_after }) => retry_after !== undefined
  || (kind === 'status' && ([401, 402, 403].includes(status) || shape === 'middleware'));

const drawnBy = (route) => (route === 'sub2api' ? ['free'] : route.startsWith('kie') ? ['paid'] : ['free', 'paid']);
const callsAreNoted = (route) => !['kie.task', 'kie.callback'].includes(route);

const all = Object.entries(cases).flatMap(([route, list]) => list.flatMap(([fault, expected, calls]) =>
  drawnBy(route).map((tier) => {
    const detail = Object.entries(fault).map(([name, value]) => (name === 'kind' ? value : `${name}=${value}`)).join(' ');
    return { route, fault, expected, calls, tier, detail };
  }))).map((one, i) => ({ ...one, prompt: `case ${String(i).padStart(3, '0')}. A quiet garden` }));

let house;
const accounts = {};
const charged = { free: 0, paid: 0 };

before(async () => {
  house = await House.start({
    upstream: {
      generation_timeout: '5 s', idle_timeout: '2 s', create_timeout: '2 s', poll_timeout: '1 s', download_timeout: '3 s',
      max_image_bytes: '2 MiB',
    },
    moderation: { timeout: '1 s', concurrency: 200 },
    breaker: { open_for: '20 ms', longest_open: '20 ms' },
    deadlines: { moderation: '20 s', queue: '30 s', drawing: '30 s', task: '20 s', unknown: '3 s' },
    limits: { watchers_per_account: 1000 },
  });
  for (const tier of ['free', 'paid']) accounts[tier] = await house.account(tier);
  const patch = { sub2api: { image_bytes: 200_000 }, 'kie.task': { image_bytes: 200_000 } };
  for (const { route, fault, prompt } of all) {
    patch[route] ??= {};
    (patch[route].faults ??= []).push({ ...fault, match: prompt.slice(0, 9) });
  }
  await house.simulator.behave(patch);
});
after(async () => house?.stop());

const usual = (tier) => (tier === 'free' ? { quality: 'low' } : {});

async function assertHeard(one) {
  const api = house.client(accounts[one.tier]);
  const answer = await api.post('/v1/images/generations', { prompt: one.prompt, ...usual(one.tier) });
  const heard = answer.status === 200 ? '' : ` ${answer.text}`;
  assert.equal(answer.status, one.expected.status, `${answer.status}${heard}`);
  if (answer.status === 200) {
    charged[one.tier] += price[one.tier];
    const picture = describeImage(Buffer.from(answer.json.data[0].b64_json, 'base64'));
    assert.deepEqual(picture, { format: 'png', width: 1024, height: 1024, whole: true });
    return;
  }
  const { error: body } = answer.json;
  assert.equal(body.code, one.expected.code, heard);
  assert.match(body.generation_id, /^gen_/);
  if (one.expected.stage) assert.equal(body.moderation_details.moderation_stage, one.expected.stage);
  const generation = (await api.get(`/v1/generations/${body.generation_id}`)).json;
  assert.equal(generation.state, 'failed');
  assert.deepEqual([generation.charged, generation.images], [0, []]);
}

async function assertCalled(one) {
  const calls = await house.simulator.drawingCalls(one.prompt);
  if (one.tier === 'free') assert.equal(calls.kie, 0, 'a free prompt must not reach kie.ai');
  else assert.equal(calls.sub2api, 0, 'a paid prompt must not reach sub2api');
  if (one.expected === unjudged) assert.deepEqual(calls, { sub2api: 0, kie: 0 }, 'nobody draws what was not judged');
  if (one.tier === 'paid' && one.expected.status === 200 && one.route !== 'kie.create') assert.equal(calls.kie, 1);
  if (!callsAreNoted(one.route) || one.calls === undefined) return;
  const seen = await house.simulator.count(one.route, one.prompt);
  if (one.calls.atLeast) assert.ok(seen >= one.calls.atLeast, `${seen} calls of ${one.route}`);
  else assert.equal(seen, one.calls, `calls of ${one.route}`);
}

/** Until the credentials of the tier are back in service. */
async function assertHealthy(tier) {
  await eventually(`the ${tier} tier draws again`, async () => {
    const answer = await house.client(accounts[tier]).post('/v1/images/generations', { prompt: 'a healthy one', ...usual(tier) });
    if (answer.status === 200) charged[tier] += price[tier];
    return answer.status === 200;
  });
}

function declare(one) {
  it(`${one.route}: ${one.detail}, ${one.tier} tier: ${one.expected.status} ${one.expected.code ?? ''}`, async () => {
    if (takesOut(one.fault)) await assertHealthy(one.tier);
    await assertHeard(one);
    await assertCalled(one);
  });
}

describe('side by side', { concurrency: 48 }, () => all.filter((one) => !takesOut(one.fault)).forEach(declare));
describe('one after the other', () => all.filter((one) => takesOut(one.fault)).forEach(declare));

describe('two accounts at kie.ai', () => {
  let own;
  after(async () => own?.stop());

  it('each have the key that their callbacks are checked with, and no other\'s saves a task whose create was not answered', async () => {
    own = await House.start({ upstream: { create_timeout: '2 s' }, deadlines: { unknown: '3 s' } }, { nodes: 0 });
    const [first] = own.settings.upstream.kie; // the simulator signs everything with this one's key
    const second = { ...first, label: 'sim-kie-2', webhook_key: 'of-another-account' };
    await own.startNode({ upstream: { kie: [first, second] } });
    await own.simulator.behave({ 'kie.create': { latency: 500, faults: [{ kind: 'lost_answer' }] } }); // long enough for both to be used
    const api = own.client(await own.account('paid'));
    const heard = await Promise.all(Array.from({ length: 6 }, async (_, i) => {
      const { status, json } = await api.post('/v1/images/generations', { prompt: `an answer that was lost, ${i}` });
      return status === 200 ? 'made' : json.error.code;
    }));
    assert.deepEqual([...new Set(heard)].sort(), ['made', 'outcome_unknown']);
    const ends = await own.cluster.query(`select string_agg(x.what, ', ' order by x.what) from (select distinct
      c.credential || ' ' || case when g.charged > 0 then 'made' else 'unknown' end as what
      from easel.provider_call c join easel.every_generation g on g.id = c.generation_id) x`, own.databaseUrl);
    assert.equal(ends, 'sim-kie made, sim-kie-2 unknown');
  });
});

it('the books are right after all of it', async () => {
  for (const count of Object.values(await house.checkLedger())) assert.equal(count, 0);
  for (const [tier, account] of Object.entries(accounts))
    assert.deepEqual(await house.client(account).credits(), { available: account.gift - charged[tier], held: 0 }, tier);
});
