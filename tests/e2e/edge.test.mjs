// What meets the internet: who is logged, and what never is.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { House } from './support/house.mjs';
import { Cluster } from './support/postgres.mjs';
import { eventually } from './support/wait.mjs';

describe('the access log', () => {
  let house, cluster;

  before(async () => {
    cluster = await Cluster.shared();
    house = await House.start({ access_log: { flush: '50 ms' } });
  });
  after(async () => house?.stop());

  const rows = async (sql) => (await cluster.query(sql, house.databaseUrl)).split('\n').filter(Boolean);
  const line = async (answer) => eventually('the line is written', async () => (await rows(
    `select concat_ws('|', host(ip), coalesce(account_id::text, '-'), route, status, duration_us >= 0,
       expires_at - at = interval '30 days', at > now() - interval '1 minute', user_agent)
     from easel.access_log where request_id = '${answer.header('x-request-id')}'`))[0]);

  it('holds a line for each answer, with the account where its key was known', async () => {
    const account = await house.account('free');
    const uuid = (await rows(`select account_id from easel.api_key`)).at(0);
    const [known, guest] = [house.client(account), house.client()];
    const agent = { headers: { 'user-agent': 'edge-test/1.0' } };
    const made = await known.call('POST', '/v1/generations', { body: { prompt: 'a boat' }, ...agent });
    const expectations = [
      [made, `${uuid}|POST /v1/generations|202`],
      [await known.get(`/v1/generations/${made.json.id}?wait=30`, agent), `${uuid}|GET /v1/generations/{id}|200`],
      [await known.get('/v1/account', agent), `${uuid}|GET /v1/account|200`],
      [await guest.get('/v1/account', agent), '-|GET /v1/account|401'],
      [await guest.get('/healthz', agent), '-|GET /healthz|200'],
      [await guest.get('/nowhere', agent), '-|-|404'],
      [await guest.call('PUT', '/v1/generations', agent), '-|-|405'],
    ];
    for (const [answer, expected] of expectations)
      assert.equal(await line(answer), `127.0.0.1|${expected}|t|t|t|edge-test/1.0`);
  });

  it('holds nothing of what was asked', async () => {
    const marker = `canary${randomBytes(12).toString('hex')}`;
    const account = await house.account('paid');
    const api = house.client(account);
    const answers = [
      await api.post('/v1/generations', { prompt: marker, user: marker }),
      await api.post('/v1/images/generations', { prompt: `${marker} sim:fail=500`, model: marker }),
      await api.get(`/v1/generations?before=${marker}&${marker}=1`),
      await api.get(`/v1/generations/${marker}`),
      await api.get(`/${marker}`),
      await api.get(`/v1/models/${marker}`),
      await api.post(`/webhooks/kie/${marker}`, { taskId: marker }),
      await api.call('GET', '/v1/account', { headers: { cookie: marker, referer: `http://${marker}/`, 'x-forwarded-for': marker } }),
      await house.client({ key: marker }).get('/v1/account'),
      await api.post('/v1/generations', { prompt: marker }, { 'idempotency-key': marker }),
    ];
    for (const answer of answers) await line(answer);
    for (const secret of [marker, account.key])
      assert.deepEqual(await rows(`select t::text from easel.access_log t where position('${secret}' in t::text) > 0`), []);
    for (const node of house.nodes)
      for (const secret of [marker, account.key]) assert.ok(!node.program.logText().includes(secret));
  });

  it('is complete after SIGTERM', async () => {
    const slow = await House.start({ access_log: { flush: '1 min' } });
    const answers = [];
    for (let i = 0; i < 20; ++i) answers.push(await slow.client().get('/healthz'));
    await slow.stop();
    const ids = await cluster.query('select request_id from easel.access_log', slow.databaseUrl);
    for (const answer of answers) assert.ok(ids.includes(answer.header('x-request-id')));
  });
});

describe('rates', () => {
  let house;

  before(async () => {
    house = await House.start({
      server: { trusted_proxies: ['127.0.0.1'] },
      limits: {
        address: { creations: 1, creation_burst: 1, readings: 1, reading_burst: 1 },
        account: { creations: 2, creation_burst: 2, readings: 2, reading_burst: 2 },
        key: { creations: 1, creation_burst: 1, readings: 1, reading_burst: 1 },
      },
    });
  });
  after(async () => house?.stop());

  let addresses = 0;
  /** A request of its own address, so that only account and key are counted, unless `from` names one. */
  const headers = (from = `198.51.100.${++addresses}`) => ({ headers: { 'x-forwarded-for': from } });
  const creation = { body: { prompt: 'a boat' } };

  it('are kept by address, whatever the key', async () => {
    const guest = house.client();
    assert.equal((await guest.get('/v1/account', headers('203.0.113.1'))).status, 401);
    const refused = await guest.get('/v1/account', headers('203.0.113.1'));
    assert.equal(refused.status, 429);
    assert.equal(refused.json.code, 'rate_limit_exceeded');
    assert.equal(refused.header('ratelimit-policy'), '"address";q=1;w=60');
    assert.equal((await guest.get('/v1/account', headers('203.0.113.2'))).status, 401);
    assert.equal((await guest.get('/v1/account', headers('2001:db8::1'))).status, 401);
    assert.equal((await guest.get('/v1/account', headers('2001:db8::2'))).status, 429);
  });

  it('are kept by key and by account, and every answer tells what is left', async () => {
    const account = await house.account('free');
    const keys = [account, { key: await house.key(account.id) }, { key: await house.key(account.id) }];
    const create = (who) => house.client(who).call('POST', '/v1/generations', { ...creation, ...headers() });
    const first = await create(keys[0]);
    assert.equal(first.status, 202);
    assert.match(first.header('ratelimit'), /^"address";r=0;t=60, "account";r=1;t=30, "key";r=0;t=60$/);
    assert.equal(first.header('x-ratelimit-remaining-requests'), '0');
    const again = await create(keys[0]);
    assert.equal(again.status, 429);
    assert.ok(Number(again.header('retry-after')) > 0 && Number(again.header('retry-after')) <= 60);
    assert.equal((await create(keys[1])).status, 202);
    assert.equal((await create(keys[2])).status, 429);
    assert.equal((await house.client(keys[2]).get('/v1/account', headers())).status, 200); // readings are others
  });

  it('reach an OpenAI SDK as its own error', async () => {
    const account = await house.account('free');
    const sdk = house.sdk(account, { maxRetries: 0 });
    const list = () => sdk.models.list(headers());
    await list();
    await assert.rejects(list(), (error) => error.status === 429 && error.code === 'rate_limit_exceeded'
      && error.type === 'requests' && Number(error.headers.get('retry-after')) > 0);
  });

  it('do not bind callbacks, and are counted', async () => {
    for (let i = 0; i < 5; ++i)
      assert.equal((await house.client().call('POST', '/webhooks/kie/x', { body: {}, ...headers('203.0.113.9') })).status, 200);
    const metrics = await (await fetch(`${house.node.operatorUrl}/metrics`,
      { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
    for (const name of ['easel_address_refused_total{class="reading"}', 'easel_caller_refused_total{class="creation"}'])
      assert.ok(Number(metrics.split('\n').find((line) => line.startsWith(name)).split(' ')[1]) > 0, name);
  });
});
