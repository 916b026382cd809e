// BILL-1, THIRD-2, THIRD-4: a person buys from the server through the stand-in for Stripe, and the books follow.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Edge } from './support/edge.mjs';
import { House } from './support/house.mjs';
import { Person } from './support/person.mjs';
import { Cluster } from './support/postgres.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { StandIn } from './support/stand_in.mjs';
import { StripeStandIn, month, shopSettings } from './support/stripe.mjs';
import { eventually } from './support/wait.mjs';

const subs = { buyer: '100000000000000000001', other: '100000000000000000002', subscriber: '100000000000000000003', lost: '100000000000000000004' };
const oldSecret = 'whsec_of_yesterday';

let google, stripe, edge, house;
before(async () => {
  [google, stripe] = await Promise.all([StandIn.start(), StripeStandIn.start()]);
  edge = await Edge.start(() => house?.nodes ?? []);
  const shop = shopSettings(stripe);
  house = await House.start({
    server: { public_url: edge.url }, google: google.settings, ...shop,
    stripe: { ...shop.stripe, old_webhook_secret: oldSecret },
  });
  await stripe.control('POST', 'webhook', { url: `${edge.url}/webhooks/stripe` });
});
after(async () => {
  await house?.stop();
  edge?.stop();
  await Promise.all([stripe?.stop(), google?.stop()]);
});

const signIn = (sub) => Person.signIn(edge.url, sub);
const billing = (person) => person.get('/v1/billing');

/** Where the stand-in asks for the money. */
async function checkout(person, item) {
  await eventually('the shop is open', async () => (await billing(person)).can_buy);
  const { url } = await person.post('/v1/billing/checkout', { item });
  assert.ok(url.startsWith(`${stripe.url}/pay/`), url);
  return { url, id: url.split('/').at(-1) };
}

/** Pays on the page and comes back; gives what the page says then. */
async function payAndReturn(person, item, method = 'card') {
  const page = await checkout(person, item);
  const paid = await fetch(page.url, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ method, email: 'x-marker@example.org', name: 'x-marker' }),
  });
  assert.equal(paid.status, 303);
  const back = paid.headers.get('location');
  assert.ok(back.startsWith(`${edge.url}/billing/return?session=`), back);
  const answer = await person.browser.request(back, { from: 'cross-site', headers: { accept: 'text/html' } });
  return { ...page, back, status: answer.status, text: await answer.text() };
}

const hasAvailable = (person, amount) =>
  eventually(`${amount} credits are there`, async () => (await person.available()) === amount);

describe('somebody who buys a pack', () => {
  let person, bought;

  it('pays at Stripe, has the credits when they come back, and draws with kie.ai', async () => {
    person = await signIn(subs.buyer);
    assert.equal((await person.get('/v1/account')).tier, 'free');
    bought = await payAndReturn(person, 'small');
    assert.equal(bought.status, 200);
    assert.match(bought.text, /120 credits/);
    const account = await person.get('/v1/account');
    assert.deepEqual([account.tier, account.credits.available], ['paid', 120]);
    const [purchase] = (await billing(person)).purchases;
    assert.deepEqual([purchase.item, purchase.state, purchase.credits, purchase.price], ['small', 'paid', 120, { amount: 500, currency: 'eur' }]);
    assert.ok(bought.text.includes(purchase.reference));

    const prompt = 'a paper boat that was paid for';
    const started = await person.post('/v1/generations', { prompt });
    const ended = await person.get(`${started.url}?wait=60`);
    assert.deepEqual([ended.state, ended.recipient], ['completed', 'kie']);
    assert.deepEqual(await house.simulator.drawingCalls(prompt), { sub2api: 0, kie: 1 });
    assert.equal(await person.available(), 120 - ended.charged);
  });

  it('has them once, however often the page is opened and the events come', async () => {
    await stripe.delivered();
    const before = await person.available();
    await stripe.faults({ copies: 3, shuffle: true });
    await person.browser.request(bought.back);
    await payAndReturn(person, 'small');
    await person.browser.request(bought.back);
    await stripe.delivered();
    await stripe.faults({ copies: 1, shuffle: false });
    await hasAvailable(person, before + 120);
    assert.equal((await billing(person)).purchases.filter((one) => one.state === 'paid').length, 2);
  });

  it('is told nothing of another\'s session, and another nothing of theirs', async () => {
    const other = await signIn(subs.other);
    const answer = await other.browser.request(bought.back, { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 404);
    assert.doesNotMatch(await answer.text(), /credits|buy_/);
    assert.deepEqual((await billing(other)).purchases, []);
    assert.equal((await other.get('/v1/account')).tier, 'free');
  });

  it('gets the credits too when they never come back, and when the money comes late', async () => {
    const before = await person.available();
    await stripe.pay((await checkout(person, 'small')).id);
    await hasAvailable(person, before + 120);
    const late = await payAndReturn(person, 'small', 'delayed');
    assert.match(late.text, /on its way/);
    assert.equal((await billing(person)).purchases[0].state, 'awaiting_funds');
    assert.equal(await person.available(), before + 120);
    await stripe.control('POST', `sessions/${late.id}/settle`, { arrives: true });
    await hasAvailable(person, before + 240);
  });

  it('loses them again with the money: in part, in whole, and not when the refund fails', async () => {
    const before = await person.available();
    const { payment_intent: intent } = await stripe.sdk().checkout.sessions.retrieve(bought.id);
    const refund = await stripe.sdk().refunds.create({ payment_intent: intent, amount: 250 });
    await hasAvailable(person, before - 60);
    await stripe.control('POST', `refunds/${refund.id}/fail`);
    await hasAvailable(person, before);
    await stripe.sdk().refunds.create({ payment_intent: intent });
    await hasAvailable(person, before - 120);
    await eventually('the purchase says so', async () => (await billing(person)).purchases.at(-1).state === 'refunded');
  });

  it('gave Stripe neither name nor address, and Stripe\'s stay out of database and log', async () => {
    for (const node of house.nodes) assert.doesNotMatch(node.program.logText(), /x-marker/);
    const sent = (await stripe.calls()).filter((one) => one.method === 'POST').map((one) => `${one.path} ${decodeURIComponent(one.text)} ${one.key}`);
    assert.ok(sent.length > 3);
    for (const one of sent) assert.doesNotMatch(one, /@|First|Person|email|name=|receipt/i);
    assert.ok(sent.every((one) => !one.includes('/v1/checkout/sessions ') || one.includes('metadata[easel_instance]=e2e')));
    const tables = (await house.cluster.query(`select string_agg(format('%I.%I', table_schema, table_name), ' ') from information_schema.tables where table_schema = 'easel' and table_type = 'BASE TABLE'`, house.databaseUrl)).split(' ');
    for (const table of tables) {
      const rows = await house.cluster.query(`select count(*) from ${table} as one where one::text like '%x-marker%'`, house.databaseUrl);
      assert.equal(rows, '0', table);
    }
  });
});

describe('when deliveries are lost', () => {
  it('the list of events makes up for them', async () => {
    const person = await signIn(subs.lost);
    await stripe.faults({ drop: true });
    await stripe.pay((await checkout(person, 'small')).id);
    await hasAvailable(person, 120);
    await stripe.faults({ drop: false });
  });
});

describe('a subscriber', () => {
  let person, customer, subscription;

  it('gets a month\'s credits with the first payment and with each renewal', async () => {
    person = await signIn(subs.subscriber);
    const back = await payAndReturn(person, 'monthly');
    assert.match(back.text, /300 credits/);
    await hasAvailable(person, 300);
    ({ customer, subscription } = await stripe.sdk().checkout.sessions.retrieve(back.id));
    const [plan] = (await billing(person)).subscriptions;
    assert.deepEqual([plan.plan, plan.status, plan.ends_at], ['monthly', 'active', null]);
    assert.deepEqual((await billing(person)).renewals, []);

    await stripe.advance(month + 7200);
    await stripe.delivered();
    await eventually('the next month\'s credits', async () => {
      const { grants } = await person.get('/v1/account/credits');
      return grants.filter((one) => one.kind === 'subscription' && one.amount === 300).length === 2;
    });
  });

  it('sees the renewal by the id of its invoice, as their copy of the data has it', async () => {
    const { purchases, renewals } = await billing(person);
    const [invoice] = (await stripe.sdk().invoices.list({ subscription })).data;
    assert.equal(invoice.billing_reason, 'subscription_cycle');
    assert.deepEqual(renewals, [{
      reference: invoice.id, purchase: purchases[0].reference, state: 'paid', price: { amount: 900, currency: 'eur' }, credits: 300,
      paid_at: new Date(invoice.status_transitions.paid_at * 1000).toISOString(),
    }]);
    assert.deepEqual([purchases[0].state, purchases[0].credits], ['paid', 300], 'the first payment is the purchase\'s');

    const answer = await person.browser.request(`${edge.url}/v1/account/export`);
    assert.equal(answer.status, 200);
    const file = path.join(scratchDirectory(), 'billing-export.zip');
    fs.writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
    const copy = JSON.parse(execFileSync('unzip', ['-p', file, 'billing.json'], { encoding: 'utf8' }));
    const sale = copy.sale.find((one) => one.reference === invoice.id);
    assert.deepEqual([sale.charged, sale.currency, sale.refunded, sale.purchase_id], [900, 'eur', 0, purchases[0].reference]);
    assert.equal(Date.parse(sale.at), Date.parse(renewals[0].paid_at));
    assert.deepEqual(copy.sale_grant.filter((one) => one.reference === invoice.id).map((one) => [one.amount, one.clawed]), [[300, 0]]);
  });

  it('may not subscribe twice, and cancels in the portal', async () => {
    const twice = await person.call('POST', '/v1/billing/checkout', { item: 'large' });
    assert.deepEqual([twice.status, twice.json.code], [409, 'already_subscribed']);
    const { url } = await person.post('/v1/billing/portal', {});
    await fetch(url, { method: 'POST', body: new URLSearchParams({ subscription, action: 'cancel' }) });
    await eventually('the end is known', async () => (await billing(person)).subscriptions[0].ends_at !== null);
    await stripe.advance(month + 7200);
    await eventually('it has ended', async () => (await billing(person)).subscriptions.length === 0);
    assert.equal((await stripe.sdk().subscriptions.list({ customer, status: 'all' })).data[0].status, 'canceled');
  });

  it('buys as before although Stripe\'s clock has been pushed two months ahead', async () => {
    const before = await person.available();
    await payAndReturn(person, 'small');
    await hasAvailable(person, before + 120);
  });

  it('loses what was refunded', async () => {
    const before = await person.available();
    const [invoice] = (await stripe.sdk().invoices.list({ subscription })).data;
    const { payments } = await stripe.sdk().invoices.retrieve(invoice.id, { expand: ['payments'] });
    await stripe.sdk().refunds.create({ payment_intent: payments.data[0].payment.payment_intent });
    await eventually('the claw-back', async () => (await person.available()) < before);
    const refunded = (await billing(person)).renewals.find((one) => one.reference === invoice.id);
    assert.deepEqual([refunded.state, refunded.credits, refunded.price.amount], ['refunded', 0, 900]);
  });
});

describe('the webhook', () => {
  const sdk = () => stripe.sdk();
  let number = 0;
  const event = (more = {}) => JSON.stringify({
    id: `evt_e2e_${++number}`, object: 'event', api_version: '2026-10-28.endive', created: Math.floor(Date.now() / 1000),
    livemode: false, pending_webhooks: 1, request: null, type: 'invoice.finalized',
    data: { object: { id: 'in_of_nobody', object: 'invoice', status: 'open' } }, ...more,
  });
  const header = (payload, more = {}) => sdk().webhooks.generateTestHeaderString({ payload, secret: stripe.webhookSecret, ...more });
  const deliver = async (body, signature, url = edge.url) => (await fetch(`${url}/webhooks/stripe`, {
    method: 'POST', body, headers: { 'content-type': 'application/json; charset=utf-8', ...(signature === undefined ? {} : { 'stripe-signature': signature }) },
  })).status;
  const now = () => Math.floor(Date.now() / 1000);

  it('takes what Stripe\'s own library signs, with either of two secrets, once or twice', async () => {
    const body = event();
    assert.equal(await deliver(body, header(body)), 200);
    assert.equal(await deliver(body, header(body)), 200, 'repeated');
    const rolled = event();
    assert.equal(await deliver(rolled, header(rolled, { secret: oldSecret })), 200);
    const both = event();
    const [, mac] = /v1=(\w+)/.exec(header(both, { timestamp: now() }));
    assert.equal(await deliver(both, `t=${now()},v1=${'0'.repeat(64)},v1=${mac}`), 200);
    const pretty = JSON.stringify(JSON.parse(event()), null, 2);
    assert.equal(await deliver(pretty, header(pretty)), 200);
  });

  it('takes types and API versions that it does not know, and thin events', async () => {
    for (const body of [event({ type: 'something.from_tomorrow' }), event({ api_version: '2031-01-01.novel' }), event({ livemode: true }),
      JSON.stringify({ id: 'evt_thin', object: 'v2.core.event', type: 'v1.invoice.paid', created: new Date().toISOString(), livemode: false })])
      assert.equal(await deliver(body, header(body)), 200, body);
  });

  it('refuses what Stripe did not sign, or not lately, and what is no event', async () => {
    const body = event();
    const signature = header(body);
    const cases = {
      unsigned: [body, undefined],
      forged: [body, header(body, { secret: 'whsec_of_somebody_else' })],
      stale: [body, header(body, { timestamp: now() - 302 })],
      future: [body, header(body, { timestamp: now() + 330 })],
      'v0 only': [body, header(body, { scheme: 'v0' })],
      'a space after the comma': [body, signature.replace(',', ', ')],
      'upper case': [body, signature.replace(/v1=\w+/, (one) => one.toUpperCase().replace('V1', 'v1'))],
      're-serialised': [JSON.stringify(JSON.parse(body), null, 1), signature],
      truncated: [body.slice(0, -1), signature],
      'truncated before it was signed': [body.slice(0, -1), header(body.slice(0, -1))],
      nested: ['['.repeat(100_000), header('['.repeat(100_000))],
      'no event': ['{"object":"charge"}', header('{"object":"charge"}')],
      empty: ['', header('')],
    };
    const kept = () => house.cluster.query("select count(*) from easel.billing_inbox where event_id like 'evt_e2e_%'", house.databaseUrl);
    const before = await kept();
    for (const [name, [payload, sent]] of Object.entries(cases)) assert.equal(await deliver(payload, sent), 400, name);
    assert.equal(await kept(), before, 'nothing of it is kept');
    assert.equal(await deliver(body, signature), 200);
    assert.equal(Number(await kept()), Number(before) + 1, 'as it would have been');
  });

  it('changes nothing by what is of another mode or version', async () => {
    const bodies = { mode: event({ id: 'evt_other_mode', livemode: true }), version: event({ id: 'evt_other_version', api_version: '2019-12-03' }) };
    for (const body of Object.values(bodies)) assert.equal(await deliver(body, header(body)), 200);
    const state = (id) => house.cluster.query(`select state, reason from easel.billing_inbox where event_id = '${id}'`, house.databaseUrl);
    await eventually('the mode is seen', async () => (await state('evt_other_mode')) === '2|other_mode');
    await eventually('the version is seen', async () => (await state('evt_other_version')) === '3|other_version');
    assert.equal(await house.cluster.query("select count(*) from easel.sale where reference = 'in_of_nobody'", house.databaseUrl), '0');
  });

  it('takes a body of a mebibyte, and not a byte more', async () => {
    const padded = (size) => {
      const body = event();
      return body + ' '.repeat(size - body.length);
    };
    const largest = padded(1 << 20);
    assert.equal(await deliver(largest, header(largest)), 200);
    const larger = padded((1 << 20) + 1);
    const refused = await deliver(larger, header(larger)).catch(() => 'cut off');
    assert.ok([413, 'cut off'].includes(refused), `${refused}`);
  });

  it('asks for another delivery while the database is away, and takes that one', async () => {
    const cluster = await Cluster.start('billing');
    const shop = await House.start({ server: { public_url: 'http://127.0.0.1:1' }, ...shopSettings(stripe) }, { cluster });
    const body = event();
    await cluster.stop();
    assert.equal(await deliver(body, header(body), shop.node.url), 503);
    const forged = header(body, { secret: 'whsec_of_somebody_else' });
    assert.equal(await deliver(body, forged, shop.node.url), 400, 'no database is needed to see that');
    await cluster.restart();
    await eventually('the next one is taken', async () => (await deliver(body, header(body), shop.node.url)) === 200);
    await shop.stop();
  });

  it('counts each outcome', async () => {
    const metrics = await (await fetch(`${house.node.operatorUrl}/metrics`, { headers: { authorization: `Bearer ${house.operatorToken}` } })).text();
    for (const outcome of ['stored', 'repeated', 'unsupported', 'bad_signature', 'stale', 'malformed'])
      assert.match(metrics, new RegExp(`easel_billing_deliveries_total\\{outcome="${outcome}"\\} [1-9]`), outcome);
    assert.match(metrics, /^easel_billing_other_version_total [1-9]/m);
    assert.match(metrics, /^easel_billing_events_total\{outcome="ignored"\} [1-9]/m);
  });
});

it('leaves books that add up', async () => { await house.checkLedger(); });
