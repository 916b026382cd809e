/** Stripe's REST API, as far as a service that sells plans and packs uses it. */
import * as checkout from './checkout.mjs';
import { Clock, day, minute } from './clock.mjs';
import { ApiError, invalid, missing } from './errors.mjs';
import { isTrue, listOf, mapOf } from './form.mjs';
import * as payments from './payments.mjs';
import * as shape from './shapes.mjs';
import * as subscriptions from './subscriptions.mjs';

const reach = 30 * day; // of the list of events
const mostTypes = 20;

// ---- lists

function page(records, params, url, show) {
  const limit = params.limit === undefined ? 10 : Number(params.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid('limit', 'Invalid limit: 1 to 100.');
  const at = (name) => {
    const found = records.findIndex((one) => one.id === params[name]);
    if (found < 0) throw invalid(name, `No such object: '${params[name]}'`, 'resource_missing');
    return found;
  };
  let from = 0;
  let to = records.length;
  if (params.starting_after) from = at('starting_after') + 1;
  if (params.ending_before) [from, to] = [Math.max(0, at('ending_before') - limit), at('ending_before')];
  const some = records.slice(from, Math.min(to, from + limit));
  const more = params.ending_before ? from > 0 : from + limit < to;
  return shape.listOf(some.map(show), url, more);
}

/** Callers live in real time: who asks for what was made until now means all of it, whatever our clock was pushed to. */
const until = (time) => (Number(time) >= Clock.real() - minute ? Infinity : Number(time));

function within(params) {
  const when = params.created ?? {};
  if (typeof when === 'string') return (at) => at === Number(when);
  return (at) => !(at <= Number(when.gt) || at < Number(when.gte) || at >= until(when.lt) || at > until(when.lte));
}

const same = (names) => (one, params) => names.every((name) => params[name] === undefined || one[name] === params[name]);

/** GET of a list: newest first, filtered by equal fields and by time. */
const lister = (kind, names = [], more = () => true) => (world, params, _, path) => {
  const fits = same(names);
  const inTime = within(params);
  const found = [...world.of(kind, (one) => !one.deleted && fits(one, params) && inTime(one.created) && more(one, params))];
  return page(found.reverse(), params, path, (one) => world.show(kind, one));
};

const finder = (kind) => (world, _, [id]) => world.show(kind, world.get(kind, id));

function isOfType(event, params) {
  const types = params.types === undefined ? [] : listOf(params.types);
  if (types.length > mostTypes) throw invalid('types', `At most ${mostTypes} types.`);
  if (types.some((one) => one.includes('*'))) throw invalid('types', '`types` takes no wildcards.');
  if (params.type && types.length > 0) throw invalid('types', 'Only one of these: type, types.');
  if (types.length > 0) return types.includes(event.type);
  if (!params.type || params.type === '*') return true;
  return params.type.endsWith('.*') ? event.type.startsWith(params.type.slice(0, -1)) : event.type === params.type;
}

const listEvents = (world, params, ids, path) => lister('events', [], (one) =>
  isOfType(one, params) && one.created > world.clock.now() - reach
  && (params.delivery_success === undefined || isTrue(params.delivery_success) === one.delivered))(world, params, ids, path);

function listInvoicePayments(world, params, _, path) {
  const wanted = params.payment?.payment_intent;
  if (params.payment && params.payment.type !== 'payment_intent') throw invalid('payment[type]', 'Only payment_intent.');
  const found = [...world.invoices.values()]
    .filter((one) => params.invoice === undefined || one.id === params.invoice)
    .flatMap((of) => of.payments.map((one) => ({ ...one, of })))
    .filter((one) => wanted === undefined || one.payment_intent === wanted);
  return page(found.reverse(), params, path, (one) => shape.invoicePayment(one, one.of));
}

/** A movement with the charge, refund or dispute behind it, if that is wanted. */
function showMovement(world, record, params) {
  const shown = world.show('balance', record);
  if (!listOf(params.expand).includes('data.source')) return shown;
  const kind = ['charges', 'refunds', 'disputes'].find((one) => world[one].has(record.source));
  return { ...shown, source: world.show(kind, world.get(kind, record.source)) };
}

const wantsPayments = (params) => listOf(params.expand).some((one) => one === 'payments' || one === 'data.payments');

// ---- customers and prices

function checkMetadata(params) {
  const all = [params.metadata, params.payment_intent_data?.metadata, params.subscription_data?.metadata];
  for (const one of all)
    if (one && (Object.keys(one).length > 50 || Object.entries(one).some(([k, v]) => k.length > 40 || String(v).length > 500)))
      throw invalid('metadata', 'Metadata has at most 50 keys of 40 characters, with values of 500.');
}

function deleteCustomer(world, _, [id]) {
  const gone = world.get('customers', id);
  for (const sub of world.of('subscriptions', (one) => one.customer === id && !one.ended_at)) subscriptions.end(world, sub);
  world.tell('customer.deleted', 'customers', gone);
  gone.deleted = true;
  return { id, object: 'customer', deleted: true };
}

/** A deleted customer is shown as such; nothing else of it is left. */
function findCustomer(world, _, [id]) {
  if (world.customers.get(id)?.deleted) return { id, object: 'customer', deleted: true };
  return world.show('customers', world.get('customers', id));
}

export function addPrice(world, { id, unit_amount: amount, currency, recurring, product, nickname, metadata }) {
  if (!currency) throw missing('currency');
  if (!Number.isInteger(Number(amount)) || Number(amount) < 0) throw invalid('unit_amount', 'Invalid integer.');
  return world.add('prices', 'price', {
    id, unit_amount: Number(amount), currency, interval: recurring?.interval ?? null, active: true,
    interval_count: Number(recurring?.interval_count ?? 1), product: product ?? 'prod_stand_in', nickname: nickname ?? null,
    metadata: mapOf(metadata),
  });
}

// ---- subscriptions

function changeSubscription(world, params, [id]) {
  const sub = world.get('subscriptions', id);
  if (sub.ended_at) throw invalid('id', 'A canceled subscription can only update its cancellation_details and metadata.');
  if (params.metadata) sub.metadata = mapOf(params.metadata, sub.metadata);
  if (params.cancel_at_period_end !== undefined) subscriptions.cancelAtEnd(world, sub, isTrue(params.cancel_at_period_end));
  if (params.cancel_at !== undefined)
    world.change('customer.subscription.updated', 'subscriptions', sub, { cancel_at: params.cancel_at === '' ? null : Number(params.cancel_at) });
  const [item] = listOf(params.items);
  if (item?.price && item.price !== sub.price)
    subscriptions.switchNow(world, sub, item.price, {
      proration: params.proration_behavior, anew: params.billing_cycle_anchor === 'now',
    });
  return world.show('subscriptions', sub);
}

function openPortal(world, params) {
  if (!params.customer) throw missing('customer');
  world.get('customers', params.customer);
  return world.show('portals', world.add('portals', 'bps', { customer: params.customer, return_url: params.return_url ?? null }));
}

function sessionItems(world, params, [id], path) {
  const of = world.get('sessions', id);
  return page(of.items, params, path, (one) => shape.lineItem(one, of));
}

const metadata = ['metadata'];
const listing = ['limit', 'starting_after', 'ending_before', 'created'];

/** Method, path, what it may be asked with, and who answers (world, params, ids, path). */
const routes = [
  ['POST', '/v1/customers', [...metadata, 'email', 'name'], (world, p) =>
    world.show('customers', world.add('customers', 'cus', { email: p.email ?? null, name: p.name ?? null, metadata: mapOf(p.metadata) }))],
  ['GET', '/v1/customers', [...listing, 'email'], lister('customers', ['email'])],
  ['GET', '/v1/customers/{id}', [], findCustomer],
  ['DELETE', '/v1/customers/{id}', [], deleteCustomer],

  ['POST', '/v1/prices', [...metadata, 'unit_amount', 'currency', 'recurring', 'product', 'nickname'], (world, p) => world.show('prices', addPrice(world, p))],
  ['GET', '/v1/prices', [...listing, 'active', 'product'], lister('prices', ['product'])],
  ['GET', '/v1/prices/{id}', [], finder('prices')],

  ['POST', '/v1/checkout/sessions', [...metadata, 'mode', 'line_items', 'success_url', 'cancel_url', 'client_reference_id',
    'customer', 'customer_email', 'customer_creation', 'payment_intent_data', 'subscription_data', 'expires_at',
    'allow_promotion_codes', 'locale'], (world, p) => world.show('sessions', checkout.create(world, p))],
  ['GET', '/v1/checkout/sessions', [...listing, 'payment_intent', 'subscription', 'customer', 'status'],
    lister('sessions', ['payment_intent', 'subscription', 'customer', 'status'])],
  ['GET', '/v1/checkout/sessions/{id}', [], finder('sessions')],
  ['GET', '/v1/checkout/sessions/{id}/line_items', listing, sessionItems],
  ['POST', '/v1/checkout/sessions/{id}/expire', [], (world, _, [id]) => world.show('sessions', checkout.expire(world, world.get('sessions', id)))],
  ['POST', '/v1/billing_portal/sessions', ['customer', 'return_url', 'locale', 'configuration'], openPortal],

  ['GET', '/v1/payment_intents', [...listing, 'customer'], lister('intents', ['customer'])],
  ['GET', '/v1/payment_intents/{id}', [], finder('intents')],
  ['GET', '/v1/charges', [...listing, 'customer', 'payment_intent'], lister('charges', ['customer', 'payment_intent'])],
  ['GET', '/v1/charges/{id}', [], finder('charges')],

  ['GET', '/v1/subscriptions', [...listing, 'customer', 'status', 'price'],
    lister('subscriptions', ['customer', 'price'], (one, p) => p.status === 'all' || (p.status ? one.status === p.status : one.status !== 'canceled'))],
  ['GET', '/v1/subscriptions/{id}', [], finder('subscriptions')],
  ['POST', '/v1/subscriptions/{id}', [...metadata, 'items', 'cancel_at', 'cancel_at_period_end', 'proration_behavior',
    'billing_cycle_anchor', 'payment_behavior'], changeSubscription],
  ['DELETE', '/v1/subscriptions/{id}', ['invoice_now', 'prorate'], (world, _, [id]) => world.show('subscriptions', subscriptions.end(world, world.get('subscriptions', id)))],

  ['GET', '/v1/invoices', [...listing, 'customer', 'subscription', 'status'], (world, p, _, path) => {
    const all = lister('invoices', ['customer', 'subscription', 'status'])(world, p, _, path);
    return wantsPayments(p) ? { ...all, data: all.data.map((one) => world.show('invoices', world.get('invoices', one.id), true)) } : all;
  }],
  ['GET', '/v1/invoices/{id}', [], (world, p, [id]) => world.show('invoices', world.get('invoices', id), wantsPayments(p))],
  ['GET', '/v1/invoices/{id}/lines', listing, (world, p, [id], path) => {
    const of = world.get('invoices', id);
    return page(of.lines, p, path, (one) => shape.invoiceLine(one, of));
  }],
  ['GET', '/v1/invoice_payments', [...listing, 'invoice', 'payment', 'status'], listInvoicePayments],

  ['POST', '/v1/refunds', [...metadata, 'payment_intent', 'charge', 'amount', 'reason'], (world, p) =>
    world.show('refunds', payments.refund(world, { ...p, metadata: mapOf(p.metadata) }))],
  ['GET', '/v1/refunds', [...listing, 'payment_intent', 'charge'], lister('refunds', ['payment_intent', 'charge'])],
  ['GET', '/v1/refunds/{id}', [], finder('refunds')],
  ['GET', '/v1/disputes', [...listing, 'payment_intent', 'charge'], lister('disputes', ['payment_intent', 'charge'])],
  ['GET', '/v1/disputes/{id}', [], finder('disputes')],
  ['GET', '/v1/balance_transactions', [...listing, 'type', 'source', 'currency'], (world, p, _, path) => {
    const all = lister('balance', ['type', 'source', 'currency'])(world, p, _, path);
    return { ...all, data: all.data.map((one) => showMovement(world, world.balance.get(one.id), p)) };
  }],

  ['GET', '/v1/events', [...listing, 'type', 'types', 'delivery_success'], listEvents],
  ['GET', '/v1/events/{id}', [], finder('events')],
].map(([method, pattern, allowed, serve]) =>
  ({ method, allowed, serve, matches: new RegExp(`^${pattern.replaceAll('{id}', '([^/]+)')}$`) }));

/** Answers one call, or throws an ApiError. */
export function serve(world, method, path, params) {
  for (const route of routes) {
    const found = route.method === method && route.matches.exec(path);
    if (!found) continue;
    const unknown = Object.keys(params).find((one) => one !== 'expand' && !route.allowed.includes(one));
    if (unknown) throw invalid(unknown, `Received unknown parameter: ${unknown}`, 'parameter_unknown');
    checkMetadata(params);
    return route.serve(world, params, found.slice(1).map(decodeURIComponent), path);
  }
  throw new ApiError(404, 'invalid_request_error', `Unrecognized request URL (${method}: ${path}).`);
}
