// Deliveries of Stripe's: how fast they are durable, how fast a backlog is worked off, and what comparing all objects costs.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../e2e/support/paths.mjs';
import { Program, output } from '../e2e/support/program.mjs';
import { atExit, scratchDirectory } from '../e2e/support/scratch.mjs';
import { eventually, within } from '../e2e/support/wait.mjs';
import * as stand from './stand.mjs';

const instance = 'bench', price = 'price_of_many', secretKey = 'sk_test_bench', webhookSecret = 'whsec_benchmark';
const clerkLock = '0x656173656c62696c'; // persistence/postgres/singletons.hpp; the reconciler's is the next number
const customers = 1000;
const connections = 32;
const route = '/webhooks/stripe';

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const middle = (list, name) => median(list.map((one) => one[name]));
const at = (number, digits = 0) => (number == null ? '–' : number.toFixed(digits));

const shop = (stripe) => ({
  server: { public_url: 'http://127.0.0.1:1' },
  stripe: { key: secretKey, webhook_secret: webhookSecret, base_url: stripe.url },
  billing: {
    instance, reads_per_second: 100,
    plan: [{ id: 'monthly', name: 'Monthly', price, amount: 900, currency: 'eur', credits_per_month: 300 }],
  },
});

let started = 0;
async function startStripe(invoices, latency = 0) {
  const file = path.join(scratchDirectory(), `stripe-of-many-${++started}.port`);
  const program = new Program('stripe-of-many', process.execPath, [
    path.join(root, 'tests/bench/stripe_of_many.mjs'), '--port-file', file, '--invoices', String(invoices),
    '--customers', String(customers), '--instance', instance, '--latency', String(latency),
  ]);
  return { program, url: `http://127.0.0.1:${await program.port(file)}` };
}

/** A database of its own in the same PostgreSQL. */
async function shopDatabase(database) {
  const name = `shop_${randomBytes(4).toString('hex')}`;
  await stand.sql(database.url, `create database ${name}`);
  return { ...database, url: database.url.replace('///easel?', `///${name}?`) };
}

/**
 * Holds the locks by which clerk and reconciler lead, as another node does that leads: those of the server stand by. The
 * end of the session lets go of them.
 */
class OtherNode {
  static async lead(database, roles) {
    const one = new OtherNode();
    one.child = spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', database.url], { stdio: ['pipe', 'ignore', 'inherit'] });
    one.ended = new Promise((resolve) => { one.child.once('exit', resolve); });
    one.child.unref(); // a case that breaks must not keep this process
    one.child.stdin.unref();
    atExit(() => one.child.kill('SIGKILL'));
    const numbers = roles.map((role) => BigInt(clerkLock) + BigInt(role));
    one.child.stdin.write(numbers.map((number) => `select pg_advisory_lock(${number});\n`).join(''));
    const held = `select count(*) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32) + objid::bigint in (${numbers.join()})`;
    await eventually('the other node leads', async () => await stand.sql(database.url, held) === String(numbers.length));
    return one;
  }

  async letGo() {
    this.child.stdin.end();
    await within('the other node lets go', this.ended);
  }
}
const roles = { clerk: 0, reconciler: 1 };

// ------------------------------------------------------------------ what comes in

/** A renewal as Stripe delivers it, of which `{n}` makes each one another. */
function delivery(example, tag) {
  return JSON.stringify({
    id: `evt_${tag}_{n}`, object: 'event', api_version: '2026-10-28.endive', created: Math.floor(Date.now() / 1000), livemode: false,
    pending_webhooks: 1, request: { id: null, idempotency_key: null }, type: 'invoice.paid', data: { object: example },
  }, null, 2);
}

/** The same row as the server writes, one in each transaction, as many clients as the server has connections. */
const pgbenchScript = `\\set n :n + 1
insert into easel.billing_inbox (event_id, type, api_version, livemode, object, object_id, customer, subscription, invoice,
 payment_intent, charge, status, amount, currency, instance, created_at, received_at, by_poll, due_at)
 values ('evt_' || :tag::text || '_' || :client_id::text || '_' || :n::text, 'invoice.paid', '2026-10-28.endive', false, 'invoice', 'in_7', 'cus_7', 'sub_7',
 'in_7', '', '', 'paid', 900, 'eur', '${instance}', now(), easel.now(), false, easel.now())
 on conflict (event_id) do nothing returning event_id;
`;

async function pgbench(database, seconds) {
  const script = path.join(scratchDirectory(), 'inbox.pgbench');
  fs.writeFileSync(script, pgbenchScript);
  const text = await output('/usr/lib/postgresql/15/bin/pgbench', ['-n', '-M', 'prepared', '-c', String(connections), '-j', '2',
    '-T', String(seconds), '-D', 'n=0', '-D', `tag=${randomBytes(4).readUInt32BE()}`, '-f', script, database.url]);
  const [, per_second] = /tps = ([\d.]+)/.exec(text) ?? [];
  const [, failed] = /number of failed transactions: (\d+)/.exec(text) ?? [];
  if (!per_second || failed !== '0') throw new Error(`pgbench: ${text}`);
  return { per_second: Number(per_second), text };
}

/** Durable answers to deliveries, while nobody works on them; beside pgbench, in turns. */
export async function deliveries({ name, database: cluster, upstream }, { measure, row, figures, rounds, seconds }) {
  const stripe = await startStripe(customers);
  const database = await shopDatabase(cluster);
  const easel = await stand.Easel.prepare(database, upstream, 0, shop(stripe));
  const other = await OtherNode.lead(database, [roles.clerk, roles.reconciler]);
  const server = await easel.start();
  const target = { ...server, keys: undefined };
  const example = await (await fetch(`${stripe.url}/v1/invoices/in_7`)).json();
  const load = (more) => ({ body: delivery(example, randomBytes(6).toString('hex')), 'stripe-secret': webhookSecret, ...more });
  await measure(target, load({ connections, seconds: 1 }), { database, route });
  const own = [], bare = [];
  for (let round = 0; round < rounds; ++round) {
    own.push(await measure(target, load({ connections, seconds }), { database, route }));
    bare.push(await pgbench(database, seconds));
  }
  const calm = await measure(target, load({ connections: 4, seconds, pause: 20 }), { database, route });
  const kept = Number(await stand.sql(database.url, `select count(*) from easel.billing_inbox where state = 0 and attempts = 0 and event_id ~ '^evt_[0-9a-f]{12}_'`));
  const answered = [...own, calm].reduce((sum, one) => sum + one.ok, 0);
  await server.program.stop();
  await other.letGo();
  await stripe.program.stop();
  if (answered === 0) throw new Error('nothing was answered');
  if (kept < answered) throw new Error(`${answered} deliveries were answered, and ${kept} are in the inbox`);
  const bytes = load({}).body.length;
  figures[`deliveries_${name}`] = { bytes, easel: own, pgbench: bare, calm, kept, answered };
  const rate = middle(own, 'per_second'), bareRate = middle(bare, 'per_second');
  row(`${name}: webhook, ${connections} connections, durable deliveries of ${at(bytes / 1000, 1)} kB`, '≥ 60 % of pgbench',
    `${at(rate)}/s, pgbench ${at(bareRate)}/s: ${at(100 * rate / bareRate)} % (server CPU ${at(middle(own, 'cpu_us'))} µs, PostgreSQL ${at(middle(own, 'postgres_cpu_us'))} µs each; processors idle ${at(100 * middle(own, 'idle_share'))} %)`,
    rate >= 0.6 * bareRate);
  row(`${name}: the same, p99 of the answer while nobody works on the inbox`, '< 20 ms',
    `${at(middle(own, 'p99_ms'), 2)} ms; ${at(calm.p99_ms, 2)} ms at ${at(calm.per_second)}/s`, middle(own, 'p99_ms') < 20 && calm.p99_ms < 20);
}

// ------------------------------------------------------------------ what is worked off

/** Accounts with their customers, and one paid invoice after the other of each in turn, as the webhook would have kept them. */
const backlogSql = (events) => `
  insert into easel.account (id, tier, strikes_since, created_at) select gen_random_uuid(), 1, now(), now() from generate_series(1, ${customers});
  insert into easel.billing_account (id, account_id, customer, created_at)
    select gen_random_uuid(), id, 'cus_' || row_number() over (order by id) - 1, now() from easel.account where id not in (select account_id from easel.billing_account);
  insert into easel.billing_inbox (event_id, type, api_version, livemode, object, object_id, customer, subscription, invoice, payment_intent, charge,
    status, amount, currency, instance, created_at, received_at, by_poll, due_at)
    select 'evt_' || n, 'invoice.paid', '2026-10-28.endive', false, 'invoice', 'in_' || n, 'cus_' || n % ${customers}, 'sub_' || n % ${customers}, 'in_' || n,
    '', '', 'paid', 900, 'eur', '${instance}', now(), now(), false, now() from generate_series(0, ${events - 1}) n order by n;
  analyze easel.billing_inbox;`;

/** How many events are applied, and how many could not be. */
const stateSql = 'select count(*) filter (where state = 1), count(*) filter (where state > 1) from easel.billing_inbox';
/** How many events of a customer were applied before one that came earlier. */
const disorderSql = `select count(*) from (select ended_at < lag(ended_at) over (partition by customer order by number) as early from easel.billing_inbox) t where early`;
const spanSql = "select extract(epoch from max(ended_at) - min(ended_at)) from easel.billing_inbox";

/** What reconciles stands by until it is let go. */
async function prepareBacklog({ database: cluster, upstream }, events, latency) {
  const stripe = await startStripe(events, latency);
  const database = await shopDatabase(cluster);
  const easel = await stand.Easel.prepare(database, upstream, 0, shop(stripe));
  const reconciling = await OtherNode.lead(database, [roles.reconciler]);
  const working = await OtherNode.lead(database, [roles.clerk]);
  const server = await easel.start();
  await stand.sql(database.url, backlogSql(events));
  return { stripe, database, reconciling, working, server, query: (text) => stand.sql(database.url, text) };
}

/** A backlog that is let loose. */
async function workOff({ stripe, database, working, server, query }, events, patience, every) {
  const pids = { server: server.program.child.pid, postgres: database.pid, stripe: stripe.program.child.pid };
  const cpu = () => Object.fromEntries(Object.entries(pids).map(([who, pid]) => [who, stand.cpuSeconds(pid)]));
  const before = cpu();
  await working.letGo();
  await eventually('the backlog is worked off', async () => {
    const [applied, failed] = (await query(stateSql)).split('|').map(Number);
    if (failed > 0) throw new Error(`${failed} events could not be applied`);
    return applied >= events;
  }, { within: patience, every });
  const after = cpu();
  const each = (who) => 1e6 * (after[who] - before[who]) / events;
  const granted = Number(await query('select sum(amount - clawed) from easel.sale_grant'));
  if (granted !== 300 * events) throw new Error(`${granted} credits were granted for ${events} invoices`);
  return {
    events, customers, seconds: Number(await query(spanSql)), disorder: Number(await query(disorderSql)), granted,
    server_cpu_us: each('server'), postgres_cpu_us: each('postgres'), stripe_cpu_us: each('stripe'),
  };
}

/** A backlog while Stripe is as far away as it is. */
export async function farBacklog(place, { row, figures, smoke }) {
  const events = smoke ? 50 : 2000, latency = 100;
  const stage = await prepareBacklog(place, events, latency);
  const found = figures.far_backlog = { latency, ...await workOff(stage, events, 600_000, 50) };
  await stage.server.program.stop();
  await stage.reconciling.letGo();
  await stage.stripe.program.stop();
  row(`backlog of ${events} paid invoices, Stripe ${latency} ms away`, 'order of each customer kept',
    `${at(events / found.seconds, 1)}/s, ${found.disorder} out of order`, found.disorder === 0);
}

/** A backlog that is let loose, then all objects compared with the books that it made. */
export async function backlog(place, { row, figures, smoke }) {
  const events = smoke ? 300 : 100_000;
  const patience = smoke ? 60_000 : 3_600_000;
  const stage = await prepareBacklog(place, events, 0);
  const { server, stripe, reconciling, query } = stage;
  const found = figures.backlog = await workOff(stage, events, patience, smoke ? 50 : 2000);
  row(`backlog of ${events} paid invoices of ${Math.min(customers, events)} customers, worked off`, 'order of each customer kept',
    `${at(events / found.seconds)}/s, ${found.disorder} out of order (three calls to Stripe each; server CPU ${at(found.server_cpu_us)} µs, PostgreSQL ${at(found.postgres_cpu_us)} µs, stand-in ${at(found.stripe_cpu_us)} µs each)`, found.disorder === 0);

  const resident = () => stand.memory(server.program.child.pid, 'VmRSS') / 1024;
  const resting = resident();
  let most = resting;
  await reconciling.letGo();
  await eventually('all objects were compared', async () => {
    most = Math.max(most, resident());
    return (await query("select count(*) from easel.billing_sweep where name = 'objects'")) === '1';
  }, { within: patience, every: smoke ? 10 : 200 });
  const [took, looked, differences] = (await query("select took_us, looked_at, found from easel.billing_sweep where name = 'objects'")).split('|').map(Number);
  if (looked < events) throw new Error(`${looked} objects were compared of ${events}`);
  await server.program.stop();
  await stripe.program.stop();
  figures.reconcile = { looked, differences, seconds: took / 1e6, resting_mib: resting, most_mib: most };
  row(`reconcile of ${looked} objects, 100 pages a second at most`, '< 64 MiB, no difference',
    `${at(took / 1e6, 1)} s, ${at(most - resting, 1)} MiB more than at rest (${at(resting)} MiB), ${differences} differences`, differences === 0 && most - resting < 64);
}
