// BILL-1, RET-3: whatever Stripe tells of a buyer, in deliveries, in answers and in lists, none of it stays with us.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { easelctl } from './support/paths.mjs';
import { Person } from './support/person.mjs';
import { FillingRelay, Markers, kinds, signed } from './support/personal.mjs';
import { Cluster } from './support/postgres.mjs';
import { output } from './support/program.mjs';
import { StandIn } from './support/stand_in.mjs';
import { StripeStandIn, month, shopSettings } from './support/stripe.mjs';
import { eventually } from './support/wait.mjs';

const markers = new Markers();
let google, stripe, relay, edge, cluster, house, person;

before(async () => {
  [google, stripe, cluster] = await Promise.all([StandIn.start(), StripeStandIn.start(), Cluster.start('canary')]);
  edge = await Edge.start(() => house?.nodes ?? []);
  relay = await FillingRelay.start(markers, stripe, `${edge.url}/webhooks/stripe`);
  const shop = shopSettings(stripe);
  house = await House.start({
    server: { public_url: edge.url }, google: google.settings, ...shop, stripe: { ...shop.stripe, base_url: relay.url },
    billing: { ...shop.billing, audit_every: '1 s', failures_every: '1 s', reads_per_second: 100 },
  }, { cluster });
  await stripe.control('POST', 'webhook', { url: `${relay.url}/deliver` });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await Promise.all([relay?.stop(), stripe?.stop(), google?.stop()]);
});

const query = (sql) => cluster.query(sql, house.databaseUrl);
const hasAvailable = (amount) => eventually(`${amount} credits are there`, async () => (await person.available()) === amount);

async function pay(item) {
  await eventually('the shop is open', async () => (await person.get('/v1/billing')).can_buy);
  const { url } = await person.post('/v1/billing/checkout', { item });
  const id = url.split('/').at(-1);
  await fetch(url, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ method: 'card', email: markers.make('pay page e-mail'), name: markers.make('pay page name') }),
  });
  return id;
}

/** Which kind of object an event of this type carries. */
function kindOf(type) {
  if (type.startsWith('customer.subscription.')) return 'subscription';
  if (type.startsWith('charge.dispute.')) return 'dispute';
  const kind = type.slice(0, type.lastIndexOf('.'));
  assert.ok(kinds.includes(kind), `no personal fields are written down for ${type}`);
  return kind;
}

const idOf = (type) => `evt_control_${type.replaceAll('.', '_')}`;

/** An event of ours about an object that Stripe does not know any more; of a person it has what it could have. */
function event(type, more = {}) {
  const object = markers.fill({
    id: `gone_${type.replaceAll('.', '_')}`, object: kindOf(type), status: 'open', amount: 1, currency: 'eur', invoice: 'in_gone',
    payment_intent: 'pi_gone', customer: { id: 'cus_gone', object: 'customer' }, client_reference_id: markers.make('client_reference_id'), metadata: { easel_instance: 'e2e' },
  });
  return JSON.stringify(markers.fill({
    id: idOf(type), object: 'event', api_version: '2026-10-28.endive', created: Math.floor(Date.now() / 1000), livemode: false,
    pending_webhooks: 1, request: { id: 'req_1', idempotency_key: markers.make('key of the request') }, type, data: { object }, ...more,
  }));
}

const deliver = async (body, secret = stripe.webhookSecret) => (await fetch(`${edge.url}/webhooks/stripe`, {
  method: 'POST', body, headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signed(body, secret) },
})).status;

const asOperator = async (target) => (await fetch(house.node.operatorUrl + target, { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();

/** Everything that operators are told. */
async function whatOperatorsSee() {
  const { actors } = JSON.parse(await asOperator('/api/actors?limit=200'));
  const targets = ['/metrics', '/api/overview', '/api/lints', '/api/history', '/api/graveyard', '/api/upstreams', '/api/queues', '/api/ledger',
    '/api/billing', '/api/privacy', '/api/nodes', '/api/sessions', '/api/log?limit=2000', ...actors.map((one) => `/api/actors/${one.id}`)];
  const texts = await Promise.all(targets.map(asOperator));
  return [...texts, JSON.stringify(actors), await output(easelctl, ['--config', house.config, 'billing', 'show', '--url', house.node.operatorUrl])].join('\n');
}

function* filesBelow(directory) {
  for (const one of fs.readdirSync(directory, { withFileTypes: true })) {
    const name = path.join(directory, one.name);
    if (one.isDirectory()) yield* filesBelow(name);
    else if (one.isFile()) yield name;
  }
}

describe('what Stripe tells of a buyer', () => {
  let types;

  it('comes with a whole life of purchases', async () => {
    person = await Person.signIn(edge.url, '100000000000000000001');
    const session = await pay('small');
    await hasAvailable(120);
    const { payment_intent: intent } = await stripe.sdk().checkout.sessions.retrieve(session);
    const refund = await stripe.sdk().refunds.create({ payment_intent: intent, amount: 250 });
    await hasAvailable(60);
    await stripe.control('POST', `refunds/${refund.id}/fail`);
    await hasAvailable(120);
    const dispute = await stripe.control('POST', 'disputes', { payment_intent: intent, amount: 500, reason: 'fraudulent', status: 'needs_response' });
    await eventually('the dispute is seen', async () => (await person.get('/v1/billing')).purchases[0].state === 'disputed');
    await stripe.control('POST', `disputes/${dispute.id}/close`, { status: 'won' });
    await eventually('its end is seen', async () => (await person.get('/v1/billing')).purchases[0].state === 'paid');
    await pay('monthly');
    await hasAvailable(420);
    await stripe.advance(month + 7200);
    await eventually('the next month is paid', async () => (await query('select count(*) from easel.sale')) === '3');
    await stripe.delivered();
    assert.ok(relay.filled.deliveries >= 10, `${relay.filled.deliveries} deliveries were filled`);
    assert.ok(relay.filled.answers >= 50, `${relay.filled.answers} answers were filled`);
  });

  it('comes with each type of event that is read', async () => {
    ({ events: types } = await house.ctl('billing', 'check'));
    assert.ok(types.length > 30);
    for (const type of types) assert.equal(await deliver(event(type)), 200, type);
    await eventually('all of them were looked at', async () => (await query("select count(*) from easel.billing_inbox where event_id like 'evt_control_%' and attempts = 0")) === '0');
  });

  it('comes with what is refused', async () => {
    for (const type of ['invoice.paid', 'charge.refunded']) {
      const body = event(type, { id: `evt_refused_${type.replace('.', '_')}` });
      assert.equal(await deliver(body, 'whsec_of_somebody_else'), 400);
      assert.equal(await deliver(body.slice(0, -9)), 400);
      assert.equal(await deliver(body.replace('"livemode":false', `"livemode":"${markers.make('no flag')}"`)), 400);
      assert.equal(await deliver(body.replace(/"id":"evt_\w+"/, `"id":"${markers.make('no id')} @"`)), 400);
    }
  });

  it('was looked at in each list of the reconciler', async () => {
    const swept = async () => JSON.parse(await asOperator('/api/billing')).sweeps.map((one) => one.name).sort();
    await eventually('all sweeps ran', async () => (await swept()).join() === 'balance,events,failures,objects');
    const lists = new Set((await stripe.calls()).filter((one) => one.method === 'GET').map((one) => one.path));
    for (const one of ['events', 'invoices', 'refunds', 'disputes', 'checkout/sessions', 'balance_transactions']) assert.ok(lists.has(`/v1/${one}`), one);
  });

  it('is in no answer for operators or for the buyer, who see the event’s id instead', async () => {
    const told = await whatOperatorsSee();
    assert.deepEqual(markers.in(told), []);
    assert.ok(types.some((type) => told.includes(idOf(type))), 'what is looked for would be found');
    const own = await Promise.all(['/v1/billing', '/v1/account', '/v1/account/credits'].map((target) => person.get(target)));
    assert.deepEqual(markers.in(JSON.stringify(own)), []);
  });

  it('is in no log, no dump and no file of the database, where the event’s id is', async () => {
    if (relay.error) throw relay.error;
    await house.stop();
    const logs = { ...Object.fromEntries(house.nodes.map((one) => [one.program.log, one.program.logText()])), postgres: fs.readFileSync(await cluster.logFile(), 'latin1') };
    for (const [name, text] of Object.entries(logs)) {
      assert.ok(text.length > 0, `${name} is where it is looked for`);
      assert.deepEqual(markers.in(text), [], name);
    }
    // A value that PostgreSQL compresses cannot be found in its files, but in a dump it is whole again.
    const dump = await cluster.dump(house.databaseUrl);
    assert.deepEqual(markers.in(dump), []);
    for (const type of types) assert.ok(dump.includes(idOf(type)), `${type} is in the dump`);

    await cluster.checkpoint();
    const data = await cluster.dataDirectory();
    await cluster.stop();
    const seen = { pg_wal: new Set(), base: new Set() };
    for (const file of filesBelow(data)) {
      const bytes = fs.readFileSync(file);
      assert.deepEqual(markers.in(bytes), [], file);
      const part = path.relative(data, file).split(path.sep)[0];
      if (seen[part]) for (const type of types) if (bytes.includes(idOf(type))) seen[part].add(type);
    }
    assert.deepEqual([...seen.base].sort(), [...types].sort(), 'what is looked for would be found in the tables');
    assert.ok(seen.pg_wal.size > 0, 'and in the write-ahead log, of which PostgreSQL may have dropped a part');
  });
});
