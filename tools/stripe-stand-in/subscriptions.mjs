/** Subscriptions and their invoices, from the first payment to the end. */
import { day, hour, monthsLater } from './clock.mjs';
import { ApiError, invalid, notFound } from './errors.mjs';
import { decline, newIntent, succeed } from './payments.mjs';
import { dueOf } from './shapes.mjs';
import { newId } from './world.mjs';

const retries = [3 * day, 5 * day, 7 * day]; // of a failed renewal; then the subscription ends
const over = ['canceled', 'incomplete_expired'];

const monthsOf = (price) => (price.interval === 'year' ? 12 : 1) * price.interval_count;
const periodEnd = (sub, price) => monthsLater(sub.anchor, sub.cycles * monthsOf(price));

// ---- invoices

function line(sub, price, { start, end, amount = price.unit_amount * sub.quantity, proration = false }) {
  return {
    id: newId('il'), price: price.id, product: price.product, quantity: sub.quantity, start, end, amount, proration,
    description: `${sub.quantity} × ${price.nickname ?? price.id}`,
  };
}

function newInvoice(world, sub, reason, lines, { off = false } = {}) {
  const subtotal = lines.reduce((sum, one) => sum + one.amount, 0);
  const made = world.add('invoices', 'in', {
    customer: sub.customer, subscription: sub.id, item: sub.item, currency: world.prices.get(sub.price).currency, status: 'draft',
    billing_reason: reason, lines, subtotal, total: off ? 0 : subtotal, metadata: { ...sub.metadata }, payments: [],
    attempt_count: 0, next_attempt: null, finalize_at: null, finalized_at: null, paid_at: null, voided_at: null,
  });
  sub.latest_invoice = made.id;
  world.tell('invoice.created', 'invoices', made);
  return made;
}

function finalize(world, invoice) {
  Object.assign(invoice, { status: 'open', finalize_at: null, finalized_at: world.clock.now() });
  world.tell('invoice.finalized', 'invoices', invoice);
}

function settle(world, invoice) {
  Object.assign(invoice, { status: 'paid', paid_at: world.clock.now(), next_attempt: null });
  world.tell('invoice.paid', 'invoices', invoice);
  world.tell('invoice.payment_succeeded', 'invoices', invoice);
}

/** Tries to take an open invoice's money; whether it is paid now. */
function collect(world, sub, invoice) {
  invoice.attempt_count += 1;
  const amount = dueOf(invoice);
  if (amount > 0) {
    const details = sub.details;
    const intent = newIntent(world, { amount, currency: invoice.currency, customer: sub.customer, details });
    const payment = { id: newId('inpay'), payment_intent: intent.id, amount, created: world.clock.now(), status: 'open' };
    invoice.payments = [payment];
    if (sub.card !== 'works') {
      decline(world, intent);
      return false;
    }
    succeed(world, intent);
    payment.status = 'paid';
    world.tellObject('invoice_payment.paid', world.showPayment(payment, invoice));
  }
  settle(world, invoice);
  return true;
}

// ---- the life of a subscription

/** Begins with its first invoice paid. `off`: a coupon of 100 %. */
export function start(world, { customer, price, quantity, metadata, trialDays = 0, billingMode = 'flexible', details, off }) {
  const now = world.clock.now();
  const trialEnd = trialDays > 0 ? now + trialDays * day : null;
  const of = world.get('prices', price);
  const sub = world.add('subscriptions', 'sub', {
    customer, price, quantity, metadata, details, item: newId('si'), status: trialEnd ? 'trialing' : 'active', anchor: trialEnd ?? now,
    cycles: trialEnd ? 0 : 1, period_start: now, period_end: 0, trial_end: trialEnd, billing_mode: billingMode, cancel_at: null,
    cancel_at_period_end: false, canceled_at: null, ended_at: null, latest_invoice: null, next_price: null, pending: [], card: 'works',
  });
  sub.period_end = trialEnd ?? periodEnd(sub, of);
  const first = line(sub, of, { start: now, end: sub.period_end, ...(trialEnd ? { amount: 0 } : {}) });
  const invoice = newInvoice(world, sub, 'subscription_create', [first], { off });
  world.tell('customer.subscription.created', 'subscriptions', sub);
  finalize(world, invoice);
  collect(world, sub, invoice);
  return { sub, invoice };
}

/** The period rolls before anything is paid; an hour later the invoice is made final and collected. */
function renew(world, sub) {
  const price = world.get('prices', sub.next_price ?? sub.price);
  sub.cycles += 1;
  const what = { price: price.id, period_start: sub.period_end, period_end: periodEnd(sub, price), next_price: null };
  if (sub.status === 'trialing') what.status = 'active';
  world.change('customer.subscription.updated', 'subscriptions', sub, what);
  const lines = [...sub.pending, line(sub, price, { start: sub.period_start, end: sub.period_end })];
  sub.pending = [];
  newInvoice(world, sub, 'subscription_cycle', lines).finalize_at = world.clock.now() + hour;
}

export function end(world, sub) {
  if (over.includes(sub.status)) throw notFound('subscription', sub.id); // as Stripe says of one that has ended
  const now = world.clock.now();
  Object.assign(sub, { status: 'canceled', ended_at: now, canceled_at: sub.canceled_at ?? now, cancel_at_period_end: false });
  for (const one of world.of('invoices', (each) => each.subscription === sub.id && ['draft', 'open'].includes(each.status)))
    Object.assign(one, { next_attempt: null, finalize_at: null });
  world.tell('customer.subscription.deleted', 'subscriptions', sub);
  return sub;
}

function attempt(world, invoice) {
  const sub = world.subscriptions.get(invoice.subscription);
  if (invoice.status === 'draft') finalize(world, invoice);
  if (collect(world, sub, invoice)) {
    if (sub.status === 'past_due') world.change('customer.subscription.updated', 'subscriptions', sub, { status: 'active' });
    return;
  }
  const pause = retries[invoice.attempt_count - 1];
  invoice.next_attempt = pause ? world.clock.now() + pause : null;
  world.tell('invoice.payment_failed', 'invoices', invoice);
  if (sub.status === 'active') world.change('customer.subscription.updated', 'subscriptions', sub, { status: 'past_due' });
  if (!pause) end(world, sub);
}

/** What is due of subscriptions and invoices: {at, run}. */
export function* due(world) {
  for (const sub of world.of('subscriptions', (one) => !over.includes(one.status))) {
    const stops = sub.cancel_at_period_end ? sub.period_end : sub.cancel_at;
    if (stops !== null && stops <= sub.period_end) yield { at: stops, run: () => end(world, sub) };
    else yield { at: sub.period_end, run: () => renew(world, sub) };
  }
  for (const one of world.invoices.values()) {
    const at = one.status === 'draft' ? one.finalize_at : one.status === 'open' ? one.next_attempt : null;
    if (at !== null) yield { at, run: () => attempt(world, one) };
  }
}

// ---- changes

/** At the period's end, or not at all. In flexible billing mode the portal sets a time, in classic mode a flag. */
export function cancelAtEnd(world, sub, wanted) {
  const now = world.clock.now();
  const what = sub.billing_mode === 'flexible' ? { cancel_at: wanted ? sub.period_end : null } : { cancel_at_period_end: wanted };
  world.change('customer.subscription.updated', 'subscriptions', sub, { ...what, canceled_at: wanted ? now : null });
}

/** From the next period on. */
export function switchLater(world, sub, price) {
  sub.next_price = world.get('prices', price).id;
  world.changed = true;
}

/** Now. `proration` is one of Stripe's three behaviours; `anew`: a new period begins today. */
export function switchNow(world, sub, priceId, { proration = 'create_prorations', anew = false } = {}) {
  const [from, to] = [world.get('prices', sub.price), world.get('prices', priceId)];
  if (!to.interval || to.currency !== from.currency) throw invalid('items[0][price]', 'This price does not fit the subscription.');
  const now = world.clock.now();
  const left = (sub.period_end - now) / (sub.period_end - sub.period_start);
  const rest = { start: now, end: sub.period_end, proration: true };
  const unused = line(sub, from, { ...rest, amount: -Math.round(from.unit_amount * sub.quantity * left) });
  const fresh = anew || to.interval !== from.interval;
  const what = { price: to.id, next_price: null };
  if (fresh) Object.assign(what, { anchor: now, cycles: 1, period_start: now, period_end: monthsLater(now, monthsOf(to)) });
  const owed = fresh
    ? line(sub, to, { start: now, end: what.period_end })
    : line(sub, to, { ...rest, amount: Math.round(to.unit_amount * sub.quantity * left) });
  const lines = proration === 'none' ? (fresh ? [owed] : []) : [unused, owed];
  world.change('customer.subscription.updated', 'subscriptions', sub, what);
  if (lines.length === 0) return;
  if (proration === 'create_prorations' && !fresh) {
    sub.pending.push(...lines);
    return;
  }
  const invoice = newInvoice(world, sub, 'subscription_update', lines);
  finalize(world, invoice);
  if (collect(world, sub, invoice)) return;
  world.tell('invoice.payment_failed', 'invoices', invoice);
  world.change('customer.subscription.updated', 'subscriptions', sub, { status: 'past_due' });
}

/** Whether the next payments of a subscription succeed. */
export function setCard(world, sub, card) {
  if (!['works', 'declines'].includes(card)) throw new ApiError(400, 'invalid_request_error', 'card is `works` or `declines`.');
  sub.card = card;
  world.changed = true;
}
