// The stand-in for Stripe speaks to Stripe's own SDK as Stripe does, and signs what the SDK's verifier takes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { root } from './support/paths.mjs';
import { scratchDirectory } from './support/scratch.mjs';
import { StripeStandIn, day, month, prices } from './support/stripe.mjs';
import { eventually } from './support/wait.mjs';

/** An endpoint that keeps what it is sent, verified by the SDK, and answers as it is told. */
class Endpoint {
  events = [];
  refused = 0;
  status = 200;

  async #take(sdk, parts, request, secret) {
    try {
      this.events.push(await sdk.webhooks.constructEventAsync(Buffer.concat(parts), request.headers['stripe-signature'], secret));
      return 200;
    } catch {
      this.refused += 1;
      return 400;
    }
  }

  async start(secret, sdk) {
    this.server = http.createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      response.writeHead(this.status === 200 ? await this.#take(sdk, parts, request, secret) : this.status).end();
    });
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.server.unref();
    this.url = `http://127.0.0.1:${this.server.address().port}/webhooks/stripe`;
    return this;
  }

  of(type) { return this.events.filter((one) => one.type === type); }
  async saw(type, count = 1) {
    return eventually(`${count} × ${type}`, () => this.of(type).length >= count && this.of(type));
  }
}

let standIn, stripe, endpoint;
before(async () => {
  standIn = await StripeStandIn.start();
  stripe = standIn.sdk();
  endpoint = await new Endpoint().start(standIn.webhookSecret, stripe);
  await standIn.control('POST', 'webhook', { url: endpoint.url });
});
after(async () => standIn.stop());

const packSession = (more = {}) => stripe.checkout.sessions.create({
  mode: 'payment', line_items: [{ price: prices.pack, quantity: 1 }], success_url: 'http://127.0.0.1:1/back?session={CHECKOUT_SESSION_ID}',
  client_reference_id: 'buy_1', metadata: { easel_purchase: 'buy_1' }, payment_intent_data: { metadata: { easel_purchase: 'buy_1' } }, ...more,
});

async function subscribe(price = prices.month, more = {}) {
  const { id: customer } = await stripe.customers.create({ metadata: { easel_account: 'bill_1' } });
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription', customer, line_items: [{ price, quantity: 1 }], success_url: 'http://127.0.0.1:1/back',
    subscription_data: { metadata: { easel_account: 'bill_1' } }, ...more,
  });
  await standIn.pay(session.id, more.allow_promotion_codes ? 'coupon' : 'card');
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id);
  return { customer, session: session.id, subscription };
}

const refused = (call, expected) => assert.rejects(call, (error) => {
  for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, `${name} of ${error.message}`);
  return true;
});

it('shows objects with no field where Stripe\'s types have none', async () => {
  await promisify(execFile)(process.execPath, [
    path.join(root, 'node_modules/typescript/bin/tsc'), '-p', path.join(root, 'tools/stripe-stand-in/jsconfig.json'),
  ]).catch((error) => assert.fail(error.stdout));
});

describe('a pack', () => {
  it('is paid on its page, which says what it is, and told of', async () => {
    const session = await packSession();
    assert.equal(session.status, 'open');
    assert.equal(session.payment_status, 'unpaid');
    const page = await (await fetch(session.url)).text();
    assert.match(page, /This is not Stripe/);
    assert.match(page, /€5\.00/);
    const paid = await fetch(session.url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ method: 'card', email: 'x@example.org', name: 'X' }) });
    assert.equal(paid.status, 303);
    assert.equal(paid.headers.get('location'), `http://127.0.0.1:1/back?session=${session.id}`);
    const [told] = (await endpoint.saw('checkout.session.completed')).filter((one) => one.data.object.id === session.id);
    assert.equal(told.livemode, false);
    assert.equal(told.api_version, '2026-10-28.endive');
    assert.equal(told.data.object.payment_status, 'paid');
    assert.equal(told.data.object.customer_details.email, 'x@example.org');
    const intent = await stripe.paymentIntents.retrieve(told.data.object.payment_intent);
    assert.equal(intent.amount_received, 500);
    assert.equal(intent.metadata.easel_purchase, 'buy_1');
    const [found] = (await stripe.checkout.sessions.list({ payment_intent: intent.id })).data;
    assert.equal(found.id, session.id);
  });

  it('stays open when the card is declined', async () => {
    const session = await packSession();
    const page = await fetch(session.url, { method: 'POST', body: new URLSearchParams({ method: 'declined' }) });
    assert.equal(page.status, 402);
    assert.equal((await stripe.checkout.sessions.retrieve(session.id)).status, 'open');
    await endpoint.saw('payment_intent.payment_failed');
  });

  for (const [arrives, type, end] of [[true, 'succeeded', 'paid'], [false, 'failed', 'unpaid']])
    it(`is complete before delayed money ${arrives ? 'arrives' : 'fails'}`, async () => {
      const session = await packSession();
      await standIn.pay(session.id, 'delayed');
      const waiting = await stripe.checkout.sessions.retrieve(session.id);
      assert.deepEqual([waiting.status, waiting.payment_status], ['complete', 'unpaid']);
      await standIn.control('POST', `sessions/${session.id}/settle`, { arrives });
      assert.equal((await stripe.checkout.sessions.retrieve(session.id)).payment_status, end);
      await endpoint.saw(`checkout.session.async_payment_${type}`);
    });

  it('expires, by itself or when it is told to', async () => {
    const told = await packSession();
    assert.equal((await stripe.checkout.sessions.expire(told.id)).status, 'expired');
    await refused(stripe.checkout.sessions.expire(told.id), { statusCode: 400, type: 'StripeInvalidRequestError' });
    const left = await packSession();
    await standIn.advance(day + 1);
    assert.equal((await stripe.checkout.sessions.retrieve(left.id)).status, 'expired');
    assert.equal((await fetch(left.url ?? `${standIn.url}/pay/${left.id}`)).status, 410);
  });

  it('is given back in parts, and a refund may fail weeks later', async () => {
    const session = await packSession();
    const { payment_intent: intent } = await standIn.pay(session.id);
    const part = await stripe.refunds.create({ payment_intent: intent, amount: 200 });
    const charge = () => stripe.charges.retrieve(part.charge);
    assert.deepEqual([(await charge()).amount_refunded, (await charge()).refunded], [200, false]);
    await refused(stripe.refunds.create({ payment_intent: intent, amount: 301 }), { statusCode: 400, param: 'amount' });
    await stripe.refunds.create({ payment_intent: intent });
    assert.equal((await charge()).refunded, true);
    await refused(stripe.refunds.create({ payment_intent: intent }), { code: 'charge_already_refunded' });
    await standIn.control('POST', `refunds/${part.id}/fail`);
    assert.equal((await stripe.refunds.retrieve(part.id)).status, 'failed');
    assert.deepEqual([(await charge()).amount_refunded, (await charge()).refunded], [300, false]);
    await endpoint.saw('refund.failed');
    assert.equal((await stripe.refunds.list({ payment_intent: intent })).data.length, 2);
  });

  it('can be disputed, and the money comes back when that is won', async () => {
    const session = await packSession();
    const { payment_intent: intent } = await standIn.pay(session.id);
    const { id } = await standIn.control('POST', 'disputes', { payment_intent: intent });
    assert.equal((await stripe.disputes.list({ payment_intent: intent })).data[0].status, 'needs_response');
    await standIn.control('POST', `disputes/${id}/close`, { status: 'won' });
    assert.equal((await stripe.disputes.retrieve(id)).status, 'won');
    for (const what of ['created', 'funds_withdrawn', 'closed', 'funds_reinstated']) await endpoint.saw(`charge.dispute.${what}`);
    const moved = (await stripe.balanceTransactions.list({ source: id, limit: 100 })).data.map((one) => one.amount);
    assert.deepEqual(moved, [500, -500]);
    const [latest] = (await stripe.balanceTransactions.list({ source: id, expand: ['data.source'] })).data;
    assert.deepEqual([latest.source.object, latest.source.id, latest.source.payment_intent], ['dispute', id, intent]);
  });
});

describe('a subscription', () => {
  it('is invoiced, and the invoice leads to its payment and back', async () => {
    const { subscription: id } = await subscribe();
    const sub = await stripe.subscriptions.retrieve(id);
    assert.equal(sub.status, 'active');
    assert.equal(sub.items.data[0].price.id, prices.month);
    const invoice = await stripe.invoices.retrieve(sub.latest_invoice, { expand: ['payments'] });
    assert.equal(invoice.billing_reason, 'subscription_create');
    assert.equal(invoice.parent.subscription_details.subscription, id);
    assert.equal(invoice.parent.subscription_details.metadata.easel_account, 'bill_1');
    assert.equal(invoice.lines.data[0].pricing.price_details.price, prices.month);
    const intent = invoice.payments.data[0].payment.payment_intent;
    const [link] = (await stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intent } })).data;
    assert.equal(link.invoice, invoice.id);
    assert.equal((await stripe.invoices.retrieve(invoice.id)).payments, undefined);
  });

  it('renews when time goes by: the period first, the money an hour later', async () => {
    const { subscription: id } = await subscribe();
    const { period_end: end } = await periodOf(id);
    await standIn.advance(end - (await standIn.state()).now + 60);
    const rolled = await stripe.subscriptions.retrieve(id);
    assert.equal(rolled.items.data[0].current_period_start, end);
    const drafted = await stripe.invoices.retrieve(rolled.latest_invoice);
    assert.deepEqual([drafted.status, drafted.billing_reason], ['draft', 'subscription_cycle']);
    await standIn.advance(3600);
    const paid = await stripe.invoices.retrieve(drafted.id);
    assert.equal(paid.status, 'paid');
    assert.equal(paid.lines.data[0].period.start, end);
    assert.equal((await stripe.subscriptions.retrieve(id)).status, 'active');
  });

  it('recovers when a later try succeeds, and ends when none does', async () => {
    const { subscription: id } = await subscribe();
    await standIn.control('POST', `subscriptions/${id}/card`, { card: 'declines' });
    await standIn.advance(month + 7200);
    const failed = await stripe.subscriptions.retrieve(id);
    assert.equal(failed.status, 'past_due');
    const open = await stripe.invoices.retrieve(failed.latest_invoice);
    assert.deepEqual([open.status, open.attempt_count], ['open', 1]);
    await standIn.control('POST', `subscriptions/${id}/card`, { card: 'works' });
    await standIn.advance(4 * day);
    assert.equal((await stripe.subscriptions.retrieve(id)).status, 'active');
    assert.equal((await stripe.invoices.retrieve(open.id)).status, 'paid');

    await standIn.control('POST', `subscriptions/${id}/card`, { card: 'declines' });
    await standIn.advance(month + 20 * day);
    assert.equal((await stripe.subscriptions.retrieve(id)).status, 'canceled');
    assert.equal((await endpoint.saw('customer.subscription.deleted')).at(-1).data.object.id, id);
    await refused(stripe.subscriptions.cancel(id), { statusCode: 404, code: 'resource_missing' });
  });

  it('is cancelled in the portal by a time, un-cancelled, and then really ends', async () => {
    const { subscription: id, customer } = await subscribe();
    const portal = await stripe.billingPortal.sessions.create({ customer, return_url: 'http://127.0.0.1:1/billing' });
    const press = (form) => fetch(portal.url, { method: 'POST', body: new URLSearchParams({ subscription: id, ...form }) });
    assert.match(await (await press({ action: 'cancel' })).text(), /Do not cancel/);
    const cancelled = await stripe.subscriptions.retrieve(id);
    assert.equal(cancelled.cancel_at, cancelled.items.data[0].current_period_end);
    assert.equal(cancelled.cancel_at_period_end, false); // flexible billing mode
    await eventually('what it was before', () => endpoint.of('customer.subscription.updated').some((one) =>
      one.data.object.id === id && one.data.object.cancel_at === cancelled.cancel_at && one.data.previous_attributes.cancel_at === null));
    await press({ action: 'keep' });
    assert.equal((await stripe.subscriptions.retrieve(id)).cancel_at, null);
    await press({ action: 'cancel' });
    await standIn.advance(month + day);
    const ended = await stripe.subscriptions.retrieve(id);
    assert.deepEqual([ended.status, ended.ended_at], ['canceled', cancelled.cancel_at]);
  });

  it('is switched up at once with a new period, and down when the period is over', async () => {
    const { subscription: id, customer } = await subscribe();
    const { url } = await stripe.billingPortal.sessions.create({ customer });
    const press = (price) => fetch(url, { method: 'POST', body: new URLSearchParams({ subscription: id, switch: price }) });
    await standIn.advance(10 * day);
    await press(prices.large);
    const up = await stripe.subscriptions.retrieve(id);
    const invoice = await stripe.invoices.retrieve(up.latest_invoice);
    assert.equal(invoice.billing_reason, 'subscription_update');
    const [unused, owed] = invoice.lines.data;
    assert.equal(unused.parent.subscription_item_details.proration, true);
    assert.ok(unused.amount < 0);
    assert.deepEqual([owed.parent.subscription_item_details.proration, owed.amount], [false, 1900]);
    assert.equal(owed.period.start, up.items.data[0].current_period_start);
    await press(prices.month);
    assert.equal((await stripe.subscriptions.retrieve(id)).items.data[0].price.id, prices.large);
    await standIn.advance(month + 7200);
    const down = await stripe.subscriptions.retrieve(id);
    assert.equal(down.items.data[0].price.id, prices.month);
    assert.equal((await stripe.invoices.retrieve(down.latest_invoice)).total, 900);
  });

  it('keeps its date when the API says so, by two lines of proration', async () => {
    const { subscription: id } = await subscribe();
    const before = await periodOf(id);
    await standIn.advance(15 * day);
    const { items } = await stripe.subscriptions.retrieve(id);
    const up = await stripe.subscriptions.update(id, { items: [{ id: items.data[0].id, price: prices.large }], proration_behavior: 'always_invoice' });
    assert.equal(up.items.data[0].current_period_end, before.period_end);
    const { lines } = await stripe.invoices.retrieve(up.latest_invoice);
    assert.deepEqual(lines.data.map((one) => one.parent.subscription_item_details.proration), [true, true]);
  });

  it('begins with a trial, or with a coupon of 100 %, without money', async () => {
    const trial = await subscribe(prices.month, { subscription_data: { trial_period_days: 7 } });
    const trying = await stripe.subscriptions.retrieve(trial.subscription);
    assert.deepEqual([trying.status, (await stripe.invoices.retrieve(trying.latest_invoice)).total], ['trialing', 0]);
    await standIn.advance(7 * day + 7200);
    const after = await stripe.subscriptions.retrieve(trial.subscription);
    assert.deepEqual([after.status, (await stripe.invoices.retrieve(after.latest_invoice)).total], ['active', 900]);
    const free = await subscribe(prices.month, { allow_promotion_codes: true });
    const { latest_invoice: first } = await stripe.subscriptions.retrieve(free.subscription);
    const invoice = await stripe.invoices.retrieve(first, { expand: ['payments'] });
    assert.deepEqual([invoice.status, invoice.total, invoice.payments.data.length], ['paid', 0, 0]);
  });

  it('ends with its customer', async () => {
    const { subscription, customer } = await subscribe();
    assert.equal((await stripe.customers.del(customer)).deleted, true);
    assert.equal((await stripe.subscriptions.retrieve(subscription)).status, 'canceled');
    assert.equal((await stripe.customers.retrieve(customer)).deleted, true);
  });
});

const periodOf = async (id) => {
  const [item] = (await stripe.subscriptions.retrieve(id)).items.data;
  return { period_start: item.current_period_start, period_end: item.current_period_end };
};

describe('calls', () => {
  it('are refused with another key, another version, or what they do not take', async () => {
    await refused(standIn.sdk({ apiVersion: '2024-06-20' }).prices.list(), { statusCode: 400 });
    await refused(stripe.checkout.sessions.create({ mode: 'payment', payment_method_types: ['card'] }), { code: 'parameter_unknown' });
    await refused(packSession({ line_items: [{ price: 'price_none', quantity: 1 }] }), { code: 'resource_missing' });
    await refused(packSession({ mode: 'subscription' }), { param: 'mode' });
    await refused(packSession({ expires_at: 1 }), { param: 'expires_at' });
    await refused(stripe.invoices.retrieve('in_none'), { statusCode: 404, code: 'resource_missing' });
    const answer = await fetch(`${standIn.url}/v1/prices`, { headers: { authorization: 'Bearer sk_test_other' } });
    assert.equal(answer.status, 401);
  });

  it('happen once under one idempotency key', async () => {
    const [idempotencyKey] = ['cust:bill_7:1'];
    const one = await stripe.customers.create({ metadata: { a: '1' } }, { idempotencyKey });
    const two = await stripe.customers.create({ metadata: { a: '1' } }, { idempotencyKey });
    assert.equal(two.id, one.id);
    await refused(stripe.customers.create({ metadata: { a: '2' } }, { idempotencyKey }), { type: 'StripeIdempotencyError' });
    await standIn.advance(day + 1);
    assert.notEqual((await stripe.customers.create({ metadata: { a: '1' } }, { idempotencyKey })).id, one.id);
  });

  it('that happened may lose their answer, and the SDK\'s repeat makes nothing new', async () => {
    await standIn.faults({ api: [{ lose: true }] });
    const found = await standIn.sdk({ maxNetworkRetries: 2 }).customers.create({ metadata: { lost: '1' } });
    const made = (await stripe.customers.list({ limit: 100 })).data.filter((one) => one.metadata.lost);
    assert.deepEqual(made.map((one) => one.id), [found.id]);
    await standIn.faults({ api: [{ reset: true }] });
    await standIn.sdk({ maxNetworkRetries: 2 }).customers.retrieve(found.id);
    await standIn.faults({ api: [{ status: 500 }, { status: 429 }] });
    await refused(stripe.prices.list(), { statusCode: 500 });
    await refused(stripe.prices.list(), { statusCode: 429 });
    assert.equal((await stripe.prices.list()).data.length, 4);
  });

  it('list newest first and page by page, events by type, time and delivery', async () => {
    for (let i = 0; i < 3; ++i) await subscribe();
    const all = [];
    for await (const one of stripe.events.list({ limit: 10 })) all.push(one);
    assert.ok(all.length > 20);
    assert.equal(new Set(all.map((one) => one.id)).size, all.length);
    assert.ok(all.every((one, i) => i === 0 || all[i - 1].created >= one.created));
    const some = await stripe.events.list({ types: ['invoice.paid', 'checkout.session.completed'], limit: 100 });
    assert.deepEqual([...new Set(some.data.map((one) => one.type))].sort(), ['checkout.session.completed', 'invoice.paid']);
    const newer = await stripe.events.list({ ending_before: all[5].id, limit: 3 });
    assert.deepEqual(newer.data.map((one) => one.id), all.slice(2, 5).map((one) => one.id));
    const [first] = all;
    const since = await stripe.events.list({ created: { gte: first.created }, limit: 100 });
    assert.ok(since.data.every((one) => one.created >= first.created));
    await refused(stripe.events.list({ types: Array(21).fill('invoice.paid') }), { param: 'types' });
    await standIn.advance(31 * day);
    assert.ok((await stripe.events.list({ limit: 100 })).data.every((one) => one.created > first.created));
    const now = Math.floor(Date.now() / 1000); // a month behind the stand-in's, as its callers' is
    const late = await packSession({ expires_at: now + 3600 });
    assert.equal(late.expires_at - late.created, 3600);
    const made = await stripe.checkout.sessions.list({ created: { gte: now - 900, lte: now }, limit: 1 });
    assert.equal(made.data[0].id, late.id);
    await stripe.checkout.sessions.expire(late.id);
  });
});

describe('deliveries', () => {
  it('are repeated until the endpoint takes them, and found as failed until then', async () => {
    await standIn.delivered();
    endpoint.status = 500;
    const session = await packSession();
    await stripe.checkout.sessions.expire(session.id);
    await eventually('the first try', async () => (await standIn.state()).deliveries.refused > 0);
    const failed = await stripe.events.list({ delivery_success: false, type: 'checkout.session.expired' });
    assert.equal(failed.data[0].data.object.id, session.id);
    endpoint.status = 200;
    await standIn.advance(60);
    await standIn.delivered();
    assert.equal(endpoint.of('checkout.session.expired').at(-1).data.object.id, session.id);
    const again = await stripe.events.list({ delivery_success: false, type: 'checkout.session.expired' });
    assert.ok(again.data.every((one) => one.data.object.id !== session.id));
  });

  it('can be dropped for days, then nobody tries again', async () => {
    await standIn.faults({ drop: true });
    const session = await packSession();
    await stripe.checkout.sessions.expire(session.id);
    await eventually('a try', async () => (await standIn.state()).deliveries.dropped > 0);
    for (let i = 0; i < 5; ++i) {
      const { deliveries } = await standIn.state();
      await standIn.advance(day);
      await eventually('another try, or none', async () => {
        const now = await standIn.state();
        return now.undelivered === 0 || now.deliveries.dropped > deliveries.dropped;
      });
    }
    assert.equal((await standIn.state()).undelivered, 0);
    await standIn.faults({ drop: false });
    assert.ok(endpoint.of('checkout.session.expired').every((one) => one.data.object.id !== session.id));
    assert.equal((await stripe.events.list({ delivery_success: false, type: 'checkout.session.expired' })).data[0].data.object.id, session.id);
  });

  it('can come three times and in any order', async () => {
    await standIn.faults({ copies: 3, shuffle: true });
    const before = endpoint.events.length;
    const { subscription } = await subscribe();
    await eventually('three of each', () => {
      const own = endpoint.events.slice(before).filter((one) => JSON.stringify(one).includes(subscription));
      return own.length >= 9 && own.length % 3 === 0;
    });
    await standIn.faults({ copies: 1, shuffle: false });
  });

  it('can be forged, or signed long ago: the verifier takes neither', async () => {
    for (const fault of [{ forge: true }, { stale: 301 }]) {
      const before = await standIn.state();
      await standIn.faults(fault);
      const session = await packSession();
      await stripe.checkout.sessions.expire(session.id);
      await eventually('a try', async () => (await standIn.state()).deliveries.attempts > before.deliveries.attempts);
      await standIn.faults({ forge: false, stale: 0 });
      await eventually('it was refused', () => endpoint.refused > 0);
      endpoint.refused = 0;
      assert.ok(endpoint.of('checkout.session.expired').every((one) => one.data.object.id !== session.id));
      await standIn.control('POST', 'retry');
      await eventually('a good one', () => endpoint.of('checkout.session.expired').some((one) => one.data.object.id === session.id));
    }
  });

  it('are signed with each secret that is active', async () => {
    const old = standIn.webhookSecret;
    await standIn.control('POST', 'webhook', { secrets: ['whsec_of_tomorrow', old] });
    const session = await packSession();
    await stripe.checkout.sessions.expire(session.id);
    await eventually('taken by the old one', () => endpoint.of('checkout.session.expired').some((one) => one.data.object.id === session.id));
    await standIn.control('POST', 'webhook', { secrets: [old] });
  });
});

it('goes on where it ended', async () => {
  const stateFile = path.join(scratchDirectory(), 'stripe-state.json');
  const one = await StripeStandIn.start({ stateFile });
  const made = await one.sdk().customers.create({ metadata: { a: '1' } });
  await one.advance(3 * day);
  const { now } = await one.state();
  await one.stop();
  await one.run();
  assert.equal((await one.sdk().customers.retrieve(made.id)).metadata.a, '1');
  assert.ok((await one.state()).now >= now);
  await one.stop();
});
