/** Checkout sessions: made, paid on the pay page, left to expire. */
import { Clock, day, hour } from './clock.mjs';
import { invalid, missing } from './errors.mjs';
import { isTrue, listOf, mapOf } from './form.mjs';
import { decline, newIntent, succeed, wait } from './payments.mjs';
import { start } from './subscriptions.mjs';
import { newId } from './world.mjs';

const longestReference = 200;
const settlingTime = 3 * day; // of a delayed payment
const buyer = { email: 'buyer@example.org', name: 'A Buyer', country: 'DE' };

function readItems(world, params) {
  const items = listOf(params.line_items).map((one, i) => {
    if (!one.price) throw missing(`line_items[${i}][price]`);
    const price = world.prices.get(one.price);
    if (!price) throw invalid(`line_items[${i}][price]`, `No such price: '${one.price}'`, 'resource_missing');
    if (!price.active) throw invalid(`line_items[${i}][price]`, 'The price specified is inactive.');
    const quantity = Number(one.quantity ?? 1);
    if (!Number.isInteger(quantity) || quantity < 1) throw invalid(`line_items[${i}][quantity]`, 'Invalid integer.');
    return { id: newId('li'), price, quantity, description: price.nickname ?? price.id };
  });
  if (items.length === 0) throw missing('line_items');
  if (params.mode === 'subscription' && items.length !== 1) throw invalid('line_items', 'The stand-in sells one plan at a time.');
  if (items.some((one) => Boolean(one.price.interval) !== (params.mode === 'subscription')))
    throw invalid('mode', 'Recurring prices are for `subscription` mode, one-time prices for `payment` mode.');
  if (new Set(items.map((one) => one.price.currency)).size !== 1) throw invalid('line_items', 'All prices must have one currency.');
  return items;
}

/** Callers live in real time, whatever our clock was pushed to: what they mean is a length of time. */
function readExpiry(world, params) {
  const life = params.expires_at === undefined ? day : Number(params.expires_at) - Clock.real();
  if (!Number.isInteger(life) || life < hour / 2 - 60 || life > day + 60)
    throw invalid('expires_at', 'The `expires_at` timestamp must be between 30 minutes and 24 hours from now.');
  return world.clock.now() + life;
}

export function create(world, params) {
  if (!['payment', 'subscription'].includes(params.mode)) throw invalid('mode', 'Invalid mode: `payment` or `subscription`.');
  if (!params.success_url) throw missing('success_url');
  if (params.customer && params.customer_email) throw invalid('customer_email', 'Only one of these: customer, customer_email.');
  if ((params.client_reference_id ?? '').length > longestReference) throw invalid('client_reference_id', 'Too long.');
  if (params.customer) world.get('customers', params.customer);
  const items = readItems(world, params);
  const amount = items.reduce((sum, one) => sum + one.price.unit_amount * one.quantity, 0);
  const own = params.subscription_data ?? {};
  return world.add('sessions', 'cs_test', {
    mode: params.mode, items, expires_at: readExpiry(world, params), status: 'open', payment_status: 'unpaid',
    client_reference_id: params.client_reference_id ?? null, customer: params.customer ?? null,
    customer_email: params.customer_email ?? null, details: null, amount_subtotal: amount, amount_total: amount,
    currency: items[0].price.currency, payment_intent: null, subscription: null, invoice: null, settles_at: null,
    metadata: mapOf(params.metadata), payment_metadata: mapOf(params.payment_intent_data?.metadata),
    subscription_metadata: mapOf(own.metadata), trial_days: Number(own.trial_period_days ?? 0),
    billing_mode: own.billing_mode?.type ?? 'flexible', success_url: params.success_url, cancel_url: params.cancel_url ?? null,
    locale: params.locale ?? null, allow_promotion_codes: isTrue(params.allow_promotion_codes),
  });
}

export function expire(world, session) {
  if (session.status !== 'open') throw invalid('id', 'Only Checkout Sessions with a status of `open` can be expired.');
  session.status = 'expired';
  world.tell('checkout.session.expired', 'sessions', session);
  return session;
}

// ---- paying

function complete(world, session, what) {
  Object.assign(session, { status: 'complete', ...what });
  world.tell('checkout.session.completed', 'sessions', session);
}

function paySubscription(world, session, off) {
  const [{ price, quantity }] = session.items;
  const customer = session.customer ?? world.add('customers', 'cus', { email: session.details.email, name: session.details.name, metadata: {} }).id;
  const { sub, invoice } = start(world, {
    customer, price: price.id, quantity, metadata: session.subscription_metadata, trialDays: session.trial_days,
    billingMode: session.billing_mode, details: session.details, off,
  });
  const free = off || session.trial_days > 0;
  complete(world, session, {
    customer, subscription: sub.id, invoice: invoice.id, payment_status: free ? 'no_payment_required' : 'paid',
    amount_total: invoice.total,
  });
}

function payOnce(world, session, method) {
  const intent = newIntent(world, {
    amount: session.amount_total, currency: session.currency, customer: session.customer, metadata: session.payment_metadata,
    details: session.details,
  });
  if (method === 'delayed') {
    wait(world, intent);
    complete(world, session, { payment_intent: intent.id, settles_at: world.clock.now() + settlingTime });
  } else {
    succeed(world, intent);
    complete(world, session, { payment_intent: intent.id, payment_status: 'paid' });
  }
}

/** What the pay page does. `method`: card, declined, delayed or coupon (100 % off). */
export function pay(world, session, method, details = {}) {
  if (session.status !== 'open') throw invalid('id', 'This Checkout Session is not open.');
  session.details = { ...buyer, ...Object.fromEntries(Object.entries(details).filter(([, one]) => one)) };
  world.changed = true;
  switch (method) {
  case 'declined':
    decline(world, newIntent(world, { amount: session.amount_total, currency: session.currency, customer: session.customer,
      metadata: session.payment_metadata, details: session.details }));
    return;
  case 'coupon':
    if (!session.allow_promotion_codes) throw invalid('method', 'This Checkout Session takes no promotion codes.');
    if (session.mode === 'subscription') paySubscription(world, session, true);
    else complete(world, session, { amount_total: 0, payment_status: 'no_payment_required' });
    return;
  case 'delayed':
    if (session.mode === 'subscription') throw invalid('method', 'Subscriptions are paid by card here.');
    payOnce(world, session, method);
    return;
  case 'card':
    if (session.mode === 'subscription') paySubscription(world, session, false);
    else payOnce(world, session, method);
    return;
  default:
    throw invalid('method', 'method is card, declined, delayed or coupon.');
  }
}

/** The delayed money comes, or does not. */
export function settle(world, session, arrives) {
  if (session.settles_at === null) throw invalid('id', 'Nothing is awaited for this Checkout Session.');
  const intent = world.get('intents', session.payment_intent);
  session.settles_at = null;
  if (arrives) {
    succeed(world, intent);
    session.payment_status = 'paid';
  } else {
    decline(world, intent);
  }
  world.tell(`checkout.session.async_payment_${arrives ? 'succeeded' : 'failed'}`, 'sessions', session);
}

export function* due(world) {
  for (const one of world.of('sessions', (each) => each.status === 'open')) yield { at: one.expires_at, run: () => expire(world, one) };
  for (const one of world.of('sessions', (each) => each.settles_at !== null))
    yield { at: one.settles_at, run: () => settle(world, one, true) };
}
