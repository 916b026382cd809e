// A prompt is seen by those who must see it, and by no log.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { randomBytes } from 'node:crypto';
import { after, before, it } from 'node:test';
import { House } from './support/house.mjs';
import { Cluster } from './support/postgres.mjs';

let house, cluster;

before(async () => {
  cluster = await Cluster.shared();
  house = await House.start({
    upstream: { generation_timeout: '2 s', create_timeout: '1 s' },
    deadlines: { drawing: '4 s', task: '4 s', unknown: '1 s' },
    breaker: { open_for: '20 ms', longest_open: '20 ms' },
  });
});
after(async () => house?.stop());

it('a running server may write no core', () => {
  const limits = fs.readFileSync(`/proc/${house.node.program.child.pid}/limits`, 'utf8');
  assert.match(limits, /^Max core file size +0 +0 /m);
});

it('no prompt and no key reaches a log, a metric or the database in the clear', async () => {
  const marker = `canary${randomBytes(12).toString('hex')}`;
  const accounts = await Promise.all([house.account('free'), house.account('paid')]);
  const endings = ['', 'sim:violence', 'sim:refuse', 'sim:fail=500', 'sim:hang', 'sim:garbage', 'sim:fail=401',
    'sim:moderation/fail=500', 'sim:kie.poll/garbage', 'sim:lost_answer', 'sim:bad_image'];
  for (const account of accounts) {
    const api = house.client(account);
    const started = await Promise.all(endings.map((word) => api.start({ prompt: `${marker} ${word}` })));
    for (const one of started) await api.ended(one.id);
    await api.post('/v1/generations', { prompt: marker, size: marker });
    await api.post('/v1/generations', `{"prompt":"${marker}`);
    await api.get(`/v1/generations/${marker}`);
    await api.post('/v1/images/generations', { prompt: marker, model: marker });
    await api.post('/v1/generations', { prompt: `${marker} twice` }, { 'idempotency-key': 'k' });
    await api.post('/v1/generations', { prompt: `${marker} twice, otherwise` }, { 'idempotency-key': 'k' });
  }
  const metrics = await (await fetch(`${house.node.operatorUrl}/metrics`,
    { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
  await house.stop();

  const secrets = [marker, ...accounts.map((one) => one.key), house.operatorToken, house.masterKey];
  const texts = { metrics };
  for (const node of house.nodes) texts[node.program.log] = node.program.logText();
  const log = await cluster.logFile();
  texts[log] = fs.readFileSync(log, 'latin1');
  assert.ok(texts[log].length > 0, 'the log of PostgreSQL is where it is looked for');
  for (const [name, text] of Object.entries(texts))
    for (const secret of secrets) assert.ok(!text.includes(secret), `${name} holds a secret`);

  const tables = (await cluster.query(
    `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')`, house.databaseUrl)).split('\n');
  assert.ok(tables.length > 5);
  for (const table of tables) {
    const found = await cluster.query(
      `select count(*) from ${table} t where position('${marker}' in t::text) > 0
       or position('${Buffer.from(marker).toString('hex')}' in t::text) > 0`, house.databaseUrl);
    assert.equal(found, '0', `${table} holds a prompt in the clear`);
  }
});
