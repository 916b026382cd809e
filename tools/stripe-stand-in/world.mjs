/** All that the stand-in remembers: its objects, and the events that tell of them. */
import { randomBytes } from 'node:crypto';
import { notFound } from './errors.mjs';
import { subscribed } from './event_types.mjs';
import * as shape from './shapes.mjs';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const kinds = ['customers', 'prices', 'sessions', 'intents', 'charges', 'subscriptions', 'invoices', 'refunds', 'disputes',
  'portals', 'balance', 'events', 'calls'];
const names = {
  customers: 'customer', prices: 'price', sessions: 'checkout.session', intents: 'payment_intent', charges: 'charge',
  subscriptions: 'subscription', invoices: 'invoice', refunds: 'refund', disputes: 'dispute',
  portals: 'billing_portal.session', events: 'event',
};

export const newId = (prefix) => `${prefix}_${[...randomBytes(24)].map((one) => letters[one % letters.length]).join('')}`;

export class World {
  request = { id: null, idempotency_key: null }; // of the call that is being served: events name it
  changed = false;

  constructor(clock, saved = {}) {
    this.clock = clock;
    for (const kind of kinds) this[kind] = new Map((saved[kind] ?? []).map((one) => [one.id, one]));
  }

  saved() { return Object.fromEntries(kinds.map((kind) => [kind, [...this[kind].values()]])); }

  /** Adds a record under a new id, or the one that it brings. */
  add(kind, prefix, record) {
    const made = { id: record.id ?? newId(prefix), created: this.clock.now(), ...record };
    this[kind].set(made.id, made);
    this.changed = true;
    return made;
  }

  get(kind, id) {
    const found = this[kind].get(id);
    if (!found || found.deleted) throw notFound(names[kind], id);
    return found;
  }

  *of(kind, matches) { for (const one of this[kind].values()) if (matches(one)) yield one; }

  /** The record as JSON. */
  show(kind, record, withPayments) {
    switch (kind) {
    case 'customers': return shape.customer(record);
    case 'prices': return shape.price(record);
    case 'sessions': return shape.session(record, this.base);
    case 'intents': return shape.paymentIntent(record);
    case 'charges': return shape.charge(record);
    case 'subscriptions': return shape.subscription(record, this.prices.get(record.price));
    case 'invoices': return shape.invoice(record, this.customers.get(record.customer), withPayments);
    case 'refunds': return shape.refund(record);
    case 'disputes': return shape.dispute(record);
    case 'portals': return shape.portalSession(record, this.base);
    case 'balance': return shape.balanceTransaction(record);
    case 'events': return shape.event(record, record.delivered ? 0 : 1);
    default: throw new Error(`nothing shows ${kind}`);
    }
  }

  showPayment(payment, invoice) { return shape.invoicePayment(payment, invoice); }

  /** Tells of a record as it is now; `previous` are the old values of what changed. */
  tell(type, kind, record, previous) { return this.tellObject(type, this.show(kind, record), previous); }

  tellObject(type, object, previous) {
    return this.add('events', 'evt', {
      type, object: structuredClone(object), previous, request: { ...this.request }, livemode: false,
      api_version: shape.apiVersion, delivered: !subscribed.includes(type), attempts: 0, next_attempt: this.clock.now(),
    });
  }

  /** Changes a record and tells of it with what it was. */
  change(type, kind, record, what) {
    const before = this.show(kind, record);
    Object.assign(record, what);
    const after = this.show(kind, record);
    const previous = Object.fromEntries(Object.entries(before)
      .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(after[name])));
    this.tell(type, kind, record, previous);
  }

  /** A movement on the account's balance. */
  book(type, amount, currency, source) { return this.add('balance', 'txn', { type, amount, currency, source }).id; }
}
