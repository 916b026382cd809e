/** Money: payments, refunds and disputes. */
import { ApiError, invalid, missing } from './errors.mjs';

const unknownBuyer = { email: null, name: null, country: 'DE' };

/** A payment that has not been tried. */
export const newIntent = (world, { amount, currency, customer, metadata = {}, details = unknownBuyer }) =>
  world.add('intents', 'pi', { amount, currency, customer, metadata, details, status: 'requires_payment_method', charge: null, error: null });

function charge(world, intent, status) {
  const made = world.add('charges', 'ch', {
    amount: intent.amount, currency: intent.currency, customer: intent.customer, payment_intent: intent.id, status,
    amount_refunded: 0, disputed: false, metadata: intent.metadata, details: intent.details, balance_transaction: null,
  });
  intent.charge = made.id;
  return made;
}

export function succeed(world, intent) {
  const made = charge(world, intent, 'succeeded');
  made.balance_transaction = world.book('charge', made.amount, made.currency, made.id);
  Object.assign(intent, { status: 'succeeded', error: null });
  world.tell('charge.succeeded', 'charges', made);
  world.tell('payment_intent.succeeded', 'intents', intent);
}

export function decline(world, intent) {
  const made = charge(world, intent, 'failed');
  Object.assign(intent, { status: 'requires_payment_method', error: 'card_declined' });
  world.tell('charge.failed', 'charges', made);
  world.tell('payment_intent.payment_failed', 'intents', intent);
}

/** A method whose money comes days later. */
export function wait(world, intent) {
  intent.status = 'processing';
  world.tell('payment_intent.processing', 'intents', intent);
}

// ---- refunds

function chargeOf(world, { payment_intent: intent, charge: id }) {
  if (!intent && !id) throw missing('payment_intent');
  const found = world.get('charges', id ?? world.get('intents', intent).charge);
  if (found.status !== 'succeeded') throw invalid('charge', 'This payment has not succeeded and cannot be refunded.');
  return found;
}

export function refund(world, what) {
  const of = chargeOf(world, what);
  const left = of.amount - of.amount_refunded;
  const amount = what.amount === undefined ? left : Number(what.amount);
  if (left === 0) throw invalid('charge', `Charge ${of.id} has already been refunded.`, 'charge_already_refunded');
  if (!Number.isInteger(amount) || amount < 1 || amount > left)
    throw invalid('amount', `Refund amount (${what.amount}) is not between 1 and the unrefunded amount (${left}).`);
  const made = world.add('refunds', 're', {
    amount, currency: of.currency, charge: of.id, payment_intent: of.payment_intent, status: 'succeeded',
    reason: what.reason ?? null, metadata: what.metadata ?? {}, balance_transaction: null,
  });
  made.balance_transaction = world.book('refund', -amount, of.currency, made.id);
  world.tell('refund.created', 'refunds', made);
  world.change('charge.refunded', 'charges', of, { amount_refunded: of.amount_refunded + amount });
  return made;
}

/** The bank did not take it: the money comes back, perhaps weeks later. */
export function failRefund(world, id) {
  const failed = world.get('refunds', id);
  if (failed.status === 'failed') throw invalid('id', 'This refund has failed already.');
  const of = world.get('charges', failed.charge);
  Object.assign(failed, { status: 'failed', failure_reason: 'expired_or_canceled_card' });
  of.amount_refunded -= failed.amount;
  world.book('refund_failure', failed.amount, failed.currency, failed.id);
  world.tell('refund.updated', 'refunds', failed, { status: 'succeeded' });
  world.tell('refund.failed', 'refunds', failed);
  return failed;
}

// ---- disputes

const openStates = ['needs_response', 'under_review', 'warning_needs_response', 'warning_under_review'];
const endStates = ['won', 'lost', 'warning_closed', 'prevented'];

export function dispute(world, what) {
  const of = chargeOf(world, what);
  const status = what.status ?? 'needs_response';
  if (!openStates.includes(status)) throw invalid('status', `A dispute begins as one of ${openStates.join(', ')}.`);
  const made = world.add('disputes', 'du', {
    amount: what.amount === undefined ? of.amount : Number(what.amount), currency: of.currency, charge: of.id,
    payment_intent: of.payment_intent, reason: what.reason ?? 'fraudulent', status, details: of.details,
  });
  of.disputed = true;
  world.tell('charge.dispute.created', 'disputes', made);
  if (status.startsWith('warning')) return made; // an inquiry moves no money
  world.book('adjustment', -made.amount, made.currency, made.id);
  world.tell('charge.dispute.funds_withdrawn', 'disputes', made);
  return made;
}

export function closeDispute(world, id, status) {
  const closed = world.get('disputes', id);
  if (!endStates.includes(status)) throw invalid('status', `A dispute ends as one of ${endStates.join(', ')}.`);
  if (endStates.includes(closed.status)) throw new ApiError(400, 'invalid_request_error', 'This dispute is closed.');
  const wasInquiry = closed.status.startsWith('warning');
  world.change('charge.dispute.closed', 'disputes', closed, { status });
  if (status !== 'won' || wasInquiry) return closed;
  world.book('adjustment', closed.amount, closed.currency, closed.id);
  world.tell('charge.dispute.funds_reinstated', 'disputes', closed);
  return closed;
}
