// The native surface over plain HTTP.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { House } from './support/house.mjs';
import { describeImage } from './support/pictures.mjs';
import { simulatorKeys } from './support/simulator.mjs';
import { events } from './support/sse.mjs';
import { eventually, within } from './support/wait.mjs';

let house, free, paid, api, paidApi, nobody;

before(async () => {
  house = await House.start({ server: { heartbeat: '100 ms' } });
  [free, paid] = await Promise.all([house.account('free'), house.account('paid')]);
  [api, paidApi, nobody] = [house.client(free), house.client(paid), house.client()];
});
after(async () => {
  await house?.checkLedger();
  await house?.stop();
});

function assertProblem(answer, status, code) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.header('content-type'), 'application/problem+json');
  const problem = answer.json;
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  assert.equal(problem.type, 'about:blank');
  assert.equal(problem.request_id, answer.header('x-request-id'));
  return problem;
}

describe('a generation', () => {
  it('is accepted with 202 and a Location, and ends with pictures', async () => {
    const answer = await api.post('/v1/generations', { prompt: 'a harbour at dawn', n: 2, quality: 'low' });
    assert.equal(answer.status, 202);
    const accepted = answer.json;
    assert.match(accepted.id, /^gen_[0-9a-hjkmnp-tv-z]{26}$/);
    assert.equal(answer.header('location'), `/v1/generations/${accepted.id}`);
    assert.equal(answer.header('cache-control'), 'private, no-store');
    assert.deepEqual(accepted.price, { each: 1, total: 2 });
    assert.equal(accepted.tier, 'free');

    const ended = await api.ended(accepted.id);
    assert.equal(ended.state, 'completed');
    assert.equal(ended.charged, 2);
    assert.equal(ended.recipient, 'sub2api');
    assert.equal(ended.prompt, 'a harbour at dawn');
    assert.equal(ended.failure, null);
    assert.deepEqual(ended.verdict, { blocked: false, categories: [], rule: 'clean' });
    assert.deepEqual(ended.disclosures.map((one) => one.recipient), ['openai_moderation', 'sub2api']);
    assert.deepEqual(ended.images.map((one) => one.index), [0, 1]);
    const month = 30 * 24 * 3600 * 1000;
    assert.equal(Date.parse(ended.expires_at) - Date.parse(ended.created_at), month);
    for (const image of ended.images) {
      const file = await api.get(image.url);
      assert.equal(file.status, 200);
      assert.equal(file.bytes.length, image.bytes);
      assert.deepEqual(describeImage(file.bytes), { format: 'png', width: image.width, height: image.height, whole: true });
    }
  });

  it('goes to kie.ai alone on the paid tier', async () => {
    const prompt = 'a paid harbour';
    const ended = await paidApi.ended((await paidApi.start({ prompt })).id);
    assert.equal(ended.state, 'completed');
    assert.equal(ended.charged, 6);
    assert.deepEqual(ended.disclosures.map((one) => one.recipient), ['openai_moderation', 'kie']);
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 1 });
  });

  it('answers a wait that is over with how far it is, and the end as soon as it comes', async () => {
    const { id } = await api.start({ prompt: 'a patient one sim:slow=2500' });
    const early = (await api.get(`/v1/generations/${id}?wait=1`)).json;
    assert.ok(['accepted', 'queued', 'dispatched'].includes(early.state), early.state);
    assert.equal(early.ended_at, null);
    const ended = (await api.get(`/v1/generations/${id}?wait=60`)).json;
    assert.equal(ended.state, 'completed');
  });

  it('says why there is no picture', async () => {
    const blocked = await api.ended((await api.start({ prompt: 'a fight sim:violence' })).id);
    assert.deepEqual([blocked.state, blocked.failure, blocked.charged], ['blocked', 'blocked_input', 0]);
    assert.deepEqual(blocked.verdict.categories, ['violence']);
    assert.deepEqual(blocked.disclosures.map((one) => one.recipient), ['openai_moderation']);
    const failed = await api.ended((await api.start({ prompt: 'a failure sim:fail=400' })).id);
    assert.deepEqual([failed.state, failed.failure, failed.charged], ['failed', 'upstream_error', 0]);
  });

  it('is priced by a quote that starts nothing', async () => {
    const prompt = 'only a question';
    const quote = (await paidApi.post('/v1/generations/quote', { prompt, n: 2, size: '2048x2048' })).json;
    assert.deepEqual(quote.price, { each: 10, total: 20 });
    assert.deepEqual([quote.tier, quote.recipient, quote.affordable], ['paid', 'kie', true]);
    const poor = house.client(await house.account('paid', 7));
    const tooDear = (await poor.post('/v1/generations/quote', { prompt, n: 2 })).json;
    assert.deepEqual([tooDear.available, tooDear.affordable], [7, false]);
    assert.equal(await house.simulator.count('moderation', prompt), 0);
  });
});

describe('events', () => {
  const frames = async (id, headers) => {
    const answer = await api.open('GET', `/v1/generations/${id}/events`, { headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    return answer;
  };

  it('tell the whole way, with comments while nothing happens', async () => {
    const { id } = await api.start({ prompt: 'a watched pot sim:slow=1500', partial_images: 1 });
    const found = [];
    const comments = [];
    for await (const event of events(await frames(id), comments)) found.push(event);
    assert.equal(found[0].event, 'state');
    assert.equal(found[0].id, null);
    assert.equal(found.at(-1).event, 'ended');
    assert.equal(found.at(-1).data.state, 'completed');
    const kinds = found.map((one) => one.event);
    assert.ok(kinds.includes('image'));
    assert.ok(kinds.indexOf('partial') < kinds.indexOf('image'));
    const numbers = found.slice(1).map((one) => Number(one.id));
    assert.deepEqual(numbers, numbers.map((_, i) => numbers[0] + i), 'sequences grow by one');
    assert.ok(comments.length > 0);
  });

  it('go on after Last-Event-ID', async () => {
    const { id } = await api.start({ prompt: 'a broken line sim:slow=2000', partial_images: 2 });
    const leave = new AbortController();
    const first = await api.open('GET', `/v1/generations/${id}/events`, { signal: leave.signal });
    let last;
    for await (const event of events(first)) {
      last = event;
      if (event.event === 'partial') break;
    }
    leave.abort();
    const rest = [];
    for await (const event of events(await frames(id, { 'last-event-id': last.id }))) rest.push(event);
    assert.equal(Number(rest[1].id), Number(last.id) + 1);
    assert.equal(rest.at(-1).event, 'ended');
  });

  it('of one that has ended are its end', async () => {
    const { id } = await api.start({ prompt: 'long over' });
    await api.ended(id);
    const found = [];
    for await (const event of events(await frames(id))) found.push(event.event);
    assert.deepEqual(found.slice(0, 1), ['state']);
    assert.equal(found.at(-1), 'ended');
  });

  it('refuse a Last-Event-ID that is none', async () => {
    const { id } = await api.start({ prompt: 'a strange line' });
    const answer = await api.get(`/v1/generations/${id}/events`, { headers: { 'last-event-id': 'seven' } });
    assertProblem(answer, 400, 'invalid_value');
  });
});

describe('an Idempotency-Key', () => {
  it('gives the same generation again, also while it is in work, and refuses another body', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const body = { prompt: 'only once', n: 1 };
    const answers = await Promise.all([0, 1, 2, 3].map(() => api.post('/v1/generations', body, headers)));
    const ids = new Set(answers.map((answer) => answer.json.id));
    assert.equal(ids.size, 1);
    assert.equal(answers.filter((answer) => answer.header('idempotent-replayed') === 'true').length, 3);
    await api.ended([...ids][0]);
    const later = await api.post('/v1/generations', { n: 1, prompt: 'only once' }, headers);
    assert.equal(later.json.id, [...ids][0], 'the order of members does not matter');
    assert.equal(later.header('idempotent-replayed'), 'true');
    const problem = assertProblem(await api.post('/v1/generations', { prompt: 'other' }, headers), 422, 'idempotency_key_reused');
    assert.equal(problem.field, 'Idempotency-Key');
    assert.deepEqual(await house.simulator.drawingCalls('only once'), { sub2api: 1, kie: 0 });
  });

  it('is each account\'s own', async () => {
    const headers = { 'idempotency-key': 'order-2' };
    const mine = await api.start({ prompt: 'mine' }, headers);
    const theirs = await paidApi.start({ prompt: 'theirs' }, headers);
    assert.notEqual(mine.id, theirs.id);
  });
});

describe('lists', () => {
  it('are walked page by page, newest first', async () => {
    const account = await house.account('free');
    const own = house.client(account);
    const made = [];
    for (let i = 0; i < 5; ++i) made.push((await own.start({ prompt: `page ${i}`, quality: 'low' })).id);
    const seen = [];
    for (let target = '/v1/generations?limit=2'; target;) {
      const page = (await own.get(target)).json;
      assert.equal(page.object, 'list');
      assert.equal(page.has_more, page.next !== null);
      assert.ok(page.data.length <= 2);
      seen.push(...page.data.map((one) => one.id));
      target = page.next;
    }
    assert.deepEqual(seen, made.toReversed());
  });

  it('refuse a limit or a cursor that is none', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'before=gen_nonsense', 'unknown=1'])
      assert.equal((await api.get(`/v1/generations?${query}`)).status, 400, query);
  });
});

describe('the account', () => {
  it('shows its tier, its credits and every movement of them', async () => {
    const account = await house.account('paid', 50);
    const own = house.client(account);
    const { id } = await own.start({ prompt: 'an entry each', n: 2 });
    await own.ended(id);
    const shown = (await own.get('/v1/account')).json;
    assert.deepEqual([shown.id, shown.tier, shown.state, shown.restricted], [account.id, 'paid', 'active', false]);
    assert.deepEqual(shown.credits, { available: 38, held: 0 });

    const books = (await own.get('/v1/account/credits')).json;
    assert.equal(books.available, 38);
    assert.deepEqual(books.grants.map((one) => [one.kind, one.amount, one.remaining]), [['gift', 50, 38]]);
    const entries = await own.entries();
    const spent = entries.filter((one) => one.to === 'spent');
    assert.deepEqual(spent.map((one) => [one.from, one.amount, one.generation]).sort(), [['held', 6, id], ['held', 6, id]]);
    assert.deepEqual(spent.map((one) => one.image).sort(), [0, 1]);
    const sum = (book) => entries.reduce((total, one) =>
      total + (one.to === book ? one.amount : 0) - (one.from === book ? one.amount : 0), 0);
    assert.deepEqual([sum('available'), sum('held'), sum('spent'), sum('issued')], [38, 0, 12, -50]);
  });
});

describe('pictures', () => {
  it('are given with an ETag, and not again when it is known', async () => {
    const ended = await api.ended((await api.start({ prompt: 'a tagged one', output_format: 'webp' })).id);
    const first = await api.get(ended.images[0].url);
    assert.equal(first.header('content-type'), 'image/webp');
    assert.equal(first.header('cache-control'), 'private, no-store');
    assert.equal(first.header('x-content-type-options'), 'nosniff');
    assert.match(first.header('content-security-policy'), /sandbox/);
    const etag = first.header('etag');
    const again = await api.get(ended.images[0].url, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    assert.equal(again.bytes.length, 0);
    assert.equal(again.header('etag'), etag);
    const head = await api.call('HEAD', ended.images[0].url);
    assert.equal(head.status, 200);
    assert.equal(Number(head.header('content-length')), first.bytes.length);
    assertProblem(await api.get(`${ended.url}/images/7`), 404, 'not_found');
  });
});

describe('deletion', () => {
  it('removes prompt and pictures at once', async () => {
    const { id } = await api.start({ prompt: 'soon forgotten' });
    const ended = await api.ended(id);
    const gone = await api.call('DELETE', `/v1/generations/${id}`);
    assert.equal(gone.status, 200);
    assert.deepEqual(gone.json, { id, object: 'generation', deleted: true });
    assertProblem(await api.get(`/v1/generations/${id}`), 404, 'not_found');
    assertProblem(await api.get(ended.images[0].url), 404, 'not_found');
    assertProblem(await api.call('DELETE', `/v1/generations/${id}`), 404, 'not_found');
    const { data } = (await api.get('/v1/generations?limit=100')).json;
    assert.ok(!data.some((one) => one.id === id));
  });

  it('cancels at no cost what was not dispatched', async () => {
    const account = await house.account('free');
    const own = house.client(account);
    const prompt = 'stopped in time';
    await house.simulator.behave({ moderation: { latency: 1500 } });
    try {
      const { id } = await own.start({ prompt });
      const answer = await own.call('DELETE', `/v1/generations/${id}`);
      assert.ok([200, 202].includes(answer.status), answer.text);
      await eventually('it is gone or cancelled', async () => {
        const now = await own.get(`/v1/generations/${id}`);
        return now.status === 404 || now.json.state === 'cancelled';
      });
    } finally {
      await house.simulator.behave({ moderation: null });
    }
    await eventually('the hold is released', async () => (await own.credits()).held === 0);
    assert.deepEqual(await own.credits(), { available: account.gift, held: 0 });
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 0 });
  });

  it('of one that is being drawn charges the picture that comes all the same, and throws it away', async () => {
    const account = await house.account('free');
    const own = house.client(account);
    const prompt = 'too late to stop sim:slow=1000';
    const { id } = await own.start({ prompt });
    await eventually('it is being drawn', async () => (await house.simulator.count('sub2api', prompt)) === 1);
    const answer = await own.call('DELETE', `/v1/generations/${id}`);
    assert.equal(answer.status, 202, answer.text);
    const ended = await own.ended(id);
    assert.deepEqual([ended.charged, ended.images], [2, []]);
    assertProblem(await own.get(`/v1/generations/${id}/images/0`), 404, 'not_found');
    assert.deepEqual(await own.credits(), { available: account.gift - 2, held: 0 });
    assert.deepEqual((await own.call('DELETE', `/v1/generations/${id}`)).json.deleted, true);
  });
});

describe('the callback of kie.ai', () => {
  const sign = (task, at) => createHmac('sha256', simulatorKeys.webhook).update(`${task}.${at}`).digest('base64');

  it('ends the wait for a task before it is polled', async () => {
    const prompt = 'called back sim:slow=300';
    await paidApi.ended((await paidApi.start({ prompt })).id);
    const { body } = (await house.simulator.received('kie.create')).find((one) => one.prompt === prompt);
    const path = new URL(body.callBackUrl).pathname;
    const call = await eventually('the callback was passed on', () => house.relay.passed.find((one) => one.path === path));
    assert.equal(call.status, 200);
  });

  it('is answered alike whatever it says', async () => {
    const at = String(Math.floor(Date.now() / 1000));
    const body = { data: { taskId: 'task_nobody_has' } };
    const token = 'ab'.repeat(32);
    const headers = { 'x-webhook-timestamp': at, 'x-webhook-signature': sign('task_nobody_has', at) };
    const target = `/webhooks/kie/${token}`;
    const answers = [
      await nobody.post(target, body, headers),
      await nobody.post(target, body, { ...headers, 'x-webhook-signature': 'AAAA' }),
      await nobody.post(target, body),
      await nobody.post(target, 'not json', { 'content-type': 'text/plain' }),
      await nobody.post('/webhooks/kie/x', {}),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json, { ok: true });
    }
    assertProblem(await nobody.post(target, { filler: 'x'.repeat(70_000) }), 413, 'request_too_large');
  });
});

describe('what belongs to somebody else', () => {
  it('is answered as what does not exist', async () => {
    const ended = await api.ended((await api.start({ prompt: 'my own' })).id);
    const other = house.client(await house.account('free'));
    const unknown = 'gen_01k9z3v8q4e7rtt2m5x6w8y9ab';
    const strip = (answer, id) => {
      const { request_id, instance, ...rest } = assertProblem(answer, 404, 'not_found');
      assert.ok(instance.includes(id));
      return rest;
    };
    for (const [method, tail] of [['GET', ''], ['GET', '?wait=1'], ['GET', '/events'], ['GET', '/images/0'], ['DELETE', '']]) {
      const theirs = await other.call(method, `/v1/generations/${ended.id}${tail}`);
      const none = await other.call(method, `/v1/generations/${unknown}${tail}`);
      assert.deepEqual(strip(theirs, ended.id), strip(none, unknown), `${method} ${tail}`);
    }
    assert.equal((await api.get(ended.url)).status, 200);
    assert.deepEqual((await other.get('/v1/generations')).json.data, []);
  });
});

describe('requests that are none', () => {
  it('are refused with a problem document', async () => {
    assertProblem(await nobody.get('/v1/account'), 401, 'invalid_api_key');
    assertProblem(await house.client({ key: `esl_${'b'.repeat(43)}` }).get('/v1/generations'), 401, 'invalid_api_key');
    assertProblem(await api.post('/v1/generations', '{"prompt":'), 400, 'invalid_json');
    assertProblem(await api.post('/v1/generations', { prompt: 'x', prmopt: 'y' }), 400, 'unknown_parameter');
    assertProblem(await api.post('/v1/generations', { prompt: 'x', stream: true }), 400, 'unknown_parameter');
    assertProblem(await api.post('/v1/generations', {}), 400, 'missing_required_parameter');
    assertProblem(await api.post('/v1/generations', { prompt: 'x' }, { 'content-type': 'text/plain' }), 415,
      'unsupported_media_type');
    assertProblem(await api.post('/v1/generations', { prompt: 'x'.repeat(600_000) }), 413, 'request_too_large');
    assertProblem(await api.get(`/v1/generations?before=${'x'.repeat(5000)}`), 414, 'uri_too_long');
    assertProblem(await api.get('/v1/account', { headers: { 'x-filler': 'x'.repeat(9000) } }), 431,
      'header_fields_too_large');
    assertProblem(await api.get('/nowhere'), 404, 'not_found');
    assert.equal((await api.get('/v1/nowhere')).json.error.code, 'not_found');
  });

  it('learn from Allow what may be done', async () => {
    const answer = await api.call('PUT', '/v1/generations');
    assertProblem(answer, 405, 'method_not_allowed');
    const allowed = (text) => text.split(',').map((one) => one.trim()).sort();
    assert.deepEqual(allowed(answer.header('allow')), ['GET', 'HEAD', 'OPTIONS', 'POST']);
    const options = await api.call('OPTIONS', '/v1/generations');
    assert.deepEqual(allowed(options.header('allow')), allowed(answer.header('allow')));
  });

  it('ask with HEAD for the head of what GET gives', async () => {
    for (const target of ['/healthz', '/readyz', '/openapi.json', '/v1/models', '/v1/account', '/v1/generations']) {
      const [got, head] = [await api.get(target), await api.call('HEAD', target)];
      assert.equal(head.status, 200, target);
      assert.equal(head.bytes.length, 0);
      assert.equal(head.header('content-type'), got.header('content-type'));
    }
  });
});

describe('probes', () => {
  it('say that the server lives and is ready', async () => {
    assert.equal((await nobody.get('/healthz')).status, 200);
    assert.equal((await nobody.get('/readyz')).status, 200);
  });

  it('of the operator want the operator\'s token', async () => {
    const ask = (key) => fetch(`${house.node.operatorUrl}/metrics`, { headers: key ? { authorization: `Bearer ${key}` } : {} });
    assert.equal((await ask()).status, 401);
    assert.equal((await ask(free.key)).status, 401);
    const metrics = await ask(house.operatorToken);
    assert.equal(metrics.status, 200);
    assert.match(await metrics.text(), /^easel_\w+(\{.*\})? \d/m);
    assert.equal((await nobody.get('/metrics')).status, 404);
  });
});

it('a caller that hangs up loses nothing', async () => {
  const account = await house.account('free');
  const own = house.client(account);
  const prompt = 'hung up sim:slow=700';
  const leave = new AbortController();
  const call = own.open('POST', '/v1/images/generations', { body: { prompt }, signal: leave.signal });
  await eventually('it is being drawn', async () => (await house.simulator.count('sub2api', prompt)) === 1);
  leave.abort();
  await assert.rejects(within('the call ends', call));
  const { data } = (await own.get('/v1/generations')).json;
  const ended = await own.ended(data[0].id);
  assert.equal(ended.state, 'completed');
  assert.equal((await own.get(ended.images[0].url)).status, 200);
  assert.deepEqual(await own.credits(), { available: account.gift - 2, held: 0 });
});
